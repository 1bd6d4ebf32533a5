"""Claims about the proof of written files: what passes, what fails, what is unproven, and what becomes of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nam_kernel
from nam_kernel.run.proof import proof_signal
from parts import documents

PLAYERS = """
import json
import numpy as np

class Right:
    # y = a x[n] + b x[n - 1], as the file says, in double precision.
    def __init__(self, path):
        self.newest, self.older = json.loads(path.read_text())["weights"][:2]

    def __call__(self, x):
        x = np.asarray(x, np.float64)
        return self.newest * x + self.older * np.concatenate(([0.0], x[:-1]))

class Streaming(Right):
    def stream(self):
        player, last = self, 0.0

        class Stream:
            def feed(self, x):
                nonlocal last
                heard = np.concatenate(([last], np.asarray(x, np.float64)))
                last = heard[-1]
                return player(heard)[1:]

        return Stream()

class Forgetful(Right):
    def stream(self):
        player = self

        class Stream:
            feed = staticmethod(player)

        return Stream()

class Wrong(Right):
    def __call__(self, x):
        return super().__call__(x) + 2e-5

class Short(Right):
    def __call__(self, x):
        return super().__call__(x)[1:]

class Broken(Right):
    def __call__(self, x):
        raise SystemExit(3)

class Unknown(Right):
    def __call__(self, x):
        from nam_kernel.errors import ModelFileError
        raise ModelFileError("it plays no gain")
"""

HOOKS = """
from nam_kernel import Exporter, hookimpl

@hookimpl
def nam_exporters():
    return [
        Exporter(name=name.lower(), target=f"players:write_{name.lower()}", runner=f"players:{name}", suffix=".gain")
        for name in ("Right", "Streaming", "Forgetful", "Wrong", "Short", "Broken", "Unknown")
    ]
"""

WRITERS = """
from parts import write_text

def _named(name):
    return lambda net, outdir, basename, metadata: write_text(net, outdir, f"{basename}-{name}", metadata)

write_right, write_streaming, write_forgetful, write_wrong, write_short, write_broken, write_unknown = map(
    _named, ("right", "streaming", "forgetful", "wrong", "short", "broken", "unknown")
)
"""


@pytest.fixture
def players(alone: Any, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    (site / "players.py").write_text(PLAYERS + WRITERS)
    monkeypatch.delitem(sys.modules, "players", raising=False)
    alone("players", HOOKS)


def train(folder: Path, *exporters: str) -> tuple[Any, dict[str, Any]]:
    given = documents(model={"net": {"name": "Gain"}, "export": list(exporters)})
    result = nam_kernel.train(*given, outdir=folder, new_folder=False)
    (proof,) = json.loads((folder / "run.json").read_text())["proofs"][-1:]
    return result, proof


@pytest.mark.parametrize("name", ["right", "streaming"])
def test_a_right_file_passes_and_its_error_is_recorded(players: None, tmp_path: Path, name: str) -> None:
    result, proof = train(tmp_path, name)
    assert proof["passed"] is True
    assert 0 < proof["error"] < 1e-6  # the rounding of float32
    assert ("blocks of 1, 64, 257, 4096" in proof["told"]) == (name == "streaming")
    assert result.proofs[0].passed


@pytest.mark.parametrize(
    ("name", "told"), [("wrong", "whole"), ("short", "whole"), ("broken", "SystemExit: 3"), ("forgetful", "blocks")]
)
def test_a_wrong_file_fails_is_told_and_removed(
    players: None, tmp_path: Path, name: str, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    result, proof = train(tmp_path, "right", name)
    assert proof["passed"] is False
    assert told in proof["told"]
    assert f"model-{name}.gain failed its proof" in caplog.text
    assert [f.name for f in result.files] == ["model-right.gain"]
    assert not (tmp_path / f"model-{name}.gain").exists()


def test_the_error_is_the_largest_difference_relative_to_the_peak(players: None, tmp_path: Path) -> None:
    result, proof = train(tmp_path, "wrong")
    gain = result.net.gain.tolist()
    peak = np.abs(np.convolve(proof_signal(1000.0), gain)).max()
    assert proof["error"] == pytest.approx(2e-5 / peak, rel=0.05)


def test_the_runs_own_model_stays_whatever_its_proof_says(players: None, tmp_path: Path) -> None:
    result, proof = train(tmp_path, "wrong")
    assert proof["passed"] is False
    assert (tmp_path / "model-wrong.gain").exists()
    assert [f.name for f in result.files] == ["model-wrong.gain"]


@pytest.mark.parametrize(("name", "told"), [("unknown", "it plays no gain"), ("text", "names no independent player")])
def test_what_nothing_independent_plays_is_unproven(players: None, tmp_path: Path, name: str, told: str) -> None:
    result, proof = train(tmp_path, name)
    assert (proof["passed"], proof["error"]) == (None, None)
    assert proof["told"].startswith("unproven: ")
    assert told in proof["told"]
    assert len(result.files) == 1


def test_the_signal_has_silence_full_scale_and_every_octave() -> None:
    x = proof_signal(48000.0)
    assert np.abs(x).max() == pytest.approx(1.0, abs=1e-3)
    assert x[:512].any()  # the part that is played sample by sample
    assert not x[4800:7200].any()
    power = np.abs(np.fft.rfft(x)) ** 2
    hertz = np.fft.rfftfreq(len(x), 1 / 48000)
    octaves = [power[(hertz >= low) & (hertz < 2 * low)].sum() for low in 31.25 * 2.0 ** np.arange(9)]
    assert min(octaves) > 1e-3 * max(octaves)
