"""Claims about the silence before the audio: a net may hear another value in it, and it never lasts for ever."""

from __future__ import annotations

import json
import math
import time

import pytest
import torch

from nam_kernel import make_net
from nam_kernel.models import document_of, net_of
from nam_plugin_lstm import net as module
from nam_plugin_lstm.net import LSTM

CONFIG = {"input_size": 1, "hidden_size": 1, "num_layers": 1}

ADDING = [0.0, 0.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0] + [0.0] * 4 + [0.0, 0.0] + [1.0, 0.0]
"""A cell that keeps half of itself and adds ``0.5 tanh(0.5 x)``; the output is half the tanh of it."""


def read(weights, rate, config=None):
    net = LSTM.from_exported(config or CONFIG, rate)
    net.import_weights(weights)
    return net.eval()


def adding(heard, samples):
    cell = 0.0
    for _ in range(samples):
        cell = 0.5 * cell + 0.5 * math.tanh(0.5 * heard)
    return cell


@pytest.mark.parametrize("heard", [0.0, 1.0, -0.5, 3.0])
@pytest.mark.parametrize(("rate", "samples"), [(10.0, 5), (2.0, 1), (None, 64)])
def test_a_net_begins_where_half_a_second_of_what_it_hears_leads(heard, rate, samples):
    net = read(ADDING, rate)
    net.follow(heard)
    assert net.initial_cell.item() == pytest.approx(adding(heard, samples), abs=1e-6)
    assert net(torch.tensor([0.0]))[0].item() == pytest.approx(0.5 * math.tanh(0.5 * adding(heard, samples)), abs=1e-6)


def test_following_something_else_begins_again_with_the_state_of_the_file():
    net = read(ADDING, 10.0)
    for heard in (2.0, -1.0, 0.0, 1.0):
        net.follow(heard)
        assert net.initial_cell.item() == pytest.approx(adding(heard, 5), abs=1e-6)
    assert document_of(net)["weights"] == ADDING


def test_a_net_that_was_trained_begins_with_what_it_learned():
    net = make_net("LSTM", {"hidden_size": 1})
    with torch.no_grad():
        net.initial_cell.fill_(0.75)
    net.follow(1.0)
    assert net.initial_cell.item() == 0.75
    read_again = read(ADDING, 10.0)
    with torch.no_grad():
        read_again.initial_cell.fill_(0.75)
    read_again.follow(1.0)
    assert read_again.initial_cell.item() == 0.75


@pytest.mark.parametrize("heard", [0.0, 1.0, -2.0])
def test_the_file_of_a_trained_net_holds_the_state_to_which_it_settles(heard):
    net = make_net("LSTM", {"hidden_size": 1})
    net.import_weights(ADDING)
    net._read = None
    with torch.no_grad():
        net.initial_cell.fill_(0.75)
    net.follow(heard)
    assert document_of(net)["weights"][13] == pytest.approx(math.tanh(0.5 * heard), abs=1e-5)


def restless(angle=1.0):
    """Return weights of two cells that turn by an angle at every sample, and so never come to rest."""
    c, s = 3 * math.cos(angle), 3 * math.sin(angle)
    rows = [[0.0] * 3] * 4 + [[0.0, c, -s], [0.0, s, c]] + [[0.0] * 3] * 2
    biases = [20.0, 20.0, -20.0, -20.0, 0.0, 0.0, 20.0, 20.0]
    return [weight for row in rows for weight in row] + biases + [0.5, 0.0, 0.5, 0.0] + [1.0, 1.0, 0.0]


RESTLESS = {"input_size": 1, "hidden_size": 2, "num_layers": 1}


def test_it_never_comes_to_rest():
    y = read(restless(), 48000.0, RESTLESS)(torch.zeros(10000))
    assert y[-100:].std() > 0.1


@pytest.mark.parametrize("rate", [48000.0, 192000.0, 999999999.0, 1e308])
def test_a_net_that_never_settles_is_read_and_written_in_time(rate):
    start = time.process_time()
    net = read(restless(), rate, RESTLESS)
    net.follow(0.25)
    with torch.no_grad():
        net.initial_cell.add_(0.1)
    again = net_of(json.loads(json.dumps({**document_of(net), "sample_rate": None})))
    assert time.process_time() - start < 20.0
    assert torch.isfinite(again(torch.ones(9))).all()


def test_the_silence_of_a_large_net_is_shorter(monkeypatch):
    heard = []
    monkeypatch.setattr(module, "after_silence", lambda core, state, samples, value: heard.append(samples) or state)
    net = make_net("LSTM", {"hidden_size": 8})
    net.settled_state()
    monkeypatch.setattr(module, "MOST_WORK", 1e7)
    net.settled_state()
    monkeypatch.setattr(module, "MOST_WORK", 0)
    net.settled_state()
    assert heard[0] == 24 * 4096
    assert heard[1] == int(1e7 / net.multiply_adds())
    assert heard[2] == 4096


@pytest.mark.parametrize("shape", [(50,), (3, 50)])
@pytest.mark.parametrize(
    ("knob", "same"), [(0.5, torch.tensor(0.5)), (2, torch.full((50,), 2.0)), (0.0, torch.zeros(()))]
)
def test_a_knob_may_be_a_plain_number(shape, knob, same):
    """The number of batches is not told apart from the number of samples by its size."""
    torch.manual_seed(0)
    net = make_net("CatLSTM", {"hidden_size": 3, "conditions": [{"name": "gain", "high": 5}]}).eval()
    x = torch.randn(shape)
    expected = net(x, same if x.ndim == 1 else same.expand(3, 50) if same.ndim else same.expand(3))
    torch.testing.assert_close(net(x, knob), expected)
    torch.testing.assert_close(net.train()(x, knob), expected)
