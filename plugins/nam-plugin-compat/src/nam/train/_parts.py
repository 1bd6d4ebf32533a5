"""The steps of a training that scripts call one by one and extensions replace."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pytorch_lightning.callbacks import Callback, ModelCheckpoint

from nam.data import ConcatDataset


def handshake_datasets(model: Any, *datasets: Any) -> None:
    """Have the net of a module and each dataset refuse each other."""
    for dataset in datasets:
        dataset.handshake(model.net)
        model.net.handshake(dataset)


def create_callbacks(learning_config: Mapping[str, Any], packed: bool = False) -> list[Callback]:
    """
    Return the callbacks that save checkpoints: the three best, and the last.

    A run saves its checkpoints itself; of what an extension returns in place of this function, it takes the rest.
    """
    trainer = learning_config.get("trainer", {})
    often = {"every_n_epochs": trainer.get("check_val_every_n_epoch", 1)}
    if "val_check_interval" in trainer:
        often = {"every_n_train_steps": trainer["val_check_interval"]}
    best = "{epoch:04d}_{step}_{ESR:.3e}_{MSE:.3e}"
    return [
        ModelCheckpoint(filename=best, save_top_k=3, monitor="val_loss", **often),
        ModelCheckpoint(filename="checkpoint_epoch_{epoch:04d}", every_n_epochs=1),
    ]


ORIGINAL = create_callbacks


def further_callbacks(learning_config: Mapping[str, Any]) -> list[Callback]:
    """Return the callbacks of an extension's own ``nam.train.full._create_callbacks``, but those for checkpoints."""
    from nam.train import full

    if full._create_callbacks is ORIGINAL:
        return []
    made = full._create_callbacks(learning_config)
    return [callback for callback in made if not isinstance(callback, ModelCheckpoint)]


def rms(x: Any) -> float:
    """
    Return the root mean square of an array or a tensor.

    :raises TypeError: for anything else
    """
    if not isinstance(x, (np.ndarray, torch.Tensor)):
        raise TypeError(f"a {type(x).__name__} is not a signal; give an array or a tensor")
    values = x if isinstance(x, torch.Tensor) else torch.from_numpy(x)
    return float(values.square().mean().sqrt())


def plot(
    model: Any,
    ds: Any,
    savefig: str | PathLike[str] | None = None,
    show: bool = True,
    window_start: int | None = None,
    window_end: int | None = None,
) -> None:
    """
    Draw the output of a net over that of a dataset; of several datasets, each by itself.

    :param savefig: the file to write
    :param show: open a window
    :param window_start, window_end: the samples to draw
    """
    from matplotlib import pyplot

    if isinstance(ds, ConcatDataset):
        for i, part in enumerate(ds.datasets):
            file = (
                None if savefig is None else Path(savefig).with_name(f"{Path(savefig).stem}_{i}{Path(savefig).suffix}")
            )
            plot(model, part, file, show and part is ds.datasets[-1], window_start, window_end)
        return
    with torch.no_grad():
        output = model(ds.x.to(getattr(model, "device", "cpu"))).cpu()
    pyplot.figure(figsize=(16, 5))
    for i, signal in enumerate(output.reshape(-1, len(ds.y))):
        esr = (rms(signal - ds.y) / rms(ds.y)) ** 2
        pyplot.plot(signal[window_start:window_end], label=f"prediction {i}, ESR {esr:.3f}")
    pyplot.plot(ds.y[window_start:window_end], "--", label="target")
    pyplot.legend()
    if savefig is not None:
        pyplot.savefig(savefig)
    if show:
        pyplot.show()
    pyplot.close()
