"""Require the input to be silent before the part begins, so that its output holds no tail of earlier playing."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from nam_kernel.errors import DataError
from nam_plugin_wav.audio import Header, iterate_audio
from nam_plugin_wav.config import WavConfig
from nam_plugin_wav.span import Span


def require_silence(header: Header, config: WavConfig, span: Span, sample_rate: int, *, last_start: int) -> None:
    """
    Refuse an input that is not exactly zero for ``require_input_pre_silence`` seconds before the part.

    What would lie before the beginning of the file counts as silent. Without a start nothing is checked. A
    file that is to be resampled is checked as it is, because a resampler rings into the silence.

    :param header: of the input
    :param sample_rate: at which the span counts, in Hz
    :param last_start: the last one that may be suggested instead, in samples
    :raises DataError: with the nearest start that would do, and the key that disables the check
    """
    seconds, start = config.require_input_pre_silence, span.start
    if start is None or not seconds:
        return
    ratio = header.sample_rate / sample_rate
    position, needed = int(start * ratio), int(seconds * header.sample_rate)
    channel, key = config.channel_of("x")
    blocks = iterate_audio(header.path, channel, start=max(position - needed, 0), stop=position, key=key)
    if not any(block.any() for block in blocks):
        return
    _, start_key = config.edge("start", sample_rate)
    nearest = _nearest(header, config, start, last_start, ratio)
    raise DataError(
        f"{header.path.name} is not silent for the {seconds:g} s before {start_key} (sample {start}, "
        f"{start / sample_rate:.3f} s), so the amplifier still responds to what came before, which the net "
        f"never sees; the nearest start that has this silence before it is start_samples: {nearest} "
        f"({nearest / sample_rate:.3f} s), and require_input_pre_silence: null disables the check"
    )


def _nearest(header: Header, config: WavConfig, start: int, last: int, ratio: float) -> int:
    """Return the start nearest to ``start``, and not after ``last``, with the silence before it; 0 always has it."""
    needed = int((config.require_input_pre_silence or 0) * header.sample_rate)
    best = 0
    for low, high in _silences(header, config, needed):
        within = (math.ceil(low / ratio), min(math.floor(high / ratio), last))
        nearest = min(max(start, within[0]), within[1])
        if within[0] <= within[1] and abs(nearest - start) < abs(best - start):
            best = nearest
    return best


def _silences(header: Header, config: WavConfig, needed: int) -> Iterator[tuple[int, int]]:
    """Yield the ranges, both ends included, of the frames that have ``needed`` zeros before them."""
    channel, key = config.channel_of("x")
    before, position = -needed - 1, 0
    for block in iterate_audio(header.path, channel, key=key):
        sounding = np.flatnonzero(block) + position
        position += len(block)
        if not len(sounding):
            continue
        previous = np.concatenate(([before], sounding[:-1]))
        for at in np.flatnonzero(sounding - previous > needed):
            yield int(previous[at]) + 1 + needed, int(sounding[at])
        before = int(sounding[-1])
    yield before + 1 + needed, position - 1
