"""A pair of files as an entry describes it: checked by their headers, listened to, then read, aligned and scaled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from nam_kernel.errors import DataError
from nam_plugin_wav.audio import Header, Samples, read_audio, read_header, require_channel
from nam_plugin_wav.channels import silent_channels
from nam_plugin_wav.config import WavConfig
from nam_plugin_wav.levels import LOUDEST_DB, QUIETEST_DB, decibels
from nam_plugin_wav.resample import read_resampled, resampled_length
from nam_plugin_wav.silence import require_silence
from nam_plugin_wav.span import Items, Span, items, span

if TYPE_CHECKING:
    from nam_plugin_wav.delay import Delay
    from nam_plugin_wav.hearing import Heard

Side = Literal["x", "y"]


@dataclass(frozen=True)
class Pair:
    """
    Two files that fit each other and the config.

    :param nx: the receptive field of the net, in samples
    :param sample_rate: in Hz, at which they are read
    :param delay: samples by which the output lags
    :param span: the samples of both that are used
    """

    config: WavConfig
    nx: int
    x: Header
    y: Header
    sample_rate: int
    delay: int
    span: Span

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
        self.require_silence()
        x = self.samples("x", self.span.x_start, self.span.x_stop)
        return x, self.samples("y", self.span.y_start, self.span.y_stop)

    def samples(self, side: Side, start: int, stop: int) -> Samples:
        """
        Return samples of one of the files, with its gain or scale applied.

        :param start: the first sample, at ``sample_rate``, wherever the part is that is used
        :param stop: the sample after the last
        :return: (stop - start,)
        :raises DataError: when the file is damaged, or no audio any more at that level
        """
        read = _read(self, side, start, stop)
        if side == "x" and self.config.input_gain:
            _scale(read, 10.0 ** (self.config.input_gain / 20.0), f"input_gain: {self.config.input_gain:g} dB", self.x)
        if side == "y" and self.config.y_scale != 1:
            _scale(read, self.config.y_scale, f"y_scale: {self.config.y_scale:g}", self.y)
        return read

    def require_silence(self) -> None:
        """
        Refuse a part before which the input is not silent, where the config requires that.

        :raises DataError: with a part that may be used
        """
        require_silence(self.x, self.config, self.span, self.sample_rate, last_start=self._last_start())

    def hear(self) -> Heard:
        """
        Return what is heard in both files, of which every part is served by one listening.

        :raises DataError: when a file is damaged
        """
        from nam_plugin_wav.hearing import LISTENED_SECONDS, Recordings, hear

        preroll = self.config.y_preroll or 0
        frames = self.frames
        length = min(frames[0], frames[1] - preroll, LISTENED_SECONDS * self.sample_rate)
        states = [(header, header.path.stat().st_mtime_ns) for header in (self.x, self.y)]
        channels = [self.config.channel_of(side)[0] for side in ("x", "y")]
        written = self.config.delay if isinstance(self.config.delay, int) else 0
        return hear(
            Recordings(
                (*states, *channels, preroll, self.config.resample),
                lambda: (_read(self, "x", 0, length), _read(self, "y", preroll, preroll + length)),
                self.sample_rate,
                written,
                self.nx,
            )
        )

    @property
    def frames(self) -> tuple[int, int]:
        """The samples of input and output, at ``sample_rate``."""
        x, y = (resampled_length(h.frames, h.sample_rate, self.sample_rate) for h in (self.x, self.y))
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
    _require_channels(x, y, config)
    rate = _sample_rate(x, y, config)
    frames = [resampled_length(h.frames, h.sample_rate, rate) for h in (x, y)]
    delay = 0 if config.delay in (None, "auto") else int(config.delay)
    pair = Pair(config, nx, x, y, rate, delay, span(frames[0], frames[1], config, delay, rate))
    items(pair.span.samples, config, nx)
    if config.delay != "auto" or not listen:
        return pair
    found = _required(pair)
    delay = found.within(pair.span.x_start, pair.span.x_stop) - config.delay_margin
    return replace(pair, delay=delay, span=span(frames[0], frames[1], config, delay, rate))


def _required(pair: Pair) -> Delay:
    try:
        return pair.hear().delay.require()
    except DataError as error:
        raise DataError(f"delay: {pair.x.path.name} -> {pair.y.path.name}: {error}") from None


def _read(pair: Pair, side: Side, start: int, stop: int) -> Samples:
    header = pair.x if side == "x" else pair.y
    channel, key = pair.config.channel_of(side)
    if header.sample_rate == pair.sample_rate:
        return read_audio(header.path, channel, start=start, stop=stop, key=key).samples
    quality = "VHQ" if pair.config.resample is True else str(pair.config.resample)
    return read_resampled(header, pair.sample_rate, channel, start=start, stop=stop, key=key, quality=quality)


def _scale(samples: Samples, factor: float, key: str, header: Header) -> None:
    """
    Multiply samples in place.

    :param key: that sets the factor, with its value
    :raises DataError: when they are no audio any more, with the level that they would have
    """
    peak = float(np.abs(samples).max(initial=0.0))
    level = decibels(peak) + decibels(abs(factor))
    if peak and not QUIETEST_DB <= level <= LOUDEST_DB:
        raise DataError(
            f"{key} brings {header.path.name} from a peak of {decibels(peak):.0f} dBFS to {level:.0f} dBFS, which is "
            "no audio; leave the key out to keep the level as it is"
        )
    samples *= factor


def _headers(config: WavConfig) -> list[Header]:
    """
    Return the headers of both files.

    :raises DataError: naming the key of each that cannot be read
    """
    headers: list[Header] = []
    problems: dict[str, list[str]] = {}
    for key, path in (("x_path", config.x_path), ("y_path", config.y_path)):
        try:
            headers.append(read_header(path))
        except DataError as error:
            problems.setdefault(str(error), []).append(key)
    if problems:
        raise DataError("; ".join(f"{' and '.join(keys)}: {what}" for what, keys in problems.items()))
    return headers


def _require_channels(x: Header, y: Header, config: WavConfig) -> None:
    """
    Refuse channels that the files do not have.

    :raises DataError: naming the key that should choose instead, where ``channel`` fits one of the files only
    """
    shared = config.channel
    lacking = [header for header in (x, y) if shared is not None and header.channels < shared]
    if shared is not None and len(lacking) == 1 and config.x_channel is None and config.y_channel is None:
        has, other, key = lacking[0], *((y, "y_channel") if lacking[0] is x else (x, "x_channel"))
        silent = [str(channel) for channel in silent_channels(other)]
        told = f" (channel {' and '.join(silent)} of it {'is' if len(silent) == 1 else 'are'} silent)" if silent else ""
        count = "is mono" if has.channels == 1 else f"has {has.channels} channels"
        raise DataError(
            f"'channel' chooses for both files, but {has.path.name} {count}, so there is no channel {shared} in it; "
            f"leave 'channel' out, and set '{key}': {shared} for {other.path.name}{told}"
        )
    for header, (channel, key) in ((x, config.channel_of("x")), (y, config.channel_of("y"))):
        require_channel(header, channel, key)


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
