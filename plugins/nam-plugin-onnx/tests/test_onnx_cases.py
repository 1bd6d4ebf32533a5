"""Files made of real captures, played by ONNX Runtime without this project, against the reference player."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from onnx.reference import ReferenceEvaluator

from nam_kernel import read_model
from nam_plugin_onnx.runner import runner
from nam_plugin_onnx.write import export
from support import case

for _module in ("nam_plugin_nam", "nam_plugin_wavenet", "nam_plugin_lstm", "nam_plugin_container"):
    pytest.importorskip(_module, reason="the captures are .nam files of these nets")

REFERENCE = (
    "A2",
    "lstm",
    "slimmable_container",
    "slimmable_wavenet",
    "wavenet",
    "wavenet_a1_standard",
    "wavenet_a2_max",
    "wavenet_condition_dsp",
)

PROGRAM = """
import json, sys

class Nowhere:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "nam" or name.startswith("nam_"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Nowhere())
sys.path += json.loads(sys.argv[1])
import numpy as np
import onnxruntime

def session(path):
    options = onnxruntime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 3, 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

folder, names = sys.argv[2], sys.argv[3:]
x = np.fromfile(f"{folder}/x.raw", np.float32)
onset = int(np.flatnonzero(x)[0])
errors = {}
for name in names:
    expected = np.fromfile(f"{folder}/{name}.raw", np.float32)
    peak = np.abs(expected).max()
    y = session(f"{folder}/{name}.onnx").run(["output"], {"audio": x[None]})[0][0]
    found = {"whole": float(np.abs(y - expected).max() / peak)}
    stream = session(f"{folder}/{name}.stream.onnx")
    inputs = [i for i in stream.get_inputs() if i.name != "audio"]
    for size, length in ((1, 600), (64, 20000), (257, 20000), (4096, 20000)):
        # Silence precedes the first sound, so that a stream may begin there.
        states = {i.name: np.zeros([1 if isinstance(n, str) else n for n in i.shape], np.float32) for i in inputs}
        pieces = []
        for start in range(onset, onset + length, size):
            block = x[None, start : min(start + size, onset + length)]
            y, *after = stream.run(None, {"audio": block, **states})
            states = dict(zip(states, after))
            pieces.append(y[0])
        y = np.concatenate(pieces)
        found[str(size)] = float(np.abs(y - expected[onset : onset + length]).max() / peak)
    errors[name] = found
ours = sorted(m for m in sys.modules if m == "nam" or m.startswith("nam_"))
print(json.dumps({"errors": errors, "ours": ours, "torch": "torch" in sys.modules}))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What the process found."""
    folder = tmp_path_factory.mktemp("files")
    samples("input.wav").tofile(folder / "x.raw")
    for name in REFERENCE:
        export(read_model(case(f"nam/{name}.nam")), folder, name, {})
        samples(f"{name}.core.wav").tofile(folder / f"{name}.raw")
    program = folder / "play.py"
    program.write_text(PROGRAM, encoding="utf-8")
    command = [sys.executable, "-I", str(program), json.dumps(sys.path), str(folder), *REFERENCE]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    assert not done.returncode, done.stderr
    return json.loads(done.stdout)


def samples(name: str) -> npt.NDArray[np.float32]:
    path: Path = case(f"nam/{name}")
    return np.asarray(soundfile.read(path, dtype="float32")[0])


def test_nothing_of_the_project_was_there(told: Any) -> None:
    assert told["ours"] == []
    assert not told["torch"]


@pytest.mark.parametrize("block", ["whole", "1", "64", "257", "4096"])
@pytest.mark.parametrize("name", REFERENCE)
def test_a_file_plays_what_the_reference_player_plays(told: Any, name: str, block: str) -> None:
    assert told["errors"][name][block] <= 1e-5


@pytest.mark.parametrize("size", ["0.0", "0.5", "1.0"])
@pytest.mark.parametrize("name", ["A2", "slimmable_wavenet"])
def test_a_size_plays_what_the_reference_player_plays_at_it(tmp_path: Path, name: str, size: str) -> None:
    x, y = samples("input.wav"), samples(f"{name}.slim{size}.core.wav")
    net = read_model(case(f"nam/{name}.nam")).at_size(float(size))
    played = runner(export(net, tmp_path, "m", {})[0])(x)
    assert np.abs(played - y).max() <= 1e-5 * np.abs(y).max()


@pytest.mark.parametrize("name", ["slimmable_wavenet", "wavenet_condition_dsp"])
def test_the_reference_evaluator_of_onnx_agrees(tmp_path: Path, name: str) -> None:
    x, y = samples("input.wav"), samples(f"{name}.core.wav")
    # Silence precedes the first sound, so that a signal may begin there.
    loud = slice(int(np.flatnonzero(x)[0]), None)
    x, y = x[loud][:400], y[loud][:400]
    file = export(read_model(case(f"nam/{name}.nam")), tmp_path, "m", {})[0]
    played = ReferenceEvaluator(str(file)).run(["output"], {"audio": x[None]})[0][0]
    assert np.abs(played - y).max() <= 1e-5 * np.abs(y).max()
