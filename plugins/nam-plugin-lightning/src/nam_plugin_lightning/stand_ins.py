"""What stands in for data loaders, loggers and the end of a training where a step is only tried."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from nam_kernel.interfaces import unpack_batch
from nam_plugin_lightning.framework import pl
from nam_plugin_lightning.quiet import framework_to_file

LONGEST = 32768
"""Output samples of the noise, at most, beside those that are masked."""


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Say nothing on the screen, and leave the switches of torch, which a new trainer sets, as they were."""
    deterministic, benchmark = torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.benchmark
    only_warns = torch.is_deterministic_algorithms_warn_only_enabled()
    try:
        with framework_to_file(Path(os.devnull)):
            yield
    finally:
        torch.use_deterministic_algorithms(deterministic, warn_only=only_warns)
        torch.backends.cudnn.benchmark = benchmark


class Enough(BaseException):
    """The first batch was reached."""


class EndAtOnce(pl.Callback):
    """Ends the training at its first batch."""

    def on_train_batch_start(self, trainer: pl.Trainer, pl_module: Any, batch: Any, batch_idx: int) -> None:
        """End it."""
        raise Enough


class Logged(pl.Callback):
    """
    Keeps the names of what was logged.

    :param names: the list that gets them
    """

    def __init__(self, names: list[str]) -> None:
        self.names = names

    def on_fit_end(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Keep the names."""
        self.names[:] = map(str, trainer.callback_metrics)

    def on_exception(self, trainer: pl.Trainer, pl_module: Any, exception: BaseException) -> None:
        """Keep the names."""
        self.names[:] = map(str, trainer.callback_metrics)


class Loaded:
    """Batches that Lightning takes for a data loader."""

    def __init__(self, batches: Sequence[Any]) -> None:
        self.batches = batches

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.batches)


def noise_like(batch: Any, masked: int) -> Any:
    """
    Return quiet noise in the form of a batch: of its first item, cut to a length that takes no time.

    Input that is more than one signal is left as it is, because the rest of it may be settings.

    :param masked: samples at the start of an item that no loss considers
    """
    x, conditions, y = unpack_batch(batch)
    if not all(isinstance(part, Tensor) and part.is_floating_point() and part.ndim > 1 for part in (x, y)):
        return batch
    count = min(y.shape[-1], LONGEST + masked) if x.ndim == 2 else y.shape[-1]
    length = x.shape[-1] - y.shape[-1] + count if x.ndim == 2 else x.shape[-1]
    held = [c[:1, ..., :length] if c.ndim > 1 and c.shape[-1] == x.shape[-1] else c[:1] for c in conditions]
    first = _noise(x[:1, :length]) if x.ndim == 2 else x[:1]
    wanted = _noise(y[:1, ..., :count])
    nested = len(batch) == 2 and isinstance(batch[1], (tuple, list))
    return [first, (wanted, *held)] if nested else [first, *held, wanted]


def _noise(signal: Tensor) -> Tensor:
    return torch.rand_like(signal) * 0.2 - 0.1
