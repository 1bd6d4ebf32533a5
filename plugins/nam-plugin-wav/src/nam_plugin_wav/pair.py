"""A pair of files as an entry describes it: checked by their headers, then read, aligned and scaled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from nam_kernel.errors import DataError
from nam_plugin_wav.audio import Header, Samples, read_audio, read_header, require_channel
from nam_plugin_wav.config import WavConfig
from nam_plugin_wav.resample import read_resampled, resampled_length
from nam_plugin_wav.silence import require_silence
from nam_plugin_wav.span import Items, Span, items, span

if TYPE_CHECKING:
    from nam_plugin_wav.latency import Delay

Side = Literal["x", "y"]

LISTENED = 600
"""Seconds of the recordings in which the delay is sought."""


@dataclass(frozen=True)
class Pair:
    """
    Two files that fit each other and the config.

    :param nx: the receptive field of the net, in samples
    :param sample_rate: in Hz, at which they are read
    :param delay: samples by which the output lags
    :param span: the samples of both that are used
    :param heard: how the delay was found, in a sentence; empty where the config states it
    """

    config: WavConfig
    nx: int
    x: Header
    y: Header
    sample_rate: int
    delay: int
    span: Span
    heard: str = ""

    @property
    def items(self) -> Items:
        """How the selected samples are divided."""
        return items(self.span.samples, self.config, self.nx)

    def read(self) -> tuple[Samples, Samples]:
        """
        Return the selected samples, aligned, with gain and scale applied.

        :return: x (L,) and y (L,)
        :raises DataError: when a file is damaged, or the input not silent before the part
        """
        require_silence(self.x, self.config, self.span, self.sample_rate, last_start=self._last_start())
        x = _read(self, "x", self.span.x_start, self.span.x_stop)
        y = _read(self, "y", self.span.y_start, self.span.y_stop)
        if self.config.input_gain:
            x *= 10.0 ** (self.config.input_gain / 20.0)
        if self.config.y_scale != 1:
            y *= self.config.y_scale
        return x, y

    def _last_start(self) -> int:
        """Return the last start that leaves room for an item before the end of the part."""
        return self.span.x_stop - self.nx + 1 - (self.config.ny or 1)


def open_pair(config: WavConfig, nx: int, *, listen: bool = True) -> Pair:
    """
    Return a pair of files, checked by their headers.

    :param nx: the receptive field of the net, in samples
    :param listen: find the delay where the config says ``"auto"``, which reads samples; otherwise it counts as 0
    :raises DataError: when they do not fit each other or the config
    """
    x, y = _headers(config)
    for header, (channel, key) in ((x, config.channel_of("x")), (y, config.channel_of("y"))):
        require_channel(header, channel, key)
    rate = _sample_rate(x, y, config)
    frames = [resampled_length(h.frames, h.sample_rate, rate) for h in (x, y)]
    delay = 0 if config.delay in (None, "auto") else int(config.delay)
    pair = Pair(config, nx, x, y, rate, delay, span(frames[0], frames[1], config, delay, rate))
    items(pair.span.samples, config, nx)
    if config.delay != "auto" or not listen:
        return pair
    found = _find_delay(pair, frames)
    placed = span(frames[0], frames[1], config, found.delay, rate)
    return replace(pair, delay=found.delay, span=placed, heard=found.sentence)


def _find_delay(pair: Pair, frames: list[int]) -> Delay:
    from nam_plugin_wav.latency import find_delay

    preroll = pair.config.y_preroll or 0
    length = min(frames[0], frames[1] - preroll, LISTENED * pair.sample_rate)
    x, y = _read(pair, "x", 0, length), _read(pair, "y", preroll, preroll + length)
    try:
        return find_delay(x, y, pair.sample_rate)
    except DataError as error:
        raise DataError(f"delay: {pair.x.path.name} -> {pair.y.path.name}: {error}") from None


def _read(pair: Pair, side: Side, start: int, stop: int) -> Samples:
    header = pair.x if side == "x" else pair.y
    channel, key = pair.config.channel_of(side)
    if header.sample_rate == pair.sample_rate:
        return read_audio(header.path, channel, start=start, stop=stop, key=key).samples
    quality = "VHQ" if pair.config.resample is True else str(pair.config.resample)
    return read_resampled(header, pair.sample_rate, channel, start=start, stop=stop, key=key, quality=quality)


def _headers(config: WavConfig) -> list[Header]:
    """
    Return the headers of both files.

    :raises DataError: naming the key of each that cannot be read
    """
    headers, problems = [], []
    for key, path in (("x_path", config.x_path), ("y_path", config.y_path)):
        try:
            headers.append(read_header(path))
        except DataError as error:
            problems.append(f"{key}: {error}")
    if problems:
        raise DataError("; ".join(problems))
    return headers


def _sample_rate(x: Header, y: Header, config: WavConfig) -> int:
    wanted = config.sample_rate if config.sample_rate is not None else x.sample_rate
    if config.resample:
        return wanted
    advice = "export both at one rate, or set resample to true"
    if config.sample_rate is not None:
        for header in (x, y):
            if header.sample_rate != wanted:
                raise DataError(
                    f"sample_rate is {wanted} Hz, but {header.path.name} has {header.sample_rate} Hz; "
                    "correct sample_rate, or set resample to true, which converts the file"
                )
    if x.sample_rate != y.sample_rate:
        raise DataError(f"{x.path.name} has {x.sample_rate} Hz, but {y.path.name} has {y.sample_rate} Hz; {advice}")
    return wanted
