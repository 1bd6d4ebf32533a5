"""Files made of real captures, played by torch without this project, against the reference player."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch

from nam_kernel import read_model
from nam_plugin_torchscript.building import player_of
from nam_plugin_torchscript.write import export
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
import importlib.util, json, sys, warnings
import torch

class Nowhere:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0].startswith("nam"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Nowhere())
warnings.simplefilter("ignore")

def read(path):
    return torch.frombuffer(bytearray(open(path, "rb").read()), dtype=torch.float32)

folder, names = sys.argv[1], sys.argv[2:]
x = read(f"{folder}/x.raw")
errors = {}
for name in names:
    expected, model = read(f"{folder}/{name}.raw"), torch.jit.load(f"{folder}/{name}.ts")
    peak = expected.abs().max()
    with torch.no_grad():
        found = {"whole": float((model(x[None])[0] - expected).abs().max() / peak)}
        for size, length in ((1, 300), (64, 9000), (257, 9000), (4096, 9000)):
            model.reset()
            pieces = [model.step(x[start : start + size]) for start in range(0, length, size)]
            y = torch.cat(pieces)
            found[str(size)] = float((y - expected[: len(y)]).abs().max() / peak)
    errors[name] = found
print(json.dumps({"errors": errors, "ours": sorted(m for m in sys.modules if m.startswith("nam"))}))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What the process found."""
    folder = tmp_path_factory.mktemp("files")
    case("nam/input.wav")
    (folder / "x.raw").write_bytes(samples("input.wav"))
    for name in REFERENCE:
        export(read_model(case(f"nam/{name}.nam")), folder, name, {})
        (folder / f"{name}.raw").write_bytes(samples(f"{name}.core.wav"))
    program = folder / "play.py"
    program.write_text(PROGRAM, encoding="utf-8")
    command = [sys.executable, "-I", str(program), str(folder), *REFERENCE]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    assert not done.returncode, done.stderr
    return json.loads(done.stdout)


def samples(name: str) -> bytes:
    path: Path = case(f"nam/{name}")
    content: bytes = np.asarray(soundfile.read(path, dtype="float32")[0]).tobytes()
    return content


def test_nothing_of_the_project_was_there(told: Any) -> None:
    assert told["ours"] == []


@pytest.mark.parametrize("block", ["whole", "1", "64", "257", "4096"])
@pytest.mark.parametrize("name", REFERENCE)
def test_a_file_plays_what_the_reference_player_plays(told: Any, name: str, block: str) -> None:
    assert told["errors"][name][block] <= 1e-5


@pytest.mark.parametrize("size", ["0.0", "0.5", "1.0"])
@pytest.mark.parametrize("name", ["A2", "slimmable_wavenet"])
def test_a_size_plays_what_the_reference_player_plays_at_it(name: str, size: str) -> None:
    x, y = (
        torch.frombuffer(bytearray(samples(n)), dtype=torch.float32)
        for n in ("input.wav", f"{name}.slim{size}.core.wav")
    )
    player = player_of(read_model(case(f"nam/{name}.nam")).at_size(float(size)))
    first = slice(0, 20000)
    assert float((player(x[first]) - y[first]).abs().max() / y.abs().max()) <= 1e-5
