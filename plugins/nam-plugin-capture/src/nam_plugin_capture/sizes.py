"""The sizes that a model may have: the net of each, as it stands in a model config."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

DEFAULT = "a2"
"""The size where none is chosen: both A2 nets, in one file."""

SIZES = ("tiny", "nano", "feather", "lite", "standard", DEFAULT)
"""From the smallest, which any computer plays, to the largest."""

_OCTAVES = [2**n for n in range(10)]
_LOW, _HIGH = _OCTAVES[:7], _OCTAVES[7:]

_CHANNELS = {"nano": 4, "feather": 8, "lite": 12, "standard": 16}
"""Of the first of two stacks of layers; the second has half as many."""

_A2_KERNELS = [6] * 14 + [15] * 2 + [6] * 7
_A2_DILATIONS = [1, 3, 7, 17, 41, 101, 239] * 2 + [1, 13] + [1, 3, 7, 17, 41, 101, 239]
_A2_CHANNELS = {"small": 3, "large": 8}


def net_of(size: str) -> Json:
    """
    Return the net of a size, name and config.

    :raises ValueError: when there is no such size
    """
    if size == "tiny":
        return _wavenet(6, 4, [*_LOW], [128, *_LOW, 128], head_scale=0.1)
    if size in _CHANNELS:
        channels = _CHANNELS[size]
        first, second = (_OCTAVES, _OCTAVES) if size == "standard" else (_LOW, [*_HIGH, *_LOW, *_HIGH])
        return _wavenet(channels, channels // 2, [*first], [*second], head_scale=0.02)
    if size == DEFAULT:
        submodels = [{"name": name, "config": _a2(channels)} for name, channels in _A2_CHANNELS.items()]
        return {"name": "PackedWaveNet", "config": {"submodels": submodels}}
    raise ValueError(f"there is no size {size!r}; expected one of {', '.join(SIZES)}")


def larger(size: str) -> str | None:
    """Return the next larger size, or None where there is none."""
    following = SIZES[SIZES.index(size) + 1 :]
    return following[0] if following else None


def _wavenet(channels: int, head: int, first: list[int], second: list[int], *, head_scale: float) -> Json:
    common = {"condition_size": 1, "kernel_size": 3, "activation": "Tanh", "gated": False}
    outer = {"input_size": 1, "channels": channels, "head_size": head, "dilations": first, "head_bias": False}
    inner = {"input_size": channels, "channels": head, "head_size": 1, "dilations": second, "head_bias": True}
    layers = [{**common, **stack} for stack in (outer, inner)]
    return {"name": "WaveNet", "config": {"layers_configs": layers, "head_scale": head_scale}}


def _a2(channels: int) -> Json:
    layers = {
        "input_size": 1,
        "condition_size": 1,
        "channels": channels,
        "kernel_sizes": [*_A2_KERNELS],
        "dilations": [*_A2_DILATIONS],
        "activation": "LeakyReLU",
        "gated": False,
        "head": {"out_channels": 1, "kernel_size": 16, "bias": True},
    }
    return {"layers_configs": [layers], "head_scale": 0.01}
