"""Require the input to be silent before the part begins, so that its output holds no tail of earlier playing."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from nam_kernel.errors import DataError
from nam_plugin_wav.audio import Header, iterate_audio
from nam_plugin_wav.config import WavConfig
from nam_plugin_wav.span import Span

SILENT_DB = -50.0
"""
What stays below this, relative to the peak of the file, is silence: the hiss and hum of a guitar that is not played.
They are there all the time, so a net that never saw those before the part has missed nothing.
"""


def require_silence(header: Header, config: WavConfig, span: Span, sample_rate: int, *, last_start: int) -> None:
    """
    Refuse an input that is not silent for ``require_input_pre_silence`` seconds before the part.

    What would lie before the beginning of the file counts as silent. Without a start nothing is checked. A
    file that is to be resampled is checked as it is, because a resampler rings into the silence.

    :param header: of the input
    :param sample_rate: at which the span counts, in Hz
    :param last_start: the last one that may be suggested instead, in samples
    :raises DataError: with the next start that would do, and the key that disables the check
    """
    seconds, start = config.require_input_pre_silence, span.start
    if start is None or not seconds:
        return
    ratio = header.sample_rate / sample_rate
    position, needed = int(start * ratio), int(seconds * header.sample_rate)
    before = _peak(header, config, max(position - needed, 0), position)
    if before == 0:
        return
    peak = _peak(header, config)
    limit = peak * 10 ** (SILENT_DB / 20)
    if before <= limit:
        return
    _, start_key = config.edge("start", sample_rate)
    found = _next(header, config, start, last_start, ratio, limit)
    later = (
        "no later start has"
        if found is None
        else f"start_samples: {found} ({found / sample_rate:.3f} s) is the next with"
    )
    raise DataError(
        f"{header.path.name} is not silent for the {seconds:g} s before {start_key} (sample {start}, "
        f"{start / sample_rate:.3f} s): it reaches {round(20 * math.log10(before / peak))} dB of its peak there, and "
        f"silence stays below {SILENT_DB:.0f} dB; the amplifier still responds to what came before, which the net "
        f"never sees; {later} this silence before it, and require_input_pre_silence: null does without"
    )


def _peak(header: Header, config: WavConfig, start: int = 0, stop: int | None = None) -> float:
    channel, key = config.channel_of("x")
    blocks = iterate_audio(header.path, channel, start=start, stop=stop, key=key)
    return max((float(np.abs(block).max()) for block in blocks if len(block)), default=0.0)


def _next(header: Header, config: WavConfig, start: int, last: int, ratio: float, limit: float) -> int | None:
    """
    Return the first start after ``start``, and not after ``last``, with the silence before it.

    Earlier ones are not looked for: they would take what comes before into the part, often what others train on.
    """
    needed = int((config.require_input_pre_silence or 0) * header.sample_rate)
    for low, high in _silences(header, config, needed, limit):
        found = max(start, math.ceil(low / ratio))
        if found <= min(math.floor(high / ratio), last):
            return found
    return None


def _silences(header: Header, config: WavConfig, needed: int, limit: float) -> Iterator[tuple[int, int]]:
    """Yield the ranges, both ends included, of the frames that have ``needed`` silent ones before them."""
    channel, key = config.channel_of("x")
    before, position = -needed - 1, 0
    for block in iterate_audio(header.path, channel, key=key):
        sounding = np.flatnonzero(np.abs(block) > limit) + position
        position += len(block)
        if not len(sounding):
            continue
        previous = np.concatenate(([before], sounding[:-1]))
        for at in np.flatnonzero(sounding - previous > needed):
            yield int(previous[at]) + 1 + needed, int(sounding[at])
        before = int(sounding[-1])
    yield before + 1 + needed, position - 1
