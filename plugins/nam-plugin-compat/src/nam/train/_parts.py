"""The steps of a training that scripts call one by one and extensions replace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytorch_lightning.callbacks import Callback, ModelCheckpoint
from torch.utils.data import DataLoader

from nam.data import Split, apply_joint_dataset_hooks, get_joint_dataset_hooks, init_dataset
from nam.train.lightning_module import PackedBestCheckpoint, PackedMaskCallback


def handshake_datasets(model: Any, *datasets: Any) -> None:
    """Have the net of a module and each dataset refuse each other."""
    for dataset in datasets:
        dataset.handshake(model.net)
        model.net.handshake(dataset)


def create_callbacks(learning_config: Mapping[str, Any], packed: bool = False) -> list[Callback]:
    """
    Return the callbacks that save checkpoints: after each validation if it is one of the three best, and each epoch.

    An extension may put a function of its own in place of ``nam.train.full._create_callbacks``.

    :param packed: for a net of several outputs, the best of each too
    """
    trainer = learning_config.get("trainer", {})
    inside = trainer.get("val_check_interval")
    often: dict[str, Any] = {"every_n_epochs": trainer.get("check_val_every_n_epoch") or 1}
    if inside is not None:
        often = {"every_n_train_steps": inside} if isinstance(inside, int) else {}
    best = "{epoch:04d}_{step}_{ESR:.3e}_{MSE:.3e}"
    last = "checkpoint_last_{epoch:04d}_{step}"
    return [
        ModelCheckpoint(filename=best, save_top_k=3, monitor="val_loss", **often),
        *([PackedBestCheckpoint(), PackedMaskCallback()] if packed else []),
        *([ModelCheckpoint(filename=last, **often)] if inside is not None else []),
        ModelCheckpoint(filename="checkpoint_epoch_{epoch:04d}", every_n_epochs=1),
    ]


def dataloaders(
    data_config: Mapping[str, Any], learning_config: Mapping[str, Any], model: Any
) -> tuple[DataLoader[Any], DataLoader[Any]]:
    """
    Return the loaders of training and validation, once data and net have agreed on each other.

    :param model: the module, whose net gets the sample rate of the data
    """
    common = {**data_config.get("common", {}), "nx": model.net.receptive_field}
    config = {**data_config, "common": common}
    train, validation = (init_dataset(config, split) for split in (Split.TRAIN, Split.VALIDATION))
    apply_joint_dataset_hooks(train, validation, get_joint_dataset_hooks(config.get("joint", [])))
    model.net.sample_rate = train.sample_rate
    handshake_datasets(model, train, validation)
    options = (learning_config.get(key, {}) for key in ("train_dataloader", "val_dataloader"))
    first, second = (DataLoader(d, **given) for d, given in zip((train, validation), options, strict=True))
    return first, second
