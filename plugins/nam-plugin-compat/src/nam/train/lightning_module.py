"""The Lightning module as extensions subclass it, on top of that of nam-plugin-lightning."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Self

import torch
from torch import Tensor, nn
from typing_extensions import override

from nam._core import InitializableFromConfig
from nam._errors import UnknownMetricError
from nam.models import losses
from nam.models.factory import init, register
from nam.train._loss_config import LossConfig, ValidationLoss, spectral_loss, waveform_loss
from nam.util import filter_warnings
from nam_kernel.interfaces import unpack_batch
from nam_plugin_lightning.module import NamModule
from nam_plugin_lightning.optimizers import make_optimizers

__all__ = ["LightningModule", "LossConfig", "PackedLightningModule", "ValidationLoss"]

logger = logging.getLogger(__name__)


class _LossItem(NamedTuple):
    """A loss of a batch; a weight of None means that it is only measured."""

    weight: float | None
    value: Tensor


class LightningModule(NamModule, InitializableFromConfig):
    """
    A net with its losses and its optimizer.

    :param net: the net
    :param optimizer_config: parameters of Adam, or of the optimizer that its ``class`` names
    :param scheduler_config: ``class`` and ``kwargs``; perhaps ``interval``, ``frequency``, ``monitor``
    :param loss_config: the training loss; by default the MSE
    """

    def __init__(
        self,
        net: nn.Module,
        optimizer_config: dict[str, Any] | None = None,
        scheduler_config: dict[str, Any] | None = None,
        loss_config: LossConfig | None = None,
    ) -> None:
        loss = LossConfig() if loss_config is None else loss_config
        terms = loss.terms(self._mse_loss, self._mrstft_loss)
        super().__init__(net, terms, val_loss=loss.metric(), mask_first=loss.mask_first)  # type: ignore[arg-type]
        self._mrstft: Any = None
        self._mrstft_device: torch.device | str | None = None
        self._optimizer_config = optimizer_config or {}
        self._scheduler_config = scheduler_config
        self._loss_config = loss

    @classmethod
    def init_from_config(cls, config: Mapping[str, Any]) -> Self:
        """Make the module from a model config, with the weights of its ``checkpoint_path`` if it names one."""
        path, arguments = config.get("checkpoint_path"), cls.parse_config(config)
        if path is None:
            return cls(**arguments)
        return cls.load_from_checkpoint(path, **arguments)

    @classmethod
    def parse_config(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        """
        Give the arguments of the constructor.

        :param config: a model config
        :raises KeyError: when the net's name stands for nothing
        """
        given = super().parse_config(config)
        return {
            "net": init(given["net"]["name"], kwargs={"config": given["net"].get("config", {})}),
            "optimizer_config": given.get("optimizer"),
            "scheduler_config": given.get("lr_scheduler"),
            "loss_config": LossConfig.init_from_config(given.get("loss") or {}),
        }

    @classmethod
    def register_net_initializer(cls, name: str, constructor: Callable[[Any], Any], overwrite: bool = False) -> None:
        """
        Register a net, as ``nam.models.factory.register`` does.

        :raises KeyError: when the name is taken and ``overwrite`` is false
        """
        register(name, constructor, overwrite)

    @property
    def _net(self) -> nn.Module:
        net: nn.Module = self._modules["net"]  # type: ignore[assignment]
        return net

    @override
    def configure_optimizers(self) -> Any:
        """Give Lightning the optimizer and, if there is one, the scheduler."""
        trained = [p for p in self.parameters() if p.requires_grad]
        return make_optimizers(trained, self._optimizer_config, self._scheduler_config)

    @override
    def training_step(self, batch: Any, batch_idx: int) -> Any:
        """Give the training loss of a batch: ()."""
        _, _, losses = self._shared_step(batch)
        return sum(item.weight * item.value.sum() for item in losses.values() if item.weight)

    @override
    def validation_step(self, batch: Any, batch_idx: int) -> Any:
        """Add a batch to the validation's metrics; ``val_loss``, ``ESR`` and ``MSE`` are logged at its end."""
        preds, targets, losses = self._shared_step(batch)
        values = {label: item.value for label, item in losses.items()}
        if self._sums is not None:
            self._sums.add(preds, targets, values)
        if preds.ndim != targets.ndim:
            return None
        values = {"MSE": self._mse_loss(preds, targets), "ESR": self._esr_loss(preds, targets), **values}
        if self.val_loss not in values:
            raise UnknownMetricError(f"there is no metric '{self.val_loss}'; known: {', '.join(values)}")
        if self._sums is None:  # called by hand, so that nothing logs at the end
            with filter_warnings("ignore", message=".*self.trainer"):
                self.log_dict({"val_loss": values[self.val_loss], **values})
        return values[self.val_loss]

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take over the sample rate, and the weights of a checkpoint that calls the net ``_net``."""
        if "sample_rate" in checkpoint:
            self._net.sample_rate = checkpoint["sample_rate"]
        state = checkpoint.get("state_dict", {})
        checkpoint["state_dict"] = {f"net.{k[5:]}" if k.startswith("_net.") else k: v for k, v in state.items()}

    @override
    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Save the sample rate."""
        super().on_save_checkpoint(checkpoint)
        checkpoint["sample_rate"] = getattr(self._net, "sample_rate", None)

    def _shared_step(self, batch: Any) -> tuple[Tensor, Tensor, Any]:
        """
        Run the net on a batch and measure it.

        :return: predictions (B, L), targets (B, L), and the losses by their labels
        """
        x, conditions, y = unpack_batch(batch)
        preds = self(x, *conditions, pad_start=False)
        preds, targets = self._loss_config.apply_mask(preds, y)
        return preds, targets, self._get_loss_dict(preds, targets)

    def _get_loss_dict(self, preds: Tensor, targets: Tensor) -> dict[str, _LossItem]:
        """Compute every loss of the config."""
        return {
            term.label: _LossItem(term.weight, self._each_output(term.function, preds, targets)) for term in self.losses
        }

    def _esr_loss(self, preds: Tensor, targets: Tensor) -> Tensor:
        return losses.esr(preds, targets)

    def _mse_loss(self, preds: Tensor, targets: Tensor, pre_emph_coef: float | None = None) -> Tensor:
        return waveform_loss(preds, targets, pre_emph_coef)

    def _mrstft_loss(self, preds: Tensor, targets: Tensor, pre_emph_coef: float | None = None) -> Tensor:
        return spectral_loss(preds, targets, pre_emph_coef, self._mrstft, self._mrstft_device)


