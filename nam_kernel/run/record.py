"""The run directory's own record: the configs as given, and ``run.json``, which holds what ran and how it ended."""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import platform
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from nam_kernel import __version__
from nam_kernel.errors import ConfigError, UserError
from nam_kernel.files import atomic_write_text
from nam_kernel.interfaces import Proof

if TYPE_CHECKING:
    from nam_kernel.run.build import Bound
    from nam_kernel.run.parts import Prepared

_log = logging.getLogger(__name__)

DOCUMENTS = ("data", "model", "learning")
FILE = "run.json"
LOCK = "run.lock"
FORMAT = 1
"""Of ``run.json``; it changes when an older reader would misunderstand a newer file."""


class RunFacts(BaseModel):
    """
    What ``run.json`` holds.

    :param components: for each part of the run its ``component``, and the distribution that it is ``from``
    :param bases: the folder in which each document's relative paths are looked up
    :param recordings: what identifies those of each dataset, by its place in the data config
    :param best_epoch: counted from 1
    """

    model_config = ConfigDict(validate_assignment=True)

    format: int = FORMAT
    state: Literal["running", "done", "interrupted", "failed"]
    started: str
    versions: dict[str, str]
    machine: str
    seed: int
    components: dict[str, dict[str, str]]
    bases: dict[str, str]
    recordings: dict[str, dict[str, str | int | float]] = {}
    process: dict[str, str | int] = {}
    device: str | None = None
    metrics: dict[str, float | None] = {}
    outputs: dict[str, dict[str, float | None]] = {}
    best_epoch: int | None = None
    epochs: int = 0
    stopped: str | None = None
    seconds: float | None = None
    files: list[str] = []
    proofs: list[Proof] = []
    error: str | None = None


class RunRecord:
    """
    ``run.json`` of one run, rewritten whole at every change.

    :param directory: of the run
    """

    def __init__(self, directory: Path, facts: RunFacts) -> None:
        self.directory = directory
        self.facts = facts

    @classmethod
    def begin(cls, directory: Path, run: Prepared) -> RunRecord:
        """Write the configs as given, and what is about to run; return the record."""
        import torch

        config = run.checked.config
        for name in DOCUMENTS:
            atomic_write_text(directory / f"config_{name}.json", config.texts[name])
        facts = RunFacts(
            state="interrupted",  # until it runs
            started=time.strftime("%Y-%m-%dT%H:%M:%S%z"),
            versions={"nam_kernel": __version__, "python": platform.python_version(), "torch": torch.__version__},
            machine=platform.platform(),
            seed=run.checked.learning.seed,
            components={role: provenance(part) for role, part in run.parts.items()},
            bases={name: str(config.bases.get(name) or Path.cwd()) for name in DOCUMENTS},
            recordings=run.fingerprints(),
            process=this_process(),
        )
        record = cls(directory, facts)
        record.write()
        return record

    @classmethod
    def read(cls, directory: Path) -> RunRecord:
        """
        Return the record of an earlier run.

        :raises UserError: when ``directory`` is not that of a run
        """
        file = directory / FILE
        try:
            facts = RunFacts.model_validate_json(file.read_bytes())
        except FileNotFoundError:
            raise UserError(f"{directory} is not the directory of a run: it has no {FILE}") from None
        except ValidationError as error:
            told = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:3])
            raise ConfigError(str(file), [f"is not the record of a run, or is damaged ({told})"]) from None
        except (OSError, ValueError) as error:
            raise ConfigError(str(file), [f"cannot be read ({error})"]) from None
        if facts.format > FORMAT:
            raise ConfigError(str(file), [f"has format {facts.format}, newer than {FORMAT}; upgrade nam-kernel"])
        return cls(directory, facts)

    def update(self, **facts: Any) -> None:
        """Change facts, and write them."""
        for name, value in facts.items():
            setattr(self.facts, name, value)
        self.write()

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """
        Keep every other process from running in the directory while the block runs.

        The system lets go of the lock when the process ends, however it ends.

        :raises UserError: when another process is running in it
        """
        lock = FileLock(self.directory / LOCK)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            now = RunRecord.read(self.directory).facts.process
            raise UserError(
                f"{self.directory}: the run is still going on in process {now.get('id')} of {now.get('host')}; "
                "wait for it, or stop it (Ctrl-C keeps its best model)"
            ) from None
        try:
            for unfinished in self.directory.rglob(".*.part"):
                unfinished.unlink(missing_ok=True)
            if self.facts.state == "running" and self.facts.process != this_process():
                _log.warning("%s: the run was cut off in process %s", self.directory, self.facts.process.get("id"))
            self.update(process=this_process())
            yield
        finally:
            lock.release()

    def compare_recordings(self, run: Prepared, *, accept: bool) -> None:
        """
        Refuse to resume a run with other recordings than it began with.

        :param accept: record the new ones instead
        :raises UserError: with what changed
        """
        before, now = self.facts.recordings, run.fingerprints()
        changed = [
            f"{place}: {', '.join(k for k in then if now[place].get(k) != then[k])} changed"
            for place, then in before.items()
            if place in now and now[place] != then
        ]
        if changed and not accept:
            raise UserError(
                f"{self.directory}: the recordings are not those that the run began with ({'; '.join(changed)}), so "
                "its best model and ESR mean nothing for them; begin a new run, or go on with --data-changed"
            )
        self.update(recordings=now)

    def write(self) -> None:
        """Write ``run.json``, all of it or nothing."""
        atomic_write_text(self.directory / FILE, self.facts.model_dump_json(indent=2) + "\n")


def new_directory(outdir: Path) -> Path:
    """
    Return the new time-stamped directory of a run below ``outdir``.

    :raises UserError: when it cannot be made
    """
    stamp = time.strftime("%Y-%m-%d-%H-%M-%S")
    for number in itertools.count(1):
        directory = outdir / (stamp if number == 1 else f"{stamp}-{number}")
        try:
            directory.mkdir(parents=True)
            break
        except (OSError, RecursionError) as error:
            if not (isinstance(error, FileExistsError) and outdir.is_dir()):
                why = getattr(error, "strerror", error)
                raise UserError(f"{outdir}: the folder of the run cannot be made ({why}); give another one") from None
    return directory


def this_process() -> dict[str, str | int]:
    """Return what identifies this process: its host and its number."""
    return {"host": platform.node(), "id": os.getpid()}


def provenance(part: Bound) -> dict[str, str]:
    """Return which component, of which distribution and, where that is known, version, a part is."""
    from nam_kernel import plugins

    version = plugins.current().source_version(part.source)
    return {"component": part.record.name, "from": part.source, **({"version": version} if version else {})}
