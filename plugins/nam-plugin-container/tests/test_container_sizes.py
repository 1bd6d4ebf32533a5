"""Claims about size: a container that nobody could build is refused at once, from a config and from a file."""

from __future__ import annotations

import time

import pytest

from nam_kernel.config import validate
from nam_kernel.errors import ModelFileError
from nam_kernel.models import net_of
from nam_plugin_container.config import ContainerConfig, PackedWaveNetConfig

pytest.importorskip("nam_plugin_lstm")
pytest.importorskip("nam_plugin_wavenet")

STACK = {
    "input_size": 1,
    "condition_size": 1,
    "channels": 2,
    "kernel_size": 2,
    "dilations": [1],
    "activation": "Tanh",
    "head": {"out_channels": 1, "kernel_size": 1, "bias": True},
}


def size(name, config, net="LSTM"):
    return {"name": name, "net": {"name": net, "config": config}}


def packed(channels):
    return {"config": {"layers_configs": [{**STACK, "channels": channels}]}}


@pytest.mark.parametrize(
    ("model", "submodels", "told"),
    [
        (ContainerConfig, [size(f"{i}", {"hidden_size": 1}) for i in range(2000)], "2000 sizes, at most 64"),
        (ContainerConfig, [{}] * 100_000, "submodels: the list of submodels has 100000 sizes"),
        (ContainerConfig, [size("a", {"hidden_size": 16000})], "submodels[0].net.config: hidden_size 16000"),
        (ContainerConfig, [size(n, {"hidden_size": 1400}) for n in "ab"], "have 15,"),
        (PackedWaveNetConfig, [packed(2)] * 2000, "2000 sizes, at most 64"),
        (PackedWaveNetConfig, [packed(2), packed(20000)], "submodels[1].config"),
        (PackedWaveNetConfig, [packed(1500)] * 2, "have 13,"),
    ],
    ids=["many", "many that are none", "a large one", "large ones", "packed many", "packed large", "packed large ones"],
)
def test_what_nobody_could_build_is_refused_at_once(model, submodels, told):
    start = time.process_time()
    _, problems = validate(model, {"submodels": submodels})
    assert time.process_time() - start < 1.0
    assert told in "; ".join(map(str, problems))


def test_the_weights_of_its_sizes_are_its_own():
    model = ContainerConfig.model_validate(
        {"submodels": [size("a", {"hidden_size": 2}), size("b", {"taps": 3}, "Fir")]}
    )
    # An LSTM by hand: 4 H (1 + H + 1) + 2 H, and a head of H + 1. The other config does not know its weights.
    assert model.weight_count() == 4 * 2 * 4 + 4 + 3
    # A WaveNet: 2 into the stack; two taps and their bias, the mixer, the 1x1 and its bias; the head, bias and scale.
    assert PackedWaveNetConfig.model_validate({"submodels": [packed(2)] * 2}).weight_count() == 2 * (2 + 10 + 2 + 6 + 4)


@pytest.mark.parametrize("entry", [{}, {"max_value": 1.0}, {"max_value": 1.0, "model": {}}])
def test_a_file_of_many_sizes_is_refused_before_any_is_made(entry):
    document = {"architecture": "SlimmableContainer", "config": {"submodels": [entry] * 65}, "weights": []}
    with pytest.raises(ModelFileError, match="65 sizes, at most 64"):
        net_of(document)