ORIGINAL = LightningModule
"""What ``LightningModule`` was before an extension put a class of its own in its place."""


class PackedLightningModule(LightningModule):
    """The same for a net of several outputs, the losses of each by themselves."""

    @override
    def training_step(self, batch: Any, batch_idx: int) -> Any:
        """Give the training loss of a batch, that of all outputs together: ()."""
        _, _, each = self._shared_step(batch)
        return sum(item.weight * item.value for losses in each for item in losses.values() if item.weight)

    @override
    def validation_step(self, batch: Any, batch_idx: int) -> Any:
        """Add a batch to the validation's metrics."""
        preds, targets, each = self._shared_step(batch)
        measured = [{label: item.value for label, item in losses.items()} for losses in each]
        if self._sums is not None:
            joined = {label: torch.stack([values[label] for values in measured]) for label in measured[0]}
            self._sums.add(preds, targets, joined)
        decisive = [
            {"MSE": self._mse_loss(p, targets), "ESR": self._esr_loss(p, targets), **values}[self.val_loss]
            for p, values in zip(preds.unbind(dim=1), measured, strict=True)
        ]
        return torch.stack(decisive).sum()

    def _shared_step(self, batch: Any) -> tuple[Tensor, Tensor, Any]:
        x, conditions, y = unpack_batch(batch)
        preds, targets = self._loss_config.apply_mask(self(x, *conditions, pad_start=False), y)
        if preds.ndim != 3:
            raise UnknownMetricError(f"the net gives {tuple(preds.shape)}; expected (items, outputs, samples)")
        return preds, targets, [self._get_loss_dict(p, targets) for p in preds.unbind(dim=1)]
