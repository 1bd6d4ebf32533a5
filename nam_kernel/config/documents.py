"""The three documents of a run, as far as they concern the kernel; the rest belongs to the components' own models."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from nam_kernel.config.base import Config, FilePath, NonNegativeInt

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
        """Return the entries of a split with their places in the document, ``common`` merged below each."""
        given = self.train if split == "train" else self.validation
        if given is None:
            return []
        listed = [(f"{split}[{i}]", e) for i, e in enumerate(given)] if isinstance(given, list) else [(split, given)]
        defaults = {"type": self.type} if self.type is not None else {}
        return [(place, {**defaults, **self.common, **entry}) for place, entry in listed]


class ComponentConfig(Config):
    """A component by its name, and its own config."""

    name: str
    config: Json = Field(default_factory=dict)


class NetConfig(ComponentConfig):
    """Which net, and its own config."""


class ExportConfig(ComponentConfig):
    """An exporter, and its own config."""


class EngineConfig(ComponentConfig):
    """A trainer, and its own config."""


class WeightedLossConfig(ComponentConfig):
    """A loss by its name."""

    weight: float | None = Field(1.0, ge=0, allow_inf_nan=False)
    label: str | None = None


class CustomLossConfig(Config):
    """A loss by the dotted path of a factory that is called with ``kwargs``."""

    name: str
    weight: float | None = Field(1.0, ge=0, allow_inf_nan=False)
    kwargs: Json = Field(default_factory=dict)


class LossConfig(Config):
    """
    The training loss: a weighted sum. A weight of null or 0 leaves a term out.

    The keys that losses claim (``KEY_weight`` and the like) are added from their records, see ``run.objective``.
    """

    val_loss: str | None = None
    mask_first: NonNegativeInt = 0
    custom_losses: dict[str, CustomLossConfig] | None = None
    losses: list[WeightedLossConfig] = Field(default_factory=list)


class ModelConfig(Config):
    """
    The model config.

    ``optimizer`` and ``lr_scheduler`` belong to the training engine, which checks them; ``loss`` is checked against a
    ``LossConfig`` with the keys of every installed loss in it.
    """

    net: NetConfig | None = None
    optimizer: Json = Field(default_factory=dict)
    lr_scheduler: Json | None = None
    loss: Json | None = None
    checkpoint_path: FilePath | None = None
    init_from: FilePath | None = None
    export: list[str | ExportConfig] | None = None

    @model_validator(mode="after")
    def _some_net(self) -> Self:
        if self.net is None and self.init_from is None:
            raise ValueError(
                "'net' is missing: name an architecture, or give the model file to go on from as 'init_from'"
            )
        return self

    def exporters(self) -> list[ExportConfig] | None:
        """Return the exporters, those given by their bare names included; None where the document names none."""
        named = [ExportConfig(name=e) if isinstance(e, str) else e for e in self.export or ()]
        return None if self.export is None else named


class LearningConfig(Config):
    """
    The learning config, as far as it is the kernel's.

    Every other key belongs to the engine, whose record names the model that checks it.

    :param engine: the trainer by its name, or with its config as ``{"name": ..., "config": {...}}``
    :param seed: of every random number of the run
    """

    engine: Annotated[str, Field(min_length=1)] | EngineConfig = ""
    seed: int = Field(0, ge=0, lt=2**63, strict=True)

    @classmethod
    def split(cls, document: Json) -> tuple[Json, Json]:
        """Return the kernel's part of the document and the engine's."""
        own = {key: value for key, value in document.items() if key in cls.model_fields or key.startswith("_")}
        return own, {key: value for key, value in document.items() if key not in own}

    def chosen_engine(self) -> EngineConfig | None:
        """Return the engine with its config; None where the document names none."""
        named = EngineConfig(name=self.engine) if isinstance(self.engine, str) else self.engine
        return named if named.name else None


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
