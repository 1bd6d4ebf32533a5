"""The table of what each format takes, in the README, is what the exporters and their proofs say."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import nam_kernel
from nam_kernel import BaseNet, plugins
from nam_kernel.run import Bound, bind, make, prove

FORMATS = {
    "nam": "nam_plugin_nam",
    "torchscript": "nam_plugin_torchscript",
    "onnx": "nam_plugin_onnx",
    "rtneural": "nam_plugin_rtneural",
}
README = Path(__file__).parents[1] / "README.md"

KNOBS = {
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
    ours = [f"nam_plugin_{name}" for name in ("container", "convnet", "linear", "lstm", "sequential", "wavenet")]
    nets = {name: maker() for name, maker in makers.items() if type(maker()).__module__.startswith(tuple(ours))}
    nets["LSTM of 16 units"] = nam_kernel.make_net("LSTM", {"hidden_size": 16})
    nets["LSTM of 16 units with knobs"] = nam_kernel.make_net("CatLSTM", {"hidden_size": 16, "conditions": ["gain"]})
    nets["WaveNet with knobs"] = nam_kernel.make_net("WaveNet", KNOBS)
    nets["a stranger's net without a state"] = makers["ExampleNet"]()
    rows = [
        f"| {name} | {' | '.join(said(net.eval(), bind('exporter', to, {}), tmp_path) for to in FORMATS)} |"
        for name, net in sorted(nets.items())
    ]
    table = "\n".join(
        [f"| net | {' | '.join(f'`{name}`' for name in FORMATS)} |", "|---" * (1 + len(FORMATS)) + "|", *rows]
    )
    assert table in README.read_text(encoding="utf-8"), f"the table is now:\n{table}"
