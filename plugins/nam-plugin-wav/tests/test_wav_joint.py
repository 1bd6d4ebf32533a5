"""One level for the outputs of all datasets in the training, undone in everything that the run makes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from wav_parts import LeastSquares, write_factor

import nam_kernel
from nam_kernel import Exporter, plugins, register
from nam_kernel.errors import ConfigError, DataError, HandshakeError
from nam_kernel.interfaces import BaseDataset
from nam_kernel.run import Prepared
from nam_plugin_wav.inspection import audio_pairs
from nam_plugin_wav.joint import NAMES

LEVEL = [{"name": "normalize_output", "kwargs": {"level_rms_dbfs": -20.0}}]


def documents(entry: Any, joint: Any = LEVEL, net: str = "Gain", **model: Any) -> tuple[dict[str, Any], ...]:
    """Return the documents of a run; its training is the first 700 ms of an entry of one second, or a list."""
    splits = {
        "train": entry if isinstance(entry, list) else {**entry, "stop_samples": 700},
        "validation": {**(entry[0] if isinstance(entry, list) else entry), "start_samples": 700, "stop_samples": None},
    }
    return {**splits, "joint": joint}, {"net": {"name": net}, **model}, {}


def outputs(run: Prepared) -> list[torch.Tensor]:
    return [pair.y for pair in (*audio_pairs(run.train), *audio_pairs(run.validation))]


def rms(*signals: torch.Tensor) -> float:
    return float(torch.cat(signals).square().mean().sqrt())


@pytest.fixture
def noise(pair: Any) -> dict[str, Any]:
    """An amplifier that divides noise by ten."""
    x = np.random.default_rng(0).uniform(-0.5, 0.5, 1000)
    entry: dict[str, Any] = pair(x, 0.1 * x, require_input_pre_silence=None)
    return entry


@pytest.mark.usefixtures("alone")
def test_every_file_and_the_net_are_at_the_level_of_the_recordings(noise: dict[str, Any], tmp_path: Path) -> None:
    joint = [{"name": "normalize_output", "kwargs": {"level_rms_dbfs": -3.0}}]
    result = nam_kernel.train(*documents(noise, joint, export=["one", "other"]), tmp_path / "runs", plots=False)
    assert LeastSquares.trained_at[-1] == pytest.approx(-3.0, abs=1e-3)
    assert [file.name for file in result.files] == ["model.one", "model.other"]
    for file in result.files:
        assert json.loads(file.read_text()) == [pytest.approx(0.1, rel=1e-5)]
    x = torch.linspace(-1, 1, 50)
    torch.testing.assert_close(result.net(x), 0.1 * x)


def test_so_is_the_nam_file_of_a_real_training(pair: Any, tmp_path: Path, alone: None) -> None:
    """One tap learns, at -3 dBFS, what is 0.1 in the recordings."""
    others = ("linear", "lightning", "losses", "nam")
    for name in others:
        pytest.importorskip(f"nam_plugin_{name}")
    plugins.use(without=set(plugins.blocked()) - {f"nam-plugin-{name}" for name in others})
    register(Exporter(name="other", target=write_factor(".other")))
    x = np.random.default_rng(0).uniform(-0.9, 0.9, 48000)
    entry = pair(x, 0.1 * x, rate=48000)
    data = {
        "train": {**entry, "ny": 480},
        "validation": entry,
        "joint": [{"name": "normalize_output", "kwargs": {"level_rms_dbfs": -3.0}}],
    }
    model = {
        "net": {"name": "Linear", "config": {"receptive_field": 1}},
        "optimizer": {"lr": 0.1},
        "lr_scheduler": {"class": "ExponentialLR", "kwargs": {"gamma": 0.8}},
        "export": ["nam", "other"],
    }
    learning = {"train_dataloader": {"batch_size": 10}, "trainer": {"max_epochs": 8, "accelerator": "cpu"}}
    result = nam_kernel.train(data, model, learning, tmp_path / "runs", plots=False)
    (nam, other) = (json.loads(file.read_text()) for file in result.files)
    assert nam["weights"] == [pytest.approx(0.1, rel=0.03)]
    assert other == [pytest.approx(0.1, rel=0.03)]
    assert result.net(torch.ones(1)).item() == pytest.approx(0.1, rel=0.03)


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("name", NAMES)
def test_the_training_comes_to_the_level_and_the_validation_by_the_same_factor(
    noise: dict[str, Any], name: str
) -> None:
    plain = nam_kernel.check(*documents(noise, []))
    run = nam_kernel.check(*documents(noise, [{"name": name, "kwargs": {"level_rms_dbfs": -20.0}}]))
    before, after = outputs(plain), outputs(run)
    assert rms(after[0]) == pytest.approx(0.1, rel=1e-5)
    factor = 0.1 / rms(before[0])
    assert run.output_factor == pytest.approx(factor, rel=1e-5)
    for old, new in zip(before, after, strict=True):
        torch.testing.assert_close(new, old * factor)
    torch.testing.assert_close(run.train[0][1], after[0])
    assert run.joint == []


@pytest.mark.usefixtures("alone")
def test_the_level_is_that_of_all_training_entries_together(pair: Any) -> None:
    y = np.concatenate((np.full(500, 0.4), np.full(500, 0.1)))
    entry = pair(y, y, require_input_pre_silence=None, ny=100)
    loud = {**entry, "stop_samples": 500, "y_scale": 0.5}
    quiet = {**entry, "start_samples": 500, "stop_samples": 600}
    run = nam_kernel.check(*documents([loud, quiet]))
    assert rms(*(pair.y for pair in audio_pairs(run.train))) == pytest.approx(0.1, rel=1e-5)
    assert run.output_factor == pytest.approx(0.1 / np.sqrt((500 * 0.2**2 + 100 * 0.1**2) / 600), rel=1e-5)


@pytest.mark.usefixtures("alone")
def test_the_level_may_be_given_by_position_and_the_last_one_counts(noise: dict[str, Any]) -> None:
    run = nam_kernel.check(*documents(noise, [*LEVEL, {"name": NAMES[1], "args": [-40.0]}]))
    assert rms(outputs(run)[0]) == pytest.approx(0.01, rel=1e-5)


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize(
    ("entry", "pattern"),
    [
        ({"name": "normalise", "kwargs": {"level_rms_dbfs": -20}}, r"joint\[1\]\.name: .*'normalise'"),
        ({"name": NAMES[0], "kwargs": {"level": -20}}, r"joint\[1\]\.kwargs"),
        ({"name": NAMES[0], "kwargs": {"level_rms_dbfs": 500}}, r"joint\[1\]\.kwargs\.level_rms_dbfs"),
        ({"name": NAMES[0]}, r"joint\[1\]\.kwargs: this key is missing"),
    ],
)
def test_a_wrong_entry_is_refused_with_its_place(noise: dict[str, Any], entry: dict[str, Any], pattern: str) -> None:
    with pytest.raises((ConfigError, HandshakeError), match=pattern):
        nam_kernel.check(*documents(noise, [*LEVEL, entry]))


class Numbers(BaseDataset):
    """A dataset of another kind."""

    nx, ny, sample_rate, conditions = 1, 4, None, ()

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.ones(4), torch.ones(4)

    @classmethod
    def init_from_config(cls, config: Any, *, nx: int = 1) -> Numbers:
        return cls()


@pytest.mark.usefixtures("alone")
def test_silence_has_no_level(pair: Any) -> None:
    with pytest.raises(DataError, match="silent"):
        nam_kernel.check(*documents(pair(np.ones(1000) / 2, np.zeros(1000), require_input_pre_silence=None)))
    nam_kernel.register_dataset("numbers", Numbers.init_from_config)
    with pytest.raises(DataError, match="there are none in the training"):
        nam_kernel.check({"train": {"type": "numbers"}, "joint": LEVEL}, {"net": {"name": "Gain"}}, {})


@pytest.mark.usefixtures("alone")
def test_a_net_that_cannot_undo_it_is_refused_before_the_training(noise: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(HandshakeError, match="joint: .*cannot be undone .*Stubborn"):
        nam_kernel.train(*documents(noise, net="Stubborn"), tmp_path / "runs")
    assert not (tmp_path / "runs").exists()
    assert nam_kernel.check(*documents(noise, [], net="Stubborn")).output_factor == 1.0
