"""One level for the outputs of all datasets in the training, undone in the exported model."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from nam_kernel.errors import ConfigError, DataError, HandshakeError, ModelFileError
from nam_kernel.interfaces import BaseNet, ConcatDataset
from nam_plugin_wav.dataset import WavDataset
from nam_plugin_wav.hooks import nam_export
from nam_plugin_wav.joint import NAMES, OutputGain, apply_joint, scale_output

make = WavDataset.init_from_config
LEVEL = [{"name": "normalize_output", "kwargs": {"level_rms_dbfs": -20.0}}]


class Linear(BaseNet):
    """The smallest net: a factor."""

    def __init__(self) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.tensor([3.0]))

    receptive_field = 1

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        return self.factor * x

    @classmethod
    def init_from_config(cls, config: Any) -> Linear:
        return cls()

    def export_config(self) -> dict[str, Any]:
        return {"receptive_field": 1, "bias": False}


class Unheard(Linear):
    """An architecture that nobody knows how to scale."""


def datasets(pair: Any) -> tuple[WavDataset, WavDataset]:
    random = np.random.default_rng(0)
    x, y = random.uniform(-0.5, 0.5, (2, 1000))
    entry = pair(x, y, require_input_pre_silence=None)
    return make({**entry, "stop_samples": 700, "y_scale": 0.5}), make({**entry, "start_samples": 700})


@pytest.mark.parametrize("name", NAMES)
def test_the_training_comes_to_the_level_and_the_validation_by_the_same_factor(pair: Any, name: str) -> None:
    train, validation = datasets(pair)
    before = train.y.clone(), validation.y.clone()
    (gain,) = apply_joint([{"name": name, "kwargs": {"level_rms_dbfs": -20.0}}], train, validation)
    assert float(train.y.square().mean().sqrt()) == pytest.approx(0.1, rel=1e-5)
    torch.testing.assert_close(train.y, before[0] * gain.gain)
    torch.testing.assert_close(validation.y, before[1] * gain.gain)
    torch.testing.assert_close(train[0][1], train.y)


def test_the_level_is_that_of_all_training_entries_together(pair: Any) -> None:
    y = np.concatenate((np.full(500, 0.4), np.full(500, 0.1)))
    entry = pair(y, y, require_input_pre_silence=None, ny=100)
    loud, quiet = (
        make({**entry, "stop_samples": 500}),
        make({**entry, "start_samples": 500, "stop_samples": 600}),
    )
    apply_joint(LEVEL, ConcatDataset([loud, quiet]))
    together = torch.cat((loud.y, quiet.y))
    assert float(together.square().mean().sqrt()) == pytest.approx(0.1, rel=1e-5)


def test_the_level_may_be_given_by_position(pair: Any) -> None:
    train, _ = datasets(pair)
    apply_joint([{"name": NAMES[1], "args": [-40.0]}], train)
    assert float(train.y.square().mean().sqrt()) == pytest.approx(0.01, rel=1e-5)


@pytest.mark.parametrize(
    ("entry", "pattern"),
    [
        (
            {"name": "normalise", "kwargs": {"level_rms_dbfs": -20}},
            r"joint\[0\]\.name: .*known: normalize_output",
        ),
        ({"name": NAMES[0], "kwargs": {"level": -20}}, r"joint\[0\]\.kwargs"),
        ({"name": NAMES[0]}, r"joint\[0\]\.kwargs: this key is missing"),
    ],
)
def test_a_wrong_entry_is_refused(pair: Any, entry: dict[str, Any], pattern: str) -> None:
    with pytest.raises(ConfigError, match=pattern):
        apply_joint([entry], *datasets(pair))


def test_silence_has_no_level(pair: Any) -> None:
    with pytest.raises(DataError, match="silent"):
        apply_joint(LEVEL, make(pair(np.ones(10) / 2, np.zeros(10))))
    with pytest.raises(DataError, match="no"):
        apply_joint(LEVEL, [1, 2])


def test_the_exported_model_answers_at_the_level_of_the_files(pair: Any) -> None:
    train, validation = datasets(pair)
    (gain,) = apply_joint(LEVEL, train, validation)
    net = Linear()
    for dataset in (train, validation):
        dataset.handshake(net)
    document = {"architecture": "Linear", "config": {}, "weights": [3.0], "metadata": {"loudness": -18.0}}
    nam_export(document=document, net=net)
    assert document["weights"] == [pytest.approx(3.0 / gain.gain)]
    assert document["metadata"]["loudness"] == pytest.approx(-18.0 - 20 * np.log10(gain.gain))
    train.teardown()
    validation.teardown()
    untouched = {"architecture": "Linear", "config": {}, "weights": [3.0]}
    nam_export(document=untouched, net=net)
    assert untouched["weights"] == [3.0]


def test_without_joint_nothing_is_undone(pair: Any) -> None:
    net = Unheard()
    datasets(pair)[0].handshake(net)
    document = {"architecture": "Unheard", "config": {}, "weights": [3.0]}
    nam_export(document=document, net=net)
    assert document["weights"] == [3.0]


def test_what_cannot_be_undone_is_refused_before_the_training(pair: Any) -> None:
    train, validation = datasets(pair)
    apply_joint(LEVEL, train)
    with pytest.raises(HandshakeError, match=r"cannot be undone .* Unheard"):
        train.handshake(Unheard())
    net = Linear()
    train.handshake(net)
    with pytest.raises(HandshakeError, match="differently"):
        validation.handshake(net)


@pytest.mark.parametrize("name", ["wavenet", "wavenet_a1_standard", "A2", "slimmable_container", "lstm"])
def test_real_models_are_scaled_in_their_last_weights_alone(cases: Path, name: str) -> None:
    document = json.loads((cases / "nam" / f"{name}.nam").read_text())
    scaled = copy.deepcopy(document)
    scale_output(scaled, 0.5)
    for before, after in zip(models(document), models(scaled), strict=True):
        count = 4 if before["architecture"] == "LSTM" else 1
        assert after["weights"][:-count] == before["weights"][:-count]
        assert after["weights"][-count:] == [pytest.approx(w / 2, rel=1e-6) for w in before["weights"][-count:]]
        if "head_scale" in before["config"]:
            assert after["config"]["head_scale"] == before["config"]["head_scale"] / 2


def test_a_post_head_is_not_scaled_by_a_guess() -> None:
    document = {"architecture": "WaveNet", "config": {"head": {"activation": "Tanh"}}, "weights": [1.0]}
    with pytest.raises(ModelFileError, match="post-head"):
        OutputGain(2.0).undo(document)


def models(document: dict[str, Any]) -> list[dict[str, Any]]:
    submodels = document["config"].get("submodels")
    return [document] if submodels is None else [m for s in submodels for m in models(s["model"])]
