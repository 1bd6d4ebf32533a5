"""Turn the exceptions of torch and Lightning that end a training into one sentence that says what to do."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from nam_kernel.errors import ConfigError, TrainingError
from nam_plugin_lightning.blame import is_out_of_memory
from nam_plugin_lightning.framework import MisconfigurationException
from nam_plugin_lightning.spawning import GUARD

_WITHOUT_WORKERS = "use fewer num_workers in the dataloaders of the learning config, or 0"

_OF_WORKERS = {
    "bootstrapping phase": f"a worker of the data loader started the training again; put the call below {GUARD}",
    "exited unexpectedly": "a worker of the data loader ended ({}); its own message is above, else " + _WITHOUT_WORKERS,
    "DataLoader timed out": "a worker of the data loader took too long ({}); raise the timeout, or " + _WITHOUT_WORKERS,
}
"""What to say of an exception, by a part of its text, for which ``{}`` stands."""

_DEAD = ("DataLoader worker (pid", "unable to mmap", "unable to open shared memory")


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """
    Explain the failures of the block.

    :raises TrainingError: when memory ran out, a worker of a data loader died, or a scheduler has no more steps
    :raises ConfigError: when Lightning refuses the configuration
    """
    try:
        yield
    except MisconfigurationException as error:
        raise ConfigError("the learning config", [f"Lightning refuses it: {_one_line(error)}"]) from error
    except ValueError as error:
        if "val_check_interval" in str(error):
            raise ConfigError("the learning config", [f"trainer.val_check_interval: {_one_line(error)}"]) from error
        if "Tried to step" in str(error):
            raise TrainingError(
                f"the lr_scheduler of the model config is at its end ({_one_line(error)}); give it more steps, or the "
                "training fewer epochs"
            ) from error
        raise
    except (MemoryError, RuntimeError, OSError) as error:
        advice = _advice(error)
        if advice is None:
            raise
        raise TrainingError(advice) from error


def _advice(error: BaseException) -> str | None:
    text = _one_line(error)
    for mark, advice in _OF_WORKERS.items():
        if mark in text:
            return advice.format(text)
    if any(mark in text for mark in _DEAD):
        return f"a worker of the data loader died ({text}); usually the machine ran out of memory: {_WITHOUT_WORKERS}"
    if is_out_of_memory(error):
        return (
            "out of memory; use a smaller train_dataloader.batch_size, a smaller ny, a smaller net, "
            f"or shorter validation recordings ({text[:200] or type(error).__name__})"
        )
    return None


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())
