"""Claims about size: what a config and the weights of a file contradict is refused before memory is taken."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nam_kernel import make_net
from nam_kernel.errors import ModelFileError
from nam_kernel.models import document_of
from nam_plugin_nam.counting import refuse_miscounts

for needed in ("wavenet", "lstm", "convnet", "linear", "sequential", "container"):
    pytest.importorskip(f"nam_plugin_{needed}")

Config = dict[str, Any]


def model(architecture: str, config: Config, weights: int = 100) -> dict[str, Any]:
    whole = {"version": "0.7.0", "architecture": architecture, "config": config}
    return {**whole, "weights": [0.5] * weights, "sample_rate": 48000}


def wavenet(**changes: Any) -> Config:
    stack = {
        "input_size": 1,
        "condition_size": 1,
        "head_size": 1,
        "channels": 2,
        "kernel_size": 3,
        "dilations": [1, 2],
        "activation": "Tanh",
        "gated": False,
        "head_bias": False,
    }
    return {"layers": [{**stack, **changes}], "head": None, "head_scale": 1.0}


LINEAR = model("Linear", {"receptive_field": 2, "bias": False}, 2)
SLICES = {"method": "slice_channels_uniform", "kwargs": {}}
ONE = {"max_value": 1.0, "model": LINEAR}

TOO_LARGE = {
    "LSTM, hidden_size": (model("LSTM", {"input_size": 1, "hidden_size": 16000, "num_layers": 1}), "hidden_size 16000"),
    "LSTM, num_layers": (model("LSTM", {"input_size": 1, "hidden_size": 2, "num_layers": 10**9}), "num_layers"),
    "LSTM, a size that could be": (
        model("LSTM", {"input_size": 1, "hidden_size": 1500, "num_layers": 1}),
        "100 weights, but its config describes a net of 9016501",
    ),
    "CatLSTM, input_size": (model("CatLSTM", {"input_size": 10**9, "hidden_size": 2, "num_layers": 1}), "input_size"),
    "WaveNet, channels": (model("WaveNet", wavenet(channels=20000)), "channels"),
    "WaveNet, a size that could be": (model("WaveNet", wavenet(channels=800)), "100 weights, but its config"),
    "WaveNet, kernel_size": (model("WaveNet", wavenet(kernel_size=10**7)), "weights"),
    "WaveNet, bottleneck": (model("WaveNet", wavenet(bottleneck=10**7)), "bottleneck"),
    "WaveNet, head": (model("WaveNet", wavenet(head_size=10**7)), "weights"),
    "WaveNet, condition_size": (model("WaveNet", wavenet(condition_size=10**7)), "weights"),
    "WaveNet, dilations": (model("WaveNet", wavenet(dilations=[1] * 100_000)), "100000 layers, at most 1000"),
    "WaveNet, a dilation": (model("WaveNet", wavenet(dilations=[2**23]), 21), "receptive field of 16,777,217"),
    "WaveNet, stacks": (model("WaveNet", {"layers": wavenet()["layers"] * 2000}), "at most 1000"),
    "WaveNet, post-head": (
        model(
            "WaveNet",
            wavenet() | {"head": {"channels": 1, "out_channels": 1, "activation": "ReLU", "num_layers": 10**7}},
        ),
        "at most 1000",
    ),
    "WaveNet, sizes": (model("WaveNet", wavenet(channels=10**7, slimmable=SLICES)), "10000000 channels, at most 64"),
    "WaveNet, condition_dsp": (
        model(
            "WaveNet",
            wavenet() | {"condition_dsp": model("LSTM", {"input_size": 1, "hidden_size": 1200, "num_layers": 1})},
            49,
        ),
        "at condition_dsp: the file has 100 weights",
    ),
    "ConvNet, channels": (
        model("ConvNet", {"channels": 20000, "dilations": [1, 2], "batchnorm": False, "activation": "Tanh"}),
        "channels 20000",
    ),
    "ConvNet, dilations": (
        model("ConvNet", {"channels": 1, "dilations": [1] * 100_000, "batchnorm": False, "activation": "Tanh"}),
        "100000 layers",
    ),
    "Linear, receptive_field": (model("Linear", {"receptive_field": 10**9, "bias": False}), "receptive_field"),
    "Linear, as a float": (model("Linear", {"receptive_field": 1e9, "bias": False}), "receptive_field"),
    "Linear, a size that could be": (model("Linear", {"receptive_field": 10**6, "bias": True}), "of 1000001"),
    "Container, submodels": (model("SlimmableContainer", {"submodels": [ONE] * 2000}, 0), "more than 256 models"),
    "Container, 100 submodels": (model("SlimmableContainer", {"submodels": [ONE] * 100}, 0), "at most 64"),
    "Container, a large one": (
        model(
            "SlimmableContainer",
            {"submodels": [{**ONE, "model": model("LSTM", {"input_size": 1, "hidden_size": 1200, "num_layers": 1})}]},
            0,
        ),
        r"at submodels\[0\].model: the file has 100 weights",
    ),
    "Sequential, models": (model("Sequential", {"models": [LINEAR] * 2000}, 0), "more than 256 models"),
    "Sequential, 100 models": (model("Sequential", {"models": [LINEAR] * 100}, 0), "at most 64"),
}

MEASURE = """
import json, re, resource, sys, time
import nam_kernel
from nam_kernel.errors import ModelFileError
for name, config in (("LSTM", {"hidden_size": 2}), ("Linear", {"receptive_field": 2}), ("ConvNet", {})):
    nam_kernel.make_net(name, config)
