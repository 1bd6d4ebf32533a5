"""Versions of three numbers: of the standard signals, and of the older package."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from nam._version import __version__


@dataclass(order=True, eq=True)
class Version:
    """A version; versions are ordered by their numbers, the first of which counts most."""

    major: int
    minor: int
    patch: int

    @classmethod
    def from_string(cls, s: str) -> Self:
        """
        Return the version of a text such as ``"1.2.3"``; what follows the third number is ignored.

        :raises ValueError: when it does not begin with three numbers
        """
        try:
            major, minor, patch = (int(number) for number in s.split(".")[:3])
        except ValueError as error:
            raise ValueError(f"'{s}' is not a version of three numbers, such as 1.2.3: {error}") from error
        return cls(major, minor, patch)

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


PROTEUS_VERSION = Version(4, 0, 0)
"""That of the signal of Proteus, among those of the standard signals."""


def get_current_version() -> Version:
    """Return the version of the older package whose names these are."""
    return Version.from_string(__version__)
