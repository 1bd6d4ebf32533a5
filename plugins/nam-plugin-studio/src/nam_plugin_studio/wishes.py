"""What the page sends beside recordings and choices."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from nam_plugin_studio.facts import Role


class Named(BaseModel):
    """A new run: a name, or the run whose recordings it has."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(default="", max_length=1000)
    like: str | None = None


class Change(BaseModel):
    """What is known of the recordings by the user alone."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, max_length=1000)
    delay: int | None = Field(default=None, ge=-10_000_000, le=10_000_000)
    channels: dict[Role, int | None] = {}


class More(BaseModel):
    """How long a training goes on."""

    model_config = ConfigDict(extra="forbid")

    epochs: int | None = Field(default=None, gt=0, lt=1_000_000)
