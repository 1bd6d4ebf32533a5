"""The run directory's own record: the configs as given, and ``run.json``, which says what ran and how it ended."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nam_kernel import __version__
from nam_kernel.errors import ConfigError, UserError
from nam_kernel.files import atomic_write_text

if TYPE_CHECKING:
    from nam_kernel.build import Part
    from nam_kernel.config import RunConfig

DOCUMENTS = ("data", "model", "learning")
FILE = "run.json"


def new_directory(outdir: Path) -> Path:
    """
    Make the time-stamped directory of a run below ``outdir``.

    :raises UserError: when it cannot be made
    """
    stamp = time.strftime("%Y-%m-%d-%H-%M-%S")
    try:
        for number in range(1, 1000):
            directory = outdir / (stamp if number == 1 else f"{stamp}-{number}")
            try:
                directory.mkdir(parents=True)
                return directory
            except FileExistsError:
                if not outdir.is_dir():
                    raise
        raise UserError(f"{outdir} is full of runs of this second")
    except OSError as error:
        raise UserError(
            f"{outdir}: the folder for the results cannot be made ({error.strerror}); give another one"
        ) from None


class RunRecord:
    """
    ``run.json`` of one run, rewritten whole at every change.

    :param directory: of the run
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._facts: dict[str, Any] = {}

    def begin(self, config: RunConfig, parts: Mapping[str, Part], seed: int) -> None:
        """Write the configs as given, and what is about to run."""
        for name in DOCUMENTS:
            atomic_write_text(self.directory / f"config_{name}.json", config.texts[name])
        self.update(
            state="running",
            started=time.strftime("%Y-%m-%dT%H:%M:%S%z"),
            versions={"nam_kernel": __version__, "python": platform.python_version(), **_torch_version()},
            machine=platform.platform(),
            seed=seed,
            components={role: provenance(part) for role, part in parts.items()},
            bases={name: str(config.bases.get(name) or Path.cwd()) for name in DOCUMENTS},
        )

    def update(self, **facts: Any) -> None:
        """Add or change facts."""
        self._facts.update(facts)
        atomic_write_text(self.directory / FILE, json.dumps(self._facts, indent=2, default=str) + "\n")

    @classmethod
    def read(cls, directory: Path) -> tuple[RunRecord, dict[str, Any]]:
        """
        Open the record of an earlier run.

        :raises UserError: when ``directory`` is not that of a run
        """
        record = cls(directory)
        try:
            record._facts = json.loads((directory / FILE).read_text(encoding="utf-8"))
            return record, record._facts
        except FileNotFoundError:
            raise UserError(f"{directory} is not the directory of a run: it has no {FILE}") from None
        except (OSError, ValueError) as error:
            raise ConfigError(str(directory / FILE), [f"cannot be read ({error})"]) from None


def provenance(part: Part) -> dict[str, str]:
    """Say which component, of which distribution and version, a part is."""
    from nam_kernel import plugins

    version = plugins.current().source_version(part.source)
    return {"component": part.record.name, "from": part.source, **({"version": version} if version else {})}


def _torch_version() -> dict[str, str]:
    import torch

    return {"torch": torch.__version__}
