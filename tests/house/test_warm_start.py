"""Claims about starting from a model file, and about data and losses that a plain training does not use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch

import nam_kernel
from material import NET, RATE, documents, recordings
from nam_kernel.errors import HandshakeError, ModelFileError
from nam_kernel.run import check

pytestmark = pytest.mark.usefixtures("fresh_plugins")

STILL = {"class": "SGD", "lr": 1e-20}
"""An optimizer that changes nothing."""

ONCE = {"trainer": {"accelerator": "cpu", "max_epochs": 1, "limit_train_batches": 1}}


def data(folder: Path, **common: Any) -> dict[str, Any]:
    x, y = recordings(folder)
    return {
        "train": {"stop_samples": -RATE, "ny": 2048},
        "validation": {"start_samples": -RATE // 2, "ny": None},
        "common": {"x_path": str(x), "y_path": str(y), **common},
    }


@pytest.mark.parametrize("with_net", [True, False], ids=["net given", "net of the file"])
def test_a_warm_start_begins_with_the_files_weights(tmp_path: Path, with_net: bool) -> None:
    first = nam_kernel.train(*documents(tmp_path), tmp_path / "out", plots=False)
    model: dict[str, Any] = {"init_from": str(first.model_path), "optimizer": STILL}
    again = nam_kernel.train(data(tmp_path), {**model, **({"net": NET} if with_net else {})}, ONCE, tmp_path / "again")
    assert np.array_equal(again.net.export_weights(), first.net.export_weights())
    assert again.metrics["ESR"] == pytest.approx(first.metrics["ESR"], rel=1e-4)


@pytest.mark.parametrize("name", ["A2.nam", "lstm.nam", "wavenet_a2_max.nam", "slimmable_wavenet.nam"])
def test_files_of_others_are_trained_further(cases: Path, tmp_path: Path, name: str) -> None:
    learning = {**ONCE, "train_dataloader": {"batch_size": 1}}
    longer = data(tmp_path)
    longer["train"]["ny"] = 4096
    result = nam_kernel.train(longer, {"init_from": str(cases / "nam" / name)}, learning, tmp_path / "out", plots=False)
    assert result.model_path is not None
    document = json.loads(result.model_path.read_text())
    assert document["architecture"] == json.loads((cases / "nam" / name).read_text())["architecture"]


def test_a_file_that_does_not_fit_the_net_is_told(tmp_path: Path) -> None:
    first = nam_kernel.train(*documents(tmp_path), tmp_path / "out", plots=False)
    other = {"name": "LSTM", "config": {"hidden_size": 3}}
    wider = {
        **NET,
        "config": {**NET["config"], "layers_configs": [{**NET["config"]["layers_configs"][0], "channels": 3}]},
    }
    for net, told in ((other, "is a WaveNet, and the config asks for a LSTM"), (wider, "does not fit the net")):
        with pytest.raises(ModelFileError, match=told):
            check(data(tmp_path), {"net": net, "init_from": str(first.model_path)}, ONCE)


def test_recordings_of_different_lengths_fit_into_no_batch(tmp_path: Path) -> None:
    x, y = recordings(tmp_path)
    longer = tmp_path / "long"
    longer.mkdir()
    x2, y2 = recordings(longer, seconds=3.0)
    entries = [{"x_path": str(a), "y_path": str(b)} for a, b in ((x, y), (x2, y2))]
    given = {"train": {"x_path": str(x), "y_path": str(y), "ny": 2048}, "validation": entries}
    prepared = check(given, {"net": NET}, ONCE)
    prepared.teardown()
    assert len(prepared.validation) == 2
    with pytest.raises(HandshakeError, match="items of different lengths"):
        check(given, {"net": NET}, {**ONCE, "val_dataloader": {"batch_size": 2}})


def test_joint_trains_at_another_level_and_the_file_plays_at_the_real_one(tmp_path: Path) -> None:
    joint = [{"name": "normalize_output", "kwargs": {"level_rms_dbfs": -3.0}}]
    result = nam_kernel.train({**data(tmp_path), "joint": joint}, {"net": NET}, ONCE, tmp_path / "out", plots=False)
    assert result.model_path is not None
    y, _ = soundfile.read(tmp_path / "amp.wav")
    gain = 10 ** (-3 / 20) / np.sqrt(np.mean(y[:-RATE] ** 2))
    written, returned = (n.export_weights()[-1] for n in (nam_kernel.read_model(result.model_path), result.net))
    state = torch.load(result.directory / "checkpoints" / "best.ckpt", weights_only=True)["state_dict"]
    assert written == returned == pytest.approx(float(state["net.network.head_scale"]) / gain, rel=0.2)


def test_every_loss_of_the_config_is_measured(tmp_path: Path) -> None:
    loss = {
        "val_loss": "Ear",
        "mse_weight": 1.0,
        "mrstft_weight": 1e-3,
        "dc_weight": 0.1,
        "pre_emph_weight": 0.5,
        "pre_emph_coef": 0.85,
        "losses": [{"name": "ESR", "weight": 0.1, "label": "Ear"}],
        "custom_losses": {"L1": {"name": "torch.nn.L1Loss", "weight": 0.1, "kwargs": {}}},
    }
    result = nam_kernel.train(data(tmp_path), {"net": NET, "loss": loss}, ONCE, tmp_path / "out", plots=False)
    measured = {"MSE", "ESR", "MRSTFT", "DC MSE", "Pre-emphasized MSE", "Ear", "L1", "val_loss"}
    assert measured <= set(result.metrics)
    assert result.metrics["val_loss"] == result.metrics["Ear"]
