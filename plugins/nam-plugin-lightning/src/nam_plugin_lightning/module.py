"""The training as Lightning sees it: one step, one validation, and the optimizer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from typing_extensions import override

from nam_kernel import accelerate
from nam_kernel.errors import PluginError
from nam_kernel.interfaces import BaseNet, Batch, Forward, WeightedLoss, unpack_batch
from nam_plugin_lightning.blame import blamed_on, name_of
from nam_plugin_lightning.checkpoint import KEY
from nam_plugin_lightning.framework import pl
from nam_plugin_lightning.ledger import Ledger
from nam_plugin_lightning.metrics import ValidationSums
from nam_plugin_lightning.plan import expected_end

OptimizerFactory = Callable[..., Any]
"""From a list of parameters, and ``steps``, their number in the training, to what ``configure_optimizers`` returns."""


class NamModule(pl.LightningModule):
    """
    A net with its losses and its optimizer.

    :param net: (B, L) to (B, L - R + 1), or to (B, P, L - R + 1) for a net of P outputs
    :param losses: the training loss is the weighted sum of those with a positive weight, summed over the outputs of
        the net
    :param optimizers: makes the optimizer and the scheduler; by default Adam alone
    :param val_loss: the name of the metric that decides which model is best
    :param mask_first: output samples at the start of every item that no loss and no metric considers
    :param ledger: saved with every checkpoint
    """

    def __init__(
        self,
        net: BaseNet,
        losses: Sequence[WeightedLoss],
        optimizers: OptimizerFactory | None = None,
        val_loss: str = "ESR",
        mask_first: int = 0,
        ledger: Ledger | None = None,
    ) -> None:
        super().__init__()
        self.net = net
        self.losses = tuple(losses)
        self.val_loss = val_loss
        self.mask_first = mask_first
        self.ledger = ledger or Ledger()
        self.metrics: dict[str, float] = {}
        self.output_metrics: dict[str, dict[str, float]] = {}
        self.accelerates = True
        self.groups: Sequence[int] = ()
        self._optimizers_of = optimizers
        self._sums: ValidationSums | None = None
        # In a tuple, because torch would register a callable that is a module a second time.
        self._accelerated: tuple[Forward, ...] = ()

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_accelerated": ()}

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Return the output of the net, computed by an accelerator during a fit where there is one."""
        run = self._accelerated[0] if self._accelerated else self.net
        with blamed_on(f"the net {name_of(self.net)}"):
            return run(*args, **kwargs)

    @override
    def on_fit_start(self) -> None:
        """Have an accelerator run the net, if a plugin offers one; the net is on its device by now."""
        if self.accelerates and self.trainer.precision == "32-true":
            self._accelerated = (accelerate(self.net, self.device),)

    @override
    def on_fit_end(self) -> None:
        """Run the net itself again."""
        self._accelerated = ()

    @override
    def configure_optimizers(self) -> Any:
        """Return the optimizer and, if there is one, the scheduler."""
        parameters = [p for p in self.net.parameters() if p.requires_grad]
        if self._optimizers_of is None:
            return torch.optim.Adam(parameters)
        steps = expected_end(self.trainer)[1] if self._trainer is not None else None
        return self._optimizers_of(parameters, steps=steps)

    @override
    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        """Return the training loss of a batch: ()."""
        _, _, terms = self._shared_step(batch)
        weighted = [term.weight * terms[term.label].sum() for term in self.losses if term.weight]
        return torch.stack(weighted).sum()

    @override
    def on_validation_epoch_start(self) -> None:
        """Forget the validation before this one."""
        # Several processes share the items among them, one here and one there.
        whole = self._trainer is None or self.trainer.world_size == 1
        self._sums = ValidationSums(self.net.outputs, self.groups if whole else ())
        self.metrics, self.output_metrics = {}, {}

    @override
    def validation_step(self, batch: Any, batch_idx: int) -> None:
        """Add a batch to the validation's metrics."""
        preds, targets, terms = self._shared_step(batch)
        if self._sums is not None:
            self._sums.add(preds, targets, terms)

    @override
    def on_validation_epoch_end(self) -> None:
        """Compute the metrics of the validation; Lightning logs them."""
        if self._sums is None or not self._sums.items:
            return
        measured = self._sums.compute(self.val_loss)
        # Processes must agree on which model is best, to the last bit.
        self.metrics, self.output_metrics = self.trainer.strategy.broadcast(measured, src=0)
        logged = dict(self.metrics)
        for output, values in self.output_metrics.items():
            logged.update({f"{label}/{output}": value for label, value in values.items()})
        self.log_dict(logged)

    @override
    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Put the ledger into the checkpoint, and the rate of the audio, in Hz."""
        checkpoint[KEY] = self.ledger.state_dict()
        checkpoint["sample_rate"] = getattr(self.net, "sample_rate", None)

    def _shared_step(self, items: Any) -> tuple[Tensor, Tensor, Mapping[str, Tensor]]:
        """
        Run the net on a batch and measure it.

        :return: predictions (B, L) or (B, P, L), targets (B, L), and each loss by its label, () or (P,). In
            training only the losses that are trained are computed.
        """
        batch = unpack_batch(items)
        preds = self(batch.x, *batch.conditions, pad_start=False).float()
        if preds.shape[-1] != batch.y.shape[-1]:
            raise PluginError(
                f"the net {name_of(self.net)} returned {preds.shape[-1]} samples for {batch.x.shape[-1]}, but the "
                f"target has {batch.y.shape[-1]}; its receptive_field and its output disagree"
            )
        preds, targets = preds[..., self.mask_first :], batch.y[..., self.mask_first :].float()
        wanted = [term for term in self.losses if term.weight or not self.training]
        return preds, targets, {term.label: self._each_output(term, preds, targets, batch) for term in wanted}

    @staticmethod
    def _each_output(term: WeightedLoss, preds: Tensor, targets: Tensor, batch: Batch) -> Tensor:
        """Return the loss, of a net of several outputs that of each by itself."""
        if preds.ndim == targets.ndim:
            return _loss(term, preds, targets, batch)
        return torch.stack([_loss(term, p, targets, batch) for p in preds.unbind(dim=1)])


def _loss(term: WeightedLoss, preds: Tensor, targets: Tensor, batch: Batch) -> Tensor:
    """
    Return a loss: ().

    :raises PluginError: when it raises, or returns anything else
    """
    with blamed_on(f"the loss '{term.label}'"):
        value = term(preds, targets, batch)
    if not isinstance(value, Tensor) or value.numel() != 1:
        shape = f"a tensor of shape {tuple(value.shape)}" if isinstance(value, Tensor) else f"a {type(value).__name__}"
        raise PluginError(
            f"the loss '{term.label}' returned {shape}; a loss returns one number as a tensor of shape ()"
        )
    return value.reshape(())
