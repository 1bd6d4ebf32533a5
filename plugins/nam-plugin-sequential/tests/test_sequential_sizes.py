"""Claims about size: a Sequential that nobody could build is refused at once, from a config and from a file."""

from __future__ import annotations

import time

import pytest

from nam_kernel import make_net
from nam_kernel.config import validate
from nam_kernel.errors import ConfigError, ModelFileError
from nam_kernel.models import net_of
from nam_plugin_sequential.config import SequentialConfig

pytest.importorskip("nam_plugin_lstm")

FIR = {"name": "ExampleNet", "config": {"taps": 3}}


def cells(size):
    return {"name": "LSTM", "config": {"hidden_size": size}}


@pytest.mark.parametrize(
    ("models", "told"),
    [
        ([FIR] * 2000, "models: the list has 2000 models, at most 64"),
        ([{}] * 100_000, "models: the list has 100000 models"),
        ([FIR, cells(16000)], "models[1].config: hidden_size 16000"),
        ([cells(1400)] * 2, "models: the models have 15,"),
        ([FIR, {"name": "Sequential", "config": {"models": [cells(1400)] * 2}}], "the models have 15,"),
    ],
    ids=["many", "many that are none", "a large one", "large ones", "nested"],
)
def test_what_nobody_could_build_is_refused_at_once(models, told):
    start = time.process_time()
    _, problems = validate(SequentialConfig, {"models": models})
    assert time.process_time() - start < 1.0
    assert told in "; ".join(map(str, problems))


def test_the_weights_of_its_models_are_its_own():
    model = SequentialConfig.model_validate({"models": [FIR, cells(2), cells(3)]})
    # Two LSTMs by hand: 4 H (1 + H + 1) + 2 H, and a head of H + 1.
    assert model.weight_count() == (4 * 2 * 4 + 4 + 3) + (4 * 3 * 5 + 6 + 4)


def test_a_file_of_many_models_is_refused_before_any_is_made():
    document = {"architecture": "Sequential", "config": {"models": [{}] * 65}, "weights": []}
    with pytest.raises(ModelFileError, match="65 models, at most 64"):
        net_of(document)


def test_models_do_not_reach_back_without_end_together():
    pytest.importorskip("nam_plugin_convnet")
    far = {"name": "ConvNet", "config": {"channels": 1, "dilations": [600_000]}}
    make_net("Sequential", {"models": [far]})
    with pytest.raises(ConfigError, match="receptive field of 1,200,001 samples together, at most 1,048,576"):
        make_net("Sequential", {"models": [far, far]})


def test_the_model_that_cannot_be_read_is_named():
    good = {"architecture": "ExampleNet", "config": {"taps": 1}, "weights": [1.0, 0.0]}
    for bad in ({**good, "weights": [1.0]}, {**good, "architecture": "X"}, {**good, "config": {}}, "model", None):
        with pytest.raises(ModelFileError, match=r"models\[1\]"):
            net_of({"architecture": "Sequential", "config": {"models": [good, bad]}, "weights": []})
