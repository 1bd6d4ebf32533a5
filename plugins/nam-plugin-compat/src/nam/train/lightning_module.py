"""The Lightning module as extensions subclass it, on top of that of nam-plugin-lightning."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple, Self

import torch
from torch import Tensor, nn
from typing_extensions import override

from nam._core import InitializableFromConfig
from nam._errors import UnknownMetricError
from nam.models import losses
from nam.models.factory import _model_net_init_registry, init, register  # noqa: F401
from nam.train._loss_config import LossConfig, ValidationLoss
from nam.train._packed import PackedBestCheckpoint, PackedMaskCallback
from nam.util import filter_warnings
from nam_kernel.interfaces import Batch, unpack_batch
from nam_plugin_lightning.checkpoint import read_checkpoint
from nam_plugin_lightning.module import NamModule
from nam_plugin_lightning.optimizers import make_optimizers
from nam_plugin_lightning.plan import expected_end

__all__ = [
    "LightningModule",
    "LossConfig",
    "PackedBestCheckpoint",
    "PackedLightningModule",
    "PackedMaskCallback",
    "ValidationLoss",
]

logger = logging.getLogger(__name__)


class _LossItem(NamedTuple):
    """A loss of a batch; a weight of None means that it is only measured."""

    weight: float | None
    value: Tensor


class LightningModule(NamModule, InitializableFromConfig):
    """
    A net with its losses and its optimizer.

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
        self._batch: Any = None

    @classmethod
    def init_from_config(cls, config: Mapping[str, Any]) -> Self:
        """Return the module of a model config, with the weights of its ``checkpoint_path`` if it names one."""
        path, arguments = config.get("checkpoint_path"), cls.parse_config(config)
        if path is None:
            return cls(**arguments)
        return cls.load_from_checkpoint(path, **arguments)

    @classmethod
    def parse_config(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        """
        Return the arguments of the constructor.

        :param config: a model config; a ``net`` of None is left to the caller
        :raises KeyError: when no net has the name
        """
        given = super().parse_config(config)
        net = given["net"]
        return {
            "net": init(net["name"], kwargs={"config": net.get("config", {})}) if net else None,
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

    @classmethod
    def load_from_checkpoint(  # type: ignore[override]
        cls,
        checkpoint_path: str | PathLike[str],
        map_location: Any = None,
        hparams_file: Any = None,
        strict: bool | None = None,
        weights_only: bool | None = True,
        **kwargs: Any,
    ) -> Self:
        """
        Return the module with the weights of a checkpoint, on the CPU unless ``map_location`` says otherwise.

        Only tensors and plain types are read, whatever ``weights_only`` says; nothing that the file names is imported
        or called.

        :param strict: refuse weights that are missing, and those that the net does not have
        :param kwargs: arguments of the constructor; the checkpoint's hyperparameters stand in for those left out
        :raises nam_kernel.errors.ModelFileError: when the file is damaged, or holds anything else
        :raises RuntimeError: when the weights are another net's
        """
        checkpoint = read_checkpoint(Path(checkpoint_path))
        known = inspect.signature(cls.__init__).parameters
        kept = checkpoint.get("hyper_parameters") or {}
        module = cls(**{**{key: value for key, value in kept.items() if key in known}, **kwargs})
        module.on_load_checkpoint(checkpoint)
        module.load_state_dict(checkpoint["state_dict"], strict=strict is None or strict)
        return module if map_location is None else module.to(map_location)

    @property
    def _net(self) -> nn.Module:
        net: nn.Module = self._modules["net"]  # type: ignore[assignment]
        return net

    @override
    def configure_optimizers(self) -> Any:
        """Return the optimizer and, if there is one, the scheduler."""
        trained = [p for p in self.parameters() if p.requires_grad]
        steps = expected_end(self.trainer)[1] if self._trainer is not None else None
        return make_optimizers(trained, self._optimizer_config, self._scheduler_config, steps)

    @override
    def training_step(self, batch: Any, batch_idx: int) -> Any:
        """Return the training loss of a batch, that of all outputs together: ()."""
        _, _, losses = self._shared_step(batch)
        each = losses if isinstance(losses, list) else [losses]
        return sum(item.weight * item.value.sum() for terms in each for item in terms.values() if item.weight)

    @override
    def validation_step(self, batch: Any, batch_idx: int) -> Any:
        """Add a batch to the validation's metrics; ``val_loss``, ``ESR`` and ``MSE`` are logged at its end."""
        preds, targets, losses = self._shared_step(batch)
        each = losses if isinstance(losses, list) else [losses]
        if self._sums is not None:
            joined = {label: torch.stack([terms[label].value for terms in each]) for label in each[0]}
            single = {label: value[0] for label, value in joined.items()}
            self._sums.add(preds, targets, joined if isinstance(losses, list) else single)
        if preds.ndim != targets.ndim and not isinstance(losses, list):
            return None
        decisive = []
        for p, terms in zip(preds.unbind(dim=1) if isinstance(losses, list) else [preds], each, strict=True):
            values = {"MSE": self._mse_loss(p, targets), "ESR": self._esr_loss(p, targets)}
            values |= {label: item.value for label, item in terms.items()}
            if self.val_loss not in values:
                raise UnknownMetricError(f"there is no metric '{self.val_loss}'; known: {', '.join(values)}")
            decisive.append(values[self.val_loss])
        if self._sums is None and len(each) == 1:  # called by hand, so that nothing logs at the end
            with filter_warnings("ignore", message=".*self.trainer"):
                self.log_dict({"val_loss": values[self.val_loss], **values})
        return torch.stack(decisive).sum()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take over the sample rate, and understand weights that are called ``_net``, as those of 0.13 are."""
        if "sample_rate" in checkpoint:
            self._net.sample_rate = checkpoint["sample_rate"]
        state = checkpoint.get("state_dict", {})
        checkpoint["state_dict"] = {f"net.{k[5:]}" if k.startswith("_net.") else k: v for k, v in state.items()}

    def _shared_step(self, batch: Any) -> tuple[Tensor, Tensor, Any]:
        """Return the predictions and the targets of a batch, (B, L) each, and the losses by their labels."""
        preds, targets = self._run(batch)
        return preds, targets, self._get_loss_dict(preds, targets)

    def _run(self, batch: Any) -> tuple[Tensor, ...]:
        """Return predictions and targets, without the samples that are masked."""
        self._batch = unpack_batch(batch)
        preds = self(self._batch.x, *self._batch.conditions, pad_start=False)
        return self._loss_config.apply_mask(preds, self._batch.y)

    def _get_loss_dict(self, preds: Tensor, targets: Tensor) -> dict[str, _LossItem]:
        """Return every loss of the config, for the batch that was last run."""
        batch: Batch = self._batch
        return {t.label: _LossItem(t.weight, self._each_output(t, preds, targets, batch)) for t in self.losses}

    def _esr_loss(self, preds: Tensor, targets: Tensor) -> Tensor:
        return losses.esr(preds, targets)

    def _mse_loss(self, preds: Tensor, targets: Tensor, pre_emph_coef: float | None = None) -> Tensor:
        return losses.mse(*_emphasized(preds, targets, pre_emph_coef))

    def _mrstft_loss(self, preds: Tensor, targets: Tensor, pre_emph_coef: float | None = None) -> Tensor:
        emphasized = _emphasized(preds, targets, pre_emph_coef)
        return losses.multi_resolution_stft_loss(*emphasized, self._mrstft, self._mrstft_device)


def _emphasized(preds: Tensor, targets: Tensor, coef: float | None) -> tuple[Tensor, Tensor]:
    if coef is None:
        return preds, targets
    return losses.apply_pre_emphasis_filter(preds, coef), losses.apply_pre_emphasis_filter(targets, coef)


class PackedLightningModule(LightningModule):
    """The same for a net of several outputs, with the losses of each by themselves."""

    @override
    def on_validation_epoch_end(self) -> None:
        """Compute and log the metrics, those of each output as ``ESR_packed_0`` and the like too."""
        super().on_validation_epoch_end()
        for i, values in enumerate(self.output_metrics.values()):
            self.log_dict({f"{label}_packed_{i}": value for label, value in values.items()})

    def _shared_step(self, batch: Any) -> tuple[Tensor, Tensor, Any]:
        preds, targets = self._run(batch)
        if preds.ndim != 3:
            raise UnknownMetricError(f"the net returned {tuple(preds.shape)}; expected (items, outputs, samples)")
        return preds, targets, [self._get_loss_dict(p, targets) for p in preds.unbind(dim=1)]


ORIGINAL = (LightningModule, PackedLightningModule)
"""What both were before an extension put a class of its own in the place of one."""
