"""
WaveNets whose weights the knobs change: ``FiLMWaveNet`` and ``LowRankWaveNet``, the files of nam-plugin-parametric.

A file holds the weights of a stock WaveNet, the template, and then row by row those of linear layers, each followed by
its bias: from the channels of the knobs to features, with a tanh after each, and from the features to what changes.
A setting that moves is held for 64 samples of a block, which sound as if the knobs had always stood so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from nam_plugin_nam.player.knobs import Knobs
from nam_plugin_nam.player.model import Config, Nested, Signal, require
from nam_plugin_nam.player.wavenet import WaveNet
from nam_plugin_nam.player.weights import Weights

HOLD = 64

SITES: Mapping[str, tuple[str, ...]] = {
    "conv_post": ("conv",),
    "activation_pre": ("conv", "mixer"),
    "layer1x1_post": ("layer1x1",),
    "head1x1_post": ("head1x1",),
}
"""What is scaled at a site of FiLM; the first of them is shifted, too."""


@dataclass(frozen=True)
class Part:
    """
    A convolution in the list of weights.

    :param layer: its stack and its number in that; -1 for what is not in a layer
    :param matrix: where its matrix is, and how many rows that has
    :param bias: where its bias is, if it has one
    """

    layer: tuple[int, int]
    name: str
    matrix: slice
    rows: int
    bias: slice | None


class Modulated:
    """
    A template, and what the knobs make of it.

    :param low_rank: whether they add to the weights, and do not scale and shift channels
    """

    def __init__(self, config: Config, weights: Weights, nested: Nested, *, low_rank: bool) -> None:
        self._config = {key: config[key] for key in ("layers", "head", "head_scale") if key in config}
        self._nested = nested
        taken = _Taken(weights)
        template = WaveNet(self._config, taken, nested)
        self._weights = np.concatenate(taken.values)
        parts = _parts_of(template, self._config, taken.places)
        self._knobs = Knobs([_param_of(condition) for condition in config["conditions"]])
        widths = [self._knobs.channels, *config["hidden_sizes"]]
        self._layers = [_linear(weights, *pair) for pair in pairwise(widths)]
        self._change = (_low_rank if low_rank else _film)(config, parts, weights, widths[-1])
        self._reach = sum(
            stack.head.reach + sum(layer.convolution.reach for layer in stack.layers) for stack in template.stacks
        )
        self.inputs = 1 + len(self._knobs)
        self.outputs = template.outputs
        self._setting: Signal | None = None
        self._model: WaveNet | None = None
        self._heard: Signal = np.zeros((1, 0))

    def __call__(self, x: Signal) -> Signal:
        """Return (outputs, l) for (inputs, l)."""
        pieces, settings = [], x[1:]
        size = HOLD if (settings != settings[:, :1]).any() else max(x.shape[1], 1)
        if self._model is None:
            # The silence before the signal is no part of the first block.
            pieces, x, settings = [self._held(x[:1, :1], settings[:, :1])], x[:, 1:], settings[:, 1:]
        pieces += [self._held(x[:1, i : i + size], settings[:, i : i + 1]) for i in range(0, x.shape[1], size)]
        return np.concatenate(pieces, axis=1)

    def _held(self, audio: Signal, setting: Signal) -> Signal:
        if self._setting is None or not np.array_equal(setting, self._setting):
            self._setting = setting.copy()
            self._model = self._at(setting)
            if self._heard.shape[1]:
                self._model(self._heard)
        assert self._model is not None
        # The first sample of all stays in front of a past that is shorter than what the net reaches back.
        self._heard = np.concatenate((self._heard, audio), axis=1)[:, -self._reach :] if self._reach else audio[:, :0]
        return self._model(audio)

    def _at(self, setting: Signal) -> WaveNet:
        features = self._knobs(setting)[:, 0]
        for matrix, bias in self._layers:
            features = np.tanh(matrix @ features + bias)
        weights = self._weights.copy()
        self._change(weights, features)
        return WaveNet(self._config, Weights(weights), self._nested)


Change = Callable[[Signal, Signal], None]
"""Changes the weights of a template, as features say."""


def _film(config: Config, parts: list[Part], weights: Weights, features: int) -> Change:
    """Return what multiplies by ``exp(raised)`` and shifts, site by site, in each layer that has the site."""
    last = max(part.layer for part in parts)
    places = [
        [part for name in SITES[site] for part in parts if part.layer == layer and part.name == name]
        for site in config["sites"]
        for layer in dict.fromkeys(part.layer for part in parts if part.name == SITES[site][0])
        if site != "layer1x1_post" or layer != last
    ]
    matrix, bias = _linear(weights, features, sum(2 * place[0].rows for place in places))

    def change(values: Signal, given: Signal) -> None:
        made, start = matrix @ given + bias, 0
        for place in places:
            rows = place[0].rows
            scale, shift = np.exp(made[start : start + rows]), made[start + rows : start + 2 * rows]
            start += 2 * rows
            for part in place:
                values[part.matrix] *= np.repeat(scale, (part.matrix.stop - part.matrix.start) // rows)
            assert place[0].bias is not None
            values[place[0].bias] = values[place[0].bias] * scale + shift

    return change


def _low_rank(config: Config, parts: list[Part], weights: Weights, features: int) -> Change:
    """Return what adds to every matrix a product of two of low rank, and to every vector a vector."""
    require("PReLU" not in repr(config["layers"]), "the slopes of PReLU change, too, and only players with torch know")
    last = max(part.layer for part in parts)
    pieces: list[tuple[slice, int, int]] = []
    for part in parts:
        if part.layer == last and part.name == "layer1x1":
            continue
        further = (part.matrix.stop - part.matrix.start) // part.rows
        is_matrix = further > 1 and part.rows > 1
        pieces.append((part.matrix, part.rows, min(config["rank"], part.rows, further) if is_matrix else 0))
        if part.bias is not None:
            pieces.append((part.bias, part.rows, 0))
    lefts = [rows * rank if rank else place.stop - place.start for place, rows, rank in pieces]
    rights = [rank * (place.stop - place.start) // rows for place, rows, rank in pieces]
    left, right = (_linear(weights, features, sum(sizes)) for sizes in (lefts, rights))

    def change(values: Signal, given: Signal) -> None:
        u = np.split(left[0] @ given + left[1], np.cumsum(lefts)[:-1])
        v = np.split(right[0] @ given + right[1], np.cumsum(rights)[:-1])
        for (place, rows, rank), one, other in zip(pieces, u, v, strict=True):
            values[place] += (one.reshape(rows, rank) @ other.reshape(rank, -1)).ravel() if rank else one

    return change


class _Taken(Weights):
    """Weights that remember what was taken, and where it is in the list of all of it."""

    def __init__(self, weights: Weights) -> None:
        self._weights, self._end = weights, 0
        self.values: list[Signal] = []
        self.places: list[tuple[slice, int]] = []

    def take(self, *shape: int) -> Signal:
        values = self._weights.take(*shape)
        self.places.append((slice(self._end, self._end + values.size), shape[0]))
        self.values.append(values.ravel())
        self._end += values.size
        return values


def _parts_of(template: WaveNet, config: Config, places: list[tuple[slice, int]]) -> list[Part]:
    """Return the convolutions of a template in the order of their weights."""
    require(
        template.post_head is None and template.condition_dsp is None, "its template is more than a stack of layers"
    )
    following: Iterator[tuple[slice, int]] = iter(places)

    def part(layer: tuple[int, int], name: str, *, biased: bool = True) -> Part:
        matrix, rows = next(following)
        return Part(layer, name, matrix, rows, next(following)[0] if biased else None)

    listed = []
    for i, (stack, told) in enumerate(zip(template.stacks, config["layers"], strict=True)):
        listed.append(part((-1, -1), "rechannel", biased=False))
        for j, layer in enumerate(stack.layers):
            require(not layer.films, "its template has FiLM of its own")
            at = (i, j)
            listed += [part(at, "conv"), part(at, "mixer", biased=False)]
            listed += [part(at, "layer1x1")] if layer.layer_1x1 else []
            listed += [part(at, "head1x1")] if layer.head_1x1 else []
        listed.append(
            part((-1, -1), "head", biased=bool((told.get("head") or {"bias": told.get("head_bias")})["bias"]))
        )
    return listed


def _linear(weights: Weights, inputs: int, outputs: int) -> tuple[Signal, Signal]:
    return weights.take(outputs, inputs), weights.take(outputs)


def _param_of(condition: Any) -> dict[str, Any]:
    """Return a condition, as configs spell it, as an entry of ``params``."""
    told: Mapping[str, Any] = {"name": condition} if isinstance(condition, str) else condition
    if told.get("choices"):
        return {"enum_names": told["choices"]}
    is_log = told.get("curve") == "log"
    low, high = (math.log10(v) if is_log else v for v in (told.get("low", 0.0), told.get("high", 1.0)))
    return {"min": low, "max": high, "own": {"curve": "log" if is_log else "linear"}}
