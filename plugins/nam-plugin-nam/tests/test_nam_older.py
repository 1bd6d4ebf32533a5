"""Files with knobs of 2022: read with their knobs' names and ranges, in the order of the sorted names."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

import nam_kernel
from nam_kernel.errors import ModelFileError

for needed in ("wavenet", "lstm"):
    pytest.importorskip(f"nam_plugin_{needed}")

KNOBS = {
    "tone": {"type": "continuous", "default_value": 0.5, "minval": 0.0, "maxval": 1.0},
    "bright": {"type": "boolean", "default_value": True},
    "gain": {"type": "continuous", "default_value": 5.0, "minval": 0.0, "maxval": 10.0},
}


def wavenet(parametric):
    """One tap, one channel: tanh(0.7 r s + m s + 0.1), s being the audio and the sorted knobs."""
    total = 1 + len(parametric)
    layer = {
        "input_size": total,
        "condition_size": total,
        "channels": 1,
        "head_size": 1,
        "head_bias": False,
        "kernel_size": 1,
        "dilations": [1],
        "activation": "Tanh",
        "gated": False,
    }
    weights = [0.5, 0.1, -0.2, 0.3, 0.7, 0.1, 0.3, 0.02, 0.1, 0.2, 0.0, 0.0, 1.0, 1.0]
    return {
        "version": "0.5.1",
        "architecture": "CatWaveNet",
        "config": {"layers": [layer], "head": None, "head_scale": 1.0, "parametric": parametric},
        "weights": weights,
    }


def test_a_catwavenet_hears_its_sorted_knobs_as_they_are(tmp_path):
    path = tmp_path / "old.nam"
    path.write_text(json.dumps(wavenet(KNOBS)))
    net = nam_kernel.read_model(path)
    assert [(c.name, c.low, c.high, c.default, c.choices) for c in net.conditions] == [
        ("bright", 0.0, 1.0, 1.0, ("off", "on")),
        ("gain", 0.0, 10.0, 5.0, ()),
        ("tone", 0.0, 1.0, 0.5, ()),
    ]
    x, setting = np.array([0.3, -0.8]), net.settings({"gain": 7.0, "tone": 0.2, "bright": "off"})
    heard = np.stack([x, *(np.full(2, v) for v in setting)])
    rechannel, mixer = np.array([0.5, 0.1, -0.2, 0.3]), np.array([0.3, 0.02, 0.1, 0.2])
    expected = np.tanh(0.7 * rechannel @ heard + mixer @ heard + 0.1)
    with torch.no_grad():
        np.testing.assert_allclose(net(torch.tensor(x, dtype=torch.float32), *setting), expected, atol=1e-6)
        baked = net.bake({"gain": 7.0, "tone": 0.2, "bright": "off"})
        np.testing.assert_allclose(baked(torch.tensor(x, dtype=torch.float32)), expected, atol=1e-6)


@pytest.mark.parametrize(
    ("parametric", "sentence"),
    [
        ({}, "not an object with a knob for each name"),
        ({"gain": {"type": "wheel"}}, "neither continuous nor boolean"),
        ({"gain": 3}, "neither continuous nor boolean"),
        ({"gain": {"type": "continuous", "default_value": 3, "minval": 1, "maxval": 0}}, "low comes first"),
    ],
)
def test_knobs_that_make_no_sense_are_refused(tmp_path, parametric, sentence):
    path = tmp_path / "old.nam"
    path.write_text(json.dumps({**wavenet(KNOBS), "config": {**wavenet(KNOBS)["config"], "parametric": parametric}}))
    with pytest.raises(ModelFileError, match=sentence):
        nam_kernel.read_model(path)


def test_a_catlstm_has_the_names_of_its_knobs(tmp_path):
    lstm = nam_kernel.make_net("CatLSTM", {"hidden_size": 3, "conditions": ["a", "b"]})
    document = {
        "version": "0.5.1",
        "architecture": "CatLSTM",
        "config": {
            "input_size": 3,
            "hidden_size": 3,
            "num_layers": 1,
            "parametric": {key: KNOBS[key] for key in ("tone", "gain")},
        },
        "weights": lstm.export_weights().tolist(),
    }
    path = tmp_path / "old.nam"
    path.write_text(json.dumps(document))
    net = nam_kernel.read_model(path)
    assert [(c.name, c.high) for c in net.conditions] == [("gain", 10.0), ("tone", 1.0)]
    np.testing.assert_array_equal(net.export_weights(), lstm.export_weights())
