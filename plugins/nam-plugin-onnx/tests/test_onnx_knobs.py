"""Knobs in their own units: for each signal of a batch, in a stream that begins elsewhere; what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import nam_kernel
from nam_plugin_onnx.sessions import session_of
from nam_plugin_onnx.write import export, refuses
from random_nets import OF_CHANNELS, some_net

SETTINGS = np.array([[0.0, 0.0, 100.0], [7.5, 2.0, 2500.0], [10.0, 1.0, 10000.0]], np.float32)
STACK = {
    "input_size": 1,
    "condition_size": 1,
    "channels": 3,
    "kernel_size": 3,
    "dilations": [1, 2, 4],
    "activation": "Tanh",
    "head": {"out_channels": 1, "kernel_size": 1, "bias": True},
}


@pytest.mark.parametrize("kind", ["CatLSTM", "ConcatLSTM", "ConcatWaveNet", *OF_CHANNELS])
def test_each_signal_has_its_own_setting_whole_and_in_a_stream(kind: str, tmp_path: Path) -> None:
    net = some_net(kind, 3)
    whole, stream = (session_of(str(file)) for file in export(net, tmp_path, "model", {}))
    audio = (0.3 * np.random.default_rng(0).normal(size=(3, 400))).astype(np.float32)
    knobs = SETTINGS[:, : len(net.conditions or ()), None] / (1 if kind.startswith("Concat") else 10000)
    y = whole.run(["output"], {"audio": audio, "knobs": knobs})[0]
    for row in range(3):
        expected = net.render(torch.from_numpy(audio[row]), *map(float, knobs[row, :, 0])).detach().numpy()
        assert np.abs(y[row] - expected).max() <= 1e-5 * np.abs(expected).max()

    silence = int(whole.get_modelmeta().custom_metadata_map["silence"])
    assert silence == {"CatLSTM": 0, "ConcatLSTM": 24000, "LSTM of three channels": 24000}.get(
        kind, net.receptive_field - 1
    )
    states = {
        given.name: np.zeros([3, *given.shape[1:]], np.float32)
        for given in stream.get_inputs()
        if given.name.startswith("state_")
    }
    outputs = []
    for block in (np.zeros((3, silence), np.float32), *np.split(audio, [1, 65, 129], axis=1)):
        if block.shape[1]:
            output, *after = stream.run(None, {"audio": block, "knobs": knobs, **states})
            states = dict(zip(states, after, strict=True))
            outputs.append(output)
    played = np.concatenate(outputs, axis=1)[:, silence:]
    assert np.abs(played - y).max() <= 1e-5 * np.abs(y).max()


@pytest.mark.parametrize("name", ["FiLMWaveNet", "HyperWaveNet"])
def test_knobs_that_change_the_weights_are_refused_with_the_way_out(name: str) -> None:
    pytest.importorskip("nam_plugin_parametric")
    net = nam_kernel.make_net(name, {"layers_configs": [STACK], "conditions": ["gain"]}).eval()
    assert "bake a setting first, nam-kernel bake MODEL.nam OUT.nam" in str(refuses(net))
    assert refuses(net.bake({"gain": 0.5})) is None
