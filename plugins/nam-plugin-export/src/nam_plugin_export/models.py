"""What a command takes as a model: the directory of a run, a checkpoint of one, or a model file."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nam_kernel import BaseNet, Exporter, plugins, read_model
from nam_kernel.config import UserMetadata
from nam_kernel.errors import ModelFileError, UserError
from nam_kernel.files import expanded
from nam_kernel.run.record import RunRecord
from nam_plugin_export.checkpoints import CHECKPOINTS, net_of_checkpoint


@dataclass(frozen=True)
class Source:
    """
    A model that was read.

    :param file: that it was read from
    :param metadata: for what is written of it; empty where the net keeps what its file said
    """

    net: BaseNet
    file: Path
    metadata: Mapping[str, Any] = field(default_factory=dict)


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--size``."""
    told = "which size of a model with several, 0 (smallest) to 1; by default the one that render plays"
    parser.add_argument("--size", type=float, metavar="S", help=told)


def read_source(given: Path, size: float | None = None) -> Source:
    """
    Return a model, in the size that is asked for.

    :param given: the directory of a run, a checkpoint in one, or a model file
    :param size: 0 to 1; by default the size that a player runs
    :raises UserError: when there is no such model or size, or nobody here reads it
    """
    if size is not None and not 0.0 <= size <= 1.0:
        raise UserError(f"--size {size}: expected a number from 0 to 1")
    path = expanded(given)
    if path.suffix.lower() in CHECKPOINTS:
        source = Source(*net_of_checkpoint(path))
    else:
        path = model_of_run(path) if path.is_dir() else path
        if not path.is_file():
            raise ModelFileError(f"{path}: there is no such file")
        source = Source(read_model(path), path)
    return source if size is None and not source.net.outputs else _at_size(source, 1.0 if size is None else size)


def model_of_run(directory: Path) -> Path:
    """
    Return the model file of a run.

    :raises UserError: when it is not the directory of a run
    :raises ModelFileError: when the run has no model that can be read
    """
    facts = RunRecord.read(directory).facts
    # While a run goes on, its record names no files, and the best model so far is there.
    named = [directory / name for name in facts.files] or sorted(directory.glob("model.*"))
    found = next((file for file in named if file.is_file() and file.suffix.lower() in readable()), None)
    if found is None:
        raise ModelFileError(
            f"{directory} has no model that can be read here; give a checkpoint of the run, or a model file"
        )
    return found


def readable() -> set[str]:
    """Return the suffixes of the files that installed exporters read."""
    offered = [record for offers in plugins.current().offers("exporter").values() for _, record in offers]
    return {record.suffix for record in offered if isinstance(record, Exporter) and record.reader is not None}


def _at_size(source: Source, size: float) -> Source:
    """Return one size of a model, and what the user said of the whole; loudness and the like are the size's own."""
    sized = source.net.at_size(size)
    said = dict(source.metadata or source.net.metadata)
    kept = {key: value for key, value in said.items() if key in UserMetadata.model_fields}
    return Source(sized, source.file, {} if sized.metadata else kept)
