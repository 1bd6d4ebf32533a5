"""
Everything before a training: check the three documents, build net and data, have each refuse the others.

Nothing is written here, so that whatever is wrong leaves the output folder as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import torch

from nam_kernel import plugins
from nam_kernel.config import DataConfig, LearningConfig, ModelConfig, RunConfig, validate
from nam_kernel.config.base import collect_notes
from nam_kernel.errors import ConfigError, ModelFileError, Problem
from nam_kernel.interfaces import BaseDataset, BaseNet, BaseTrainer, Finding
from nam_kernel.interfaces.dataset import teardown_all
from nam_kernel.models import read_model
from nam_kernel.run.build import Bound, bind, check_headers, dataset_of, make
from nam_kernel.run.handshake import check_parts
from nam_kernel.run.objective import objective
from nam_kernel.run.parts import Checked, Options, Prepared

Problems = dict[str, list[Problem]]
"""What is wrong with each document."""

Split = Literal["train", "validation"]


def prepare(config: RunConfig, options: Options) -> Prepared:
    """
    Return a run that can start.

    :raises UserError: whatever is wrong with what the user gave
    """
    checked, trainer = check_documents(config)
    torch.manual_seed(checked.learning.seed)
    net = _net(checked)
    with collect_notes() as notes:
        entries = _entries(checked, int(net.receptive_field))
        train = dataset_of(entries["train"], int(net.receptive_field))
        validation = _validation(entries["validation"], int(net.receptive_field), train)
    run = Prepared(
        checked=checked,
        net=net,
        trainer=trainer,
        train=train,
        validation=validation,
        parts=_parts(checked, entries),
        joint=[dict(entry) for entry in checked.data.joint],
        findings=[Finding("note", "", sentence) for sentence in (*checked.notes, *notes)],
        options=options,
    )
    try:
        check_parts(run)
    except BaseException:
        run.teardown()
        raise
    return run


def check_documents(config: RunConfig) -> tuple[Checked, BaseTrainer]:
    """
    Let plugins configure, then validate; return the documents, and the trainer that has a say in them.

    :raises ConfigError: with all problems of all documents
    """
    _refuse_swapped(config)
    found: Problems = {"data": [], "model": [], "learning": []}
    with collect_notes() as notes:
        for _, configure in plugins.current().each("nam_configure"):
            configure(config=config)
        data, found["data"] = validate(DataConfig, config.data, base=config.bases.get("data"))
        model, found["model"] = validate(ModelConfig, config.model, base=config.bases.get("model"))
        learning, bound_trainer = _learning(config, found)
        trainer: BaseTrainer | None = None if bound_trainer is None else make(bound_trainer)
        net = loss = None
        exporters: list[Bound] = []
        if model is not None:
            base = config.bases.get("model")
            if model.net is not None:
                net, problems = bind("net", model.net.name, model.net.config, where="net", base=base)
                found["model"] += problems
            loss, problems = objective(model.loss, trainer.measures if trainer else (), base)
            found["model"] += problems if trainer else []
            exporters = _exporters(model, found, base)
            if trainer is not None:
                for document, problem in trainer.problems(model):
                    found[document].append(problem)
    _refuse(config, found)
    assert data is not None
    assert model is not None
    assert learning is not None
    assert loss is not None
    assert trainer is not None
    assert bound_trainer is not None
    checked = Checked(config, data, model, learning, net, loss, tuple(exporters), bound_trainer, tuple(notes))
    return checked, trainer


def _learning(config: RunConfig, found: Problems) -> tuple[LearningConfig | None, Bound | None]:
    """Return the kernel's part of the learning config, and the trainer bound to the rest of it."""
    base = config.bases.get("learning")
    own, rest = LearningConfig.split(config.learning)
    learning, problems = validate(LearningConfig, own, base=base, beside=tuple(rest))
    found["learning"] += problems
    if learning is None:
        return None, None
    engine = learning.chosen_engine()
    given = {**rest, **(engine.config if engine else {})}
    name = engine.name if engine else None
    beside = tuple(LearningConfig.model_fields)
    trainer, problems = bind("trainer", name, given, name_key="engine", config_key="", base=base, beside=beside)
    found["learning"] += problems
    return learning, trainer


