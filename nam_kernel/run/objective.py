"""Turn the ``loss`` of a model config into the weighted terms that a trainer adds up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nam_kernel import build
from nam_kernel.config import LossConfig
from nam_kernel.errors import Problem
from nam_kernel.interfaces.trainer import WeightedLoss
from nam_kernel.text import suggestion

MEASURED = {"mse": "MSE", "esr": "ESR"}
"""What every validation measures, by the spelling in ``val_loss``, whatever the training loss is."""


@dataclass(frozen=True)
class Term:
    """A loss that is named in a config, found and checked but not yet made."""

    label: str
    weight: float | None
    part: build.Part


@dataclass(frozen=True)
class Objective:
    """The terms, and the label of the one that decides which model is best."""

    terms: tuple[Term, ...]
    val_loss: str
    mask_first: int

    def losses(self) -> list[WeightedLoss]:
        """Make the losses."""
        return [WeightedLoss(t.label, build.make(t.part), t.weight) for t in self.terms]


def objective(config: LossConfig) -> tuple[Objective | None, list[Problem]]:
    """Find and check every loss that a config names."""
    terms, problems = [], []
    for where, label, name, weight, own in _named(config):
        found, wrong = build.part("loss", name, own, where=where, name_key="name", config_key="")
        problems += wrong
        terms += [Term(label, weight, found)] if found else []
    labels = [t.label for t in terms]
    problems += [
        Problem("loss", f"two losses are labelled '{label}'; give one of them another label")
        for label in sorted({x for x in labels if labels.count(x) > 1})
    ]
    if not any(t.weight for t in terms) and not problems:
        problems.append(Problem("loss", "no loss has a weight, so there is nothing to train; give mse_weight"))
    wanted = config.val_loss or "mse"
    val_loss = MEASURED.get(wanted.lower(), wanted)
    if val_loss not in (*MEASURED.values(), *labels) and not problems:
        known = [*MEASURED, *labels]
        problems.append(Problem("loss.val_loss", f"there is no loss '{wanted}'; {suggestion(wanted, known)}"))
    return (None if problems else Objective(tuple(terms), val_loss, config.mask_first)), problems


def _named(config: LossConfig) -> list[tuple[str, str, str, float | None, Mapping[str, Any]]]:
    """List what the config names: place, label, name of the component, weight, its own config."""
    mse = ("MSE_FFT", "FourierMSE") if config.fourier else ("MSE", "MSE")
    emphasis = {"coef": config.pre_emph_coef}
    stft_emphasis = {"coef": config.pre_emph_mrstft_coef}
    keyed: list[tuple[str, str, str, float | None, Mapping[str, Any]]] = [
        ("loss.mse_weight", *mse, config.mse_weight, {}),
        ("loss.pre_emph_weight", "Pre-emphasized MSE", "PreEmphasisMSE", config.pre_emph_weight, emphasis),
        ("loss.mrstft_weight", "MRSTFT", "MRSTFT", config.mrstft_weight, {}),
        (
            "loss.pre_emph_mrstft_weight",
            "Pre-emphasized MRSTFT",
            "PreEmphasisMRSTFT",
            config.pre_emph_mrstft_weight,
            stft_emphasis,
        ),
        ("loss.dc_weight", "DC MSE", "DC", config.dc_weight, {}),
    ]
    keyed = [entry for entry in keyed if entry[3] is not None]
    keyed += [
        (f"loss.custom_losses.{label}", label, c.name, c.weight, c.kwargs) for label, c in config.custom_losses.items()
    ]
    keyed += [
        (f"loss.losses[{i}]", loss.label or loss.name, loss.name, loss.weight, loss.config)
        for i, loss in enumerate(config.losses)
    ]
    return keyed
