"""Check the built parts of a run against each other, and refuse what cannot work."""

import copy
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import torch

from nam_kernel import plugins
from nam_kernel.components import Condition
from nam_kernel.errors import DataError, HandshakeError, PluginError, UserError, owned_by
from nam_kernel.interfaces import BaseDataset, ConcatDataset, Finding, flatten, unpack_batch
from nam_kernel.interfaces.adopt import AdoptedDataset, plain
from nam_kernel.interfaces.conditions import count_of, matching
from nam_kernel.interfaces.dataset import Batch
from nam_kernel.run.build import blamed
from nam_kernel.run.objective import Objective
from nam_kernel.run.parts import Prepared


def check_parts(run: Prepared) -> None:
    """
    Let plugins change the parts together, then everyone refuse the others, and collect what plugins find.

    :raises UserError: with every reason; the findings so far are in ``run.findings``
    """
    for _, prepare in plugins.current().each("nam_prepare"):
        prepare(run=run)
    refusals = [*_refusals(run)]
    if not refusals:
        _agree_on_conditions(run)
        _agree_on_sample_rate(run)
        run.losses = run.checked.objective.losses(run.net.sample_rate)
        _try_losses(run)
        with owned_by(run.checked.trainer.title):
            run.findings += _findings(run.trainer.findings(run.job), run.checked.trainer.title)
        for title, check in plugins.current().each("nam_check"):
            run.findings += _findings(check(run=run), f"{title}: its nam_check")
    run.findings += refusals
    _raise_errors(run.findings)


def _refusals(run: Prepared) -> Iterator[Finding]:
    """Yield why net, datasets and exporters refuse each other, and what nobody has carried out."""
    for i, entry in enumerate(run.checked.data.joint):
        if entry in run.joint:
            told = f"no plugin carries out {entry.get('name')!r}"
            yield Finding("error", f"joint[{i}].name", told, "correct the name, install its plugin, or leave it out")
    for dataset in run.datasets:
        for one, other in ((run.net, dataset), (dataset, run.net)):
            try:
                with owned_by(f"the handshake of {type(plain(one)).__name__}"):
                    one.handshake(other)
            except HandshakeError as error:
                yield Finding("error", "", str(error), kind="handshake")
    if run.output_factor != 1.0:
        try:
            copy.deepcopy(run.net).scale_output(1 / run.output_factor)
        except UserError as error:
            told = f"the level of the data was changed, which cannot be undone in the model: {error}"
            yield Finding("error", "joint", told, "leave out what changes it", kind="handshake")
    for exporter in run.checked.exporters:
        refuses = getattr(exporter.record, "refuses", None)
        if refuses is not None:
            with blamed(exporter):
                reason = plugins.current().resolve(refuses, exporter.source)(run.net)
            if reason:
                yield Finding("error", exporter.where, f"{exporter.title} refuses the net: {reason}")


def _agree_on_conditions(run: Prepared) -> None:
    """
    Bring the conditions of all data into the net's order.

    :raises HandshakeError: when the data has other ones than the net
    """
    if run.net.conditions is not None:
        run.train = _in_order(run, run.train)
        run.validation = None if run.validation is None else _in_order(run, run.validation)


def _in_order(run: Prepared, dataset: BaseDataset) -> BaseDataset:
    if isinstance(dataset, ConcatDataset):
        parts = [_in_order(run, part) for part in dataset.datasets]
        return dataset if parts == list(dataset.datasets) else ConcatDataset(parts)
    wanted = run.net.conditions or ()
    first = _first_item(dataset)
    found = count_of(first.x, first.conditions)
    declared = (Condition(""),) * found if dataset.conditions is None else dataset.conditions
    if len(declared) != found:
        names = ", ".join(c.name for c in declared)
        raise HandshakeError(f"{_name(dataset)} declares {len(declared)} conditions ({names}), its items have {found}")
    order = matching(wanted, declared)
    as_served = order == tuple(range(found)) and len(first.conditions) == found
    return dataset if as_served else AdoptedDataset(plain(dataset), order)


def _first_item(dataset: BaseDataset) -> Batch:
    with owned_by(f"the first item of {_name(dataset)}"):
        return unpack_batch(dataset[0])


def _name(dataset: BaseDataset) -> str:
    return f"the dataset {type(plain(dataset)).__name__}"


def _agree_on_sample_rate(run: Prepared) -> None:
    rates = sorted({d.sample_rate for d in run.datasets if d.sample_rate is not None})
    if len(rates) > 1:
        raise HandshakeError(f"train and validation have different sample rates ({' and '.join(map(str, rates))} Hz)")
    rate = rates[0] if rates else None
    if run.net.sample_rate is not None and rate is not None and run.net.sample_rate != rate:
        raise HandshakeError(f"the net is made for {run.net.sample_rate:g} Hz, but the recordings have {rate:g} Hz")
    if rate is not None:
        run.net.sample_rate = rate


def _try_losses(run: Prepared) -> None:
    """
    Compute every loss on two silent items of the length of the training's.

    :raises DataError: when ``mask_first`` leaves nothing of an item
    :raises PluginError: when a loss raises, or returns something else than one number
    """
    objective: Objective = run.checked.objective
    lengths = [int(d.ny) - objective.mask_first for d in flatten(run.train) if d.ny]
    if not lengths:
        return
    if min(lengths) < 1:
        found = min(lengths) + objective.mask_first
        raise DataError(f"loss.mask_first hides {objective.mask_first} samples, but the training items have {found}")
    first = _first_item(flatten(run.train)[0])
    silence = torch.zeros(2, min(lengths))
    batch = Batch(torch.zeros(2, *first.x.shape), tuple(torch.stack([c, c]) for c in first.conditions), silence)
    for term, loss in zip(objective.terms, run.losses, strict=True):
        with owned_by(f"{term.bound.title}, tried on silence,"):
            value: Any = loss(silence, silence, batch)
            if not isinstance(value, torch.Tensor) or value.numel() != 1:
                raise TypeError(f"it returned {tuple(getattr(value, 'shape', [value]))}, not a tensor of one number")


def _findings(answer: Any, owner: str) -> list[Finding]:
    """Return what a plugin or the trainer found; it may be a generator, which fails while it is read."""
    with owned_by(owner):
        found = list(answer) if isinstance(answer, Iterable) and not isinstance(answer, str) else [answer]
    if answer is None:
        return []
    if not all(isinstance(finding, Finding) for finding in found):
        raise PluginError(f"{owner} returned {answer!r}, not a list of Finding records")
    return found


def _raise_errors(findings: Sequence[Finding]) -> None:
    errors = [str(finding) for finding in findings if finding.severity == "error"]
    if errors:
        raise HandshakeError("\n  - ".join(["the training cannot start:"] * (len(errors) > 1) + errors), list(findings))
