"""Claims about silence: a player runs it through the whole chain, so cells begin with what comes through."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import torch

from nam_kernel import make_net
from nam_kernel.models import document_of, net_of
from nam_plugin_sequential.net import Sequential

pytest.importorskip("nam_plugin_lstm")
pytest.importorskip("nam_plugin_linear")

X = np.array([0.5, -0.25, 1.0, 0.0, -1.0])

ADDING = [0.0, 0.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0] + [0.0] * 4 + [0.0, 0.0] + [1.0, 0.0]
"""A cell that keeps half of itself and adds ``0.5 tanh(0.5 x)``; the output is half the tanh of it."""


def model(architecture, config, weights, rate=10.0):
    whole = {"version": "0.5.4", "architecture": architecture, "config": config, "weights": weights}
    return {**whole, "sample_rate": rate}


def scaled(factor, offset):
    return model("Linear", {"receptive_field": 1, "bias": True}, [factor, offset])


def adding(rate=10.0):
    return model("LSTM", {"input_size": 1, "hidden_size": 1, "num_layers": 1}, ADDING, rate)


def chain(*models):
    return {**model("Sequential", {"models": list(models)}, [], None), "version": "0.7.0"}


def heard_in_silence(before, samples):
    """Return what the cell makes of X, by hand, after so many samples of what ``before`` makes of silence."""
    state, outputs = 0.0, []
    for heard in (*[before(0.0)] * samples, *map(before, X)):
        state = 0.5 * state + 0.5 * math.tanh(0.5 * heard)
        outputs.append(0.5 * math.tanh(state))
    return outputs[samples:]


def played(net, sizes):
    x = torch.from_numpy(X.astype(np.float32))
    stream = net.stream()
    pieces = torch.split(x, sizes)
    with torch.no_grad():
        return [net.eval()(x).tolist(), torch.cat([stream.feed(piece) for piece in pieces]).tolist()]


@pytest.mark.parametrize("offset", [1.0, -0.5, 3.0, 0.0])
@pytest.mark.parametrize(("rate", "samples"), [(10.0, 5), (4.0, 2), (None, 64)])
@pytest.mark.parametrize("sizes", [[5], [1] * 5, [2, 3]])
def test_a_cell_begins_with_what_the_nets_before_it_make_of_silence(offset, rate, samples, sizes):
    net = net_of(chain({**scaled(2.0, offset), "sample_rate": rate}, adding(rate)))
    expected = heard_in_silence(lambda x: 2.0 * x + offset, samples)
    for outputs in played(net, sizes):
        assert outputs == pytest.approx(expected, abs=1e-6)


def test_all_nets_before_it_count():
    net = net_of(chain(scaled(2.0, 1.0), scaled(-1.0, 0.25), adding()))
    expected = heard_in_silence(lambda x: -(2.0 * x + 1.0) + 0.25, 5)
    for outputs in played(net, [5]):
        assert outputs == pytest.approx(expected, abs=1e-6)


CHAINS = {
    "cells after cells": [("LSTM", {"hidden_size": 3}), ("LSTM", {"hidden_size": 2, "num_layers": 2})],
    "cells after a filter": [("Linear", {"receptive_field": 20, "bias": True}), ("LSTM", {"hidden_size": 3})],
    "cells between filters": [
        ("Linear", {"receptive_field": 7, "bias": True}),
        ("LSTM", {"hidden_size": 3}),
        ("Linear", {"receptive_field": 30, "bias": True}),
    ],
    "cells after convolutions": [
        ("ConvNet", {"channels": 3, "dilations": [1, 4], "batchnorm": True}),
        ("LSTM", {"hidden_size": 2}),
        ("ConvNet", {"channels": 2, "dilations": [2]}),
        ("LSTM", {"hidden_size": 2}),
    ],
}


def random_document(listed, seed):
    """Return the document of nets with random weights, which answer silence with something else."""
    dice = np.random.default_rng(seed)
    nets = []
    for name, config in listed:
        net = make_net(name, config)
        net.sample_rate = 48000.0
        weights = 0.5 * dice.normal(size=len(net.export_weights()))
        net.import_weights((np.abs(weights) + 0.1 if config.get("batchnorm") else weights).astype(np.float32))
        nets.append(net)
    return json.loads(json.dumps({**chain(*map(document_of, nets)), "sample_rate": 48000.0}))


@pytest.mark.parametrize("kind", CHAINS)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_chain_sounds_like_the_player_in_numpy(kind, seed):
    runner = pytest.importorskip("nam_plugin_nam.player.runner")
    pytest.importorskip("nam_plugin_convnet")
    document = random_document(CHAINS[kind], seed)
    net, x = net_of(document), np.random.default_rng(9).normal(size=300).astype(np.float32)
    expected = runner.Player(document)(x)
    tolerance = 1e-5 * np.abs(expected).max()
    with torch.no_grad():
        assert np.abs(net(torch.from_numpy(x)).numpy() - expected).max() <= tolerance
        assert np.abs(net.render(torch.from_numpy(x), size=77).numpy() - expected).max() <= tolerance
    again = json.loads(json.dumps(document_of(net)))
    for written, read in zip(again["config"]["models"], document["config"]["models"], strict=True):
        assert written["weights"] == pytest.approx(read["weights"], rel=1e-6)


@pytest.mark.parametrize("kind", CHAINS)
def test_the_file_of_a_trained_chain_settles_on_what_comes_through(kind):
    """Two seconds into silence the net is where a player begins."""
    runner = pytest.importorskip("nam_plugin_nam.player.runner")
    pytest.importorskip("nam_plugin_convnet")
    torch.manual_seed(0)
    net = make_net("Sequential", {"models": [{"name": n, "config": c} for n, c in CHAINS[kind]]})
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(0.5 * torch.randn_like(parameter))
    net.sample_rate = 48000.0
    x = torch.randn(200)
    silence = torch.zeros(96_000)
    expected = net.eval().render(torch.cat((silence, x)))[len(silence) :].numpy()
    document = json.loads(json.dumps(document_of(net)))
    assert [inner["sample_rate"] for inner in document["config"]["models"]] == [48000.0] * len(CHAINS[kind])
    y = runner.Player(document)(x.numpy())
    assert np.abs(y - expected).max() <= 1e-5 * np.abs(expected).max()


def test_children_are_written_with_the_rate_of_the_chain():
    net = make_net("Sequential", {"models": [{"name": "LSTM", "config": {"hidden_size": 2}}] * 2})
    assert not any("sample_rate" in inner for inner in net.export_config()["models"])
    net.sample_rate = 44100.0
    assert [inner["sample_rate"] for inner in net.export_config()["models"]] == [44100.0] * 2
    assert isinstance(net_of(json.loads(json.dumps(document_of(net)))), Sequential)
