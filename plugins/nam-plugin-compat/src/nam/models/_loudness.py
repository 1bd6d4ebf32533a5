"""The loudness of a net, in the steps that a subclass may override."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nam_plugin_nam.loudness import STEPS, pink_noise


class MeasuresLoudness:
    """A module that measures its own loudness and gain, as ``nam_plugin_nam.loudness`` defines them."""

    @classmethod
    def _metadata_loudness_x(cls) -> Tensor:
        """Return the test signal: one second of pink noise."""
        return pink_noise(48000)

    def _metadata_loudness(self, gain: float = 1.0, db: bool = True) -> float:
        """Return the level of the output for the test signal times ``gain``, as RMS or in dB."""
        with torch.no_grad():
            y = self._at_nominal_settings(gain * self._metadata_loudness_x().to(getattr(self, "device", None) or "cpu"))
        level = float(y.double().square().mean().sqrt())
        return 20 * math.log10(level) if db and level > 0 else level if not db else -math.inf

    def _metadata_gain(self) -> float:
        """Return how far the level of the output is from proportional to that of the input: 0 to 1."""
        levels = np.array([self._metadata_loudness(float(g), db=False) for g in np.linspace(0, 1, STEPS)])
        highest = STEPS * levels[-1]
        return float(np.clip(2 * levels.sum() / highest - 1, 0, 1)) if highest else 0.0

    def _at_nominal_settings(self, x: Tensor) -> Tensor:
        """Return the output of the net, with its knobs, if it has any, where they usually are."""
        net: Any = self
        y: Tensor = net(x)
        return y
