"""The parameters of Lightning's trainer: as the config has them, and otherwise this engine's own."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nam_plugin_lightning.devices import devices_of, strategy_of
from nam_plugin_lightning.framework import pl
from nam_plugin_lightning.instances import make_all
from nam_plugin_lightning.keywords import without_notes
from nam_plugin_lightning.plan import planned_epochs

Json = Mapping[str, Any]


def completed(trainer: Json, callbacks: Sequence[pl.Callback], directory: Path | None = None) -> dict[str, Any]:
    """
    Return the parameters for Lightning's ``Trainer``, without the loggers.

    Where the config says nothing, that is one device, 100 epochs, no sanity check, and nothing on the screen.

    :param trainer: the ``trainer`` of the learning config
    :param directory: of the run; None for a trainer that is made only to see whether it can be
    """
    given = without_notes(trainer)
    epochs = planned_epochs(given)
    defaults = {
        "accelerator": "auto",
        "num_sanity_val_steps": 0,
        "enable_progress_bar": False,
        "enable_model_summary": False,
        "enable_checkpointing": any(isinstance(callback, pl.callbacks.Checkpoint) for callback in callbacks),
        "default_root_dir": directory,
    }
    return {
        **defaults,
        **given,
        "strategy": strategy_of(given),
        "devices": devices_of(given),
        "max_epochs": -1 if epochs is None else epochs,
        "callbacks": list(callbacks),
        "use_distributed_sampler": False,
    }


def make_loggers(given: Any, directory: Path) -> list[Any]:
    """
    Return the loggers that a config names; by default TensorBoard's, where it is installed.

    :param given: ``trainer.logger``
    :param directory: of the run
    """
    if not isinstance(given, bool) and given is not None:
        return make_all(given)
    if given is False or importlib.util.find_spec("tensorboard") is None:
        return []
    return [pl.loggers.TensorBoardLogger(directory, name="tensorboard", version="")]
