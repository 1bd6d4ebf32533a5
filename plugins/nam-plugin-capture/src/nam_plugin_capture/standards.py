"""How the older standard signals are laid out: where they click, what they play twice, what is meant to be held out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nam_plugin_capture.layout import Part

_SECOND = 48_000

_OF_VERSION_1: dict[str, Any] = {
    "sample_rate": _SECOND,
    "length": None,
    "click_part": (0, _SECOND),
    "clicks": ((12_000, 36_000),),
    "click_length": 2_400,
    "background": (0, 6_000),
    "sweep": (_SECOND, 4 * _SECOND),
    "noise": (4 * _SECOND, 7 * _SECOND),
    "train": (0, -9 * _SECOND),
    "validation": (-9 * _SECOND, 0),
    "again": None,
    "silence": True,
    "hashed": ((0, 7 * _SECOND), (-9 * _SECOND, 0)),
}


@dataclass(frozen=True)
class Standard:
    """
    A signal that was made to record with, by the makers of another trainer.

    Samples that are negative count from the end of the signal; a part that begins at one and stops at 0 reaches to the
    end.

    :param version: its number; 4.0.0 is the signal of Proteus
    :param sample_rate: in Hz
    :param length: in samples, or None where it is not known
    :param click_part: from where to where nothing but the clicks of the beginning is heard
    :param clicks: where they are, and in a second group those of the end where there are any
    :param click_length: how long one may last, in samples
    :param background: where the noise of a recording can be heard before the first click
    :param sweep: a part that holds sine sweeps
    :param noise: a part that holds white noise
    :param train: what is trained
    :param validation: what is held out
    :param again: the other part that plays the same as the validation, if there is one
    :param silence: whether silence comes before the validation
    :param file_hash: MD5 of the published file
    :param hashed: parts of it
    :param sample_hashes: MD5 of each, its samples being 64-bit floats
    """

    version: str
    sample_rate: int
    length: int | None
    click_part: Part
    clicks: tuple[tuple[int, ...], ...]
    click_length: int
    background: Part
    sweep: Part
    noise: Part
    train: Part
    validation: Part
    again: Part | None
    silence: bool
    file_hash: str
    hashed: tuple[Part, ...]
    sample_hashes: tuple[str, ...]

    @property
    def title(self) -> str:
        """What it is called."""
        return "the signal of Proteus" if self.version.startswith("4.") else f"the standard signal v{self.version}"

    @property
    def validation_length(self) -> int:
        """The samples that are held out."""
        return self.validation[1] - self.validation[0]


STANDARDS = (
    Standard(
        version="3.0.0",
        sample_rate=_SECOND,
        length=190 * _SECOND,
        click_part=(10 * _SECOND, 12 * _SECOND),
        clicks=((504_000, 552_000),),
        click_length=480,
        background=(492_000, 498_000),
        sweep=(12 * _SECOND, 15 * _SECOND),
        noise=(15 * _SECOND, 17 * _SECOND),
        train=(10 * _SECOND, -9 * _SECOND),
        validation=(-9 * _SECOND, 0),
        again=(0, 9 * _SECOND),
        silence=True,
        file_hash="36cd1af62985c2fac3e654333e36431e",
        hashed=((0, 17 * _SECOND), (-9 * _SECOND, 0)),
        sample_hashes=("dadb5d62f6c3973a59bf01439799809b", "8458126969a3f9d8e19a53554eb1fd52"),
    ),
    Standard(
        version="2.0.0",
        sample_rate=_SECOND,
        length=191 * _SECOND,
        click_part=(0, 2 * _SECOND),
        clicks=((24_000, 72_000), (-72_000, -24_000)),
        click_length=480,
        background=(12_000, 18_000),
        sweep=(2 * _SECOND, 5 * _SECOND),
        noise=(5 * _SECOND, 7 * _SECOND),
        train=(0, -20 * _SECOND),
        validation=(-20 * _SECOND, -11 * _SECOND),
        again=(-11 * _SECOND, -2 * _SECOND),
        silence=True,
        file_hash="ede3b9d82135ce10c7ace3bb27469422",
        hashed=((0, 8 * _SECOND), (-20 * _SECOND, 0)),
        sample_hashes=("1c4d94fbcb47e4d820bef611c1d4ae65", "28694e7bf9ab3f8ae6ef86e9545d4663"),
    ),
    Standard(
        version="1.1.1",
        file_hash="7c3b6119c74465f79d96c761a0e27370",
        sample_hashes=("9f20c6b5f7fef68dd88307625a573a14", "8458126969a3f9d8e19a53554eb1fd52"),
        **_OF_VERSION_1,
    ),
    Standard(
        version="1.0.0",
        file_hash="4d54a958861bf720ec4637f43d44a7ef",
        sample_hashes=("bb4e140c9299bae67560d280917eb52b", "9b2468fcb6e9460a399fc5f64389d353"),
        **_OF_VERSION_1,
    ),
    Standard(
        version="4.0.0",
        sample_rate=44_100,
        length=None,
        click_part=(1, 44_100),
        clicks=((22_050,),),
        click_length=441,
        background=(6_000, 12_000),
        sweep=(44_100, 9 * 44_100),
        noise=(9 * 44_100, 17 * 44_100),
        train=(44_100, -441_000),
        validation=(-441_000, 0),
        again=None,
        silence=False,
        file_hash="80e224bd5622fd6153ff1fd9f34cb3bd",
        hashed=((0, 44_100),),
        sample_hashes=("46151c8030798081acc00a725325a07d",),
    ),
)
"""From the newest to the oldest, and last the one that is recognised by the least."""
