"""One training from start to end. ``train`` and ``resume`` read as the list of its steps."""

import contextlib
import copy
import json
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nam_kernel import plugins
from nam_kernel.config.read import Given, read_documents
from nam_kernel.errors import TrainingError, owned_by
from nam_kernel.files import expanded, writing_to
from nam_kernel.interfaces import BaseNet, Fit, Progress, Proof, Result
from nam_kernel.run.build import Bound, make
from nam_kernel.run.parts import Options, Prepared
from nam_kernel.run.prepare import prepare
from nam_kernel.run.proof import prove
from nam_kernel.run.record import DOCUMENTS, RunRecord, new_directory, provenance
from nam_kernel.run.signals import Postponed

_log = logging.getLogger(__name__)

MODEL = "model"
"""The basename of what the exporters write."""

Ready = Callable[[Prepared], None]
"""Called with the built parts before anything is written."""


def check(data: Given, model: Given, learning: Given, *, options: Options | None = None) -> Prepared:
    """
    Return a run that can start; the caller trains it, or tears it down.

    :param data, model, learning: the three documents, each a path or a dictionary
    :raises UserError: with what is wrong
    """
    config, options = read_documents(data, model, learning), options or Options()
    if options.exports:
        listed = config.model.get("export") or [plugins.current().default("exporter", "export")[1].name]
        more = sorted({*options.exports} - {*map(str, listed)})
        config.model["export"] = [*listed, *more] if isinstance(listed, list) else listed
        config.texts["model"] = json.dumps(config.model, indent=2)
    return prepare(config, options)


def train(
    data: Given | Prepared,
    model: Given | None = None,
    learning: Given | None = None,
    outdir: str | os.PathLike[str] | None = None,
    *,
    ready: Ready | None = None,
    new_folder: bool = True,
    **wishes: Any,
) -> Result:
    """
    Train a model.

    :param data, model, learning: the three documents, each a path or a dictionary; or in place of all three the run
        that ``check`` returned
    :param outdir: a time-stamped directory is made below it for everything that the run writes
    :param ready: called with the built parts before anything is written
    :param new_folder: False to write into ``outdir`` itself, which exists
    :param wishes: fields of ``Options``
    :return: what came out; ``interrupted`` holds the number of the signal that ended it early, if one did
    :raises UserError: when the input is wrong; ``outdir`` is then as it was
    :raises NamKernelError: when something else failed
    """
    if outdir is None:
        raise TypeError("train() needs outdir")
    if isinstance(data, Prepared):
        run = data
    else:
        if model is None or learning is None:
            raise TypeError("train() needs data, model and learning, or a run that check() returned")
        run = check(data, model, learning, options=Options(**wishes))
    try:
        if ready is not None:
            ready(run)
        place = expanded(outdir)
        run.directory = new_directory(place) if new_folder else place
        with writing_to(run.directory):
            record = RunRecord.begin(run.directory, run)
        with record.locked():
            return _run(run, record, resume=False)
    finally:
        run.teardown()


def resume(
    directory: str | os.PathLike[str],
    *,
    ready: Ready | None = None,
    data_changed: bool = False,
    epochs: int | None = None,
    **wishes: Any,
) -> Result:
    """
    Go on with an interrupted run, in its own directory, exactly where it stopped.

    :param directory: of the run
    :param data_changed: go on also when the recordings are not those that the run began with
    :param epochs: train until so many are complete, those before included, whatever the learning config says
    :param wishes: fields of ``Options``
    :raises UserError: when it is not the directory of a run, another process is writing to it, or the recordings
        changed
    """
    place = expanded(directory)
    record = RunRecord.read(place)
    config = read_documents(*(place / f"config_{name}.json" for name in DOCUMENTS))
    config.bases = {name: Path(record.facts.bases.get(name, place)) for name in DOCUMENTS}
    run = prepare(config, Options(**wishes))
    try:
        run.trainer = run.trainer if epochs is None else run.trainer.with_epochs(epochs)
        if ready is not None:
            ready(run)
        run.directory = place
        with record.locked():
            record.compare_recordings(run, accept=data_changed)
            return _run(run, record, resume=True)
    finally:
        run.teardown()


