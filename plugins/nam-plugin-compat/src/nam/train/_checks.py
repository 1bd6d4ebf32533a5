"""The checks of a recording before it is trained: rate, length, and whether the gear sounds like itself twice."""

from __future__ import annotations

from os import PathLike
from typing import Any

import torch
from pydantic import BaseModel
from torch import Tensor

from nam.data import wav_to_np, wav_to_tensor
from nam.models.losses import esr
from nam.train import metadata
from nam.train._signals import LAYOUTS
from nam.train._version import Version

File = str | PathLike[str]

ALIKE = 0.01
"""The ESR from which two takes of the same are too different."""

_BEFORE, _AFTER = 10, 1000


class SampleRateValidation(BaseModel):
    """Whether both files have one rate; each in Hz."""

    passed: bool
    input: int
    output: int


class LengthValidation(BaseModel):
    """Whether both files are about equally long; by how much the output is longer, in seconds."""

    passed: bool
    delta_seconds: float


def check_audio_sample_rates(input_path: File, output_path: File) -> SampleRateValidation:
    """Return whether two files have the same rate."""
    x, y = (wav_to_np(path, info=True)[1].rate for path in (input_path, output_path))
    return SampleRateValidation(passed=x == y, input=x, output=y)


def check_audio_lengths(
    input_path: File, output_path: File, max_under_seconds: float | None = 0.0, max_over_seconds: float | None = 1.0
) -> LengthValidation:
    """
    Return whether the output is as long as the input.

    :param max_under_seconds: by which it may be shorter; None for any
    :param max_over_seconds: by which it may be longer; None for any
    """
    x, y = (len(samples) / info.rate for samples, info in (wav_to_np(p, info=True) for p in (input_path, output_path)))
    over = y - x
    too_short = max_under_seconds is not None and over < -max_under_seconds
    too_long = max_over_seconds is not None and over > max_over_seconds
    return LengthValidation(passed=not (too_short or too_long), delta_seconds=over)


def replicate_message(threshold: float) -> str:
    """Return what it means that two takes of the same are too different, and where that comes from."""
    return (
        f"The same was played twice, and the two recordings of it differ by an ESR of more than {threshold}. "
        "Usual causes: noise; chorus, delay or reverb; a knob that was turned; tubes that were still cold."
    )


def check_v1(*args: Any, **kwargs: Any) -> metadata.DataChecks:
    """Return that nothing is wrong: version 1 has nothing that could be checked."""
    return metadata.DataChecks(version=1, passed=True)


def check_v2(input_path: File, output_path: File, delay: int, silent: bool) -> metadata.DataChecks:
    """
    Return whether the clicks of version 2 sound alike, next to each other and from the beginning to the end.

    :param delay: of the recording, in samples
    """
    layout = LAYOUTS[2]
    y = wav_to_tensor(output_path, rate=layout.rate)
    first, second = layout.validation_start, layout.validation_start + layout.t_validate
    takes = y[first : first + layout.t_validate], y[second : second + layout.t_validate]
    if _difference(*takes) > ALIKE:
        print(replicate_message(ALIKE))
    places = [[int(place) % len(y) + delay for place in group] for group in layout.blip_locations]
    start, end = ([y[place - _BEFORE : place + _AFTER] for place in group] for group in places)
    pairs = {
        "at the beginning": start,
        "at the end": end,
        "between the beginning and the end, the first": [start[0], end[0]],
        "between the beginning and the end, the second": [start[1], end[1]],
    }
    for where, (a, b) in pairs.items():
        if not _difference(a, b) < ALIKE:
            print(f"The clicks {where}, do not sound alike: noise, a gate, a time-based effect, or a setting changed.")
            return metadata.DataChecks(version=2, passed=False)
    return metadata.DataChecks(version=2, passed=True)


def check_v3(input_path: File, output_path: File, silent: bool, *args: Any, **kwargs: Any) -> metadata.DataChecks:
    """
    Return whether the two takes of what is held out sound alike.

    :param silent: draw nothing
    """
    layout = LAYOUTS[3]
    y, end = wav_to_tensor(output_path, rate=layout.rate), len(wav_to_tensor(input_path))
    takes = y[: layout.t_validate], y[end - layout.t_validate : end]
    if _difference(*takes) <= ALIKE:
        return metadata.DataChecks(version=3, passed=True)
    print(replicate_message(ALIKE))
    if not silent:
        _plot_takes(*takes)
    return metadata.DataChecks(version=3, passed=False)


def check_v4(input_path: File, output_path: File, silent: bool, *args: Any, **kwargs: Any) -> metadata.DataChecks:
    """Return whether a recording of the signal of Proteus has its rate, and is long enough to be held out from."""
    layout = LAYOUTS[4]
    samples, info = wav_to_np(output_path, info=True)
    needed = layout.t_blips + layout.first_blips_start + layout.t_validate
    passed = info.rate == layout.rate and len(samples) >= needed
    if not passed:
        print(
            f"{output_path} has {len(samples)} samples at {info.rate} Hz; expected at least {needed} at {layout.rate:g}"
        )
    return metadata.DataChecks(version=4, passed=passed)


def check_data(
    input_path: File, output_path: File, input_version: Version, delay: int, silent: bool
) -> metadata.DataChecks | None:
    """
    Return what the checks of a standard signal say of a recording, or None where there are none for it.

    All but the newest are deprecated, and pass no check: they are trained with ``ignore_checks`` only.

    :param delay: of the recording, in samples
    """
    major = input_version.major
    if major not in LAYOUTS:
        print(f"There are no checks for a signal of version {input_version}")
        return None
    with torch.no_grad():
        if major == 2:
            checks = check_v2(input_path, output_path, delay, silent)
        else:
            checks = {1: check_v1, 3: check_v3, 4: check_v4}[major](input_path, output_path, silent)
    if major != 3:
        print(f"The signal of version {input_version} is deprecated; record version 3, or ignore the checks")
        checks.passed = False
    return checks


def _difference(first: Tensor, second: Tensor) -> float:
    """Return the ESR of two takes of the same, of their common length; NaN where there is nothing of one."""
    length = min(len(first), len(second))
    found = float(esr(first[:length], second[:length])) if length else float("nan")
    print(f"Two takes of the same differ by an ESR of {found:.3g}")
    return found


def _plot_takes(first: Tensor, second: Tensor) -> None:
    from matplotlib import pyplot

    from nam.train._figures import show

    pyplot.figure()
    for number, take in enumerate((first, second), 1):
        pyplot.plot(take, label=f"take {number}")
    pyplot.title("two takes of the same")
    pyplot.legend()
    show()
