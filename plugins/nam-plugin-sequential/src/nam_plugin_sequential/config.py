"""The config of ``Sequential``."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import field_validator

from nam_kernel.config import Config
from nam_kernel.run.nested import NestedNetConfig


class SequentialConfig(Config):
    """The ``net.config`` of a Sequential: the nets in the order in which the audio goes through them."""

    example: ClassVar[dict[str, Any]] = {
        "models": [
            {"name": "Linear", "config": {"receptive_field": 8}},
            {"name": "Linear", "config": {"receptive_field": 5}},
        ]
    }

    models: tuple[NestedNetConfig, ...]

    @field_validator("models")
    @classmethod
    def _not_empty(cls, value: tuple[NestedNetConfig, ...]) -> tuple[NestedNetConfig, ...]:
        if not value:
            raise ValueError("the list is empty; name at least one model")
        return value
