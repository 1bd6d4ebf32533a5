"""Quiet captures are trained at the usual level, by one factor for all, and the model is as quiet as they are."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

import nam_kernel

DICE = np.random.default_rng(0)


@pytest.fixture
def data(tmp_path):
    """A DI, and two takes 60 and 54 dB below it."""
    x = 0.3 * DICE.standard_normal(4000)
    soundfile.write(tmp_path / "di.wav", x, 48000, subtype="FLOAT")
    entries = []
    for gain, factor in ((0.0, 1e-3), (10.0, 2e-3)):
        soundfile.write(tmp_path / f"{gain}.wav", factor * x, 48000, subtype="FLOAT")
        entries.append({"y_path": str(tmp_path / f"{gain}.wav"), "knobs": {"gain": gain}})
    common = {"type": "Captures", "x_path": str(tmp_path / "di.wav"), "ny": 500, "require_input_pre_silence": None}
    return {"train": entries, "validation": entries, "common": common}


def test_they_are_trained_louder_and_stay_as_loud_beside_one_another(data):
    pytest.importorskip("nam_plugin_lightning")
    net = {"net": {"name": "ConcatLSTM", "config": {"hidden_size": 2}}}
    run = nam_kernel.check(data, net, {"trainer": {"max_epochs": 1}})
    try:
        levels = [float(c.y.square().mean().sqrt()) for part in run.train.dataset.datasets for c in part.captures]
        assert levels[1] / levels[0] == pytest.approx(2.0, rel=1e-5)
        together = 10 * np.log10(np.mean(np.square(levels)))
        assert together == pytest.approx(-18.0, abs=0.01)
        assert any(finding.kind == "usual_level" for finding in run.findings)
    finally:
        run.teardown()