def _entries(checked: Checked, nx: int) -> dict[Split, list[Bound]]:
    """
    Return the entries of the data config, bound.

    :raises UserError: when one is wrong as far as can be known without reading recordings
    """
    config = checked.config
    parts: dict[Split, list[Bound]] = {"train": [], "validation": []}
    problems: list[Problem] = []
    for split, bound in parts.items():
        for where, entry in checked.data.entries(split):
            own = {key: value for key, value in entry.items() if key != "type"}
            base = config.bases.get("data")
            found, wrong = bind(
                "dataset", entry.get("type"), own, where=where, name_key="type", config_key="", base=base
            )
            problems += wrong
            bound += [found] if found else []
    _refuse(config, {"data": problems})
    for part in (*parts["train"], *parts["validation"]):
        check_headers(part, nx)
    return parts


def _validation(entries: Sequence[Bound], nx: int, train: BaseDataset) -> BaseDataset | None:
    try:
        return dataset_of(entries, nx) if entries else None
    except BaseException:
        teardown_all([train])
        raise


def _parts(checked: Checked, entries: Mapping[Split, Sequence[Bound]]) -> dict[str, Bound]:
    """Return every component of the run by the part that it plays."""
    named = {"net": checked.net} if checked.net else {}
    for split, bound in entries.items():
        named |= {(entry.where or split): entry for entry in bound}
    named |= {f"loss.{term.label}": term.bound for term in checked.objective.terms}
    named |= {f"export.{exporter.record.name}": exporter for exporter in checked.exporters}
    return {**named, "trainer": checked.trainer}


def _exporters(model: ModelConfig, found: Problems, base: Path | None) -> list[Bound]:
    named = model.exporters()
    if named is None:
        bound, problems = bind("exporter", None, {}, name_key="export", config_key="", base=base)
        found["model"] += problems
        return [bound] if bound else []
    exporters = []
    for index, exporter in enumerate(named):
        where = f"export[{index}]"
        bound, problems = bind("exporter", exporter.name, exporter.config, where=where, base=base)
        found["model"] += problems
        if bound is not None and bound.record.target is None:
            found["model"].append(Problem(f"{where}.name", f"'{exporter.name}' only reads files; name another one"))
        elif bound is not None:
            exporters.append(bound)
    return exporters


def _net(checked: Checked) -> BaseNet:
    """
    Return the net; ``init_from`` sets its weights from a model file, or names it whole.

    :raises ModelFileError: when the file cannot be read, or holds another net's weights
    """
    start = checked.model.init_from
    if checked.net is None:
        assert start is not None
        return _start(start).train()
    net: BaseNet = make(checked.net)
    if start is None:
        return net
    old = _start(start)
    if old.architecture != net.architecture:
        raise ModelFileError(
            f"init_from: {start} is a {old.architecture}, but the config asks for a {net.architecture}; "
            "leave out 'net' to take the one of the file"
        )
    try:
        net.start_from(old)
    except ModelFileError as error:
        raise ModelFileError(
            f"init_from: {start} does not fit the net of the config ({error}); "
            "leave out 'net' to take the one of the file"
        ) from error
    return net


def _start(path: Path) -> BaseNet:
    try:
        return read_model(path)
    except ModelFileError as error:
        raise ModelFileError(f"init_from: {error}") from error


def _refuse_swapped(config: RunConfig) -> None:
    """
    Refuse documents that were given in the wrong order.

    :raises ConfigError: naming what each seems to be
    """
    marks = {"data": "train", "model": "net"}
    seems = {
        name: next((other for other, mark in marks.items() if mark in getattr(config, name)), "learning")
        for name in ("data", "model", "learning")
    }
    certain = len(set(seems.values())) == len(seems)
    told = [
        Problem(config.sources.get(name, name), f"this looks like a {other} config")
        for name, other in seems.items()
        if other != name and marks.get(name, "") not in getattr(config, name) and (certain or other != "learning")
    ]
    if told:
        raise ConfigError("the configs come in the order DATA MODEL LEARNING", told)


def _refuse(config: RunConfig, found: Mapping[str, Sequence[Problem]]) -> None:
    """Raise the problems of all documents as one error."""
    wrong = {config.sources.get(name, name): problems for name, problems in found.items() if problems}
    if len(wrong) == 1:
        ((source, problems),) = wrong.items()
        raise ConfigError(source, problems)
    if wrong:
        told = [
            Problem(f"{source}: {p.where}" if p.where else source, p.what) for source, ps in wrong.items() for p in ps
        ]
        raise ConfigError("the configs", told)
