"""
Turn the ``loss`` of a model config into the weighted terms that a trainer adds up.

A loss whose record claims a key is switched on by ``KEY_weight``; the parameters of its config are ``KEY_NAME``. The
one that is used by default has a weight of 1 where its key is not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, create_model

from nam_kernel import plugins
from nam_kernel.components import Loss
from nam_kernel.config import Config, LossConfig, validate
from nam_kernel.errors import ComponentError, Problem
from nam_kernel.interfaces.loss import WeightedLoss
from nam_kernel.run.build import Bound, bind, make
from nam_kernel.text import suggestion


@dataclass(frozen=True)
class Claim:
    """
    The keys that a loss claims.

    :param source: who offers it
    :param parameters: of its config, by the key that sets each
    """

    source: str
    record: Loss
    parameters: Mapping[str, str]

    @property
    def weight_key(self) -> str:
        """The key that switches the loss on."""
        return f"{self.record.key}_weight"

    @property
    def name(self) -> str:
        """The name by which the loss is unambiguous."""
        return f"{self.source}:{self.record.name}"


@dataclass(frozen=True)
class Term:
    """A loss that is named in a config, found and checked but not yet made."""

    label: str
    weight: float | None
    bound: Bound


@dataclass(frozen=True)
class Objective:
    """
    The training loss.

    :param val_loss: the label of the metric that decides which model is best
    :param mask_first: output samples at the start of every item that no loss considers
    """

    terms: tuple[Term, ...]
    val_loss: str
    mask_first: int

    def losses(self, sample_rate: float | None) -> list[WeightedLoss]:
        """
        Return the losses, made.

        :param sample_rate: of the data, in Hz, for those that ask for it
        """
        return [WeightedLoss(t.label, make(t.bound, sample_rate=sample_rate), t.weight) for t in self.terms]


def claims() -> list[Claim]:
    """Return every loss of the plugins in use that claims keys."""
    claimed = []
    for offers in plugins.current().offers("loss").values():
        for source, record in offers:
            if isinstance(record, Loss) and record.key:
                model: type[Config] | None = (
                    plugins.current().resolve(record.config, source) if record.config is not None else None
                )
                names = model.model_fields if model is not None else {}
                claimed.append(Claim(source, record, {f"{record.key}_{name}": name for name in names}))
    return claimed


def loss_config(claimed: Sequence[Claim]) -> type[LossConfig]:
    """Return the model of the ``loss`` of a model config, the claimed keys included."""
    weight = (float | None, Field(None, ge=0, allow_inf_nan=False))
    keys: dict[str, Any] = {}
    for claim in claimed:
        keys[claim.weight_key] = weight
        keys.update(dict.fromkeys(claim.parameters, (Any, None)))
    return create_model("LossConfig", __base__=LossConfig, **keys)


def objective(
    document: Mapping[str, Any], measured: Sequence[str], base: Path | None = None
) -> tuple[Objective | None, list[Problem]]:
    """
    Return the objective that a document describes, or what is wrong with it.

    :param document: the ``loss`` of the model config
    :param measured: the metrics that the trainer measures whatever the losses are
    :param base: the folder in which relative paths are looked up first
    """
    claimed = claims()
    config, problems = validate(loss_config(claimed), document, path="loss", base=base)
    if config is None:
        return None, problems
    try:
        named = [*_claimed(config, claimed), *_listed(config)]
    except ComponentError as error:
        return None, [Problem("loss", str(error))]
    terms: list[Term] = []
    for term, found in named:
        problems += found
        terms += [term] if term else []
    problems += _doubles([term.label for term in terms])
    if not any(term.weight for term in terms) and not problems:
        keys = ", ".join(sorted(claim.weight_key for claim in claimed)) or "losses"
        problems.append(Problem("loss", f"no loss has a weight, so there is nothing to train; give one of {keys}"))
    usual = next((_label(claim.record) for claim in claimed if claim.record.default), None)
    decisive, wrong = _decisive(config.val_loss, usual, terms, measured)
    problems += wrong if not problems else []
    if problems or decisive is None:
        return None, problems
    return Objective(tuple(terms), decisive, config.mask_first), []


Named = tuple[Term | None, list[Problem]]


def _claimed(config: LossConfig, claimed: Sequence[Claim]) -> Iterator[Named]:
    """Yield the losses that their keys switch on, and the one that is used by default."""
    given = config.model_dump(exclude_unset=True)
    owners: dict[str, list[Claim]] = {}
    for claim in claimed:
        for key in (claim.weight_key, *claim.parameters):
            owners.setdefault(key, []).append(claim)
    for key in given:
        if len(owners.get(key, ())) > 1:
            names = " and ".join(claim.name for claim in owners[key])
            raise ComponentError(f"the key '{key}' is claimed by {names}; name the loss under 'losses' instead")
    defaults = [c for c in claimed if c.record.default and c.weight_key not in given]
    if len(defaults) > 1:
        names = " and ".join(claim.name for claim in defaults)
        keys = " or ".join(f"loss.{claim.weight_key}" for claim in defaults)
        raise ComponentError(f"{names} are both to be used by default; set {keys} to null to leave one out")
    for claim in claimed:
        weight = given.get(claim.weight_key, 1.0 if claim in defaults else None)
        if weight is not None:
            yield _claimed_term(claim, weight, given)
        elif any(given.get(key) is not None for key in claim.parameters) and claim.weight_key not in given:
            key = next(key for key in claim.parameters if given.get(key) is not None)
            yield (
                None,
                [Problem(f"loss.{key}", f"has no effect without {claim.weight_key}; add it, or leave {key} out")],
            )


def _claimed_term(claim: Claim, weight: float, given: Mapping[str, Any]) -> Named:
    own = {name: given[key] for key, name in claim.parameters.items() if given.get(key) is not None}
    bound, problems = bind("loss", claim.name, own, where="", name_key=f"loss.{claim.weight_key}", config_key="")
    told = [
        Problem(f"loss.{claim.record.key}_{p.where}" if p.where in claim.parameters.values() else p.where, p.what)
        for p in problems
    ]
    return (None if bound is None else Term(_label(claim.record), weight, bound)), told


def _listed(config: LossConfig) -> Iterator[Named]:
    """Yield the losses that the config names."""
    for label, custom in config.custom_losses.items():
        yield _term(f"loss.custom_losses.{label}", label, custom.name, custom.weight, custom.kwargs, "kwargs")
    for i, loss in enumerate(config.losses):
        yield _term(f"loss.losses[{i}]", loss.label, loss.name, loss.weight, loss.config, "config")


def _term(
    where: str, label: str | None, name: str, weight: float | None, own: Mapping[str, Any], config_key: str
) -> Named:
    bound, problems = bind("loss", name, own, where=where, config_key=config_key)
    if bound is None:
        return None, problems
    return Term(label or _label(bound.record), weight, bound), []


def _label(record: Any) -> str:
    return getattr(record, "label", "") or str(record.name)


def _doubles(labels: Sequence[str]) -> list[Problem]:
    return [
        Problem("loss", f"two losses are labelled '{label}'; give one of them another label")
        for label in sorted({x for x in labels if labels.count(x) > 1})
    ]


def _decisive(
    wanted: str | None, usual: str | None, terms: Sequence[Term], measured: Sequence[str]
) -> tuple[str | None, list[Problem]]:
    """
    Return the label of the metric that decides.

    :param wanted: as the document names it; case does not matter
    :param usual: the loss used by default, which decides where the document names none, also when it is not trained
    """
    labels = list(dict.fromkeys((*measured, *(term.label for term in terms))))
    if wanted is None:
        return usual if usual in labels else next((term.label for term in terms if term.weight), None), []
    folded = {label.casefold(): label for label in reversed(labels)}
    found = wanted if wanted in labels else folded.get(wanted.casefold())
    if found is None:
        return None, [Problem("loss.val_loss", f"there is no metric '{wanted}'; {suggestion(wanted, labels)}")]
    return found, []
