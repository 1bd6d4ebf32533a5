"""Turn the exceptions of torch and Lightning that end a training into one sentence that says what to do."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch
from lightning_fabric.utilities.exceptions import MisconfigurationException

from nam_kernel.errors import ConfigError, TrainingError

_MEMORY = ("out of memory", "can't allocate memory", "cannot allocate memory", "not enough memory")
_WORKER = ("DataLoader worker", "unable to mmap", "unable to open shared memory")


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """
    Explain the failures of the block.

    :raises TrainingError: when memory ran out, or a worker of a data loader died
    :raises ConfigError: when Lightning refuses the configuration
    """
    try:
        yield
    except MisconfigurationException as error:
        raise ConfigError("the learning config", [f"Lightning refuses it: {_one_line(error)}"]) from error
    except ValueError as error:
        if "val_check_interval" not in str(error):
            raise
        raise ConfigError("the learning config", [f"trainer.val_check_interval: {_one_line(error)}"]) from error
    except (MemoryError, RuntimeError) as error:
        advice = _advice(error)
        if advice is None:
            raise
        raise TrainingError(advice) from error


def _advice(error: BaseException) -> str | None:
    text = _one_line(error)
    if any(mark in text for mark in _WORKER):
        return (
            f"a worker of the data loader died ({text}); usually the machine ran out of memory: "
            "use fewer num_workers in the dataloaders of the learning config, or 0"
        )
    full = isinstance(error, (MemoryError, torch.cuda.OutOfMemoryError))
    if full or any(mark in text.lower() for mark in _MEMORY):
        return (
            "out of memory; use a smaller train_dataloader.batch_size, a smaller ny, a smaller net, "
            f"or shorter validation recordings ({text[:200] or type(error).__name__})"
        )
    return None


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())
