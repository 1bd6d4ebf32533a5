"""Read a pair of recordings: what went into the amplifier, and what came out of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nam_kernel.errors import DataError
from nam_kernel.files import expanded
from nam_plugin_wav import read_audio, read_header

Samples = npt.NDArray[np.float32]

FEWEST_SECONDS = 2.0
"""Less than this cannot be both trained and validated."""


@dataclass(frozen=True)
class Recordings:
    """
    A pair of recordings of one sample rate.

    :param x_path: of the DI
    :param y_path: of the amplifier
    :param x: (L,), the DI; full scale is 1
    :param y: (M,), the amplifier; perhaps of another length
    :param sample_rate: of both, in Hz
    :param channels: chosen of each file, counted from 1, or None where all are equal
    """

    x_path: Path
    y_path: Path
    x: Samples
    y: Samples
    sample_rate: int
    channels: tuple[int | None, int | None] = (None, None)

    @property
    def length(self) -> int:
        """The samples that both have."""
        return min(len(self.x), len(self.y))

    @property
    def seconds(self) -> float:
        """The duration that both have."""
        return self.length / self.sample_rate

    @property
    def common(self) -> dict[str, Any]:
        """What every entry of a data config says of these files."""
        chosen = {key: c for key, c in zip(("x_channel", "y_channel"), self.channels, strict=True) if c is not None}
        unequal = {"allow_unequal_lengths": True} if len(self.x) != len(self.y) else {}
        return {"x_path": str(self.x_path), "y_path": str(self.y_path), **chosen, **unequal}


def read_recordings(
    di: str | Path, amplifier: str | Path, *, di_channel: int | None = None, amplifier_channel: int | None = None
) -> Recordings:
    """
    Return a pair of recordings.

    :param di_channel: counted from 1; None for a file whose channels are all equal
    :param amplifier_channel: likewise
    :raises DataError: when one cannot be read, their rates differ, or there is too little of them
    """
    x_path, y_path = expanded(di), expanded(amplifier)
    if x_path.exists() and y_path.exists() and x_path.samefile(y_path):
        raise DataError(
            f"{x_path.name} is given twice; name two files: the dry guitar first, then the same through the amplifier"
        )
    rates = [read_header(path).sample_rate for path in (x_path, y_path)]
    if rates[0] != rates[1]:
        raise DataError(
            f"{x_path.name} has {rates[0]} Hz and {y_path.name} {rates[1]} Hz; export both at one rate, 48000 Hz "
            "where you can choose"
        )
    x = read_audio(x_path, di_channel, key="--di-channel").samples
    y = read_audio(y_path, amplifier_channel, key="--amp-channel").samples
    found = Recordings(x_path, y_path, x, y, rates[0], (di_channel, amplifier_channel))
    if found.seconds < FEWEST_SECONDS:
        shorter = x_path if len(x) <= len(y) else y_path
        raise DataError(
            f"{shorter.name} lasts {found.seconds:.1f} s, which is too little to learn from; record at least a "
            "minute, better three"
        )
    return found
