"""One training from start to end. ``train`` and ``resume`` read as the list of its steps."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nam_kernel import build, plugins
from nam_kernel.config import RunConfig
from nam_kernel.config.read import Given, read_documents
from nam_kernel.errors import NamKernelError, PluginError, TrainingError, UserError
from nam_kernel.interfaces import BaseNet, BaseTrainer, Job, Progress, Result
from nam_kernel.interfaces.dataset import leaves
from nam_kernel.prepare import Prepared, prepare
from nam_kernel.record import DOCUMENTS, RunRecord, new_directory, provenance
from nam_kernel.signals import Postponed

_log = logging.getLogger(__name__)

MODEL = "model"
"""The basename of what the exporters write."""


def train(
    data: Given,
    model: Given,
    learning: Given,
    outdir: str | os.PathLike[str],
    *,
    show: bool = False,
    plots: bool = True,
    ready: Callable[[Prepared], None] | None = None,
    directory: Path | None = None,
) -> Result:
    """
    Train a model.

    :param data, model, learning: the three documents, each a path or a dictionary
    :param outdir: a time-stamped directory is made below it for everything that the run writes
    :param show: show the plots in windows
    :param plots: draw plots
    :param ready: called with the built parts before anything is written
    :param directory: use this existing directory instead of making one
    :return: what came out; ``interrupted`` says whether a signal ended it early
    :raises UserError: when the input is wrong; ``outdir`` is then as it was
    :raises NamKernelError: when something else failed
    """
    config = read_documents(data, model, learning)
    prepared = prepare(config)
    try:
        if ready is not None:
            ready(prepared)
        record = RunRecord(directory or new_directory(Path(os.fspath(outdir)).expanduser()))
        record.begin(config, _roles(prepared), prepared.checked.learning.seed)
        return _run(prepared, record, show=show, plots=plots, resume=False)
    finally:
        prepared.teardown()


def resume(
    directory: str | os.PathLike[str],
    *,
    show: bool = False,
    plots: bool = True,
    ready: Callable[[Prepared], None] | None = None,
) -> Result:
    """
    Go on with an interrupted run, in its own directory, exactly where it stopped.

    :param directory: of the run
    :raises UserError: when it is not the directory of a run
    """
    directory = Path(os.fspath(directory)).expanduser()
    record, facts = RunRecord.read(directory)
    config = read_documents(*(directory / f"config_{name}.json" for name in DOCUMENTS))
    config.bases = {name: Path(facts.get("bases", {}).get(name, directory)) for name in DOCUMENTS}
    prepared = prepare(config)
    try:
        if ready is not None:
            ready(prepared)
        return _run(prepared, record, show=show, plots=plots, resume=True)
    finally:
        prepared.teardown()


def check(data: Given, model: Given, learning: Given) -> Prepared:
    """
    Do everything that comes before a training, and nothing after it; the caller tears the parts down.

    :raises UserError: with what is wrong
    """
    return prepare(read_documents(data, model, learning))


def _run(prepared: Prepared, record: RunRecord, *, show: bool, plots: bool, resume: bool) -> Result:
    record.update(state="running")
    try:
        result = _fit(prepared, record.directory, resume)
        result = replace(result, show=show, plots=plots, lowest_esr=_lowest_esr(prepared))
        with Postponed() as signals:
            if result.interrupted is None or result.epochs or result.history:
                result = replace(result, files=_export(prepared, result))
        result = replace(result, interrupted=result.interrupted or signals.received)
    except KeyboardInterrupt:
        record.update(state="interrupted")
        raise
    except BaseException as error:
        record.update(state="failed", error=str(error))
        raise
    record.update(
        state="interrupted" if result.interrupted else "done",
        device=result.device,
        metrics=dict(result.metrics),
        outputs={name: dict(metrics) for name, metrics in result.outputs.items()},
        best_epoch=None if result.best_epoch is None else result.best_epoch + 1,
        epochs=result.epochs,
        stopped=result.stopped,
        seconds=round(result.seconds, 1),
        files=[file.name for file in result.files],
    )
    _finish(result)
    return result


def _fit(prepared: Prepared, directory: Path, resume: bool) -> Result:
    checked = prepared.checked
    engine: BaseTrainer = build.make(checked.trainer)

    def improved(net: BaseNet, progress: Progress) -> None:
        _write(prepared, net, progress.metrics, directory, checked.exporters[:1])

    job = Job(
        net=prepared.net,
        train=prepared.train,
        validation=prepared.validation,
        model=checked.model,
        learning=checked.learning,
        losses=checked.objective.losses(),
        val_loss=checked.objective.val_loss,
        mask_first=checked.objective.mask_first,
        directory=directory,
        improved=improved,
        callbacks=_callbacks(checked.config),
        seed=checked.learning.seed,
        resume=resume,
    )
    try:
        return engine.fit(job)
    except NamKernelError:
        raise
    except OSError as error:
        raise UserError(f"{directory}: {error.strerror or error}; what was finished is kept there") from error
    except Exception as error:
        raise TrainingError(f"the training failed: {type(error).__name__}: {error}") from error


def _lowest_esr(prepared: Prepared) -> float | None:
    """Ask the validation recordings what their noise allows; the noisiest counts."""
    floors = [d.lowest_esr() for d in leaves(prepared.validation) if hasattr(d, "lowest_esr")]
    return max((floor for floor in floors if floor is not None), default=None)


def _callbacks(config: RunConfig) -> list[Any]:
    callbacks: list[Any] = []
    for _, give in plugins.current().each("nam_callbacks"):
        callbacks += give(config=config) or []
    return callbacks


def _export(prepared: Prepared, result: Result) -> list[Path]:
    return _write(prepared, result.net, result.metrics, result.directory, prepared.checked.exporters)


def _write(
    prepared: Prepared,
    net: BaseNet,
    metrics: Mapping[str, float],
    directory: Path,
    exporters: Sequence[build.Part],
) -> list[Path]:
    """Let exporters write the net, with what is known of it."""
    metadata = _metadata(prepared, metrics)
    files: list[Path] = []
    for exporter in exporters:
        files += build.make(exporter)(net, directory, MODEL, metadata)
    return files


def _metadata(prepared: Prepared, metrics: Mapping[str, float]) -> dict[str, Any]:
    checked = prepared.checked
    said = checked.data.metadata.model_dump(exclude_none=True)
    esr = metrics.get("ESR")
    training = {
        "validation_esr": esr,
        "settings": {
            "seed": checked.learning.seed,
            "optimizer": checked.model.optimizer,
            "lr_scheduler": checked.model.lr_scheduler,
            "loss": checked.model.loss.model_dump(exclude_unset=True),
        },
    }
    return {
        **said,
        "training": training,
        "made_by": {role: provenance(p) for role, p in _roles(prepared).items()},
    }


def _roles(prepared: Prepared) -> dict[str, build.Part]:
    """Name every component of the run by the part that it plays."""
    checked = prepared.checked
    named = {part.where or part.record.kind: part for part in prepared.parts}
    named |= {f"loss.{t.label}": t.part for t in checked.objective.terms}
    named |= {f"export.{p.record.name}": p for p in checked.exporters}
    return {**named, "trainer": checked.trainer}


def _finish(result: Result) -> None:
    """Tell the observers; one that fails is named, and the run is still a success."""
    for _, observe in plugins.current().each("nam_finished"):
        try:
            observe(result=result)
        except PluginError as error:
            _log.warning("%s", error)


__all__ = ["Progress", "check", "resume", "train"]
