"""The configs of the losses."""

from __future__ import annotations

from pydantic import Field

from nam_kernel.config import Config


class PlainLossConfig(Config):
    """Of a loss that has nothing to set."""


class PreEmphasisConfig(Config):
    """
    Of a loss that looks at pre-emphasized signals.

    ``coef`` is that of the filter ``y[n] = x[n] - coef x[n-1]``: 0 changes nothing, towards 1 the bass counts
    for less and less.
    """

    coef: float = Field(0.85, allow_inf_nan=False)
