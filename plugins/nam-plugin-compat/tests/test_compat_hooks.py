"""The underscored hooks of the nets, as subclasses override and call them; numbers are those of 0.13."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from nam.models import ConvNet, Linear, WaveNet, factory, init_from_nam
from nam.models.recurrent import LSTM
from nam.models.sequential import Sequential
from nam.models.wavenet import PackedWaveNet
from nam.models.wavenet._wavenet import WaveNet as Inner

STACK = {
    "input_size": 1,
    "condition_size": 1,
    "channels": 4,
    "head": {"out_channels": 1, "kernel_size": 1, "bias": True},
    "kernel_size": 2,
    "dilations": [1, 2],
    "activation": "Tanh",
}
SIZES = {"method": "slice_channels_uniform", "kwargs": {"allowed_channels": [1, 2, 4]}}
WAVENET: dict[str, Any] = {"layers_configs": [STACK], "head_scale": 0.5}
SLIMMABLE: dict[str, Any] = {"layers_configs": [{**STACK, "slimmable": SIZES}], "head_scale": 0.5}


def ramped(net: Any) -> Any:
    """Set the weights to a ramp from -1 to 1 in the order of the file."""
    net.import_weights(torch.linspace(-1, 1, len(net._export_weights())))
    return net.eval()


def lstm() -> LSTM:
    made: LSTM = ramped(LSTM(2, train_burn_in=3, train_truncate=4))
    return made


X6 = torch.linspace(-0.5, 0.5, 6)[None]


def test_an_lstm_runs_from_a_state_that_it_is_given() -> None:
    net = lstm()
    learnt = [1.60772, 1.57325, 1.51614, 1.44464, 1.37216, 1.30371]
    silent = [1.4359, 1.52937, 1.5016, 1.439, 1.36966, 1.30251]
    state = net._initial_state(1)
    zeros = (torch.zeros_like(state[0]), torch.zeros_like(state[1]))
    with torch.no_grad():
        for y in (net._forward(X6), net._forward(X6, state), net(X6, initial_state=state)):
            assert y[0].tolist() == pytest.approx(learnt, abs=1e-5)
        assert net._forward(X6, zeros)[0].tolist() == pytest.approx(silent, abs=1e-5)
        hidden, cell = net._get_initial_state(torch.zeros(1, 10, 1))
    assert hidden.flatten().tolist() == pytest.approx([0.19129, 0.29544], abs=1e-5)
    assert cell.flatten().tolist() == pytest.approx([0.30606, 0.47059], abs=1e-5)
    assert [part.shape for part in net._initial_state(None)] == [(1, 2), (1, 2)]
    assert (net._train_burn_in, net._train_truncate, LSTM(2)._train_burn_in) == (3, 4, None)


def test_an_lstm_is_written_cell_by_cell_and_then_its_head() -> None:
    net = lstm()
    weights = net._export_cell_weights(0, *[part[0] for part in net._initial_state(None)])
    assert len(weights) == 36
    assert weights[[0, 3, 23, 24, 31, 32, 35]].tolist() == pytest.approx(
        [-1, -0.84211, 0.21053, 0.26316, 0.63158, 0.68421, 0.84211], abs=1e-5
    )
    assert net._head.export_weights().tolist() == pytest.approx([0.89474, 0.94737, 1.0], abs=1e-5)
    net._head.import_weights(np.array([1.0, 2.0, 3.0]))
    assert net.export_weights()[-3:].tolist() == [1, 2, 3]


def test_parts_of_an_lstm_may_be_made_set_and_run_otherwise() -> None:
    class Deep(LSTM):
        def _init_head(self, hidden_size: int) -> nn.Module:
            return nn.Sequential(nn.Linear(hidden_size, 4), nn.Tanh(), nn.Linear(4, 1))

    class Wide(LSTM):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._head = nn.Linear(self._core.hidden_size, 2)

        def _apply_head(self, features: Tensor) -> Tensor:
            y: Tensor = self._head(features).sum(-1)
            return y

    class Shifted(LSTM):
        def _initial_state(self, n: int | None) -> Any:
            hidden, cell = super()._initial_state(n)
            return hidden + 1, cell

    assert len(list(Deep(3).parameters())) == 10
    assert (Wide(3)(X6).shape, Wide(3)._head.out_features) == ((1, 6), 2)
    torch.manual_seed(0)
    shifted = Shifted(3)
    torch.manual_seed(0)
    assert (shifted(X6) - LSTM(3)(X6)).abs().max() > 1e-4
    assert LSTM(3, train_burn_in=5).train()(X6[:, :4]).shape == (1, 4)


@pytest.mark.parametrize(
    ("value", "first"),
    [
        (0.0, [0.76578, 0.93249, 1.11956]),
        (0.3, [0.76578, 0.93249, 1.11956]),
        (0.34, [0.56273, 0.95618, 1.52372]),
        (0.6, [0.56273, 0.95618, 1.52372]),
        (0.7, [1.00931, 1.8386, 3.48832]),
        (1.0, [1.00931, 1.8386, 3.48832]),
    ],
)
def test_a_slimmable_wavenet_runs_at_the_size_that_its_network_is_set_to(value: float, first: list[float]) -> None:
    net, x = ramped(WaveNet.init_from_config(SLIMMABLE)), torch.linspace(-0.5, 0.5, 9)
    assert net._net.is_slimmable()
    assert not WaveNet.init_from_config(WAVENET)._net.is_slimmable()
    net._net.set_slimming(value)
    with torch.no_grad():
        assert net(x, pad_start=False)[:3].tolist() == pytest.approx(first, abs=1e-5)
        assert net._net(x[None, None])[0, 0, :3].tolist() == pytest.approx(first, abs=1e-5)
        with net._net.context_adjust_to_random():
            net(x)
        assert net(x, pad_start=False)[2] == pytest.approx(3.48832, abs=1e-5)


def test_a_wavenet_is_made_of_the_network_inside_and_shares_it() -> None:
    inner = Inner.init_from_config(WAVENET)
    net = WaveNet(inner, sample_rate=44100.0)
    assert (net.sample_rate, net.receptive_field, net._net.receptive_field) == (44100, 4, 4)
    parsed = WaveNet.parse_config(WAVENET)
    assert isinstance(parsed["wavenet"], Inner)
    before = inner(X6[None])
    ramped(net)
    assert (inner(X6[None]) - before).abs().max() > 0.1
    torch.testing.assert_close(net(X6, pad_start=False)[:, None], net._net(X6[None]))
    with pytest.raises(TypeError, match="conditioning module"):
        WaveNet(_with_strange_condition())


def _with_strange_condition() -> Inner:
    inner = Inner.init_from_config(WAVENET)
    inner._condition_dsp = nn.Linear(1, 1)
    return inner


def test_a_subclass_of_wavenet_may_run_the_network_itself_and_goes_by_its_own_name(tmp_path: Path) -> None:
    class Doubled(WaveNet):
        def _forward(self, x: Tensor, **kwargs: Any) -> Tensor:  # type: ignore[override]
            return 2 * self._net(x[:, None])[:, 0]

    net = Doubled.init_from_config({**WAVENET, "flavour": "sweet"})  # keys of its own were never an error
    torch.testing.assert_close(net(X6), 2 * WaveNet(net._net)(X6))
    net.export(tmp_path)
    assert json.loads((tmp_path / "model.nam").read_text())["architecture"] == "Doubled"


KEYS = {
    "ConvNet": [
        ("_net.block_0.conv.weight", "layers.0.conv.weight"),
        ("_net.block_1.batchnorm.running_var", "layers.1.norm.running_var"),
        ("_net.head.bias", "head.bias"),
    ],
    "LSTM": [("_core.weight_ih_l0", "core.weight_ih_l0"), ("_head.weight", "head.weight")]
    + [(f"_initial_{part}", f"initial_{part}") for part in ("hidden", "cell")],
    "WaveNet": [
        ("_net._layer_arrays.0._rechannel.weight", "network.stacks.0.rechannel.weight"),
        ("_net._layer_arrays.0._layers.1._conv.bias", "network.stacks.0.layers.1.conv.bias"),
        ("_net._layer_arrays.0._layers.0._input_mixer.weight", "network.stacks.0.layers.0.mixer.weight"),
        ("_net._layer_arrays.0._layers.0._layer1x1.weight", "network.stacks.0.layers.0.layer_1x1.weight"),
        ("_net._layer_arrays.0._layers.0._activation.weight", "network.stacks.0.layers.0.activation.weight"),
        (
            "_net._layer_arrays.0._layers.0._conv_pre_film._film.weight",
            "network.stacks.0.layers.0.film.conv_pre_film.conv.weight",
        ),
        ("_net._layer_arrays.0._head_rechannel.weight", "network.stacks.0.head.weight"),
        ("_net._head._layers.layer_1.conv.weight", "network.post_head.convs.1.weight"),
        ("_net._condition_dsp._layer_arrays.0._rechannel.weight", "condition_dsp.network.stacks.0.rechannel.weight"),
    ],
}
FILM = {"conv_pre_film": {"active": True, "shift": True, "groups": 1}}
EVERYTHING = {
    "layers_configs": [{**STACK, "activation": "PReLU", "film_params": FILM}],
    "head": {"channels": 2, "activation": "Tanh", "out_channels": 1, "kernel_sizes": [1, 1]},
    "head_scale": 0.5,
    "condition_dsp": {"name": "WaveNet", "config": WAVENET},
}
CONFIGS: dict[str, Any] = {
    "ConvNet": {"channels": 2, "dilations": [1, 2], "batchnorm": True},
    "LSTM": {"hidden_size": 2},
    "WaveNet": EVERYTHING,
}


@pytest.mark.parametrize("name", KEYS)
def test_a_state_dict_with_the_older_keys_is_loaded(name: str) -> None:
    net = factory.init(name, kwargs={"config": CONFIGS[name]})
    state = {key: torch.randn_like(t) if t.is_floating_point() else t for key, t in net.state_dict().items()}
    expected = {newer: state[newer] for _, newer in KEYS[name]}
    for older, newer in KEYS[name]:
        state[older] = state.pop(newer)
    state.pop("network.head_scale", None)
    state["_sample_rate"], state["_has_sample_rate"] = torch.tensor(44100.0), torch.tensor(True)
    net.load_state_dict(state)
    assert all(torch.equal(net.state_dict()[key], value) for key, value in expected.items())
    assert net.sample_rate == 44100


def test_the_taps_of_an_older_linear_net_are_oldest_first() -> None:
    net = Linear(3, bias=True)
    net.load_state_dict({"_net.weight": torch.tensor([[[1.0, 2.0, 3.0]]]), "_net.bias": torch.tensor([0.5])})
    assert net(torch.tensor([1.0, 0, 0, 0])).tolist() == [3.5, 2.5, 1.5, 0.5]
    assert net._bias


def test_the_nets_of_a_sequential_are_a_list() -> None:
    net = Sequential(models=[Linear(3), Linear(4)])
    assert [model.receptive_field for model in net._models] == [3, 4]
    assert Sequential._validate_models([Linear(3, sample_rate=4.0)]) == (True, 4.0)


def test_a_packed_wavenet_gives_and_takes_its_wavenets(tmp_path: Path) -> None:
    packed = PackedWaveNet.init_from_config({"submodels": [{"name": "small", "config": WAVENET}, {"config": WAVENET}]})
    assert (packed.num_submodels, packed.submodel_names) == (2, ("small", "submodel_1"))
    assert (packed(X6).shape, packed(X6[0]).shape) == ((1, 2, 6), (2, 6))
    other = WaveNet.init_from_config(WAVENET)
    packed.import_submodel(1, other)
    torch.testing.assert_close(packed(X6)[:, 1], other(X6))
    torch.testing.assert_close(packed.extract_submodel(0)(X6), packed(X6)[:, 0])
    with pytest.raises(IndexError):
        packed.extract_submodel(2)
    packed.sample_rate = 44100
    packed.export_container(tmp_path, basename="packed")
    document = json.loads((tmp_path / "packed.nam").read_text())
    assert document["architecture"] == "SlimmableContainer"
    assert [entry["max_value"] for entry in document["config"]["submodels"]] == [0.5, 1.0]
    assert document["sample_rate"] == 44100


def test_errors_are_caught_by_what_the_older_package_raised() -> None:
    with pytest.raises(RuntimeError, match="weights"):
        Linear(3).import_weights([1.0])
    with pytest.raises(ValueError, match="strange"):
        WaveNet.init_from_config(WAVENET)(X6, strange=1)
    with pytest.raises(NotImplementedError, match="strange"):
        Sequential(models=[Linear(3)])(X6, strange=1)
    with pytest.raises(AssertionError):
        ConvNet.init_from_config({"train_strategy": "stride"})
    with pytest.raises(AttributeError, match="Nope"):
        ConvNet(activation="Nope")
    with pytest.raises(KeyError, match="Zz"):
        init_from_nam({"architecture": "Zz", "config": {}, "weights": []})
    for error in (KeyError, ValueError):
        with pytest.raises(error):
            factory.init("Nope")


def test_a_factory_is_called_as_it_was() -> None:
    class ByConfig(Linear):
        def __init__(self, config: Any) -> None:
            super().__init__(config["taps"])

    factory.register("ByConfig", ByConfig)
    factory.register("ByKeyword", lambda *, config: Linear(config["taps"]))
    factory.register("Else", lambda settings: Linear(settings["taps"]))
    factory._model_net_init_registry["Put"] = lambda config: Linear(config["taps"])
    for name in ("ByConfig", "ByKeyword", "Else", "Put"):
        assert factory.init(name, kwargs={"config": {"taps": 7}}).receptive_field == 7
        assert name in factory._model_net_init_registry
    assert factory.init("nam.models.recurrent.LSTM", kwargs={"hidden_size": 2}).core.hidden_size == 2
    factory.register("CatLSTM", lambda config: Linear(2))  # a plugin's, but free in 0.13
    assert factory.init("CatLSTM", kwargs={"config": {}}).receptive_field == 2
    with pytest.raises(KeyError):
        factory.register("CatLSTM", lambda config: Linear(2))


@pytest.mark.parametrize("config", [{"hidden_size": 2}, {"hidden_size": 2, "num_layers": 2, "bias": False}])
def test_an_lstm_can_be_pickled_and_keeps_the_size_of_its_file(config: dict[str, Any]) -> None:
    net = LSTM.init_from_config(config)
    again = pickle.loads(pickle.dumps(net))
    assert torch.equal(again(X6), net(X6))
    assert len(net.export_weights()) == sum(4 * 2 * (d + 2) + 4 * 2 + 2 * 2 for d in [1, 2][: net.core.num_layers]) + 3
