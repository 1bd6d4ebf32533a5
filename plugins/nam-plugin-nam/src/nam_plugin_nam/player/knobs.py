"""
The knobs of a file with knobs (version 1.0.0), from their own units to the channels that its net hears.

A continuous one is -1 at its ``min`` and 1 at its ``max``, and goes on beyond; a switch has a channel for each of its
``enum_names``, which is 1 where it stands there. A knob whose ``own`` curve is logarithmic is written in warped units,
the common logarithm of those in which it is given.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nam_plugin_nam.player.model import Model, Signal, require


class Knobs:
    """
    The ``params`` of a file.

    :raises ValueError: when there are none
    """

    def __init__(self, params: Any) -> None:
        require(isinstance(params, list) and len(params) > 0, "it has no params")
        self._params = params
        self.channels = sum(len(param.get("enum_names") or ["one"]) for param in params)

    def __len__(self) -> int:
        return len(self._params)

    def __call__(self, values: Signal) -> Signal:
        """Return the channels, (E, l), for (K, l)."""
        rows = []
        for param, value in zip(self._params, values, strict=True):
            names = param.get("enum_names")
            if names:
                rows += [(np.round(value) == position).astype(np.float64) for position in range(len(names))]
                continue
            warped = np.log10(value) if (param.get("own") or {}).get("curve") == "log" else value
            rows.append(2.0 * (warped - param["min"]) / (param["max"] - param["min"]) - 1.0)
        return np.stack(rows)


class Encoded:
    """A model that hears its knobs as channels beside the audio."""

    def __init__(self, knobs: Knobs, model: Model) -> None:
        self._knobs, self._model = knobs, model
        require(model.inputs == 1 + knobs.channels, f"its net hears {model.inputs - 1} channels of {knobs.channels}")
        self.inputs = 1 + len(knobs)
        self.outputs = model.outputs

    def __call__(self, x: Signal) -> Signal:
        """Return (outputs, l) for (inputs, l)."""
        return self._model(np.concatenate((x[:1], self._knobs(x[1:]))))
