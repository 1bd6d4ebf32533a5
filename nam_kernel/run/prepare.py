"""
Everything before a training: check the three documents, build net and data, have each refuse the others.

Nothing is written here, so that whatever is wrong leaves the output folder as it was.
"""

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import torch

from nam_kernel import plugins
from nam_kernel.config import DataConfig, LearningConfig, ModelConfig, RunConfig, validate
from nam_kernel.config.base import collect_notes
from nam_kernel.errors import ConfigError, ModelFileError, Problem, owned_by
from nam_kernel.interfaces import BaseNet, BaseTrainer, Finding
from nam_kernel.models import read_model
from nam_kernel.run.build import Bound, bind, check_headers, collecting, dataset_of, for_each, make
from nam_kernel.run.handshake import check_parts
from nam_kernel.run.objective import objective
from nam_kernel.run.parts import Checked, Options, Prepared

Problems = dict[str, list[Problem]]
"""What is wrong with each document."""

Split = Literal["train", "validation"]
SPLITS: tuple[Split, ...] = ("train", "validation")


def prepare(config: RunConfig, options: Options) -> Prepared:
    """
    Return a run that can start.

    :raises UserError: whatever is wrong with what the user gave
    """
    checked, trainer = check_documents(config)
    torch.manual_seed(checked.learning.seed)
    net = _net(checked)
    with owned_by(f"the receptive field of {net.architecture}"):
        nx = int(net.receptive_field)
        if nx < 1:
            raise ValueError(f"it is {nx}, and has to be at least 1 sample")
    with collect_notes() as notes, contextlib.ExitStack() as undo:
        entries = {split: _entries(checked, split) for split in SPLITS}
        for_each([*entries["train"], *entries["validation"]], lambda entry: check_headers(entry, nx))
        train = dataset_of(entries["train"], nx)
        undo.callback(train.teardown)
        validation = dataset_of(entries["validation"], nx) if entries["validation"] else None
        undo.pop_all()
    run = Prepared(
        checked=checked,
        net=net,
        trainer=trainer,
        train=train,
        validation=validation,
        parts=_parts(checked, [*entries["train"], *entries["validation"]]),
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
    base = config.bases.get("model")
    with collect_notes() as notes:
        for _, configure in plugins.current().each("nam_configure"):
            configure(config=config)
        data, found["data"] = validate(DataConfig, config.data, base=config.bases.get("data"))
        model, found["model"] = validate(ModelConfig, config.model, base=base)
        trainer = net = loss = None
        exporters: list[Bound] = []
        with collecting(found["learning"]):
            learning, engine = _learning(config)
            trainer = make(engine)
        if model is not None:
            with collecting(found["model"]):
                net = bind("net", model.net.name, model.net.config, where="net", base=base) if model.net else None
            with collecting(found["model"]):
                loss = objective(model.loss or {}, trainer.measures, base) if trainer else None
            exporters = _exporters(model, found["model"], base)
            for document, problem in trainer.problems(model) if trainer else ():
                found[document].append(problem)
    _refuse(config, found)
    # What is not there was a problem, which has just been raised.
    assert data is not None
    assert model is not None
    assert loss is not None
    assert trainer is not None
    return Checked(config, data, model, learning, net, loss, tuple(exporters), engine, tuple(notes)), trainer


def _learning(config: RunConfig) -> tuple[LearningConfig, Bound]:
    """
    Return the kernel's part of the learning config, and the trainer bound to the rest of it.

    :raises ConfigError: with what is wrong
    """
    base = config.bases.get("learning")
    own, rest = LearningConfig.split(config.learning)
    learning, problems = validate(LearningConfig, own, base=base, beside=tuple(rest))
    if learning is None:
        raise ConfigError("the learning config", problems)
    engine, beside = learning.chosen_engine(), tuple(LearningConfig.model_fields)
    given, name = {**rest, **(engine.config if engine else {})}, engine.name if engine else None
    return learning, bind("trainer", name, given, name_key="engine", config_key="", base=base, beside=beside)


def _entries(checked: Checked, split: Split) -> list[Bound]:
    """
    Return the entries of a part of the data config, bound.

    :raises UserError: when one is wrong as far as can be known without its recordings
    """
    base = checked.config.bases.get("data")
    bound: list[Bound] = []
    problems: list[Problem] = []
    for where, entry in checked.data.entries(split):
        own, name = {key: value for key, value in entry.items() if key != "type"}, entry.get("type")
        with collecting(problems):
            bound.append(bind("dataset", name, own, where=where, name_key="type", config_key="", base=base))
    _refuse(checked.config, {"data": problems})
    return bound


def _parts(checked: Checked, entries: Sequence[Bound]) -> dict[str, Bound]:
    """Return every component of the run by the part that it plays."""
    named = {"net": checked.net} if checked.net else {}
    named |= {entry.where: entry for entry in entries}
    named |= {f"loss.{term.label}": term.bound for term in checked.objective.terms}
    named |= {f"export.{exporter.record.name}": exporter for exporter in checked.exporters}
    return {**named, "trainer": checked.trainer}


def _exporters(model: ModelConfig, problems: list[Problem], base: Path | None) -> list[Bound]:
    exporters: list[Bound] = []
    for index, exporter in enumerate(model.exporters() or [None]):
        name, config = (exporter.name, exporter.config) if exporter else (None, {})
        where = {"where": f"export[{index}]"} if exporter else {"name_key": "export", "config_key": ""}
        with collecting(problems):
            exporters.append(bind("exporter", name, config, base=base, **where))
            if exporters[-1].record.target is None:
                problems.append(Problem(f"export[{index}].name", f"'{name}' only reads files; name another one"))
    return exporters


def _net(checked: Checked) -> BaseNet:
    """
    Return the net; ``init_from`` sets its weights from a model file, or names it whole.

    :raises ModelFileError: when the file cannot be read, or holds another net's weights
    """
    start = checked.model.init_from
    if checked.net is None:
        assert start is not None
        return _read(start).train()
    net: BaseNet = make(checked.net)
    if start is None:
        return net
    try:
        net.start_from(_read(start))
    except ModelFileError as error:
        raise ModelFileError(
            f"init_from: {start} does not fit the net of the config ({error}); "
            "leave out 'net' to take the one of the file"
        ) from error
    return net


def _read(path: Path) -> BaseNet:
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
    if len(wrong) > 1:
        listed = [(": ".join(filter(None, (s, p.where))), p.what) for s, problems in wrong.items() for p in problems]
        wrong = {"the configs": [Problem(*told) for told in listed]}
    for source, problems in wrong.items():
        raise ConfigError(source, problems)
