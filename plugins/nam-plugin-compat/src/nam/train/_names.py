"""The file names of the standard signals, by which the notebook's trainer looks for them."""

from __future__ import annotations

from typing import NamedTuple

from nam.train._version import PROTEUS_VERSION, Version

__all__ = ["INPUT_BASENAMES", "LATEST_VERSION", "Version", "VersionAndName"]


class VersionAndName(NamedTuple):
    """
    A standard signal.

    :param name: of its file
    :param other_names: that the same file had before
    """

    version: Version
    name: str
    other_names: set[str] | None


INPUT_BASENAMES = (
    VersionAndName(Version(3, 0, 0), "input.wav", {"v3_0_0.wav"}),
    VersionAndName(Version(2, 0, 0), "v2_0_0.wav", None),
    VersionAndName(Version(1, 1, 1), "v1_1_1.wav", None),
    VersionAndName(Version(1, 0, 0), "v1.wav", None),
    VersionAndName(PROTEUS_VERSION, "Proteus_Capture.wav", None),
)
"""From the newest to the oldest."""

LATEST_VERSION = INPUT_BASENAMES[0]
