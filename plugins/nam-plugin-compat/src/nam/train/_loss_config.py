"""The training loss as older code configures it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import Enum
from functools import partial
from typing import Any, NamedTuple

from torch import Tensor

from nam._core import InitializableFromConfig
from nam.models import losses
from nam.util import init
from nam_plugin_losses import dc, fourier_mse

Loss = Callable[..., Tensor]

OLD_NAMES = ("mstft_weight", "mstft_key")


def waveform_loss(preds: Tensor, targets: Tensor, pre_emph_coef: float | None = None) -> Tensor:
    """Compute the MSE, perhaps of filtered signals."""
    return losses.mse(*_emphasized(preds, targets, pre_emph_coef))


def spectral_loss(
    preds: Tensor, targets: Tensor, pre_emph_coef: float | None = None, loss_func: Any = None, device: Any = None
) -> Tensor:
    """Compute the multi-resolution STFT loss, perhaps of filtered signals."""
    return losses.multi_resolution_stft_loss(*_emphasized(preds, targets, pre_emph_coef), loss_func, device)


def _emphasized(preds: Tensor, targets: Tensor, coef: float | None) -> tuple[Tensor, Tensor]:
    if coef is None:
        return preds, targets
    return losses.apply_pre_emphasis_filter(preds, coef), losses.apply_pre_emphasis_filter(targets, coef)


class ValidationLoss(Enum):
    """Which metric decides which model is best."""

    MSE = "mse"
    ESR = "esr"


class CustomLoss(NamedTuple):
    """A function of predictions and targets, and its weight."""

    weight: float
    func: Callable[[Tensor, Tensor], Tensor]


class Term(NamedTuple):
    """A loss by its label; a weight of None means that it is only measured."""

    label: str
    function: Callable[[Tensor, Tensor], Tensor]
    weight: float | None


@dataclass
class LossConfig(InitializableFromConfig):
    """
    A weighted sum of losses; a weight of None leaves a term out.

    :param fourier: compare spectra in place of samples
    :param mask_first: output samples at the start of every item that no loss looks at
    :param val_loss: which metric decides; a string is the name of a custom loss
    """

    class ValLossNameError(ValueError):
        """There is no metric of that name."""

    class _NoCustomLossError(ValLossNameError, TypeError):
        """There is none, nor any custom loss that could have it."""

    mse_weight: float | None = 1.0
    mrstft_weight: float | None = None
    fourier: bool = False
    mask_first: int = 0
    dc_weight: float | None = None
    val_loss: ValidationLoss | str = ValidationLoss.MSE
    pre_emph_weight: float | None = None
    pre_emph_coef: float | None = None
    pre_emph_mrstft_weight: float | None = None
    pre_emph_mrstft_coef: float | None = None
    custom_losses: dict[str, CustomLoss] | None = None

    @classmethod
    def parse_config(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        """
        Give the arguments of the constructor.

        :raises LossConfig.ValLossNameError: when ``val_loss`` names nothing
        :raises ValueError: when a loss is given by two names
        """
        given = {key: value for key, value in super().parse_config(config).items() if not key.startswith("_")}
        for old in (name for name in OLD_NAMES if name in given):
            if "mrstft_weight" in given:
                raise ValueError(f"{old} is the old name of mrstft_weight; give only mrstft_weight")
            given["mrstft_weight"] = given.pop(old)
        known = {field.name for field in fields(cls)}
        arguments = {key: value for key, value in given.items() if key in known}
        custom = given.get("custom_losses")
        if custom is not None:
            arguments["custom_losses"] = {
                name: CustomLoss(c.get("weight", 1.0), init(c["name"], **c.get("kwargs", {})))
                for name, c in custom.items()
            }
        return {**arguments, "val_loss": cls._metric(given.get("val_loss") or "mse", custom or {})}

    def apply_mask(self, *args: Tensor) -> tuple[Tensor, ...]:
        """Drop the masked samples of signals (..., L)."""
        return tuple(signal[..., self.mask_first :] for signal in args)

    def metric(self) -> str:
        """Give the label of the metric that decides."""
        return self.val_loss.value.upper() if isinstance(self.val_loss, ValidationLoss) else self.val_loss

    def terms(self, waveform: Loss = waveform_loss, spectral: Loss = spectral_loss) -> list[Term]:
        """
        Make the losses.

        :param waveform: of predictions, targets and perhaps ``pre_emph_coef``
        :param spectral: of the same
        :raises ValueError: when a weight has no coefficient beside it
        """
        first = ("MSE_FFT", fourier_mse) if self.fourier else ("MSE", waveform)
        table: list[tuple[str, Loss, float | None]] = [(*first, self.mse_weight)]
        if self.pre_emph_weight is not None:
            coef = _coefficient("pre_emph", self.pre_emph_coef)
            table.append(("Pre-emphasized MSE", partial(waveform, pre_emph_coef=coef), self.pre_emph_weight))
        if self.mrstft_weight is not None:
            table.append(("MRSTFT", spectral, self.mrstft_weight))
        if self.pre_emph_mrstft_weight is not None:
            coef = _coefficient("pre_emph_mrstft", self.pre_emph_mrstft_coef)
            emphasized = partial(spectral, pre_emph_coef=coef)
            table.append(("Pre-emphasized MRSTFT", emphasized, self.pre_emph_mrstft_weight))
        table.append(("DC MSE", dc, self.dc_weight or None))
        table += [(name, c.func, c.weight) for name, c in (self.custom_losses or {}).items()]
        custom = self.custom_losses or {}
        return [Term(*row) for row in table if row[2] is not None or row[0] in custom]

    @classmethod
    def _metric(cls, given: Any, custom: Mapping[str, Any]) -> ValidationLoss | str:
        if given in custom:
            return str(given)
        try:
            return ValidationLoss(given)
        except ValueError:
            known = ", ".join(["mse", "esr", *custom])
            error = cls.ValLossNameError if custom else cls._NoCustomLossError
            raise error(f"there is no validation loss '{given}'; known: {known}") from None


def _coefficient(term: str, coef: float | None) -> float:
    if coef is None:
        raise ValueError(f"{term}_weight needs {term}_coef, the coefficient of the filter; 0.85 or 0.95 are usual")
    return coef
