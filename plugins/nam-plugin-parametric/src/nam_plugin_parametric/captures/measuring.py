"""Measure captures one by one: how far they are from aligned, their polarity, their level, their sound over time."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from nam_plugin_parametric.captures.capture import Capture
from nam_plugin_parametric.captures.config import Split
from nam_plugin_wav import Delay, estimate_delay

Signal = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]

TOLERANCE_SECONDS = 0.00025
"""By how much an estimate of a delay may be wrong."""

LISTENED_SECONDS = 20
"""The part of a capture in which a delay that is stated is looked for: the loudest."""

FULL_SCALE = 1 - 2**-15
_FRAME_SECONDS, _BANDS, _LOWEST, _HIGHEST, _FLOOR = 0.05, 16, 80.0, 10_000.0, 1e-6


@dataclass(frozen=True, eq=False)
class Measured:
    """
    A capture with what was measured.

    :param split: of the data that it is in
    :param found: what was heard between input and output; None for a model that plays the input
    :param lag: samples by which the output lags when the delay of the config is removed
    :param level: RMS of the output file, in dB relative to full scale
    :param peak: the largest magnitude in it
    :param clipped: samples of it at full scale
    :param frames: the samples of both files
    """

    capture: Capture
    split: Split
    sample_rate: float
    found: Delay | None
    lag: int
    level: float
    peak: float
    clipped: int
    frames: tuple[int, int] = field(default=(0, 0))

    @property
    def name(self) -> str:
        """For messages."""
        return self.capture.name

    @property
    def trusted(self) -> bool:
        """Whether its delay and polarity are known."""
        return self.found is not None and self.found.trusted

    @property
    def inverted(self) -> bool:
        """Whether the output is inverted, as it is trained."""
        return self.found is not None and self.found.inverted

    def bands(self) -> Floats:
        """
        Return the sound over time, which neither delay nor polarity changes: the power of frames in bands, in dB.

        :return: (F, B)
        """
        y = self.capture.y.numpy() / abs(self.capture.factor)
        size = 2 ** int(math.log2(max(_FRAME_SECONDS * self.sample_rate, 2)))
        if len(y) < size:
            return np.zeros((0, _BANDS))
        frames = np.lib.stride_tricks.sliding_window_view(y, size)[::size] * np.hanning(size)
        power = np.abs(np.fft.rfft(frames)) ** 2
        frequencies = np.fft.rfftfreq(size, 1 / self.sample_rate)
        edges = np.searchsorted(frequencies, np.geomspace(_LOWEST, _HIGHEST, _BANDS + 1))
        joined = np.stack([power[:, low : max(high, low + 1)].sum(1) for low, high in itertools.pairwise(edges)], 1)
        decibels: Floats = 10 * np.log10(joined + max(float(joined.max()), 1e-20) * _FLOOR)
        return decibels


def measure_all(captures: Sequence[tuple[Split, Capture]], sample_rate: float) -> list[Measured]:
    """Return what is measured of each capture; the parts of one pair of files are listened to once."""
    heard: dict[object, Delay | None] = {}
    measured = []
    for split, capture in captures:
        pair = capture.recording.pair
        how = (pair.config.channel_of("y"), pair.config.y_preroll, pair.config.y_scale, pair.delay)
        key = (pair.y.path, *how, capture.recording.input_key)
        if key not in heard:
            heard[key] = _heard(capture, sample_rate)
        measured.append(_measured(split, capture, sample_rate, heard[key]))
    return measured


def _measured(split: Split, capture: Capture, sample_rate: float, found: Delay | None) -> Measured:
    y = np.abs(capture.y.numpy()) / abs(capture.factor)
    power = float(np.mean(np.square(y, dtype=np.float64))) if len(y) else 0.0
    # What "auto" found counts from the beginning of the files, everything else from what is served.
    removed = capture.delay - capture.recording.shift if found is capture.recording.found else 0
    return Measured(
        capture=capture,
        split=split,
        sample_rate=sample_rate,
        found=found,
        lag=0 if found is None or not found.trusted else found.delay - removed,
        level=10 * math.log10(power) if power > 0 else -math.inf,
        peak=float(y.max(initial=0.0)),
        clipped=int((y >= FULL_SCALE).sum()),
        frames=capture.recording.pair.frames,
    )


def _heard(capture: Capture, sample_rate: float) -> Delay | None:
    if capture.recording.row.config.teacher:
        return None
    if capture.recording.found is not None:
        return capture.recording.found
    x, y = capture.x.numpy(), capture.y.numpy()
    count = int(LISTENED_SECONDS * sample_rate)
    begin = loudest(x, count, int(sample_rate))
    return estimate_delay(x[begin : begin + count], y[begin : begin + count], sample_rate)


def loudest(x: Signal, count: int, step: int) -> int:
    """Return where the part with the most power begins."""
    if len(x) <= count:
        return 0
    total = np.concatenate(([0.0], np.cumsum(np.square(x, dtype=np.float64))))
    begins = np.arange(0, len(x) - count + 1, step)
    return int(begins[np.argmax(total[begins + count] - total[begins])])
