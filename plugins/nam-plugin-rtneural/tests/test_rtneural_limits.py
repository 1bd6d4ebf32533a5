"""What hosts cannot play is refused before the training, in a sentence that says what works."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rtneural_material import lstm

import nam_kernel
from nam_kernel.errors import UserError
from nam_plugin_rtneural import guitarml
from nam_plugin_rtneural.limits import SIZES, nearest, refuses
from nam_plugin_rtneural.write import export


@pytest.mark.parametrize(
    ("units", "works"), [(1, 8), (3, 8), (9, 8), (10, 12), (14, 16), (23, 24), (50, 40), (52, 64), (73, 80), (500, 80)]
)
def test_the_nearest_size_is_named(units: int, works: int, tmp_path: Path) -> None:
    net = nam_kernel.make_net("LSTM", {"hidden_size": units})
    told = refuses(net)
    assert told is not None
    assert f"no LSTM with hidden_size {units}; the nearest that works is {works} " in told
    assert nearest(units) == works
    with pytest.raises(UserError, match="the nearest that works"):
        export(net, tmp_path, "model", {})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("units", SIZES)
def test_the_sizes_of_the_loaders_are_not_refused(units: int) -> None:
    for name, more in (("LSTM", {}), ("CatLSTM", {"conditions": ["a"]}), ("CatLSTM", {"input_size": 3})):
        assert refuses(nam_kernel.make_net(name, {"hidden_size": units, **more})) is None


STILL = {"name": "mode", "low": 2.0, "high": 2.0}


@pytest.mark.parametrize(
    ("name", "config", "told"),
    [
        ("LSTM", {"hidden_size": 16, "num_layers": 2}, "this has 2; num_layers 1 with hidden_size 16 works"),
        ("LSTM", {"hidden_size": 18, "num_layers": 3}, "this has 3; num_layers 1 with hidden_size 20 works"),
        ("CatLSTM", {"hidden_size": 16, "conditions": ["a", "b", "c"]}, "this net has 3; 2 work, or bake the others"),
        ("CatLSTM", {"hidden_size": 16, "conditions": [STILL]}, "'mode' has one value, 2, so that no knob can turn it"),
        ("Linear", {"receptive_field": 8}, 'play an LSTM of one layer, not Linear; train one ("name": "LSTM", '),
    ],
)
def test_the_reason_is_told(name: str, config: dict[str, Any], told: str) -> None:
    if name == "Linear":
        pytest.importorskip("nam_plugin_linear")
    reason = refuses(nam_kernel.make_net(name, config))
    assert reason is not None
    assert told in reason


def test_guitarml_is_refused_with_the_reason(tmp_path: Path) -> None:
    assert "add the input to what the LSTM makes of it" in guitarml.refuses(lstm(40))
    with pytest.raises(UserError, match="Proteus and NeuralPi add the input"):
        guitarml.export(lstm(40), tmp_path, "model", {})
    assert list(tmp_path.iterdir()) == []
