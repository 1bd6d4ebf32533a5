"""
The two configs of a container: ``Container``, of any nets, and ``PackedWaveNet``, of WaveNets.

Each size's own config is checked by the plugin that offers its net, so that a mistake in it is reported with its place,
together with all others.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from nam_kernel.config import Config, note
from nam_kernel.run.nested import NestedNetConfig, nested_config

Json = dict[str, Any]
MOST_SIZES = 64

MOST_WEIGHTS = 10_000_000
"""No computer plays a larger net in real time, so one is a mistake."""

MaxValue = Annotated[float, Field(gt=0, le=1, strict=True, allow_inf_nan=False)]

_WAVENET: Json = {
    "layers_configs": [
        {
            "input_size": 1,
            "condition_size": 1,
            "channels": 2,
            "head_size": 1,
            "kernel_size": 2,
            "dilations": [1, 2, 4],
            "activation": "Tanh",
            "gated": False,
            "head_bias": True,
        }
    ],
    "head_scale": 0.5,
}
"""Of the example of a PackedWaveNet: a small WaveNet."""


def refuse_many(submodels: Any) -> Any:
    """
    Return a list of sizes as a document has it, unless it has too many to look at each.

    :raises ValueError: with their number
    """
    if isinstance(submodels, list) and len(submodels) > MOST_SIZES:
        raise ValueError(f"the list of submodels has {len(submodels)} sizes, at most {MOST_SIZES}")
    return submodels


class SubmodelConfig(Config):
    """
    One size.

    :param name: of the size, by which metrics and messages call it
    :param max_value: the size control's position below which a player runs this size
    """

    name: Annotated[str, Field(min_length=1)]
    net: NestedNetConfig
    max_value: MaxValue | None = None


class ContainerConfig(Config):
    """The ``net.config`` of a Container: the sizes, the smallest first."""

    example: ClassVar[Json] = {
        "submodels": [
            {"name": "small", "net": {"name": "Linear", "config": {"receptive_field": 4}}},
            {"name": "large", "net": {"name": "Linear", "config": {"receptive_field": 20}}},
        ]
    }

    submodels: Annotated[list[SubmodelConfig], BeforeValidator(refuse_many), Field(min_length=1)]

    @field_validator("submodels")
    @classmethod
    def _names_differ(cls, value: list[SubmodelConfig]) -> list[SubmodelConfig]:
        return different_names(value)

    @field_validator("submodels")
    @classmethod
    def _can_be_built(cls, value: list[SubmodelConfig]) -> list[SubmodelConfig]:
        return refuse_large(value, [submodel.net.config for submodel in value])

    def weight_count(self) -> int:
        """Return the number of weights of all sizes, as far as their configs know it."""
        return weight_count([submodel.net.config for submodel in self.submodels])

    @model_validator(mode="after")
    def _max_values(self) -> ContainerConfig:
        given = [s.max_value is not None for s in self.submodels]
        if any(given) and not all(given):
            raise ValueError("some submodels have a max_value and others have none; give it to all, or to none")
        if all(given):
            require_max_values(self.max_values())
        return self

    def max_values(self) -> list[float]:
        """Return the max_value of each size; equal shares of the size control where the config has none."""
        values = [s.max_value for s in self.submodels if s.max_value is not None]
        return values or uniform(len(self.submodels))


class PackedSubmodelConfig(Config):
    """One size of a ``PackedWaveNet``; ``config`` is what the config of a ``WaveNet`` would be."""

    name: Annotated[str, Field(min_length=1)] | None = None
    config: Any

    @field_validator("config")
    @classmethod
    def _fits_a_wavenet(cls, value: Any, info: ValidationInfo) -> Any:
        return nested_config("WaveNet", value, info)


class PackedExportConfig(Config):
    """
    The keys of the model file.

    :param container_max_values: equal shares of the size control, or a list of the max_values
    """

    container_max_values: Literal["uniform"] | list[MaxValue] = "uniform"


class PackedWaveNetConfig(Config):
    """The ``net.config`` of a PackedWaveNet, as neural-amp-modeler 0.13 has it."""

    example: ClassVar[Json] = {"submodels": [{"config": _WAVENET}, {"config": {**_WAVENET, "head_scale": 0.2}}]}

    submodels: Annotated[list[PackedSubmodelConfig], BeforeValidator(refuse_many), Field(min_length=1)]
    export: PackedExportConfig = PackedExportConfig()
    sample_rate: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None

    @field_validator("submodels")
    @classmethod
    def _names_differ(cls, value: list[PackedSubmodelConfig]) -> list[PackedSubmodelConfig]:
        return different_names(value)

    @field_validator("submodels")
    @classmethod
    def _can_be_built(cls, value: list[PackedSubmodelConfig]) -> list[PackedSubmodelConfig]:
        return refuse_large(value, [submodel.config for submodel in value])

    def weight_count(self) -> int:
        """Return the number of weights of all sizes."""
        return weight_count([submodel.config for submodel in self.submodels])

    @model_validator(mode="after")
    def _max_values(self) -> PackedWaveNetConfig:
        given = self.export.container_max_values
        if given != "uniform" and len(given) != len(self.submodels):
            raise ValueError(
                f"export.container_max_values has {len(given)} values for {len(self.submodels)} submodels; "
                'give one each, or "uniform"'
            )
        if given != "uniform" and given[-1] != 1:
            note("the last of export.container_max_values is taken as 1, so that every size has a net")
        require_max_values(self.max_values())
        return self

    def names(self) -> list[str]:
        """Return the names of the sizes, those that the config leaves out included."""
        return names_of(self.submodels)

    def max_values(self) -> list[float]:
        """Return the max_value of each size; the last is 1."""
        given = self.export.container_max_values
        return uniform(len(self.submodels)) if given == "uniform" else [*given[:-1], 1.0]


def weight_count(configs: Sequence[Any]) -> int:
    """Return the number of weights that inner configs describe, as far as they know it."""
    counts = [getattr(config, "weight_count", None) for config in configs]
    return sum(int(count()) for count in counts if count is not None)


def refuse_large(submodels: list[Any], configs: Sequence[Any]) -> list[Any]:
    """
    Return the sizes, unless they are too large together.

    :param configs: of their nets
    :raises ValueError: with their number of weights
    """
    count = weight_count(configs)
    if count > MOST_WEIGHTS:
        raise ValueError(f"the submodels have {count:,} weights together, at most {MOST_WEIGHTS:,}; make them smaller")
    return submodels


def uniform(count: int) -> list[float]:
    """Return equal shares of the size control: ``[1/3, 2/3, 1]`` for three sizes."""
    return [(i + 1) / count for i in range(count)]


def require_max_values(values: Sequence[float]) -> None:
    """
    Refuse max_values of which a player would never run one, or that leave a size without a net.

    :raises ValueError: with what to change
    """
    told = ", ".join(f"{value:g}" for value in values)
    if any(later <= earlier for earlier, later in pairwise(values)):
        raise ValueError(f"the max_values are {told}; put the submodels in order, each value above the last")
    if values[-1] < 1:
        raise ValueError(f"the max_values are {told}; the last one must be 1, so that every size has a net")


def names_of(submodels: Sequence[PackedSubmodelConfig | SubmodelConfig]) -> list[str]:
    """Return the names of the sizes; ``submodel_0`` and so on where there is none, as 0.13 does."""
    return [s.name if s.name is not None else f"submodel_{i}" for i, s in enumerate(submodels)]


def different_names(submodels: list[Any]) -> list[Any]:
    """
    Refuse two sizes of one name.

    :raises ValueError: naming it
    """
    names = names_of(submodels)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"two submodels are named '{twice[0]}'; give every size a name of its own")
    return submodels
