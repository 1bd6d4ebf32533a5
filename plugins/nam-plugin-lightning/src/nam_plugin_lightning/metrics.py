"""
The metrics of one validation, accumulated over its batches.

``MSE`` and ``ESR`` are ratios of sums over the whole validation, so that they do not depend on how it was cut
into items: ``MSE`` is the squared error per sample, ``ESR`` the energy of the error over the energy of the
target. Where a dataset says which items belong together (``groups``: the captures of several settings), the ESR is
the mean of those of the groups, so that a loud one counts no more than a quiet one. A loss term is averaged over the
items instead.
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
    :param groups: the number of the group that each item belongs to, in their order; empty where all are one
    """

    def __init__(self, outputs: Sequence[str] = (), groups: Sequence[int] = ()) -> None:
        self.outputs = tuple(outputs)
        self.items = 0
        self._groups = list(groups)
        self._samples = 0
        count = 1 + max(self._groups, default=0)
        self._error = torch.zeros(count, *[len(self.outputs)] * bool(self.outputs))
        self._energy = torch.zeros(count)
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
        mine = self._groups[self.items : self.items + len(targets)] or [0] * len(targets)
        which = torch.tensor(mine, device=error.device)
        self._error = self._error.to(error).index_add(0, which, error)
        self._energy = self._energy.to(energy).index_add(0, which, energy)
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
        energy = float(self._energy.sum())
        if energy == 0.0 and val_loss == "ESR":
            raise DataError("the validation target is silent, so its ESR does not exist; check the recording")
        values = {label: total / self.items for label, total in self._terms.items()}
        values["MSE"] = self._error.sum(0) / self._samples
        # A group that is silent has no ESR; where all are, the one there is cannot be a number.
        sounds = self._energy > 0 if energy else torch.ones_like(self._energy, dtype=torch.bool)
        energies = self._energy[:, None] if self.outputs else self._energy
        values["ESR"] = (self._error / energies)[sounds].mean(0)
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
    """Return the energy of each item, in double precision where the device has it: (B,) or (B, P)."""
    wide = signal.detach() if signal.device.type == "mps" else signal.detach().double()
    return wide.square().sum(dim=-1)
