"""The player in plain numpy against closed forms, worked out by hand for nets of one or two channels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from nam_kernel.errors import ModelFileError
from nam_plugin_nam.player.film import FILM_SITES
from nam_plugin_nam.player.runner import Player

Samples = npt.NDArray[np.float64]
Document = dict[str, Any]

X = np.array([0.5, -1.0, 0.25, 0.75, -0.5])
"""A short signal for the closed forms."""


def document(architecture: str, config: Mapping[str, Any], weights: list[float], **more: Any) -> Document:
    return {"version": "0.7.0", "architecture": architecture, "config": dict(config), "weights": weights, **more}


def wavenet(weights: list[float], *, layers: int = 1, outer: Mapping[str, Any] | None = None, **stack: Any) -> Document:
    """Describe a WaveNet of one channel, kernel size 1 and one stack, as far as ``stack`` does not say otherwise."""
    plain = {
        "input_size": 1,
        "condition_size": 1,
        "channels": 1,
        "kernel_size": 1,
        "dilations": [1] * layers,
        "activation": "Tanh",
        "head_size": 1,
        "head_bias": False,
    }
    config = {"layers": [{**plain, **stack}], "head": None, "head_scale": 1.0, **(outer or {})}
    return document("WaveNet", config, weights)


def before(x: Samples, samples: int) -> Samples:
    """Return a signal as it was so many samples ago, with silence before it."""
    return np.concatenate((np.zeros(samples), x))[: len(x)]


def agrees(played: Samples, expected: Any) -> bool:
    """Return whether the two are equal but for the float32 of the weights."""
    return played.shape == np.shape(expected) and bool(np.abs(played - expected).max() < 1e-6)


# Closed forms: linear, ConvNet, LSTM


def test_first_weight_of_a_linear_multiplies_the_newest_sample() -> None:
    player = Player(document("Linear", {"receptive_field": 3, "bias": True}, [1.0, 0.5, 0.25, 0.125]))
    assert agrees(player([1.0, 0.0, 0.0, 0.0]), [1.125, 0.625, 0.375, 0.125])


def test_convnet_normalizes_between_convolution_and_activation() -> None:
    config = {"channels": 1, "dilations": [2], "batchnorm": True, "activation": "ReLU"}
    mean, variance, scale, shift, epsilon = 0.5, 3.0, 4.0, -0.25, 1.0
    weights = [2.0, 3.0, mean, variance, scale, shift, epsilon, 10.0, 0.5]
    convolved = 2.0 * before(X, 2) + 3.0 * X
    expected = 10.0 * np.maximum(scale * (convolved - mean) / 2.0 + shift, 0.0) + 0.5
    assert agrees(Player(document("ConvNet", config, weights))(X), expected)


def test_convnet_without_normalization_has_biases() -> None:
    config = {"channels": 2, "dilations": [1], "batchnorm": False, "activation": "Tanh"}
    weights = [0.5, 0.25, -0.5, 1.0, 0.125, -0.125, 2.0, 3.0, 0.5]
    first = np.tanh(0.5 * before(X, 1) + 0.25 * X + 0.125)
    second = np.tanh(-0.5 * before(X, 1) + X - 0.125)
    assert agrees(Player(document("ConvNet", config, weights))(X), 2.0 * first + 3.0 * second + 0.5)


def sigmoid(v: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-v))


def cell(samples: Any, start: float) -> Any:
    """Return the state of a cell whose gates are constant, so many samples after it was ``start``: a geometric sum."""
    keep, add = sigmoid(1.0), sigmoid(-0.5) * math.tanh(0.75)
    return keep**samples * start + add * (1 - keep**samples) / (1 - keep)


LSTM_WEIGHTS = [0.0] * 8 + [-0.5, 1.0, 0.75, 0.25] + [0.0, 1e8] + [2.0, 0.125]
"""One cell: no matrix; biases of input gate, forget gate, candidate, output gate; states; head."""


@pytest.mark.parametrize(("rate", "silence"), [({"sample_rate": 10.0}, 5), ({}, 64), ({"sample_rate": -1}, 64)])
def test_lstm_hears_half_a_second_of_silence_first(rate: dict[str, Any], silence: int) -> None:
    config = {"input_size": 1, "hidden_size": 1, "num_layers": 1}
    player = Player(document("LSTM", config, LSTM_WEIGHTS, **rate))
    expected = 2.0 * sigmoid(0.25) * np.tanh(cell(silence + np.arange(1, 6), 1e8)) + 0.125
    assert agrees(player(X), expected)


def test_cat_lstm_begins_with_the_state_in_the_file() -> None:
    config = {"input_size": 2, "hidden_size": 1, "num_layers": 1, "conditions": ["gain"]}
    player = Player(document("CatLSTM", config, [0.0] * 4 + LSTM_WEIGHTS, sample_rate=10.0))
    expected = 2.0 * sigmoid(0.25) * np.tanh(cell(np.arange(1, 6), 1e8)) + 0.125
    assert agrees(player(X, 0.5), expected)


def test_lstm_gates_hear_input_condition_and_last_output_in_this_order() -> None:
    config = {"input_size": 2, "hidden_size": 1, "num_layers": 1, "conditions": ["gain"]}
    rows = [[0.5, -1.0, 0.25], [1.0, 0.5, -0.5], [-0.75, 2.0, 1.5], [0.25, 1.0, -2.0]]
    weights = [w for row in rows for w in row] + [0.1, 0.2, 0.3, 0.4, 0.5, -0.5, 1.0, 0.0]
    gain = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
    hidden, state, expected = 0.5, -0.5, []
    for sample, knob in zip(X, gain, strict=True):
        heard = np.array([sample, knob, hidden])
        i, f, g, o = (float(np.dot(row, heard)) + b for row, b in zip(rows, (0.1, 0.2, 0.3, 0.4), strict=True))
        state = sigmoid(f) * state + sigmoid(i) * math.tanh(g)
        hidden = sigmoid(o) * math.tanh(state)
        expected.append(hidden)
    assert agrees(Player(document("CatLSTM", config, weights))(X, gain), expected)


# Closed forms: WaveNet


def test_layer_adds_convolution_and_mixer_and_passes_on_its_input() -> None:
    rechannel, old, new, bias, mixer, one, one_bias = 2.0, 0.5, -0.25, 0.125, 0.75, 1.5, -0.5
    layer = [old, new, bias, mixer, one, one_bias]
    player = Player(wavenet([rechannel, *layer, *layer, 3.0, 0.25], dilations=[1, 3], kernel_size=2))
    silent = math.tanh(bias)
    first = np.tanh(rechannel * (old * before(X, 1) + new * X) + bias + mixer * X)
    between = rechannel * X + one * first + one_bias
    # Before the signal the second layer heard what the first makes of silence.
    earlier = np.concatenate((np.full(3, one * silent + one_bias), between))[:5]
    second = np.tanh(old * earlier + new * between + bias + mixer * X)
    assert agrees(player(X), 0.25 * 3.0 * (first + second))


def test_without_layer1x1_the_input_passes_unchanged() -> None:
    layer = [0.5, 0.125, 0.0]
    player = Player(wavenet([2.0, *layer, *layer, 1.0, 1.0], layers=2, layer1x1={"active": False, "groups": 1}))
    assert agrees(player(X), 2.0 * np.tanh(X + 0.125))


def test_second_stack_goes_on_from_the_head_of_the_first() -> None:
    doc = wavenet([2.0, 1.0, 0.0, 0.0, 0.5, 0.0, 3.0, -1.0, 1.0, 0.0, 0.0, 0.5, 0.0, 4.0, 0.25, 0.5])
    doc["config"]["layers"].append({**doc["config"]["layers"][0], "head_bias": True})
    first = np.tanh(2.0 * X)
    second = np.tanh(-(2.0 * X + 0.5 * first))
    assert agrees(Player(doc)(X), 0.5 * (4.0 * (3.0 * first + second) + 0.25))


def test_groups_keep_channels_apart() -> None:
    # Two channels through a convolution of two groups, whose taps stand side by side for each output channel.
    weights = [1.0, -1.0, *[0.5, 0.25, 2.0, -0.5], *[0.0, 0.0], *[0.0, 0.0], *[1.0] * 2, *[0.0] * 2, *[3.0, 5.0], 1.0]
    player = Player(wavenet(weights, channels=2, kernel_size=2, groups_input=2, layer1x1={"active": True, "groups": 2}))
    expected = 3.0 * np.tanh(0.5 * before(X, 1) + 0.25 * X) + 5.0 * np.tanh(-2.0 * before(X, 1) + 0.5 * X)
    assert agrees(player(X), expected)


def test_bottleneck_head1x1_and_head_object() -> None:
    # One channel, a bottleneck of two, a head of one channel with two taps five samples apart and a bias.
    layer = [1.0, -2.0, 0.0, 0.0, 0.0, 0.0, *[0.5, 0.25], 0.125, *[2.0, 3.0], -0.5]
    head = {"out_channels": 1, "kernel_size": 2, "bias": True, "head_dilation": 5}
    one = {"active": True, "out_channels": 1, "groups": 1}
    doc = wavenet([1.0, *layer, 0.75, -1.0, 0.25, 1.0], bottleneck=2, head1x1=one, head=head)
    share = 2.0 * np.tanh(X) + 3.0 * np.tanh(-2.0 * X) - 0.5
    assert agrees(Player(doc)(X), 0.75 * -0.5 - share + 0.25)


def test_post_head_follows_the_scaled_head() -> None:
    post = {"channels": 1, "out_channels": 1, "kernel_sizes": [2, 1], "activation": "ReLU"}
    doc = wavenet([1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 2.0, *[0.5, 1.0, 0.25], *[3.0, -1.0], 0.5], outer={"head": post})
    head = np.maximum(0.5 * 2.0 * np.tanh(X), 0.0)
    assert agrees(Player(doc)(X), 3.0 * np.maximum(0.5 * before(head, 1) + head + 0.25, 0.0) - 1.0)


@pytest.mark.parametrize(
    ("keys", "joined"),
    [
        ({"gated": True, "secondary_activation": "ReLU"}, lambda a, b: np.tanh(a) * sigmoid(b)),
        ({"gating_mode": "gated", "secondary_activation": "ReLU"}, lambda a, b: np.tanh(a) * np.maximum(b, 0)),
        ({"gating_mode": "blended"}, lambda a, b: sigmoid(b) * np.tanh(a) + (1 - sigmoid(b)) * a),
        ({"gating_mode": ["none"], "bottleneck": 2, "secondary_activation": [None]}, lambda a, b: np.tanh(a)),
    ],
)
def test_gates(keys: dict[str, Any], joined: Any) -> None:
    doc = wavenet([2.0, 0.5, -1.5, 0.25, 0.125, 0.0, 0.0, *[0.0] * (3 if "bottleneck" in keys else 2), 1.0], **keys)
    doc["weights"] += [0.0, 1.0] if "bottleneck" in keys else [1.0]
    assert agrees(Player(doc)(X), joined(X + 0.25, -3.0 * X + 0.125))


CONV, CONV_BIAS, MIXER, ONE, ONE_BIAS, HEAD_ONE, HEAD_ONE_BIAS = 0.5, 0.125, 0.75, 1.5, -0.5, 2.0, 0.25


def modulated(v: Samples) -> Samples:
    """Return what FiLM with these weights makes of a signal: scale ``3 x + 0.5``, shift ``-x + 0.25``."""
    return v * (3.0 * X + 0.5) + (-X + 0.25)


def two_layers(site: str, blended: bool) -> Samples:
    """Return what a WaveNet of two layers with FiLM at one site should give; the second half of a gate is sig(0)."""

    def at(place: str, v: Samples) -> Samples:
        return modulated(v) if place == site else v

    x, head = X, np.zeros(5)
    for _ in range(2):
        z = at("conv_post_film", CONV * at("conv_pre_film", x) + CONV_BIAS)
        z = at("activation_pre_film", z + at("input_mixin_post_film", MIXER * at("input_mixin_pre_film", X)))
        z = at("activation_post_film", 0.5 * (np.tanh(z) + z) if blended else np.tanh(z))
        residual = ONE * z + ONE_BIAS
        x = x + (at("layer1x1_post_film", residual) if blended else residual)
        head = head + at("head1x1_post_film", HEAD_ONE * z + HEAD_ONE_BIAS)
    return head


@pytest.mark.parametrize("mode", ["none", "blended"])
@pytest.mark.parametrize("site", FILM_SITES)
def test_film_modulates_where_it_says(site: str, mode: str) -> None:
    half = [0.0] if mode == "blended" else []
    layer = [CONV, *half, CONV_BIAS, *half, MIXER, *half, ONE, ONE_BIAS, HEAD_ONE, HEAD_ONE_BIAS]
    wide = mode == "blended" and site in ("conv_post_film", "input_mixin_post_film", "activation_pre_film")
    film = [3.0, 0.0, -1.0, 0.0, 0.5, 0.0, 0.25, 0.0] if wide else [3.0, -1.0, 0.5, 0.25]
    one = {"active": True, "out_channels": 1, "groups": 1}
    keys: dict[str, Any] = {"gating_mode": mode, "head1x1": one, site: {"active": True, "shift": True, "groups": 1}}
    doc = wavenet([1.0, *layer, *film, *layer, *film, 1.0, 1.0], layers=2, **keys)
    assert agrees(Player(doc)(X), two_layers(site, mode == "blended"))


def test_film_without_shift_only_scales() -> None:
    doc = wavenet([1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 2.0, 0.5, 1.0, 1.0], activation_post_film={"shift": False})
    assert agrees(Player(doc)(X), np.tanh(X) * (2.0 * X + 0.5))


def test_conditioning_model_makes_the_condition() -> None:
    inner = document("Linear", {"receptive_field": 2, "bias": False}, [2.0, -1.0])
    doc = wavenet([1.0, 0.5, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0], outer={"condition_dsp": inner})
    assert agrees(Player(doc)(X), np.tanh(0.5 * X + 2.0 * X - before(X, 1)))


def test_given_condition_reaches_mixer_and_had_its_first_value_before() -> None:
    head = {"out_channels": 1, "kernel_size": 2, "bias": False}
    doc = wavenet([1.0, 0.5, 0.0, 2.0, -1.0, 0.5, 0.0, 1.0, 1.0, 1.0], condition_size=2, head=head)
    doc["architecture"] = "ConditionedWaveNet"
    knob = np.array([0.5, 0.5, 1.0, 1.0, 0.0])
    share = np.tanh(0.5 * X + 2.0 * knob - 0.25)
    earlier = np.concatenate(([math.tanh(2.0 * 0.5 - 0.25)], share))[:5]
    assert agrees(Player(doc)(X, knob, 0.25), share + earlier)
    assert agrees(Player(doc)(X, np.stack((knob, np.full(5, 0.25)))), share + earlier)
    stream = Player(doc).stream()
    pieces = [stream.feed(X[i : i + 1], knob[i : i + 1], 0.25) for i in range(5)]
    assert agrees(np.concatenate(pieces), share + earlier)


def test_further_input_channels_reach_rechannel_and_mixer() -> None:
    outer = {"in_channels": 2}
    doc = wavenet([1.0, 4.0, 0.5, 0.0, 2.0, -1.0, 0.0, 0.0, 1.0, 1.0], input_size=2, condition_size=2, outer=outer)
    assert agrees(Player(doc)(X, 0.125), np.tanh(0.5 * (X + 0.5) + 2.0 * X - 0.125))


# Models of models


def scaled_by(factor: float) -> Document:
    return document("Linear", {"receptive_field": 1, "bias": True}, [factor, 1.0])


def test_container_plays_its_last_size() -> None:
    sizes = [{"max_value": 0.5, "model": scaled_by(2.0)}, {"max_value": 1.0, "model": scaled_by(3.0)}]
    assert agrees(Player(document("SlimmableContainer", {"submodels": sizes}, []))(X), 3.0 * X + 1.0)


def test_sequential_plays_one_after_the_other() -> None:
    late = document("Linear", {"receptive_field": 4, "bias": False}, [0.0, 0.0, 0.0, 10.0])
    player = Player(document("Sequential", {"models": [scaled_by(2.0), late]}, []))
    # The second model has heard the bias of the first for as long as there was silence.
    assert agrees(player(X), 10.0 * (2.0 * before(X, 3) + 1.0))


def test_chain_is_silent_for_half_a_second_as_a_whole() -> None:
    # The cell adds up what its candidate hears: the bias of the model before it, already in the silence.
    weights = [0.0, 0.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0] + [0.0] * 4 + [0.0, 0.0] + [1.0, 0.0]
    config = {"input_size": 1, "hidden_size": 1, "num_layers": 1}
    cells = document("LSTM", config, weights, sample_rate=10.0)
    player = Player(document("Sequential", {"models": [scaled_by(2.0), cells]}, []))
    state, expected = 0.0, []
    for heard in (*[1.0] * 5, *(2.0 * X + 1.0)):
        state = 0.5 * state + 0.5 * math.tanh(0.5 * heard)
        expected.append(0.5 * math.tanh(state))
    assert agrees(player(X), expected[5:])


# What contradicts itself


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"condition_size": 2}, "condition_size is not 1"),
        ({"activation": "Mish"}, "do not know the activation 'Mish'"),
        ({"activation": {"type": "PReLU", "negative_slopes": [0.1] * 3}}, "3 slopes for 1 channels"),
        ({"gating_mode": "mixed"}, "do not know the gating_mode 'mixed'"),
        ({"groups_input": 2}, "2 groups do not divide"),
        ({"kernel_size": 0}, "whole numbers from 1 on"),
        ({"kernel_sizes": [1, 1]}, "2 entries for 1 layers"),
        ({"head_size": 2}, "gives 2 channels"),
    ],
)
def test_contradictions_are_refused(keys: dict[str, Any], told: str) -> None:
    weights = [1.0] * (9 if keys in ({"condition_size": 2}, {"head_size": 2}) else 8)
    with pytest.raises(ModelFileError, match=told):
        Player(wavenet(weights, **keys))
