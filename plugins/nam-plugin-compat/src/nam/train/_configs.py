"""The configs of the easy trainer: how each standard signal is split, which net, and how it is trained."""

from __future__ import annotations

import json
from importlib import resources
from os import PathLike
from typing import Any

import torch

from nam.train._signals import layout_of
from nam.train._version import Version
from nam.train.lightning_module import LightningModule, PackedLightningModule

Json = dict[str, Any]
File = str | PathLike[str]

LEVEL = -18.0
"""The level at which is trained, in dBFS RMS."""


def data_config(input_version: Version, input_path: File, output_path: File, ny: int, latency: int) -> Json:
    """
    Return the data config for a recording of a standard signal, split as its makers meant.

    :param ny: output samples of a training item
    :param latency: in samples
    :raises UnknownSignalError: when there is no standard signal of that version
    """
    layout = layout_of(input_version.major)
    train: Json = {"ny": ny, "stop_samples": layout.validation_start}
    validation: Json = {"ny": None, "start_samples": layout.validation_start}
    if layout.major_version == 2:
        validation["stop_samples"] = layout.validation_start + layout.t_validate
    if layout.major_version == 3:
        train["start_samples"] = layout.train_start
    if layout.major_version == 4:
        print("No silence comes before what is held out of this signal: its ESR cannot be compared with others'.")
        validation["require_input_pre_silence"] = False
    files = {"x_path": input_path, "y_path": output_path}
    return {
        "train": train,
        "validation": validation,
        "common": {**files, "delay": latency, "allow_unequal_lengths": True},
        "joint": [{"name": "nam.data.normalize_joint_dataset_output", "kwargs": {"level_rms_dbfs": LEVEL}}],
    }


def packed_model_config() -> Json:
    """Return the model config: both A2 sizes."""
    file = resources.files("nam.train._resources").joinpath("config_model_packed.json")
    config: Json = json.loads(file.read_text(encoding="utf-8"))
    return config


def learning_config(epochs: int, batch_size: int) -> Json:
    """Return the learning config, for the device that there is."""
    accelerated = torch.cuda.is_available() or torch.backends.mps.is_available()
    device = "gpu" if torch.cuda.is_available() else "mps" if accelerated else None
    if device is None:
        print("There is no graphics card that could train; that takes its time")
    loader = {"batch_size": batch_size, "shuffle": True, "pin_memory": True, "drop_last": True, "num_workers": 0}
    trainer = {"max_epochs": epochs, **({"accelerator": device, "devices": 1} if device else {})}
    return {"train_dataloader": loader, "val_dataloader": {}, "trainer": trainer}


def is_packed(model_config: Json) -> bool:
    """Return whether a model config is that of several sizes in one net."""
    return bool(model_config["net"]["name"] == "PackedWaveNet")


def lightning_module_class(model_config: Json) -> type[LightningModule]:
    """Return the class of the module that trains a model config."""
    return PackedLightningModule if is_packed(model_config) else LightningModule
