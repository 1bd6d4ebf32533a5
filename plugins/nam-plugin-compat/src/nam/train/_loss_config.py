"""The training loss as older code configures it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import Enum
from functools import partial
from typing import Any, NamedTuple

from torch import Tensor

from nam._core import InitializableFromConfig
from nam.models.losses import mse_fft
from nam_kernel.interfaces import WeightedLoss
from nam_plugin_compat.dotted import DottedLoss
from nam_plugin_losses import dc

Loss = Callable[..., Tensor]

OLD_NAMES = ("mstft_weight", "mstft_key")


class ValidationLoss(Enum):
    """The metrics that may decide which model is best."""

    MSE = "mse"
    ESR = "esr"


class CustomLoss(NamedTuple):
    """A function of predictions and targets, and its weight."""

    weight: float
    func: Callable[[Tensor, Tensor], Tensor]


@dataclass
class LossConfig(InitializableFromConfig):
    """
    A weighted sum of losses; a weight of None leaves a term out.

    :param fourier: compare spectra in place of samples
    :param mask_first: output samples at the start of every item that no loss considers
    :param val_loss: the metric that decides; a string is the name of a custom loss
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
        Return the arguments of the constructor.

        :raises LossConfig.ValLossNameError: when no metric has the name ``val_loss``
        :raises ValueError: when a loss is given by two names
        """
        given = dict(super().parse_config(config))
        for old in (name for name in OLD_NAMES if name in given):
            if "mrstft_weight" in given:
                raise ValueError(f"{old} is the old name of mrstft_weight; give only mrstft_weight")
            given["mrstft_weight"] = given.pop(old)
        known = {field.name for field in fields(cls)}
        arguments = {key: value for key, value in given.items() if key in known}
        custom = given.get("custom_losses")
        if custom is not None:
            arguments["custom_losses"] = {
                name: CustomLoss(c.get("weight", 1.0), DottedLoss(c["name"])(**c.get("kwargs", {})))
                for name, c in custom.items()
            }
        return {**arguments, "val_loss": cls._metric(given.get("val_loss") or "mse", custom or {})}

    def apply_mask(self, *args: Tensor) -> tuple[Tensor, ...]:
        """Return signals (..., L) without the masked samples."""
        return tuple(signal[..., self.mask_first :] for signal in args)

    def metric(self) -> str:
        """Return the label of the metric that decides."""
        return self.val_loss.value.upper() if isinstance(self.val_loss, ValidationLoss) else self.val_loss

    def terms(self, waveform: Loss, spectral: Loss) -> list[WeightedLoss]:
        """
        Return the losses.

        :param waveform: of predictions, targets and perhaps ``pre_emph_coef``
        :param spectral: of the same
        :raises ValueError: when a weight has no coefficient beside it
        """
        custom = self.custom_losses or {}
        table: list[tuple[str, Loss, float | None]] = [
            ("MSE_FFT", mse_fft, self.mse_weight) if self.fourier else ("MSE", waveform, self.mse_weight),
            ("Pre-emphasized MSE", *self._emphasized("pre_emph", waveform)),
            ("MRSTFT", spectral, self.mrstft_weight),
            ("Pre-emphasized MRSTFT", *self._emphasized("pre_emph_mrstft", spectral)),
            ("DC MSE", dc, self.dc_weight or None),
            *((name, c.func, c.weight) for name, c in custom.items()),
        ]
        return [WeightedLoss(*row) for row in table if row[2] is not None or row[0] in custom]

    def _emphasized(self, key: str, loss: Loss) -> tuple[Loss, float | None]:
        weight, coef = getattr(self, f"{key}_weight"), getattr(self, f"{key}_coef")
        if weight is not None and coef is None:
            raise ValueError(f"{key}_weight needs {key}_coef, the coefficient of the filter; 0.85 or 0.95 are usual")
        return partial(loss, pre_emph_coef=coef), weight

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
