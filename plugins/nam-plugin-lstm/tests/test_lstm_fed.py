"""An LSTM fed with several channels: the file of newer players, played and baked as its knobs say."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from nam_kernel import models
from nam_kernel.errors import ModelFileError
from nam_plugin_lstm.fed import FedLSTM
from nam_plugin_lstm.net import LSTM


def fed(seed=0, layers=2, knobs=("gain", "tone")):
    torch.manual_seed(seed)
    net = FedLSTM(5, layers, conditions=knobs)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.normal_(std=0.4)
    net.sample_rate = 4800.0
    return net.eval()


def by_hand(net, x, knobs):
    """Return the output in float64, after the silence that a player runs at the first values of the knobs."""
    state = {name: tensor.detach().double().numpy() for name, tensor in net.state_dict().items()}

    def sigmoid(v):
        return 1 / (1 + np.exp(-v))

    hidden, cell = state["initial_hidden"].copy(), state["initial_cell"].copy()
    heard = np.concatenate((np.zeros(2400), x))
    given = [np.concatenate((np.full(2400, k[0]), k)) for k in knobs]
    outputs = []
    for sample in zip(heard, *given, strict=True):
        signal = np.array(sample)
        for layer in range(len(hidden)):
            gates = state[f"core.weight_ih_l{layer}"] @ signal + state[f"core.bias_ih_l{layer}"]
            gates += state[f"core.weight_hh_l{layer}"] @ hidden[layer] + state[f"core.bias_hh_l{layer}"]
            i, f, g, o = np.split(gates, 4)
            cell[layer] = sigmoid(f) * cell[layer] + sigmoid(i) * np.tanh(g)
            hidden[layer] = signal = sigmoid(o) * np.tanh(cell[layer])
        outputs.append(float(state["head.weight"][0] @ signal + state["head.bias"][0]))
    return np.array(outputs[2400:])


def test_it_begins_where_silence_leads_to_at_its_first_setting():
    net, dice = fed(), np.random.default_rng(1)
    x, gain = dice.uniform(-0.5, 0.5, 200), np.linspace(0.8, 0.2, 200)
    expected = by_hand(net, x, [gain, np.full(200, 0.3)])
    audio, moving = torch.tensor(x, dtype=torch.float32), torch.tensor(gain, dtype=torch.float32)
    with torch.no_grad():
        whole = net(audio, moving, 0.3)
    np.testing.assert_allclose(whole, expected, rtol=0, atol=2e-6)
    np.testing.assert_allclose(net.render(audio, moving, 0.3, size=7), expected, rtol=0, atol=2e-6)


def test_a_file_says_how_many_channels_a_player_feeds_and_from_which_version_on():
    net = fed()
    document = json.loads(json.dumps(models.document_of(net)))
    assert (document["architecture"], document["version"]) == ("LSTM", "0.6.0")
    assert (document["config"]["in_channels"], document["config"]["input_size"]) == (3, 3)
    again = models.net_of(document)
    assert models.document_of(again)["config"] == document["config"]
    assert [c.name for c in again.conditions] == ["gain", "tone"]
    x = torch.randn(100)
    torch.testing.assert_close(again.render(x, 0.7, 0.1), net.render(x, 0.7, 0.1), rtol=0, atol=2e-6)


def test_a_file_without_names_has_as_many_unnamed_knobs():
    document = models.document_of(fed())
    del document["config"]["conditions"]
    assert [c.name for c in models.net_of(document).conditions] == ["", ""]


@pytest.mark.parametrize("channels", [2, 4, "3"])
def test_a_file_whose_channels_do_not_fit_is_refused(channels):
    document = models.document_of(fed())
    document["config"]["in_channels"] = channels
    with pytest.raises(ModelFileError, match="a player feeds as many as the net takes"):
        models.net_of(document)


@pytest.mark.parametrize("setting", [(0.0, 0.0), (1.0, 0.25), (0.5, 1.0)])
def test_baked_it_is_a_stock_lstm_that_has_settled_at_the_setting(setting):
    net, x = fed(), torch.randn(300) * 0.3
    baked = net.bake({"gain": setting[0], "tone": setting[1]})
    assert type(baked) is LSTM
    document = models.document_of(baked)
    assert (document["version"], document["config"]["input_size"]) == ("0.5.4", 1)
    expected = net.render(x, *setting)
    for stock in (baked, models.net_of(document)):
        torch.testing.assert_close(stock.render(x), expected, rtol=0, atol=2e-6)


def test_read_and_written_again_it_has_the_state_of_its_file_until_it_is_trained():
    document = models.document_of(fed(layers=1))
    settled, place = document["weights"], 4 * 5 * (3 + 5 + 1)
    moved = [weight + 0.25 if place <= i < place + 10 else weight for i, weight in enumerate(settled)]
    again = models.net_of({**document, "weights": moved})
    assert models.document_of(again)["weights"] == np.array(moved, np.float32).tolist()
    with torch.no_grad():
        again.initial_cell.add_(0.25)
    # Half a second of silence leads from one state and from the other to the same.
    np.testing.assert_allclose(models.document_of(again)["weights"], settled, rtol=0, atol=1e-6)
