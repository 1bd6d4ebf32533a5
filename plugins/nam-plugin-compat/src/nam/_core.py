"""Two small interfaces that datasets and nets share."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from typing_extensions import Self


class InitializableFromConfig:
    """What is made from a config in two steps, of which ``parse_config`` is the one to override."""

    @classmethod
    def init_from_config(cls, config: Mapping[str, Any]) -> Self:
        """Make the object from a config, which stays as it is."""
        return cls(**cls.parse_config(config))

    @classmethod
    def parse_config(cls, config: Any) -> dict[str, Any]:
        """Give the arguments of the constructor."""
        arguments: dict[str, Any] = deepcopy(config)
        return arguments


class WithTeardown:
    """What holds something that is to be let go at the end."""

    def teardown(self) -> None:
        """Let go of it."""
