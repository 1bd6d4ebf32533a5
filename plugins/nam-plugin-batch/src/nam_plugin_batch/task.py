"""What is to be done with a row: skip it, begin, or go on; as its folder and the table have it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nam_kernel.errors import ConfigError, UserError
from nam_plugin_batch.columns import FILES
from nam_plugin_batch.inputs import Inputs
from nam_plugin_batch.job import Job
from nam_plugin_batch.outcome import Outcome, outcome_of
from nam_plugin_batch.record import RowRecord
from nam_plugin_batch.rows import Row
from nam_plugin_batch.templates import Documents
from nam_plugin_batch.train import RUN, publish, stated_of

Json = dict[str, Any]


@dataclass(frozen=True)
class Task:
    """
    A row and its place.

    :param row: of the table
    :param documents: its configs
    :param folder: of its run
    :param record: what is known of it from an earlier batch, where there was one
    """

    row: Row
    documents: Documents
    folder: Path
    record: RowRecord | None = None
    changed: tuple[str, ...] = field(default=())

    @property
    def asked(self) -> Json:
        """What the row is to be trained with, without its recordings, by the names of the configs."""
        files = dict.fromkeys(FILES)
        data = self.documents.data
        if data is not None:
            data = {**data, "common": {key: v for key, v in data["common"].items() if key not in files}}
            own: Json = {"data config": data}
        else:
            overrides = {c: v for c, v in self.row.overrides.items() if c.startswith("data.")}
            own = {"data config": overrides, "metadata": dict(self.row.metadata)}
        return {**own, "model config": self.documents.model, "learning config": self.documents.learning}

    @property
    def recordings(self) -> dict[str, Path]:
        """The recordings that the table, or the data config, names, by their columns."""
        common = (self.documents.data or {}).get("common", {})
        named = zip(FILES, (self.row.x_path, self.row.y_path), strict=True)
        found = {key: path or Path(str(common[key])) for key, path in named if path or key in common}
        return {key: path for key, path in found.items() if path.is_file()}

    @property
    def is_done(self) -> bool:
        """Whether an earlier batch has done it."""
        return self.record is not None and self.record.state == "done"


def task_of(row: Row, documents: Documents, outdir: Path) -> Task:
    """
    Return the task of a row, with what changed since it was trained.

    :raises ConfigError: when something stands in its place that no batch has made
    """
    folder = outdir / row.name
    record = RowRecord.read(folder)
    if record is not None and record.name != row.name:
        raise ConfigError(row.name, [f"{folder} is the run of '{record.name}'; rename the row, or move that away"])
    if record is None:
        for path in (folder, folder.with_name(f"{row.name}.nam")):
            if path.exists() and not (path.is_dir() and not any(path.iterdir())):
                told = f"{path} is there, and not of a batch; rename the row, or move that away"
                raise ConfigError(row.name, [told])
    task = Task(row, documents, folder, record)
    changed = record.changes(task.asked, task.recordings) if record is not None and record.asked else []
    return Task(row, documents, folder, record, tuple(changed))


def settled(task: Task, *, redo: bool) -> Outcome | None:
    """
    Return how a row ended that needs no training; None for one that does.

    A model that is no longer beside its run is put there again.

    :param redo: train rows again that are done but have changed
    """
    record = task.record
    if record is None or not task.is_done or (task.changed and redo):
        return None
    if record.file is None or not task.folder.with_name(record.file).is_file():
        file = salvaged(task.folder)
        if file is None:
            return None
        record = record.write(task.folder, file=file)
    if task.changed:
        told = f"{listed(task.changed)} changed since; --redo-changed trains it again"
        return outcome_of(record, "changed", told)
    return outcome_of(record, "skipped")


def job_of(task: Task, inputs: Inputs, **wishes: Any) -> Job:
    """
    Return the job of a row, its record written; what there was of another training is kept under another name.

    :param wishes: what else the job is to have
    :raises UserError: when the recordings cannot be used
    """
    before = None if task.changed or task.is_done else task.record
    if before is None and (task.folder / RUN).exists():
        keep(task.folder)
    try:
        recordings = {key: inputs.recording(path) for key, path in task.recordings.items()}
    except OSError as error:
        raise UserError(f"{error.filename}: {error.strerror}") from None
    record = before or RowRecord(name=task.row.name)
    record.write(task.folder, state="waiting", told="", asked=task.asked, recordings=recordings)
    row = task.row
    split = None
    if task.documents.data is None and not (before and (task.folder / RUN).exists()):
        assert row.x_path is not None
        assert row.y_path is not None
        split = inputs.split(row.x_path, row.y_path, stated_of(dict(row.overrides))["x_channel"])
    return Job(
        name=row.name,
        folder=task.folder,
        x_path=row.x_path,
        y_path=row.y_path,
        data=task.documents.data,
        model=task.documents.model,
        learning=task.documents.learning,
        overrides={c: v for c, v in row.overrides.items() if c.startswith("data.")},
        metadata=dict(row.metadata),
        split=split,
        resume=before is not None,
        **wishes,
    )


def salvaged(folder: Path) -> str | None:
    """Put the best model of a run beside its folder, and return its name; None where there is none."""
    models = sorted(folder.glob("model.*"), key=lambda file: file.suffix != ".nam")
    return publish(models[0], folder) if models else None


def keep(folder: Path) -> Path:
    """Move an earlier run to the next free name beside it, and return that."""
    number = next(n for n in range(1, 10_000) if not folder.with_name(f"{folder.name}.{n}").exists())
    return folder.rename(folder.with_name(f"{folder.name}.{number}"))


def listed(names: tuple[str, ...]) -> str:
    """Return names as a sentence has them."""
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
