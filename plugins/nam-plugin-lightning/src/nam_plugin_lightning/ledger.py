"""The memory of a training from validation to validation: the best weights so far, and the history."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from nam_kernel.interfaces import BaseNet, Progress

State = dict[str, Tensor]

_OF_THIS_FIT = ("stopped", "diverged")


@dataclass
class Ledger:
    """
    The best weights, in the memory of the CPU, and every measurement.

    A net of several outputs has a best for each of them, found at different times; ``state`` is put together
    from these.

    :param epochs: the number of epochs that were completed
    :param best_epoch: in which ``state`` was last improved, counted from 1
    :param waited: validations since then
    :param lost: validations in a row that were far off the best
    :param retreats: returns to the best after a divergence
    :param stopped: why the training ended before its last epoch, or None
    :param diverged: whether that was because the current weights are useless
    """

    epochs: int = 0
    best_epoch: int | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    outputs: dict[str, dict[str, float]] = field(default_factory=dict)
    history: list[Progress] = field(default_factory=list)
    state: State | None = None
    waited: int = 0
    lost: int = 0
    retreats: int = 0
    stopped: str | None = None
    diverged: bool = False

    def record(self, net: BaseNet, progress: Progress) -> Progress:
        """Record a validation of ``net`` and return it, marked as the best if anything was the best so far."""
        better = self._take_outputs(net, progress) if progress.outputs else self._take_net(net, progress)
        self.waited = 0 if better else self.waited + 1
        if better:
            self.best_epoch = progress.epoch
        recorded = replace(progress, best=better)
        self.history.append(recorded)
        return recorded

    def take(self, net: BaseNet, progress: Progress) -> None:
        """Take the weights of ``net`` as they are; for a training without a validation."""
        self.state = _copy(net.state_dict())
        self.best_epoch = progress.epoch

    def restore(self, net: BaseNet) -> None:
        """Load the best weights into ``net``, if there are any."""
        if self.state is not None:
            net.load_state_dict(self.state)

    def state_dict(self) -> dict[str, Any]:
        """Return the ledger as tensors and plain types, for a checkpoint; the reason of a stop is left out."""
        document = {name: getattr(self, name) for name in self.__dataclass_fields__ if name not in _OF_THIS_FIT}
        return {**document, "history": [asdict(progress) for progress in self.history]}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """
        Restore a ``state_dict``.

        :raises KeyError: when an entry is missing
        """
        for name in self.__dataclass_fields__:
            if name not in _OF_THIS_FIT:
                setattr(self, name, state[name])
        self.history = [Progress(**entry) for entry in state["history"]]

    def _take_net(self, net: BaseNet, progress: Progress) -> bool:
        if not _is_lower(progress.metrics["val_loss"], self.metrics.get("val_loss")):
            return False
        self.metrics = dict(progress.metrics)
        self.state = _copy(net.state_dict())
        return True

    def _take_outputs(self, net: BaseNet, progress: Progress) -> bool:
        """Take every output that is better than its best; the net's metrics are the means of those of the outputs."""
        better = [
            name
            for name, metrics in progress.outputs.items()
            if _is_lower(metrics["val_loss"], self.outputs.get(name, {}).get("val_loss"))
        ]
        if not better:
            return False
        newest = {name: _copy(net.output_state(name)) for name in better}
        with weights_of(net, self.state):
            for name, state in newest.items():
                net.load_output_state(name, state)
                self.outputs[name] = dict(progress.outputs[name])
            self.state = _copy(net.state_dict())
        rows = list(self.outputs.values())
        self.metrics = {label: sum(row[label] for row in rows) / len(rows) for label in rows[0]}
        return True


@contextlib.contextmanager
def weights_of(net: BaseNet, state: Mapping[str, Tensor] | None) -> Iterator[None]:
    """Load other weights into the net while the block runs; without a state it keeps its own."""
    own = _copy(net.state_dict())
    try:
        if state is not None:
            net.load_state_dict(dict(state))
        yield
    finally:
        net.load_state_dict(own)


@contextlib.contextmanager
def evaluated(net: BaseNet) -> Iterator[None]:
    """Put the net in eval mode, without gradients, while the block runs; every module then gets its mode back."""
    modes = [(module, module.training) for module in net.modules()]
    net.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, mode in modes:
            module.training = mode


def _copy(state: Mapping[str, Tensor]) -> State:
    return {key: value.detach().cpu().clone() for key, value in state.items()}


def _is_lower(value: float, best: float | None) -> bool:
    return math.isfinite(value) and (best is None or value < best)
