"""
Everything before a training: check the three documents, build net and datasets, let each refuse the other.

Nothing is written here, so that whatever is wrong leaves the output folder as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from nam_kernel import build, plugins
from nam_kernel.config import DataConfig, LearningConfig, ModelConfig, RunConfig, validate
from nam_kernel.config.base import collect_notes
from nam_kernel.errors import (
    ConfigError,
    ModelFileError,
    Problem,
)
from nam_kernel.handshake import introduce
from nam_kernel.interfaces import BaseNet, BaseTrainer
from nam_kernel.interfaces.dataset import teardown_all
from nam_kernel.models import read_model
from nam_kernel.objective import Objective, objective


@dataclass(frozen=True)
class Checked:
    """The three documents, valid, with every component that they name found and its config checked."""

    config: RunConfig
    data: DataConfig
    model: ModelConfig
    learning: LearningConfig
    net: build.Part | None
    objective: Objective
    exporters: tuple[build.Part, ...]
    trainer: build.Part
    notes: tuple[str, ...]


@dataclass
class Prepared:
    """The built parts of a run."""

    checked: Checked
    net: BaseNet
    train: Any
    validation: Any | None
    parts: tuple[build.Part, ...]
    notes: tuple[str, ...] = ()

    def teardown(self) -> None:
        """Let the datasets go."""
        teardown_all([d for d in (self.train, self.validation) if d is not None])


def check_documents(config: RunConfig) -> Checked:
    """
    Let plugins configure, then validate.

    :raises ConfigError: with all problems of all documents
    """
    _refuse_swapped(config)
    found: dict[str, list[Problem]] = {"data": [], "model": [], "learning": []}
    with collect_notes() as notes:
        for _, configure in plugins.current().each("nam_configure"):
            configure(config=config)
        data, found["data"] = validate(DataConfig, config.data, base=config.bases.get("data"))
        model, found["model"] = validate(ModelConfig, config.model, base=config.bases.get("model"))
        learning, found["learning"] = validate(LearningConfig, config.learning, base=config.bases.get("learning"))
        net, loss, exporters = None, None, list[build.Part]()
        if model is not None:
            if model.net is not None:
                net, problems = build.net_part(config, model)
                found["model"] += problems
            loss, problems = objective(model.loss)
            found["model"] += problems
            exporters, problems = _exporters(config, model)
            found["model"] += problems
        trainer = None
        if learning is not None:
            trainer, problems = build.part("trainer", learning.engine, {}, name_key="engine", config_key="")
            found["learning"] += problems
        if trainer is not None:
            engine: type[BaseTrainer] = trainer.target()
            for document, problem in engine.problems(config.model, config.learning):
                found[document].append(problem)
    _refuse(config, found)
    assert data is not None
    assert model is not None
    assert learning is not None
    assert loss is not None
    assert trainer is not None
    return Checked(config, data, model, learning, net, loss, tuple(exporters), trainer, tuple(notes))


def prepare(config: RunConfig) -> Prepared:
    """
    Check the documents and build the parts.

    :raises UserError: whatever is wrong with what the user gave
    """
    checked = check_documents(config)
    torch.manual_seed(checked.learning.seed)
    net = _net(checked)
    with collect_notes() as notes:
        parts: dict[str, list[build.Part]] = {}
        problems: list[Problem] = []
        for split in ("train", "validation"):
            parts[split], wrong = build.dataset_parts(config, checked.data, split, int(net.receptive_field))
            problems += wrong
        _refuse(config, {"data": problems})
        if any("nx" in entry for entry in (checked.data.common, *_entries(checked.data))):
            notes.append(f"nx in the data config is not needed: the net has a receptive field of {net.receptive_field}")
        for entry in (*parts["train"], *parts["validation"]):
            build.check_headers(entry)
        train = build.dataset(parts["train"])
        try:
            validation = build.dataset(parts["validation"]) if parts["validation"] else None
        except BaseException:
            teardown_all([train])
            raise
    named = (*(p for p in (checked.net,) if p), *parts["train"], *parts["validation"])
    prepared = Prepared(checked, net, train, validation, named, (*checked.notes, *notes))
    try:
        introduce(prepared)
    except BaseException:
        prepared.teardown()
        raise
    return prepared


def _entries(data: DataConfig) -> list[Mapping[str, Any]]:
    listed: list[Mapping[str, Any]] = []
    for given in (data.train, data.validation):
        listed += given if isinstance(given, list) else [given or {}]
    return listed


def _exporters(config: RunConfig, model: ModelConfig) -> tuple[list[build.Part], list[Problem]]:
    parts, problems = [], []
    for index, exporter in enumerate(model.exporters()):
        found, wrong = build.part(
            "exporter",
            exporter.name,
            exporter.config,
            where=f"export[{index}]",
            base=config.bases.get("model"),
        )
        problems += wrong
        parts += [found] if found else []
    return parts, problems


def _refuse_swapped(config: RunConfig) -> None:
    """
    Refuse documents that were given in the wrong order.

    :raises ConfigError: naming what each seems to be
    """
    marks = {"data": "train", "model": "net", "learning": "trainer"}
    seems = {
        name: next((other for other, mark in marks.items() if mark in getattr(config, name)), name) for name in marks
    }
    swapped = [name for name, other in seems.items() if other != name and marks[name] not in getattr(config, name)]
    if swapped:
        told = [Problem(config.sources.get(name, name), f"this looks like a {seems[name]} config") for name in swapped]
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


def _net(checked: Checked) -> BaseNet:
    """Make the net; ``init_from`` sets its weights from a model file, or gives it whole."""
    start = checked.model.init_from
    if checked.net is None:
        assert start is not None
        return _start(start).train()
    net = build.new_net(checked.net)
    if start is not None:
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
    """Read the model that a training starts from."""
    try:
        return read_model(path)
    except ModelFileError as error:
        raise ModelFileError(f"init_from: {error}") from error
