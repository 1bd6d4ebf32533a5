"""The three documents of a run, as far as they concern the kernel; the rest belongs to the components' own models."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from nam_kernel.config.base import Config, FilePath, NonNegativeInt, note

Json = dict[str, Any]


class UserMetadata(Config):
    """What a user says of a capture; it goes into the model file."""

    name: str | None = None
    modeled_by: str | None = None
    gear_type: Literal["amp", "pedal", "pedal_amp", "amp_cab", "amp_pedal_cab", "preamp", "studio"] | None = None
    gear_make: str | None = None
    gear_model: str | None = None
    tone_type: Literal["clean", "overdrive", "crunch", "hi_gain", "fuzz"] | None = None
    input_level_dbu: float | None = Field(None, allow_inf_nan=False)
    output_level_dbu: float | None = Field(None, allow_inf_nan=False)


class DataConfig(Config):
    """
    The data config.

    ``train`` and ``validation`` are an entry, or a list of entries; ``common`` is merged below each. ``type``
    selects a dataset for all entries that do not say their own.
    """

    train: Json | list[Json]
    validation: Json | list[Json] | None = None
    common: Json = Field(default_factory=dict)
    type: str | None = None
    joint: list[Json] = Field(default_factory=list)
    metadata: UserMetadata = UserMetadata()

    @field_validator("train", "validation")
    @classmethod
    def _not_empty(cls, value: Any) -> Any:
        if isinstance(value, list) and not value:
            raise ValueError("the list is empty; name at least one recording")
        return value

    def entries(self, split: Literal["train", "validation"]) -> list[tuple[str, Json]]:
        """List the entries of a split with their places in the document, ``common`` merged below each."""
        given = self.train if split == "train" else self.validation
        if given is None:
            return []
        listed = [(f"{split}[{i}]", e) for i, e in enumerate(given)] if isinstance(given, list) else [(split, given)]
        defaults = {"type": self.type} if self.type is not None else {}
        return [(place, {**defaults, **self.common, **entry}) for place, entry in listed]


class NetConfig(Config):
    """Which net, and its own config."""

    name: str
    config: Json = Field(default_factory=dict)


class PluginLossConfig(Config):
    """A loss of a plugin, by its name."""

    name: str
    weight: float | None = Field(1.0, ge=0, allow_inf_nan=False)
    config: Json = Field(default_factory=dict)
    label: str | None = None


class CustomLossConfig(Config):
    """A loss by the dotted path of a factory that is called with ``kwargs``."""

    name: str
    weight: float | None = Field(1.0, ge=0, allow_inf_nan=False)
    kwargs: Json = Field(default_factory=dict)


_OLD_LOSS_KEYS = {
    "mstft_weight": "mrstft_weight",
    "mstft_key": "mrstft_weight",
    "pre_emph_mstft_weight": "pre_emph_mrstft_weight",
    "pre_emph_mstft_coef": "pre_emph_mrstft_coef",
}


class LossConfig(Config):
    """The training loss: a weighted sum. A weight of null or 0 leaves a term out."""

    val_loss: str | None = None
    mask_first: NonNegativeInt = 0
    mse_weight: float | None = Field(1.0, ge=0, allow_inf_nan=False)
    fourier: bool = False
    mrstft_weight: float | None = Field(None, ge=0, allow_inf_nan=False)
    dc_weight: float | None = Field(None, ge=0, allow_inf_nan=False)
    pre_emph_weight: float | None = Field(None, ge=0, allow_inf_nan=False)
    pre_emph_coef: float | None = Field(None, allow_inf_nan=False)
    pre_emph_mrstft_weight: float | None = Field(None, ge=0, allow_inf_nan=False)
    pre_emph_mrstft_coef: float | None = Field(None, allow_inf_nan=False)
    custom_losses: dict[str, CustomLossConfig] = Field(default_factory=dict)
    losses: list[PluginLossConfig] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _older_spellings(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        data = dict(data)
        for old, today in _OLD_LOSS_KEYS.items():
            if old in data:
                if today in data:
                    raise ValueError(f"{old} is the old name of {today}; give only {today}")
                note(f"loss.{old} is understood as {today}")
                data[today] = data.pop(old)
        if data.get("custom_losses", ...) is None:
            del data["custom_losses"]
        return data

    @model_validator(mode="after")
    def _coefficients(self) -> LossConfig:
        for weight, coef in (
            ("pre_emph_weight", "pre_emph_coef"),
            ("pre_emph_mrstft_weight", "pre_emph_mrstft_coef"),
        ):
            if getattr(self, weight) and getattr(self, coef) is None:
                raise ValueError(f"{weight} needs {coef}, the coefficient of the filter; 0.85 or 0.95 are usual")
        return self


class ExportConfig(Config):
    """An exporter by name, and its own config."""

    name: str
    config: Json = Field(default_factory=dict)


class ModelConfig(Config):
    """The model config; ``optimizer`` and ``lr_scheduler`` belong to the training engine, which checks them."""

    net: NetConfig | None = None
    optimizer: Json = Field(default_factory=dict)
    lr_scheduler: Json | None = None
    loss: LossConfig = LossConfig()
    checkpoint_path: FilePath | None = None
    init_from: FilePath | None = None
    export: list[str | ExportConfig] = ["nam"]

    @field_validator("loss", mode="before")
    @classmethod
    def _no_loss(cls, value: Any) -> Any:
        return {} if value is None else value

    @model_validator(mode="after")
    def _some_net(self) -> ModelConfig:
        if self.net is None and self.init_from is None:
            raise ValueError(
                "'net' is missing: name an architecture, or give the model file to go on from as 'init_from'"
            )
        return self

    def exporters(self) -> list[ExportConfig]:
        """List the exporters, those given by their bare names included."""
        return [ExportConfig(name=e) if isinstance(e, str) else e for e in self.export]


class LearningConfig(Config):
    """
    The learning config.

    ``engine`` names the trainer; ``trainer`` and the dataloaders are the engine's own, which checks them.
    """

    train_dataloader: Json = Field(default_factory=dict)
    val_dataloader: Json = Field(default_factory=dict)
    trainer: Json = Field(default_factory=dict)
    trainer_fit_kwargs: Json = Field(default_factory=dict)
    engine: str = "lightning"
    seed: NonNegativeInt = 0
    target_esr: float | None = Field(None, gt=0, allow_inf_nan=False)
    patience: int | None = Field(None, gt=0, strict=True)
    on_divergence: Literal["stop", "back_off"] = "stop"


@dataclass
class RunConfig:
    """
    The documents as they were given: plain dictionaries, which ``nam_configure`` may edit.

    :param sources: what to call each document in a message: its path, or ``the data config``
    :param bases: the folder in which each document's relative paths are looked up first
    """

    data: Json
    model: Json
    learning: Json
    sources: dict[str, str] = field(default_factory=dict)
    bases: dict[str, Path | None] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
