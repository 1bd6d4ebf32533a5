"""
An LSTM to whose output its input is added, as a stock WaveNet: files with ``in_skip`` or ``skip``, exactly.

The WaveNet has one layer of one channel without a bend: a LeakyReLU of slope 1. It hears the audio, and as its
condition what the LSTM makes of that, which is its ``condition_dsp``. With the weights r, w, b, m, head and scale of
rechannel, convolution, bias, mixer and head it is ``scale head (w r x + m lstm(x) + b)``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nam_kernel.interfaces import BaseNet

VERSION = "0.6.0"
"""The first with a ``condition_dsp``."""

_STACK: Mapping[str, Any] = {
    "input_size": 1,
    "condition_size": 1,
    "head_size": 1,
    "channels": 1,
    "kernel_size": 1,
    "dilations": [1],
    "activation": {"type": "LeakyReLU", "negative_slope": 1.0},
    "gated": False,
    "head_bias": False,
}


@dataclass(frozen=True)
class Adding:
    """
    ``factor (x + ratio lstm(x) + offset)``.

    :param lstm: the document of the LSTM
    """

    lstm: Mapping[str, Any]
    factor: float
    ratio: float
    offset: float


def document_of(lstm: Mapping[str, Any], in_factor: float, out_factor: float) -> dict[str, Any]:
    """
    Return the document of the WaveNet for ``out_factor (in_factor x + lstm(x))``.

    :param lstm: the document of an LSTM that hears the audio before its gain
    """
    config = {"layers": [dict(_STACK)], "head": None, "head_scale": out_factor, "condition_dsp": dict(lstm)}
    weights = [1.0, in_factor, 0.0, 1.0, 0.0, 0.0, 1.0, out_factor]
    document = {"version": VERSION, "architecture": "WaveNet", "config": config, "weights": weights}
    return {**document, "sample_rate": lstm.get("sample_rate")}


def adding_of(net: BaseNet) -> Adding | None:
    """Return what a net is made of, trained further or not; None where it is no such net."""
    if net.architecture != "WaveNet":
        return None
    config = net.export_config()
    inner, stacks = config.get("condition_dsp"), config.get("layers")
    if stacks != [_STACK] or config.get("head") or not isinstance(inner, Mapping):
        return None
    if inner.get("architecture") != "LSTM" or inner["config"].get("in_channels", 1) != 1:
        return None
    weights: list[float] = net.export_weights().astype(np.float64).tolist()
    rechannel, convolution, bias, mixer, _, _, head, scale = weights
    through = rechannel * convolution
    if through == 0.0 or head * scale == 0.0:
        return None
    return Adding(inner, head * scale * through, mixer / through, bias / through)
