"""The keys of the learning config that belong to this engine."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from nam_kernel.config import Config

Json = dict[str, Any]


class LightningConfig(Config):
    """
    Config of the engine.

    :param train_dataloader: parameters of torch's ``DataLoader``
    :param val_dataloader: likewise, for the validation
    :param trainer: parameters of Lightning's ``Trainer``
    :param trainer_fit_kwargs: ``ckpt_path``, a checkpoint of this engine from which the training goes on
    :param target_esr: the training stops when the best model's ESR, with several outputs that of each, is at most this
    :param patience: the training stops after so many validations without a better model
    :param on_divergence: stop with the best model, or go back to it with a lower learning rate
    """

    train_dataloader: Json = Field(default_factory=dict)
    val_dataloader: Json = Field(default_factory=dict)
    trainer: Json = Field(default_factory=dict)
    trainer_fit_kwargs: Json = Field(default_factory=dict)
    target_esr: float | None = Field(None, gt=0, allow_inf_nan=False)
    patience: int | None = Field(None, gt=0, strict=True)
    on_divergence: Literal["stop", "back_off"] = "stop"

    example: ClassVar[Json] = {
        "train_dataloader": {"batch_size": 4, "shuffle": True},
        "trainer": {"accelerator": "cpu", "max_epochs": 3, "logger": False},
    }
