"""What a run is known by: its name, its recordings, and what its training is asked for."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from nam_plugin_capture import SIZES

FORMAT = 1

Role = Literal["di", "amp", "own"]
ROLES: tuple[Role, ...] = ("di", "amp", "own")
"""The dry guitar, the amplifier, and a DI to try the model with."""


class Recording(BaseModel):
    """
    A recording that was given.

    :param file: its name in the folder of its role
    :param received: when, in seconds since 1970
    :param channel: chosen, counted from 1; None where all are equal
    """

    file: str
    seconds: float
    sample_rate: int
    channels: int
    received: float = 0.0
    channel: int | None = None


class Choices(BaseModel):
    """What a training is asked for; neither epochs nor minutes: as long as is usual."""

    model_config = ConfigDict(extra="forbid")

    size: str
    epochs: int | None = Field(default=None, gt=0, lt=1_000_000)
    minutes: float | None = Field(default=None, gt=0, lt=100_000)
    anyway: bool = False
    metadata: dict[str, str | float] = {}

    @field_validator("size")
    @classmethod
    def _known(cls, size: str) -> str:
        if size not in SIZES:
            raise ValueError(f"there is no size {size!r:.80}; expected one of {', '.join(SIZES)}")
        return size


class Facts(BaseModel):
    """What ``studio.json`` holds."""

    format: int = FORMAT
    name: str
    created: float
    recordings: dict[Role, Recording] = {}
    delay: int | None = None
    choices: Choices | None = None
