"""The configs of the losses."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, model_validator

from nam_kernel.config import Config


class PlainLossConfig(Config):
    """Config of a loss without parameters."""


def _present(value: Any) -> Any:
    if value is None:
        raise ValueError("the coefficient of the filter is missing; 0.85 or 0.95 are usual")
    return value


class PreEmphasisConfig(Config):
    """
    Config of a loss of pre-emphasized signals.

    :param coef: of the filter ``y[n] = x[n] - coef x[n-1]``: 0 changes nothing; towards 1 the bass counts for less and
        less. There is no default, because a result cannot be compared without knowing it.
    """

    coef: Annotated[float, Field(allow_inf_nan=False), BeforeValidator(_present)]

    example: ClassVar[dict[str, Any]] = {"coef": 0.85}

    @model_validator(mode="before")
    @classmethod
    def _ask_for_coef(cls, data: Any) -> Any:
        """Have the field's validator see a missing key, so that the message says what it is for."""
        return {"coef": None, **data} if isinstance(data, dict) else data
