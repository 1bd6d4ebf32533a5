"""A row as it is handed to the process that trains it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel

from nam_plugin_capture import Split

Json = dict[str, Any]


class Job(BaseModel):
    """
    A row, with all that its training needs.

    :param name: of the row
    :param folder: of its run; ``NAME.nam`` is written beside it
    :param x_path: of the DI, where no data config names it
    :param y_path: of the amplifier, likewise
    :param data: the data config, or None where it is split as ``capture`` does
    :param overrides: values by dotted columns of the data config that ``capture`` makes
    :param metadata: of the model file, likewise
    :param split: of the DI, likewise
    :param resume: go on with the run in the folder
    :param threads: that the training may use
    :param plots: whether they are drawn
    :param without: names of plugins that it does without
    :param copies: where this computer has the recordings, by the paths that the configs name
    :param scratch: the folder of the copies, to be removed at the end
    """

    name: str
    folder: Path
    x_path: Path | None = None
    y_path: Path | None = None
    data: Json | None = None
    model: Json
    learning: Json
    overrides: Json = {}
    metadata: Json = {}
    split: Split | None = None
    resume: bool = False
    threads: int = 1
    plots: bool = True
    without: tuple[str, ...] = ()
    copies: dict[str, Path] = {}
    scratch: Path | None = None
