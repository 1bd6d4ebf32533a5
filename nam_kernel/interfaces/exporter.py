"""What an exporter is: a function that writes a net as files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from nam_kernel.interfaces.net import BaseNet

Metadata = Mapping[str, Any]
"""Facts about a model, of JSON types: what the user says of it (``name``, ``gear_make`` ...) and ``training``."""


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
