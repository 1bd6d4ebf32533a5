"""Which samples of two recordings to use, and that there is silence before them."""

from __future__ import annotations

import logging

import torch
from torch import Tensor

from nam_kernel.errors import DataError

logger = logging.getLogger("nam.data")

Number = int | float
Span = tuple[int | None, int | None]


class XYError(ValueError, DataError):
    """Input and output do not go together."""


class ShapeError(XYError, AssertionError):
    """Input or output is not one row of samples, or an item is longer than they are."""


class StartStopError(ValueError, DataError):
    """The part to use is empty."""


class StartError(StartStopError):
    """It begins outside of the recording."""


class StopError(StartStopError):
    """It ends outside of the recording."""


class TooShortError(RuntimeError, DataError):
    """The recording is shorter than the receptive field."""


def position(
    edge: str, oldest: int | None, samples: int | None, seconds: Number | None, rate: Number | None
) -> int | None:
    """
    Give one end of the part in samples, whichever of three ways says it.

    :param edge: ``"start"`` or ``"stop"``
    :param oldest: the oldest spelling, in samples
    :raises ValueError: when several say it, or seconds without a rate
    """
    if oldest is not None:
        logger.warning("%s is deprecated; write %s_samples", edge, edge)
    if sum(given is not None for given in (oldest, samples, seconds)) > 1:
        raise ValueError(f"{edge}, {edge}_samples and {edge}_seconds say the same thing; give one of them")
    if seconds is None:
        return samples if oldest is None else oldest
    if rate is None:
        raise ValueError(f"{edge}_seconds needs the sample rate; give sample_rate, or {edge}_samples")
    return int(seconds * rate)


def check_span(start: int | None, stop: int | None, lengths: tuple[int, int]) -> Span:
    """
    Refuse a part that is not in the recordings.

    :param start, stop: in samples, negative from the end
    :param lengths: of input and output
    :raises StartStopError: when the part is empty or outside
    :raises ValueError: when the lengths differ
    """
    if start is None and stop is None:
        return start, stop
    length = lengths[0]
    if length != lengths[1]:
        raise ValueError(f"the input has {length} samples and the output {lengths[1]}; make them equally long")
    if start is not None and not -length <= start < length:
        raise StartError(f"the recording has {length} samples, so it has no sample {start} to start at")
    if stop is not None and not -length < stop <= length:
        raise StopError(f"the recording has {length} samples, so it cannot stop at sample {stop}")
    if not len(range(*slice(start, stop).indices(length))):
        raise StartStopError(f"nothing of the {length} samples is left between start {start} and stop {stop}")
    return start, stop


def check_silence(x: Tensor, start: int | None, seconds: float, rate: Number | None) -> None:
    """
    Refuse an input whose sound before the part could still ring in it.

    :param x: (L,)
    :param start: in samples
    :raises ValueError: when the rate is not known
    :raises XYError: when it is not silent
    """
    if rate is None:
        raise ValueError("require_input_pre_silence is in seconds, so it needs sample_rate; give that, or None")
    if start is None:
        return
    samples = int(seconds * rate)
    earliest = start - samples
    before = x[max(earliest, 0) if start >= 0 else earliest : start]
    if torch.any(before != 0):
        raise XYError(
            f"the input is not silent for {samples} samples before the part starts, so its response to that would "
            "be in the data; start elsewhere, or set require_input_pre_silence to null"
        )


def remove_delay(x: Tensor, y: Tensor, delay: int) -> tuple[Tensor, Tensor]:
    """
    Align two signals.

    :param delay: samples by which ``y`` lags behind ``x``
    :return: both, shorter by its magnitude
    """
    if delay > 0:
        return x[:-delay], y[delay:]
    return (x[-delay:], y[:delay]) if delay < 0 else (x, y)
