"""The programs in the README play a model as it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nam_kernel
from nam_plugin_onnx.write import export

README = Path(__file__).parents[1] / "README.md"


def test_its_programs_play_a_whole_signal_and_blocks_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("nam_plugin_linear")
    monkeypatch.chdir(tmp_path)
    net = nam_kernel.make_net("Linear", {"receptive_field": 3})
    net.import_weights(np.array([1.0, 0.5, 0.25], np.float32))
    export(net, tmp_path, "model", {})
    whole, blocks = re.findall(r"```python\n(.+?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {"audio": np.array([[1, 0, 0, 0], [0, 2, 0, 0]], np.float32)}
    exec(whole, names)
    assert names["output"].tolist() == [[1.0, 0.5, 0.25, 0.0], [0.0, 2.0, 1.0, 0.5]]
    names["blocks"] = [np.ones((1, 1), np.float32), np.zeros((1, 2), np.float32)]
    exec(blocks, names)
    assert names["output"].tolist() == [[0.5, 0.25]]
