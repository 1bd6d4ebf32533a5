"""A take at an unusual level is trained at the usual one, and what the run makes plays at the level of the take."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from wav_parts import LeastSquares

import nam_kernel
from nam_kernel import plugins
from nam_plugin_wav.usual_level import USUAL_DB

X = np.random.default_rng(0).uniform(-0.9, 0.9, 1000)
RMS = float(np.sqrt(np.mean(X**2)))


def documents(entry: Any, net: str = "Gain", **data: Any) -> tuple[dict[str, Any], ...]:
    return {"train": entry, "validation": entry, **data}, {"net": {"name": net}}, {}


def take(pair: Any, decibels: float) -> tuple[Any, float]:
    """Return the entry of an amplifier whose output has this RMS level, and its gain."""
    gain = 10 ** (decibels / 20) / RMS
    return pair(X, gain * X, require_input_pre_silence=None), gain


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("level", [-90.0, -50.0, 6.0])
def test_an_unusual_take_is_trained_at_the_usual_level_and_plays_at_its_own(
    pair: Any, tmp_path: Path, level: float
) -> None:
    entry, gain = take(pair, level)
    result = nam_kernel.train(*documents(entry), tmp_path / "runs", plots=False)
    assert LeastSquares.trained_at[-1] == pytest.approx(USUAL_DB, abs=0.01)
    assert json.loads(result.files[0].read_text()) == [pytest.approx(gain, rel=1e-4)]
    x = torch.linspace(-1, 1, 50)
    torch.testing.assert_close(result.net(x), gain * x, rtol=1e-4, atol=0)
    (told,) = (finding for finding in result.findings if finding.kind == "usual_level")
    assert (told.severity, told.facts["level"]) == ("note", pytest.approx(level, abs=0.01))
    assert "files are scaled back" in told.sentence


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("level", [-30.0, -18.0, -6.0])
def test_a_usual_take_is_trained_as_it_is(pair: Any, level: float) -> None:
    run = nam_kernel.check(*documents(take(pair, level)[0]))
    assert run.output_factor == 1.0
    assert not [finding for finding in run.findings if finding.kind == "usual_level"]


@pytest.mark.usefixtures("alone")
def test_joint_states_another_level(pair: Any) -> None:
    joint = [{"name": "normalize_output", "kwargs": {"level_rms_dbfs": -12.0}}]
    run = nam_kernel.check(*documents(take(pair, -50.0)[0], joint=joint))
    assert run.output_factor == pytest.approx(10 ** (38 / 20), rel=1e-4)
    assert not [finding for finding in run.findings if finding.kind == "usual_level"]


@pytest.mark.usefixtures("alone")
def test_a_net_that_cannot_be_scaled_back_is_trained_as_it_is_with_a_warning(pair: Any) -> None:
    run = nam_kernel.check(*documents(take(pair, -50.0)[0], net="Stubborn"))
    assert run.output_factor == 1.0
    (told,) = (finding for finding in run.findings if finding.kind == "usual_level")
    assert told.severity == "warning"
    assert "y_scale" in told.remedy


def test_a_quiet_take_is_learned_as_well_as_its_loud_twin(pair: Any, tmp_path: Path, alone: None) -> None:
    """The same amplifier at -20 and at -50 dBFS, trained for real, and played from the file at the take's own level."""
    others = ("wavenet", "lightning", "losses", "nam")
    for name in others:
        pytest.importorskip(f"nam_plugin_{name}")
    plugins.use(without=set(plugins.blocked()) - {f"nam-plugin-{name}" for name in others})
    from nam_kernel.models import read_model

    x = np.random.default_rng(1).uniform(-0.5, 0.5, 24000)
    y = np.convolve(np.tanh(4 * x), [0.5, 0.3, 0.2])[: len(x)]
    layers = {
        "input_size": 1,
        "condition_size": 1,
        "channels": 3,
        "kernel_size": 2,
        "dilations": [1, 2],
        "activation": "Tanh",
        "head": {"out_channels": 1, "kernel_size": 1, "bias": True},
    }
    model = {
        "net": {"name": "WaveNet", "config": {"layers_configs": [layers], "head_scale": 0.3}},
        "optimizer": {"lr": 0.01},
    }
    learning = {"train_dataloader": {"batch_size": 10}, "trainer": {"max_epochs": 6, "accelerator": "cpu"}, "seed": 0}
    esr = {}
    for level in (-20.0, -50.0):
        wanted = 10 ** (level / 20) / np.sqrt(np.mean(y**2)) * y
        entry = pair(x, wanted, rate=48000)
        data = {"train": {**entry, "ny": 480}, "validation": entry}
        result = nam_kernel.train(data, model, learning, tmp_path / f"runs{level:.0f}", plots=False)
        net = read_model(next(file for file in result.files if file.suffix == ".nam"))
        with torch.no_grad():
            played = net.render(torch.as_tensor(x, dtype=torch.float32)).numpy()
        esr[level] = float(np.mean((played - wanted)[10:] ** 2) / np.mean(wanted[10:] ** 2))
        assert result.metrics["ESR"] == pytest.approx(esr[level], rel=0.02)
    assert esr[-50.0] < 0.3, "it has learned something"
    assert esr[-50.0] == pytest.approx(esr[-20.0], rel=0.05)
