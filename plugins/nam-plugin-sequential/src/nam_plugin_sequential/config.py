"""The config of ``Sequential``."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field, field_validator

from nam_kernel.config import Config


class ModelConfig(Config):
    """One of the nets: its name, and its own config."""

    name: str
    config: dict[str, Any] = Field(default_factory=dict)


class SequentialConfig(Config):
    """The ``net.config`` of a Sequential: the nets in the order in which the audio goes through them."""

    example: ClassVar[dict[str, Any]] = {
        "models": [
            {"name": "Linear", "config": {"receptive_field": 8}},
            {"name": "Linear", "config": {"receptive_field": 5}},
        ]
    }

    models: tuple[ModelConfig, ...]

    @field_validator("models")
    @classmethod
    def _not_empty(cls, value: tuple[ModelConfig, ...]) -> tuple[ModelConfig, ...]:
        if not value:
            raise ValueError("the list is empty; name at least one model")
        return value