def _run(run: Prepared, record: RunRecord, *, resume: bool) -> Result:
    before, directory = (record.facts.state, record.facts.epochs), record.directory
    try:
        record.update(state="running", error=None)
        plugins.current().tell("nam_started", run=run)
        fit = _fit(run, directory, resume)
        with Postponed() as signals:
            files, proofs = [directory / name for name in record.facts.files], record.facts.proofs
            if (fit.interrupted is None or fit.epochs or fit.history) and before != ("done", fit.epochs):
                files, proofs = _export(run, fit)
            fit = replace(fit, net=_at_level(run, fit.net), interrupted=fit.interrupted or signals.received)
            _restore_level(run)
            result = Result(**vars(fit), directory=directory, files=files, proofs=proofs, findings=tuple(run.findings))
            _write_end(record, result)
    except BaseException as error:
        interrupted = isinstance(error, KeyboardInterrupt)
        with Postponed(), contextlib.suppress(OSError):
            record.update(state="interrupted" if interrupted else "failed", error=None if interrupted else str(error))
        raise
    sentences = plugins.current().tell("nam_finished", run=run, result=result)
    return replace(result, told=[sentence for sentence in sentences if isinstance(sentence, str)])


def _fit(run: Prepared, directory: Path, resume: bool) -> Fit:
    def observe(progress: Progress, best: BaseNet | None) -> bool:
        if best is not None:
            _write(run, best, progress, run.checked.exporters[:1])
        wishes = plugins.current().tell("nam_progress", run=run, progress=progress)
        return all(wish is not False for wish in wishes)

    with owned_by("the training", TrainingError), writing_to(directory):
        return run.trainer.fit(run.job, directory, observe, resume=resume)


def _export(run: Prepared, fit: Fit) -> tuple[list[Path], list[Proof]]:
    """
    Write the best net with every exporter, and prove each file.

    A file that fails its proof is removed, unless it is the run's own model, which is told about and kept.
    """
    files: list[Path] = []
    proofs: list[Proof] = []
    for index, exporter in enumerate(run.checked.exporters):
        written = _write(run, fit.net, fit, [exporter])
        proof = prove(_at_level(run, fit.net), exporter, written[0])
        proofs.append(proof)
        if proof.passed:
            written = _write(run, fit.net, fit, [exporter], proof)
        if proof.passed is False:
            difference = "" if proof.error is None else f"it differs from the net by {proof.error:.2g} of the peak; "
            _log.warning("%s failed its proof: %s%s; please report this", written[0].name, difference, proof.told)
            if index:
                for file in written:
                    file.unlink(missing_ok=True)
                continue
        files += written
    return files, proofs


def _write(
    run: Prepared, net: BaseNet, measured: Progress | Fit, exporters: Sequence[Bound], proof: Proof | None = None
) -> list[Path]:
    """Write the net with some exporters, at the level of the recordings, with what is known of it."""
    files: list[Path] = []
    for exporter in exporters:
        with owned_by(exporter.title):
            known = _metadata(run, measured) | ({"proof": proof.plain()} if proof else {})
            written = make(exporter)(_at_level(run, net), run.directory or Path(), MODEL, known)
            if not written or not all(isinstance(file, Path) and file.is_file() for file in written):
                raise TypeError(f"it returned {written!r:.80}, not the paths of the files that it wrote")
            files += written
    return files


def _at_level(run: Prepared, net: BaseNet) -> BaseNet:
    """Return the net at the level of the recordings: itself, or where the data was scaled a copy."""
    if run.output_factor == 1.0:
        return net
    scaled = copy.deepcopy(net)
    scaled.scale_output(1 / run.output_factor)
    return scaled


def _restore_level(run: Prepared) -> None:
    """Bring the data back to the level of the recordings, for whoever compares it with the model."""
    if run.output_factor != 1.0:
        run.scale_output(1 / run.output_factor)
        run.output_factor = 1.0


def _metadata(run: Prepared, measured: Progress | Fit) -> dict[str, Any]:
    """Return what is known of the net; the figure of one with several outputs is that of the last, the largest."""
    checked = run.checked
    settings = {
        "seed": checked.learning.seed,
        **checked.model.model_dump(include={"optimizer", "lr_scheduler", "loss"}),
    }
    sizes = {name: metrics.get("ESR") for name, metrics in measured.outputs.items()}
    esr = next(reversed(sizes.values()), measured.metrics.get("ESR"))
    training = {"validation_esr": esr, "settings": settings, **({"validation_esr_by_output": sizes} if sizes else {})}
    return {
        **checked.data.metadata.model_dump(exclude_none=True),
        "training": training,
        "made_by": {role: provenance(part) for role, part in run.parts.items()},
    }


def _write_end(record: RunRecord, result: Result) -> None:
    record.update(
        state="interrupted" if result.interrupted else "done",
        device=result.device,
        metrics=dict(result.metrics),
        outputs={name: dict(metrics) for name, metrics in result.outputs.items()},
        best_epoch=result.best_epoch,
        epochs=result.epochs,
        stopped=result.stopped,
        seconds=round(result.seconds, 1),
        files=[file.name for file in result.files],
        proofs=list(result.proofs),
    )
