"""How far the output lags behind the input: found by the clicks of a standard signal, or stated."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import Any

import numpy as np
import numpy.typing as npt

from nam._errors import RecordingTooShortError
from nam.data import wav_to_np
from nam.train import metadata
from nam.train._figures import show
from nam.train._signals import DataInfo, layout_of
from nam.train._version import Version

File = str | PathLike[str]
Audio = npt.NDArray[Any]

ABS_THRESHOLD, REL_THRESHOLD, SAFETY_FACTOR = 0.0003, 0.001, 1
"""By how much a click has to exceed the noise, absolutely and relatively; and samples by which it is taken earlier."""

LOOKAHEAD, LOOKBACK = 1_000, 10_000
"""From how early to how late the answer to a click is looked for, in samples."""

DISAGREEMENT = 20
"""From so many samples on, clicks do not agree."""


class AnalyzeLatencyError(RuntimeError):
    """The latency cannot be analysed."""


class FinalLatencyError(ValueError):
    """There is no latency, neither found nor stated."""


def warn_lookaheads(indices: Sequence[int]) -> str:
    """
    Return a warning that clicks seem to be answered at the earliest moment that was looked at.

    :param indices: of the clicks, counted from 1
    """
    told = ",".join(map(str, indices))
    return (
        f"WARNING: the answer to click {told} seems to come as early as was looked for, {LOOKAHEAD} samples before it. "
        "What was heard is rather noise; look at the recording if the model turns out badly"
    )


def calibrate_latency(
    data_info: DataInfo,
    y: Audio,
    manual_available: bool = False,
    show_plots: bool = False,
    abs_threshold: float = ABS_THRESHOLD,
    rel_threshold: float = REL_THRESHOLD,
    safety_factor: int = SAFETY_FACTOR,
    _override_suppress_plots: bool = False,
) -> metadata.LatencyCalibration:
    """
    Return the latency of a recording: the first sample that exceeds the noise, in the mean of what answers the clicks.

    :param y: (L,), all of the recording
    :param manual_available: a latency is stated, so that none need be found
    :param show_plots: draw what was heard where no answer is found, even then
    :param _override_suppress_plots: draw nothing
    :raises RecordingTooShortError: when the recording ends before the clicks
    """
    first = data_info.first_blips_start
    part = np.asarray(y)[first : first + data_info.t_blips]
    starts = [place - first - LOOKAHEAD for place in data_info.blip_locations[0]]
    if len(part) < max(starts) + LOOKAHEAD + LOOKBACK:
        raise RecordingTooShortError(
            f"the recording has {len(y)} samples, and ends before the clicks do; play and record the whole signal"
        )
    background = float(np.abs(part[slice(*(edge - first for edge in data_info.noise_interval))]).max())
    threshold = max(background + abs_threshold, (1.0 + rel_threshold) * background)
    scans = np.stack([part[max(start, 0) : start + LOOKAHEAD + LOOKBACK] for start in starts])
    heard = np.abs(scans.mean(axis=0)) > threshold
    delays = [int(np.argmax(heard)) - LOOKAHEAD] if heard.any() else []
    if delays:
        print(f"The clicks are answered {delays[0]} samples late; {safety_factor} of them are kept as a margin")
    elif (show_plots or not manual_available) and not _override_suppress_plots:
        print("No click is answered in the recording; is the signal chain connected, and the right file chosen?")
        _plot_scans(scans, threshold)
    return metadata.LatencyCalibration(
        algorithm_version=1,
        delays=delays,
        safety_factor=safety_factor,
        recommended=delays[0] - safety_factor if delays else None,
        warnings=_warnings(delays),
    )


def _warnings(delays: list[int]) -> metadata.LatencyCalibrationWarnings:
    earliest = [index for index, delay in enumerate(delays, 1) if delay == -LOOKAHEAD]
    apart = bool(delays) and max(delays) - min(delays) >= DISAGREEMENT
    if earliest:
        print(warn_lookaheads(earliest))
    if apart:
        print(f"WARNING: the clicks are answered {DISAGREEMENT} samples apart or more; state the latency if need be")
    return metadata.LatencyCalibrationWarnings(
        matches_lookahead=bool(earliest), disagreement_too_high=apart, not_detected=not delays
    )


def analyze_latency(
    user_latency: int | None,
    input_version: Version,
    input_path: File,
    output_path: File,
    silent: bool = False,
    _override_suppress_plots: bool = False,
) -> metadata.Latency:
    """
    Return the latency of a recording, as it is stated and as it is found.

    :param user_latency: in samples, as it is stated; or None
    :param silent: draw nothing
    :raises UnknownSignalError: when the version is that of no standard signal
    """
    layout = layout_of(input_version.major)
    if user_latency is not None:
        print(f"A latency of {user_latency} samples is stated")
    found = calibrate_latency(
        layout,
        wav_to_np(output_path),
        manual_available=user_latency is not None,
        show_plots=not silent,
        _override_suppress_plots=_override_suppress_plots,
    )
    if not silent and found.recommended is not None:
        plot_latency(layout, found.recommended, input_path, output_path)
    return metadata.Latency(manual=user_latency, calibration=found)


def final_latency(latency_analysis: metadata.Latency) -> int:
    """
    Return the latency to train with: the stated one, or the one that was found.

    :raises FinalLatencyError: when there is neither
    """
    stated, found = latency_analysis.manual, latency_analysis.calibration.recommended
    if stated is not None:
        against = "" if found in (None, stated) else f", though {found} was found"
        print(f"Training with the latency that is stated, {stated} samples{against}")
        return stated
    if found is None:
        raise FinalLatencyError("no latency is stated, and none can be found; state it with latency=")
    print(f"Training with the latency that was found, {found} samples")
    return found


def plot_latency(data_info: DataInfo, latency: int, input_path: File, output_path: File, _nofail: bool = True) -> None:
    """
    Draw what answers the clicks, moved by a latency.

    :raises RuntimeError: when the input has no clicks, unless ``_nofail`` is false
    """
    from matplotlib import pyplot

    first = data_info.first_blips_start
    x, y = (wav_to_np(path)[first : first + data_info.t_blips] for path in (input_path, output_path))
    clicks = np.flatnonzero(np.abs(x) > 0.5 * np.abs(x).max(initial=0.0))
    pyplot.figure()
    if not len(clicks):
        print(f"There are no clicks in {input_path} where a signal of version {data_info.major_version} has them")
        for name, samples in (("input", x), ("output", y)):
            pyplot.plot(first + np.arange(len(samples)), samples, label=name)
        for place in data_info.blip_locations[0]:
            pyplot.axvline(place, color="0.5", linestyle="--")
    # The click of version 1 lasts for several samples, of which the first one counts.
    for index, click in enumerate(clicks[:1] if data_info.major_version == 1 else clicks, 1):
        around = np.arange(max(click + latency - 20, 0), click + latency + 20)
        around = around[around < len(y)]
        pyplot.plot(around - click - latency, y[around], ".-", label=f"output {index}")
    if len(clicks):
        pyplot.axvline(0, color="k", linestyle="--")
    pyplot.legend()
    show()
    if not len(clicks) and _nofail:
        raise RuntimeError(f"{input_path} has no clicks, so nothing can be drawn")


def _plot_scans(scans: Audio, threshold: float) -> None:
    """Draw what was recorded around the clicks, and what would have been heard."""
    from matplotlib import pyplot

    samples = np.arange(scans.shape[1]) - LOOKAHEAD
    pyplot.figure()
    for scan in scans:
        pyplot.plot(samples, scan, color="C0", alpha=0.3)
    pyplot.plot(samples, scans.mean(axis=0), color="C0", label="mean")
    for level in (-threshold, threshold):
        pyplot.axhline(level, color="k", linestyle="--")
    pyplot.axvline(0, color="C1", linestyle="--", label="click")
    pyplot.xlabel("samples")
    pyplot.title("no click is answered")
    pyplot.legend()
    show()
