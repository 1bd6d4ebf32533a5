"""Select samples of both files by arithmetic on their lengths, before anything is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from nam_kernel.errors import DataError
from nam_plugin_wav.config import WavConfig
from nam_plugin_wav.counts import samples as in_words


@dataclass(frozen=True)
class Span:
    """
    The selected samples, as positions in each file; the two ranges are equally long.

    :param start: where the part begins in the input before the delay was removed, None if no start was given
    """

    x_start: int
    x_stop: int
    y_start: int
    y_stop: int
    start: int | None

    @property
    def samples(self) -> int:
        """The number of samples of either range."""
        return self.x_stop - self.x_start


class Items(NamedTuple):
    """
    How the selected samples are divided.

    :param number: of items
    :param ny: output samples of each
    :param left_over: samples at the end that fill no item
    """

    number: int
    ny: int
    left_over: int


def span(x_frames: int, y_frames: int, config: WavConfig, delay: int, sample_rate: int) -> Span:
    """
    Return the selected samples: drop the preroll, cut to the shorter file, take start to stop, remove the delay.

    :param x_frames: samples of the input, at ``sample_rate``
    :param y_frames: samples of the output, at ``sample_rate``
    :param delay: samples by which the output lags
    :raises DataError: when nothing is left, naming the key that causes it
    """
    preroll = config.y_preroll or 0
    if preroll >= y_frames:
        raise DataError(
            f"y_preroll drops {in_words(preroll)}, but {config.y_path.name} has only {y_frames}; "
            "y_preroll counts samples, not seconds"
        )
    length = _common_length(x_frames, y_frames - preroll, config, sample_rate)
    start, stop = _part(length, config, sample_rate)
    if abs(delay) >= stop - start:
        raise DataError(
            f"delay is {in_words(delay)}, but the part of {config.x_path.name} that is used has only "
            f"{stop - start}; check delay, and start and stop"
        )
    lag, lead = max(delay, 0), max(-delay, 0)
    given, _ = config.edge("start", sample_rate)
    return Span(
        x_start=start + lead,
        x_stop=stop - lag,
        y_start=start + lag + preroll,
        y_stop=stop - lead + preroll,
        start=start if given is not None else None,
    )


def items(samples: int, config: WavConfig, nx: int) -> Items:
    """
    Return how many items the selected samples make.

    :param nx: the receptive field of the net, in samples
    :raises DataError: when there is not even one
    """
    outputs = samples - nx + 1
    if outputs < 1:
        raise DataError(
            f"the part of {config.x_path.name} that is used has {in_words(samples)}, but the net needs "
            f"{nx} for one output sample (its receptive field); use a longer part, or a net with a "
            "shorter receptive field"
        )
    ny = outputs if config.ny is None else config.ny
    if ny > outputs:
        raise DataError(
            f"ny is {ny}, but the part of {config.x_path.name} that is used makes only {outputs} output "
            f"sample{'s' * (outputs != 1)} ({samples}, less {nx - 1} of history for the net); lower ny, or set it to "
            "null for one item of everything"
        )
    return Items(outputs // ny, ny, outputs % ny)


def _common_length(x_frames: int, y_frames: int, config: WavConfig, sample_rate: int) -> int:
    if x_frames == y_frames or config.allow_unequal_lengths:
        return min(x_frames, y_frames)
    longer = config.x_path.name if x_frames > y_frames else config.y_path.name
    extra = abs(x_frames - y_frames)
    after = f" after the y_preroll of {config.y_preroll}" if config.y_preroll else ""
    raise DataError(
        f"{config.x_path.name} has {in_words(x_frames)} ({x_frames / sample_rate:.3f} s), but "
        f"{config.y_path.name} has {y_frames} ({y_frames / sample_rate:.3f} s){after}; {longer} is "
        f"{extra / sample_rate:.3f} s ({in_words(extra)}) longer. If both begin together and that is only a "
        "tail, set allow_unequal_lengths to true, which trims it"
    )


def _part(length: int, config: WavConfig, sample_rate: int) -> tuple[int, int]:
    start, start_key = config.edge("start", sample_rate)
    stop, stop_key = config.edge("stop", sample_rate)
    told = f"{in_words(length)}, {length / sample_rate:.3f} s"
    name = config.x_path.name
    if start is not None and not -length <= start < length:
        where = "after the end" if start > 0 else "before the beginning"
        raise DataError(f"{start_key} is {where} of {name} ({told}): {_value(config, start_key)}")
    if stop is not None and not -length < stop <= length:
        where = "after the end" if stop > 0 else "before the beginning"
        raise DataError(f"{stop_key} is {where} of {name} ({told}): {_value(config, stop_key)}")
    if stop == 0:
        raise DataError(f"{stop_key} is 0, and nothing of {name} is before that; null goes to the end of the file")
    first = 0 if start is None else start % length
    last = length if stop is None else stop if stop > 0 else stop + length
    if first >= last:
        told = f"from sample {first} to sample {last} of {length}"
        raise DataError(f"nothing of {name} is left between {start_key} and {stop_key} ({told}); swap or change them")
    return first, last


def _value(config: WavConfig, key: str) -> str:
    value = getattr(config, key)
    return f"{f'{value} s' if key.endswith('seconds') else in_words(value)}; give a position inside the file"
