"""The plugin as the kernel sees it."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nam_kernel
import nam_plugin_wav
from nam_kernel.cli.session import lines
from nam_kernel.errors import DataError, HandshakeError
from nam_plugin_wav import dataset, hooks
from nam_plugin_wav import pair as pair_module
from nam_plugin_wav.config import WavConfig

HEAVY = ("numpy", "pydantic", "soundfile", "torch")


def test_both_names_are_the_same_dataset() -> None:
    named = {record.name: (record.target, record.config) for record in hooks.nam_datasets()}
    assert set(named) == {"dataset", "wav"}
    assert named["dataset"] == named["wav"]
    assert [record.name for record in hooks.nam_datasets() if record.default] == ["dataset"]


def test_the_hook_module_imports_nothing_heavy() -> None:
    code = f"import sys, nam_plugin_wav.hooks; print([m for m in {HEAVY} if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_configs_are_checked_without_torch() -> None:
    code = "import sys, nam_plugin_wav.config; print('torch' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"


def test_the_public_names_are_there() -> None:
    assert all(getattr(nam_plugin_wav, name) is not None for name in nam_plugin_wav.__all__)
    assert set(dir(nam_plugin_wav)) == set(nam_plugin_wav.__all__)


def test_every_key_of_the_documentation_is_known() -> None:
    documented = {"x_path", "y_path", "ny", "start_seconds", "stop_seconds", "start_samples", "stop_samples"}
    documented |= {"delay", "allow_unequal_lengths", "sample_rate", "y_preroll", "input_gain"}
    documented |= {"require_input_pre_silence"}
    assert documented <= set(WavConfig.known_keys())


@pytest.fixture
def documents(pair: Any, alone: None) -> tuple[dict[str, Any], ...]:
    """A run of one pair, playing for half a second before and after a second of silence but for noise of 1e-4."""
    dice = np.random.default_rng(0)
    x = 0.2 * dice.standard_normal(2000)
    x[500:1500] = 0
    entry = pair(x, np.tanh(x) + 1e-4 * dice.standard_normal(2000), require_input_pre_silence=None)
    data = {"train": {**entry, "ny": 300, "nx": 9}, "validation": entry}
    return data, {"net": {"name": "Gain"}}, {}


def test_a_run_shows_what_was_found_in_the_recordings(documents: tuple[dict[str, Any], ...]) -> None:
    run = nam_kernel.check(*documents)
    found = {finding.kind: finding for finding in run.findings if finding.kind}
    assert set(found) == {"noise", "level", "overlap", "left_over", "delay"}
    assert found["left_over"].sentence == "the last 200 samples (0.200 s) fill no item and are left out"
    (esr,) = (finding.facts["lowest_esr"] for finding in run.findings if "lowest_esr" in finding.facts)
    assert esr == pytest.approx(1e-8 / float(run.validation.y.square().mean()), rel=0.3)  # type: ignore[union-attr]
    assert any(line.startswith("note") and "nx is not needed" in line for line in lines(run))


def test_a_run_that_cannot_learn_anything_is_stopped_with_all_findings(pair: Any, alone: None) -> None:
    silent = {"train": pair(np.ones(900) / 2, np.zeros(900))}
    with pytest.raises(HandshakeError, match=r"y\.wav: the output is silent throughout") as caught:
        nam_kernel.check(silent, {"net": {"name": "Gain"}}, {})
    assert [(f.severity, f.kind) for f in caught.value.findings if f.kind] == [("error", "silence")]


def test_what_is_wrong_with_several_recordings_is_told_together_and_once(pair: Any, alone: None) -> None:
    entry = pair(np.ones(900) / 2, np.ones(900) / 2)
    broken = Path(entry["x_path"]).with_name("page.wav")
    broken.write_text("<html>")
    wrong = [{**entry, "channel": 2}, {**entry, "y_path": str(broken)}, {**entry, "stop_samples": 5000}]
    validation = {**entry, "x_path": str(broken), "y_path": str(broken)}
    with pytest.raises(DataError) as caught:
        nam_kernel.check({"train": [*wrong, wrong[1]], "validation": validation}, {"net": {"name": "Gain"}}, {})
    told = str(caught.value).splitlines()
    assert [line.split(": ")[0] for line in told] == ["train[0]", "train[1] and train[3]", "train[2]", "validation"]
    assert [line.count("page.wav") for line in told] == [0, 1, 0, 1]
    assert told[3].startswith("validation: x_path and y_path: ")


@pytest.mark.parametrize(("delay", "plots", "drawn"), [("auto", True, True), ("auto", False, False), (40, True, False)])
def test_a_delay_that_was_asked_for_is_drawn_into_the_run_folder(
    pair: Any, tmp_path: Path, alone: None, delay: Any, plots: bool, drawn: bool
) -> None:
    pytest.importorskip("matplotlib")
    x = np.random.default_rng(0).standard_normal(3 * 48000) * 0.1
    x[:24000] = 0
    entry = pair(x, np.tanh(3 * np.roll(x, 40)), rate=48000, delay=delay)
    result = nam_kernel.train({"train": entry}, {"net": {"name": "Gain"}}, {}, tmp_path / "runs", plots=plots)
    picture = result.directory / "alignment.png"
    assert picture.is_file() is drawn
    assert not drawn or picture.read_bytes().startswith(b"\x89PNG")


def test_a_run_does_everything_once(documents: tuple[dict[str, Any], ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """But for the headers, which are read once more when the samples are, and the samples, to listen to all of them."""
    calls: Counter[str] = Counter()

    def counting(owner: Any, name: str) -> None:
        function = getattr(owner, name)

        def call(*arguments: Any, **keywords: Any) -> Any:
            calls[name] += 1
            return function(*arguments, **keywords)

        monkeypatch.setattr(owner, name, call)

    counting(WavConfig, "model_validate")
    counting(pair_module, "read_header")
    counting(pair_module, "read_audio")
    counting(dataset, "measure")
    data, model, learning = documents
    nam_kernel.check({"train": data["validation"]}, model, learning)
    assert calls == {"model_validate": 1, "read_header": 2 * 2, "read_audio": 2 * 2, "measure": 2}