import nam_plugin_nam.read, nam_plugin_wavenet.net, nam_plugin_container.net, nam_plugin_sequential.net

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

for line in sys.stdin:
    path, told = json.loads(line)
    before, start = peak(), time.process_time()
    try:
        nam_kernel.read_model(path)
        said = "accepted"
    except ModelFileError as error:
        said = str(error)
    print(json.dumps([bool(re.search(told, said)), said[:300], time.process_time() - start, peak() - before]))
"""


def test_sizes_are_counted_before_memory_is_taken(tmp_path: Path) -> None:
    """Each within a second and 200 MB, in a process that has the nets loaded."""
    lines = []
    for i, (document, told) in enumerate(TOO_LARGE.values()):
        (tmp_path / f"{i}.nam").write_text(json.dumps(document))
        lines.append(json.dumps([str(tmp_path / f"{i}.nam"), told]))
    done = subprocess.run(
        [sys.executable, "-c", MEASURE], input="\n".join(lines), capture_output=True, text=True, check=True
    )
    results = dict(zip(TOO_LARGE, map(json.loads, done.stdout.splitlines()), strict=True))
    assert {case: told for case, (right, told, _, _) in results.items() if not right} == {}
    assert {case: seconds for case, (*_, seconds, _) in results.items() if seconds > 1.0} == {}
    assert {case: megabytes for case, (*_, megabytes) in results.items() if megabytes > 200} == {}


@pytest.mark.parametrize(
    "kind", ["LSTM", "CatLSTM", "WaveNet", "ConvNet", "Linear", "Sequential", "SlimmableContainer"]
)
def test_what_fits_is_not_refused(kind: str) -> None:
    configs: dict[str, Config] = {
        "LSTM": {"hidden_size": 3, "num_layers": 2},
        "CatLSTM": {"hidden_size": 3, "conditions": ["gain", "tone"]},
        "ConvNet": {"channels": 3, "dilations": [1, 2], "batchnorm": True},
        "Linear": {"receptive_field": 5, "bias": True},
        "Sequential": {"models": [{"name": "LSTM", "config": {"hidden_size": 2}}]},
        "SlimmableContainer": {"submodels": [{"name": "a", "net": {"name": "ConvNet"}}]},
        "WaveNet": {"layers_configs": wavenet()["layers"]},
    }
    net = make_net("Container" if kind == "SlimmableContainer" else kind, configs[kind])
    document = document_of(net)
    refuse_miscounts(document)
    document["weights"].append(0.0)
    with pytest.raises(ModelFileError, match=rf"has {len(document['weights'])} weights, but its config"):
        refuse_miscounts(document)
