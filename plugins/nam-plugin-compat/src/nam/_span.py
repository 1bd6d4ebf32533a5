"""Which samples of two signals are used, and the silence before them."""

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
    """Input or output is not one row of samples, or is shorter than an item."""


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
    Return one end of the part in samples, in whichever of three ways it is given.

    :param edge: ``"start"`` or ``"stop"``
    :param oldest: the oldest spelling, in samples
    :param rate: in Hz
    :raises ValueError: when it is given in several ways, or in seconds without a rate
    """
    if oldest is not None:
        logger.warning("%s is deprecated; write %s_samples", edge, edge)
    if sum(given is not None for given in (oldest, samples, seconds)) > 1:
        raise ValueError(f"{edge}, {edge}_samples and {edge}_seconds are three ways to say one thing; give one of them")
    if seconds is None:
        return samples if oldest is None else oldest
    if rate is None:
        raise ValueError(f"{edge}_seconds needs the sample rate; give sample_rate, or {edge}_samples")
    return int(seconds * rate)


def check_span(start: int | None, stop: int | None, lengths: tuple[int, int]) -> Span:
    """
    Return a part that is in the recordings; both ends are in samples, negative from the end.

    :param lengths: of input and output
    :raises StartStopError: when the part is empty or outside
    :raises ValueError: when the lengths differ
    """
    if start is None and stop is None:
        return start, stop
    length = lengths[0]
    if length != lengths[1]:
        raise ValueError(f"the input has {length} samples and the output {lengths[1]}; make them equally long")
    for error, word, at, allowed in (
        (StartError, "start", start, range(-length, length)),
        (StopError, "stop", stop, range(1 - length, length + 1)),
    ):
        if at is not None and at not in allowed:
            raise error(f"the recording has {length} samples, so it cannot {word} at sample {at}")
    if not range(length)[start:stop]:
        raise StartStopError(f"nothing of the {length} samples is left between start {start} and stop {stop}")
    return start, stop


def check_silence(x: Tensor, start: int | None, seconds: float, rate: Number | None) -> None:
    """
    Refuse an input that sounds so shortly before the part that its tail is in the output.

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
    if torch.any(x[max(earliest, 0) if start >= 0 else earliest : start] != 0):
        raise XYError(
            f"the input is not silent for {samples} samples before the part starts, so the response to what it plays "
            "there would be in the data; start elsewhere, or set require_input_pre_silence to null"
        )
