"""The standard signals as the easy trainer describes them, and which of them a file is."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from pydantic import BaseModel

from nam._errors import UnknownSignalError
from nam.data import wav_to_np
from nam.train._version import Version
from nam_plugin_capture import STANDARDS, Standard, recognise


class InputValidationError(ValueError):
    """A file is none of the standard signals."""


class DataInfo(BaseModel):
    """
    The layout of a standard signal, in samples; negative ones count from its end.

    :param rate: in Hz
    :param t_blips: the length of the part that holds the first clicks
    :param first_blips_start: where it begins
    :param t_validate: the length of what is held out
    :param train_start: where what is trained begins
    :param validation_start: where what is held out begins
    :param noise_interval: where nothing is played, before the first click
    :param blip_locations: the clicks of the beginning, then those of the end if there are any
    """

    major_version: int
    rate: float | None
    t_blips: int
    first_blips_start: int
    t_validate: int
    train_start: int
    validation_start: int
    noise_interval: tuple[int, int]
    blip_locations: Sequence[Sequence[int]]


def _info(standard: Standard) -> DataInfo:
    start, stop = standard.click_part
    return DataInfo(
        major_version=Version.from_string(standard.version).major,
        rate=standard.sample_rate,
        t_blips=stop - start,
        first_blips_start=start,
        t_validate=standard.validation_length,
        train_start=standard.train[0],
        validation_start=standard.validation[0],
        noise_interval=standard.background,
        blip_locations=standard.clicks,
    )


LAYOUTS = {layout.major_version: layout for layout in map(_info, STANDARDS)}
"""By the first number of their versions."""


def layout_of(major: int) -> DataInfo:
    """
    Return the layout of a standard signal.

    :param major: the first number of its version
    :raises UnknownSignalError: when there is none of that version
    """
    if major not in LAYOUTS:
        raise UnknownSignalError(f"there is no standard signal of version {major}; known: {sorted(LAYOUTS)}")
    return LAYOUTS[major]


def detect_input_version(input_path: str | PathLike[str]) -> tuple[Version, bool]:
    """
    Return which standard signal a file is, and whether it is the very file that was published.

    A file whose samples or whose layout are those of one is recognised too.

    :raises InputValidationError: when it is none
    """
    samples, info = wav_to_np(input_path, info=True)
    found = recognise(samples, info.rate, Path(input_path))
    if found is None or found.length != len(samples):
        raise InputValidationError(
            f"{input_path} is none of the standard signals, by its hash, by its samples or by its layout; "
            "'nam-kernel capture' makes a model of any two recordings"
        )
    print(f"{input_path} is {found.title}")
    return Version.from_string(found.standard.version), found.by == "file"
