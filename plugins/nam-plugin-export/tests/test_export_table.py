"""The table of what each format takes, in the README, is what the exporters and their proofs say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import nam_kernel
from nam_kernel import BaseNet, plugins
from nam_kernel.models import net_of
from nam_kernel.run import Bound, bind, make, prove

FORMATS = {
    "nam": "nam_plugin_nam",
    "torchscript": "nam_plugin_torchscript",
    "onnx": "nam_plugin_onnx",
    "nam-channels": "nam_plugin_parametric",
    "rtneural": "nam_plugin_rtneural",
}
OURS = ("container", "convnet", "linear", "lstm", "parametric", "sequential", "wavenet")
README = Path(__file__).parents[1] / "README.md"

KNOBS: dict[str, Any] = {
    "layers_configs": [
        {
            "input_size": 1,
            "condition_size": 2,
            "channels": 2,
            "head_size": 1,
            "kernel_size": 2,
            "dilations": [1, 2, 4],
            "activation": "Tanh",
            "gated": True,
            "head_bias": True,
        }
    ],
    "head_scale": 0.5,
    "conditions": ["gain", "tone"],
}
CHANNELS: dict[str, Any] = {
    "layers_configs": [{**KNOBS["layers_configs"][0], "input_size": 3, "condition_size": 3}],
    "head_scale": 0.5,
    "in_channels": 3,
}
ENCODED: list[Any] = [
    {"name": "gain", "low": 0.0, "high": 10.0, "default": 5.0},
    {"name": "mode", "choices": ["clean", "crunch", "lead"]},
    {"name": "cut", "low": 100.0, "high": 10000.0, "curve": "log"},
]


AUDIO: dict[str, Any] = {"layers_configs": [{**KNOBS["layers_configs"][0], "condition_size": 1}], "head_scale": 0.5}


def of_channels(units: int) -> dict[str, Any]:
    """Return the document of a stock LSTM that is fed with three channels, without names."""
    config = {"input_size": 3, "in_channels": 3, "hidden_size": units, "num_layers": 1}
    count = 4 * units * (3 + units) + 6 * units + units + 1
    weights = np.random.default_rng(0).uniform(-0.3, 0.3, count).astype(np.float32).tolist()
    return {"version": "0.6.0", "architecture": "LSTM", "config": config, "weights": weights, "sample_rate": 48000}


def said(net: BaseNet, exporter: Bound, folder: Path) -> str:
    """Return what becomes of a net in a format, in a word."""
    reason = plugins.current().resolve(exporter.record.refuses, exporter.source)(net)  # type: ignore[attr-defined]
    if reason:
        return "refused"
    proof = prove(net, exporter, make(exporter)(net, folder, "model", {})[0])
    return {True: "proven", False: "FAILED", None: "unproven"}[proof.passed]


@pytest.mark.slow
def test_the_table_is_what_the_exporters_and_their_proofs_say(tmp_path: Path) -> None:
    kit = pytest.importorskip("nam_devkit.subjects")
    for module in FORMATS.values():
        pytest.importorskip(module)
    # A net as it begins may be one that does not settle, which no player could start like.
    torch.manual_seed(0)
    makers = kit.installed_nets()
    ours = tuple(f"nam_plugin_{name}" for name in OURS)
    nets = {name: maker() for name, maker in makers.items() if type(maker()).__module__.startswith(ours)}
    nets["LSTM of 16 units"] = nam_kernel.make_net("LSTM", {"hidden_size": 16})
    nets["LSTM of 16 units with knobs"] = nam_kernel.make_net("CatLSTM", {"hidden_size": 16, "conditions": ["gain"]})
    nets["ConcatLSTM of 16 units"] = nam_kernel.make_net("ConcatLSTM", {"hidden_size": 16, "conditions": ["gain"]})
    nets["ConcatLSTM of 16 units, a switch"] = nam_kernel.make_net(
        "ConcatLSTM", {"hidden_size": 16, "conditions": ENCODED}
    )
    nets["ConcatWaveNet, a switch"] = nam_kernel.make_net("ConcatWaveNet", {**AUDIO, "conditions": ENCODED})
    nets["WaveNet with knobs"] = nam_kernel.make_net("WaveNet", KNOBS)
    nets["WaveNet of several channels"] = nam_kernel.make_net("WaveNet", CHANNELS)
    nets["LSTM of several channels"] = net_of(of_channels(16))
    nets["a stranger's net without a state"] = makers["ExampleNet"]()
    rows = [
        f"| {name} | {' | '.join(said(net.eval(), bind('exporter', to, {}), tmp_path) for to in FORMATS)} |"
        for name, net in sorted(nets.items())
    ]
    table = "\n".join(
        [f"| net | {' | '.join(f'`{name}`' for name in FORMATS)} |", "|---" * (1 + len(FORMATS)) + "|", *rows]
    )
    assert table in README.read_text(encoding="utf-8"), f"the table is now:\n{table}"
