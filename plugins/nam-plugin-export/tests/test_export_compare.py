"""Claims about ``compare``, with figures in closed form."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from nam_kernel.cli.main import main
from nam_plugin_export import compare
from nam_plugin_export.measures import compare as measured

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
