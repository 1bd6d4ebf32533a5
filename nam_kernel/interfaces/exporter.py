"""What an exporter is: a function that writes a net as files, and perhaps one that plays them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from nam_kernel.interfaces.net import BaseNet

Metadata = Mapping[str, Any]
"""Facts about a model, of JSON types: what the user says of it (``name``, ``gear_make`` ...) and ``training``."""

Signal = npt.NDArray[np.floating[Any]]


class ExporterFunction(Protocol):
    """
    An exporter; the target of an ``Exporter`` record.

    Its writes are atomic (``nam_kernel.files.atomic_write`` makes them so), and it leaves the net as it was.
    """

    def __call__(self, net: BaseNet, outdir: Path, basename: str, metadata: Metadata) -> list[Path]:
        """
        Write the net.

        :param outdir: exists
        :param basename: of the files, without a suffix
        :return: the files written, the most important one first
        """
        ...


class RunnerStream(Protocol):
    """A file in the middle of being played."""

    def feed(self, x: Signal, *conditions: Signal | float) -> Signal:
        """Return the output that belongs to the next samples: (l,) for (l,), any length from 1 on."""
        ...


class Runner(Protocol):
    """
    A player of a written file; what the ``runner`` of an ``Exporter`` record returns for a path.

    It must not use the code of the net: the kernel compares the two, and so proves the file. One that can also
    play in blocks has a method ``stream() -> RunnerStream``.
    """

    def __call__(self, x: Signal, *conditions: Signal | float) -> Signal:
        """
        Return the output for a whole signal, from a start that silence precedes.

        :param x: (L,)
        :param conditions: one number, or one value for each sample (L,), for each condition of the net
        :return: (L,)
        """
        ...
