"""
The metrics of one validation, accumulated over its batches.

``MSE`` and ``ESR`` are ratios of sums over the whole validation, so that they do not depend on how it was cut
into items: ``MSE`` is the squared error per sample, ``ESR`` the energy of the error over the energy of the
target. A loss term is averaged over the items instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from nam_kernel.errors import DataError

Metrics = dict[str, float]


class ValidationSums:
    """
    Sums that stay on the device until the validation is over.

    :param outputs: the names of the outputs of the net; empty for a net of one
    """

    def __init__(self, outputs: Sequence[str] = ()) -> None:
        self.outputs = tuple(outputs)
        self.items = 0
        self._samples = 0
        self._error = torch.zeros(())
        self._energy = torch.zeros(())
        self._terms: dict[str, Tensor] = {}

    def add(self, preds: Tensor, targets: Tensor, terms: Mapping[str, Tensor]) -> None:
        """
        Add a batch.

        :param preds: (B, L), or (B, P, L) for a net of P outputs
        :param targets: (B, L)
        :param terms: losses, () or (P,) each
        """
        aligned = targets[:, None] if preds.ndim == 3 else targets
        error, energy = _sum_of_squares(preds - aligned), _sum_of_squares(targets)
        self._error = error + self._error.to(error)
        self._energy = energy + self._energy.to(energy)
        self._samples += targets.numel()
        self.items += len(targets)
        for label, value in terms.items():
            weighted = value.detach() * len(targets)
            self._terms[label] = weighted + self._terms[label] if label in self._terms else weighted

    def compute(self, val_loss: str) -> tuple[Metrics, dict[str, Metrics]]:
        """
        Return the metrics; ``val_loss`` among them is a copy of the one that it names.

        :return: those of the net, and those of each output. With several outputs the net's are their means.
        :raises DataError: when the targets are silent, so that no ESR exists, and it is the ESR that decides
        """
        energy = float(self._energy)
        if energy == 0.0 and val_loss == "ESR":
            raise DataError("the validation target is silent, so its ESR does not exist; check the recording")
        values = {label: total / self.items for label, total in self._terms.items()}
        values["MSE"] = self._error / self._samples
        values["ESR"] = self._error / self._energy
        if val_loss not in values:
            raise DataError(f"loss.val_loss: no metric is named '{val_loss}'; known: {', '.join(sorted(values))}")
        values["val_loss"] = values[val_loss]
        if not self.outputs:
            return {label: float(value) for label, value in values.items()}, {}
        overall = {label: float(value.mean()) for label, value in values.items()}
        each = {
            output: {label: float(value[i]) for label, value in values.items()} for i, output in enumerate(self.outputs)
        }
        return overall, each


def _sum_of_squares(signal: Tensor) -> Tensor:
    """Return the energy, in double precision where the device has it: () of (B, L), (P,) of (B, P, L)."""
    wide = signal.detach() if signal.device.type == "mps" else signal.detach().double()
    return wide.square().sum(dim=(0, -1))
