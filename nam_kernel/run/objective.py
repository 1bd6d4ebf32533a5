"""
Turn the ``loss`` of a model config into the weighted terms that a trainer adds up.

A loss whose record claims a key is switched on by ``KEY_weight``; the parameters of its config are ``KEY_NAME``. The
one that is used by default has a weight of 1 where its key is not there.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import Field, create_model

from nam_kernel import plugins
from nam_kernel.components import Loss
from nam_kernel.config import Config, LossConfig, validate
from nam_kernel.errors import ConfigError, Problem
from nam_kernel.interfaces.loss import WeightedLoss
from nam_kernel.run.build import Bound, bind, collecting, make
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


def objective(document: Mapping[str, Any], measured: Sequence[str], base: Path | None = None) -> Objective:
    """
    Return the objective that a document describes.

    :param document: the ``loss`` of the model config
    :param measured: the metrics that the trainer measures whatever the losses are
    :param base: the folder in which relative paths are looked up first
    :raises ConfigError: with all that is wrong with it
    """
    claimed = claims()
    config, problems = validate(loss_config(claimed), document, path="loss", base=base)
    if config is None:
        raise ConfigError("loss", problems)
    terms: list[Term] = []
    with collecting(problems):
        for term in (*_claimed(config, claimed), *_listed(config)):
            with collecting(problems):
                terms.append(term())
    labels = [term.label for term in terms]
    for label in sorted({label for label in labels if labels.count(label) > 1}):
        problems.append(Problem("loss", f"two losses are labelled '{label}'; give one of them another label"))
    if not any(term.weight for term in terms) and not problems:
        keys = ", ".join(sorted(claim.weight_key for claim in claimed)) or "losses"
        problems.append(Problem("loss", f"no loss has a weight, so there is nothing to train; give one of {keys}"))
    if problems:
        raise ConfigError("loss", problems)
    usual = next((_label(claim.record) for claim in claimed if claim.record.default), None)
    return Objective(tuple(terms), _decisive(config.val_loss, usual, terms, measured), config.mask_first)


Later = Callable[[], Term]
"""Returns a term, or raises what is wrong with it."""


def _claimed(config: LossConfig, claimed: Sequence[Claim]) -> list[Later]:
    """Return the losses that their keys switch on, and the one that is used by default."""
    given = config.model_dump(exclude_unset=True)
    for key in given:
        owners = [claim.name for claim in claimed if key in (claim.weight_key, *claim.parameters)]
        if len(owners) > 1:
            raise _wrong(f"the key '{key}' is claimed by {' and '.join(owners)}; name the loss under 'losses' instead")
    defaults = [c for c in claimed if c.record.default and c.weight_key not in given]
    if len(defaults) > 1:
        names = " and ".join(claim.name for claim in defaults)
        keys = " or ".join(f"loss.{claim.weight_key}" for claim in defaults)
        raise _wrong(f"{names} are both to be used by default; set {keys} to null to leave one out")
    return [
        partial(_claimed_term, claim, 1.0 if claim in defaults else None, given)
        for claim in claimed
        if (claim in defaults or claim.weight_key in given or any(given.get(k) is not None for k in claim.parameters))
        and given.get(claim.weight_key, 1.0) is not None
    ]


def _claimed_term(claim: Claim, usual: float | None, given: Mapping[str, Any]) -> Term:
    weight = given.get(claim.weight_key, usual)
    own = {key: given[key] for key in claim.parameters if given.get(key) is not None}
    if weight is None:
        raise _wrong(f"has no effect without {claim.weight_key}; add it, or leave it out", f"loss.{min(own)}")
    config = {claim.parameters[key]: value for key, value in own.items()}
    try:
        bound = bind("loss", claim.name, config, name_key=f"loss.{claim.weight_key}", config_key="")
    except ConfigError as error:
        keys = {name: key for key, name in claim.parameters.items()}
        needed = {p: "" if p.where in config else f"{claim.weight_key} needs it; " for p in error.problems}
        told = [Problem(f"loss.{keys[p.where]}", needed[p] + p.what) if p.where in keys else p for p in needed]
        raise ConfigError("loss", told) from None
    return Term(_label(claim.record), weight, bound)


def _listed(config: LossConfig) -> Iterator[Later]:
    """Yield the losses that the config names."""
    for label, custom in (config.custom_losses or {}).items():
        where = f"loss.custom_losses.{label}"
        yield partial(_term, where, label, custom.name, custom.weight, custom.kwargs, "kwargs")
    for i, loss in enumerate(config.losses):
        yield partial(_term, f"loss.losses[{i}]", loss.label, loss.name, loss.weight, loss.config, "config")


def _term(where: str, label: str | None, name: str, weight: float | None, own: Any, config_key: str) -> Term:
    bound = bind("loss", name, own, where=where, config_key=config_key)
    return Term(label or _label(bound.record), weight, bound)


def _label(record: Any) -> str:
    return getattr(record, "label", "") or str(record.name)


def _wrong(sentence: str, where: str = "loss") -> ConfigError:
    return ConfigError("loss", [Problem(where, sentence)])


def _decisive(wanted: str | None, usual: str | None, terms: Sequence[Term], measured: Sequence[str]) -> str:
    """
    Return the label of the metric that decides.

    :param wanted: as the document names it; case does not matter
    :param usual: the loss used by default, which decides where the document names none, also when it is not trained
    :raises ConfigError: when there is no such metric
    """
    labels = list(dict.fromkeys((*measured, *(term.label for term in terms))))
    if wanted is None:
        return usual if usual in labels else next(term.label for term in terms if term.weight)
    folded = {label.casefold(): label for label in reversed(labels)}
    found = wanted if wanted in labels else folded.get(wanted.casefold())
    if found is None:
        raise _wrong(f"there is no metric '{wanted}'; {suggestion(wanted, labels)}", "loss.val_loss")
    return found
