"""Claims about ``compare``, with figures in closed form."""

from __future__ import annotations

import json
import math
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch

from nam_kernel import Dataset, register
from nam_kernel.cli.main import main
from nam_kernel.interfaces import BaseDataset
from nam_kernel.run.record import RunFacts
from nam_plugin_export import compare
from nam_plugin_export.verdict import Verdict
from nam_plugin_report import compare as measured

RATE = 48000


def told(capsys: pytest.CaptureFixture[str], *arguments: Any) -> Any:
    assert compare.main([*map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_two_gains_differ_in_level_and_in_nothing_else(
    model: Path, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(capsys, model, run)
    # Gain 2 against gain 3: the difference is a third of the reference, and vanishes at the right level.
    assert found["esr"] == pytest.approx(1 / 9, rel=1e-6)
    assert found["level_db"] == pytest.approx(20 * math.log10(2 / 3), abs=1e-6)
    assert found["null_db"] < -120
    assert found["verdict"] == "rough"
    assert all(band["difference_db"] == pytest.approx(20 * math.log10(2 / 3), abs=1e-3) for band in found["spectrum"])


def test_a_model_is_compared_with_a_recording_of_its_di(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dice = np.random.default_rng(0)
    di, noise = dice.normal(size=(2, RATE)).astype(np.float32) * 0.1
    noise -= di * float(di @ noise) / float(di @ di)
    noise *= float(np.sqrt((di @ di) / (noise @ noise)))
    soundfile.write(tmp_path / "di.wav", di, RATE, subtype="FLOAT")
    soundfile.write(tmp_path / "amp.wav", 2 * di + 0.2 * noise, RATE, subtype="FLOAT")
    found = told(capsys, model, tmp_path / "amp.wav", "--di", tmp_path / "di.wav")
    # The noise is at right angles to the signal, and has a hundredth of its power.
    assert found["esr"] == pytest.approx(0.01 / 1.01, rel=1e-3)
    assert found["null_db"] == pytest.approx(10 * math.log10(0.01 / 1.01), abs=0.01)


def test_the_spectrum_says_where_they_differ() -> None:
    time = np.arange(2 * RATE) / RATE
    low, high = np.sin(2 * np.pi * 100 * time), np.sin(2 * np.pi * 4000 * time)
    found = {band.hz: band for band in measured(low + 0.5 * high, low + high, RATE).spectrum}
    assert found[100.0].difference_db == pytest.approx(0.0, abs=0.01)
    assert found[3981.1].difference_db == pytest.approx(20 * math.log10(0.5), abs=0.01)
    # A sine at full scale has half the power of full scale.
    assert found[100.0].b_db == pytest.approx(10 * math.log10(0.5), abs=0.05)


class Strum(BaseDataset):
    """A decaying tone, and what gear of a gain makes of it."""

    nx = 1
    sample_rate = RATE

    def __init__(self, gain: float) -> None:
        time = torch.arange(3 * RATE) / RATE
        self.x = 0.2 * torch.exp(-time % 1) * torch.sin(2 * torch.pi * 220 * time)
        self.y = gain * self.x

    @property
    def ny(self) -> int:
        return len(self.y)

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        return self.x, self.y

    @classmethod
    def init_from_config(cls, config: Any) -> Strum:
        return cls(config["gain"])


@pytest.fixture
def runs(tmp_path: Path, run: Path, write_model: Callable[[float, Path], Path]) -> tuple[Path, Path]:
    """Two runs, with models of gain 3 and of gain 2.8, that were validated on gear of gain 2.9 and of gain 3."""
    register(Dataset(name="strum", target=Strum))
    other = tmp_path / "again"
    shutil.copytree(run, other)
    write_model(2.8, other)
    for folder, gain in ((run, 2.9), (other, 3.0)):
        data = {"type": "strum", "train": {"gain": gain}, "validation": {"gain": gain}}
        (folder / "config_data.json").write_text(json.dumps(data))
        events = [{"event": "validated", "epoch": n, "metrics": {"ESR": gain / n}} for n in (1, 2)]
        (folder / "progress.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    return run, other


def test_two_runs_are_judged_by_what_the_second_was_validated_on(
    runs: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(capsys, *runs)
    assert found["played"] == "the validation of again"
    assert found["closer"] == "a"
    assert found["a_to_target"]["esr"] == pytest.approx(0, abs=1e-12)
    assert found["b_to_target"]["esr"] == pytest.approx((0.2 / 3) ** 2, rel=1e-4)
    # The other way round it is gear of gain 2.9, to which both are as close.
    found = told(capsys, *reversed(runs))
    assert found["closer"] is None
    assert [found[f"{side}_to_target"]["esr"] for side in "ab"] == pytest.approx([(0.1 / 2.9) ** 2] * 2, rel=1e-3)


def test_a_run_of_other_recordings_is_told(runs: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    facts = RunFacts.model_validate_json((runs[0] / "run.json").read_bytes())
    assert told(capsys, *runs)["notes"] == []
    facts.recordings = {"validation": {"hash": "of another take"}}
    (runs[0] / "run.json").write_text(facts.model_dump_json())
    (note,) = told(capsys, *runs)["notes"]
    assert note.startswith("run was trained and validated on other recordings")


def test_runs_whose_recordings_are_gone_play_a_guitar(
    runs: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    (runs[1] / "config_data.json").write_text('{"train": {"x_path": "gone.wav"}, "validation": {}, "type": "nosuch"}')
    found = told(capsys, *runs)
    assert found["played"] == "a computed guitar"
    assert found["closer"] is None
    assert "cannot be read" in found["notes"][0]


def test_the_target_says_which_of_two_models_is_better(
    model: Path, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    di = np.random.default_rng(0).normal(size=3 * RATE).astype(np.float32) * 0.05
    soundfile.write(tmp_path / "di.wav", di, RATE, subtype="FLOAT")
    soundfile.write(tmp_path / "amp.wav", 2.9 * di, RATE, subtype="FLOAT")
    given = [str(model), str(run), "--di", str(tmp_path / "di.wav"), "--target", str(tmp_path / "amp.wav")]
    found = told(capsys, *given)
    # Gains 2 and 3 against 2.9.
    assert found["closer"] == "b"
    assert found["a_to_target"]["esr"] == pytest.approx((0.9 / 2.9) ** 2, rel=1e-4)
    assert found["b_to_target"]["esr"] == pytest.approx((0.1 / 2.9) ** 2, rel=1e-4)
    assert compare.main(given) == 0
    text = capsys.readouterr().out
    assert "B is better." in text
    assert "The error of B is 19.1 dB lower than that of A; B is closer in 3 of 3 seconds." in text


def test_too_small_a_difference_prefers_none() -> None:
    signal = np.random.default_rng(0).normal(size=RATE)
    a, b = (measured(signal * (1 + error), signal, RATE) for error in (0.10, 0.105))
    verdict = Verdict(a, b, 10, 9)
    assert verdict.gain_db == pytest.approx(20 * math.log10(1.05), abs=1e-6)
    assert (verdict.closer, verdict.word) == (None, "Neither is better")
    assert "too little to say" in verdict.sentences()[1]


@pytest.mark.parametrize(("broken", "closer"), [("a", "b"), ("b", "a"), ("ab", None)])
def test_a_model_that_plays_no_numbers_is_never_the_better_one(broken: str, closer: str | None) -> None:
    signal = np.random.default_rng(0).normal(size=RATE)
    good = measured(1.1 * signal, signal, RATE)
    bad = replace(good, esr=math.nan)
    assert Verdict(bad if "a" in broken else good, bad if "b" in broken else good, 10, 0).closer == closer


def test_the_page_is_one_file_to_listen_to(
    runs: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.html"
    assert compare.main([*map(str, runs), "--page", str(page)]) == 0
    assert str(page) in capsys.readouterr().out
    text = page.read_text(encoding="utf-8")
    assert "<p class='verdict'>A is better</p>" in text
    addresses = re.findall(r"(?:src|href)='([^']{0,20})", text)
    assert addresses
    assert all(address.startswith("data:") for address in addresses)
    titles = re.findall(r"<audio [^>]*aria-label='([^']+)'", text)
    assert titles[:6] == ["Recording", "A", "B", "Recording minus A", "Recording minus B", "Guitar"]
    headings = re.findall(r"<h2[^>]*>([^<]+)", text)
    # A is exact, so that it has no worst second.
    assert headings == ["Listen", "Figures", "The trainings", "The worst second of B", "Spectrum", "Aliasing"]
    assert str(tmp_path) not in text


def test_a_page_of_two_models_says_what_it_takes_to_know_the_better_one(model: Path, run: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert compare.main([str(model), str(run), "--page", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert "<p class='verdict'>Rough</p>" in text
    assert "name it with --target" in text
    # The level of A is 2/3 of that of B, which is the reference.
    matched = dict(re.findall(r"aria-label='(\w)' data-matched='([\d.]+)'", text))
    assert {name: float(value) for name, value in matched.items()} == {"A": pytest.approx(1.5, rel=1e-3), "B": 1.0}


def test_a_page_that_exists_is_overwritten_only_with_force(
    model: Path, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.html"
    page.write_text("mine")
    given = ["compare", str(model), str(run), "--page", str(page)]
    assert main(given) == 2
    assert "--force" in capsys.readouterr().err
    assert page.read_text() == "mine"
    assert main(["compare", str(model), str(run), "--page", str(model), "--force"]) == 2
    assert "is read by this command" in capsys.readouterr().err
    assert main([*given, "--force"]) == 0
    assert page.read_text().startswith("<!doctype html>")


def test_the_figures_are_told_in_words(model: Path, run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compare.main([str(model), str(run)]) == 0
    text = capsys.readouterr().out
    assert "a is 3.52 dB quieter than b" in text
    assert "ESR         0.11, rough" in text


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["{model}", "{folder}/amp.wav"], "name that with --di"),
        (["{folder}/amp.wav", "{folder}/amp.wav", "--di", "{folder}/amp.wav"], "both are recordings"),
        (["{model}", "{folder}/amp.wav", "--di", "{folder}/other.wav"], "the sample rates differ"),
        (["{model}", "{folder}/amp.wav", "--di", "{folder}/short.wav"], "the DI that the recording was made with"),
        (["{model}", "{folder}/silent.wav", "--di", "{folder}/amp.wav"], "the reference is silent"),
        (["{model}", "{folder}/stereo.wav", "--di", "{folder}/amp.wav"], "2 different channels"),
        (["{model}", "{folder}/none.wav", "--di", "{folder}/amp.wav"], "no such file"),
        (["{model}", "{folder}/none.tape"], "no such file"),
        (["{model}", "{model}", "--target", "{folder}/amp.wav"], "name that with --di"),
        (["{model}", "{folder}/amp.wav", "--di", "{folder}/amp.wav", "--target", "{folder}/amp.wav"], "for two models"),
        (["{model}", "{model}", "--di", "{folder}/amp.wav", "--target", "{folder}/other.wav"], "convert one of them"),
        (["{model}", "{model}", "--di", "{folder}/amp.wav", "--target", "{folder}/short.wav"], "short.wav 100"),
        (["{model}", "{model}", "--di", "{folder}/amp.wav", "--target", "{folder}/silent.wav"], "is silent"),
        (["{model}", "{model}", "--page", "{folder}/none/page.html"], "make it first"),
    ],
)
def test_what_cannot_be_compared_is_explained(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], what: str
) -> None:
    ramp = np.linspace(-1, 1, 5000)
    for name, samples, rate in (
        ("amp", ramp, RATE),
        ("other", ramp, 44100),
        ("short", ramp[:100], RATE),
        ("silent", 0 * ramp, RATE),
        ("stereo", np.stack((ramp, -ramp), 1), RATE),
    ):
        soundfile.write(tmp_path / f"{name}.wav", samples, rate, subtype="FLOAT")
    assert main(["compare", *(a.format(model=model, folder=tmp_path) for a in arguments)]) == 2
    assert what in capsys.readouterr().err
