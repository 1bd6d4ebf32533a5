"""What is found in recordings before a training."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from wav_parts import make

from nam_kernel import Finding
from nam_kernel.interfaces import ConcatDataset
from nam_kernel.text import findings_table
from nam_plugin_wav import dataset as dataset_module
from nam_plugin_wav.dataset import WavDataset
from nam_plugin_wav.inspection import inspect_all, inspect_pair
from nam_plugin_wav.levels import decibels, measure
from nam_plugin_wav.noise import lowest_esr, noise_power

RATE = 48000


def playing(seconds: float = 4.0, level: float = 0.1, seed: int = 0) -> np.ndarray:
    """Noise that gets quieter towards high frequencies, in bursts, a little like playing."""
    random = np.random.default_rng(seed)
    spectrum = np.fft.rfft(random.normal(size=round(seconds * RATE)))
    frequency = np.fft.rfftfreq(round(seconds * RATE), 1 / RATE)
    signal = np.fft.irfft(spectrum / (1 + (frequency / 300) ** 2), round(seconds * RATE))
    bursts = 0.6 + 0.4 * np.sin(2 * np.pi * 2 * np.arange(len(signal)) / RATE)
    signal *= bursts
    return level * (signal - signal.mean()) / signal.std()


def found(dataset: WavDataset, kind: str) -> list[Finding]:
    return [finding for finding in inspect_pair(dataset) if finding.kind == kind]


def errors(dataset: WavDataset) -> list[str]:
    return [str(finding) for finding in inspect_all(dataset) if finding.severity == "error"]


def test_a_good_pair_has_nothing_but_its_delay_and_its_levels(pair: Any) -> None:
    x = playing()
    findings = inspect_all(make(pair(x, np.tanh(3 * x), rate=RATE)))
    assert [(f.severity, f.kind) for f in findings] == [("info", "delay"), ("info", "level")]
    assert "found 0, you wrote 0" in findings[0].sentence
    assert f"RMS {decibels(float(np.sqrt(np.mean(x**2)))):.1f} dBFS" in findings[1].sentence


def test_levels_of_a_sine_and_an_offset_are_those_of_the_textbook() -> None:
    sine = (0.5 * np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE) + 0.1).astype(np.float32)
    levels = measure(sine, RATE)
    assert levels.peak == pytest.approx(0.6)
    assert levels.mean == pytest.approx(0.1)
    assert levels.rms == pytest.approx(np.sqrt(0.125 + 0.01))
    np.testing.assert_allclose(levels.frame_power, 0.135, rtol=1e-5)
    assert len(levels.frame_power) == 100


def test_levels_do_not_depend_on_gain_and_scale(pair: Any) -> None:
    x = playing()
    entry = pair(x, np.tanh(x), rate=RATE)
    plain, changed = make(entry), make({**entry, "input_gain": -12.0, "y_scale": -2.0})
    for side in ("x", "y"):
        assert changed.levels(side).rms == pytest.approx(plain.levels(side).rms, rel=1e-5)
        assert changed.levels(side).mean == pytest.approx(plain.levels(side).mean, abs=1e-7)


def test_clipping_is_counted_and_placed(pair: Any) -> None:
    x = playing()
    y = 0.5 * np.tanh(x)
    for start in (48000, 96000, 96010):
        y[start : start + 3] = 1.0
    (finding,) = found(make(pair(x, y, rate=RATE)), "clipping")
    assert (finding.severity, finding.where) == ("warning", "y.wav")
    assert "9 samples at full scale, at 1.00, 2.00 s" in finding.sentence


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24"])
def test_clipping_of_integer_files_is_seen_on_both_sides(tmp_path: Path, subtype: str) -> None:
    x = playing()
    for sign in (1, -1):
        y = x.copy()
        y[100:104] = sign
        for name, signal in (("x", x), ("y", y)):
            soundfile.write(tmp_path / f"{name}.wav", signal, RATE, subtype=subtype)
        dataset = make({"x_path": tmp_path / "x.wav", "y_path": tmp_path / "y.wav"})
        assert "4 samples at full scale, at 0.00 s" in found(dataset, "clipping")[0].sentence


def test_a_file_normalised_to_full_scale_does_not_clip(pair: Any) -> None:
    x = playing()
    assert found(make(pair(x / np.abs(x).max(), x, rate=RATE)), "clipping") == []


def test_clipping_that_was_turned_down_is_seen(pair: Any) -> None:
    x = playing()
    (finding,) = found(make(pair(np.clip(x, -0.2, 0.2), x, rate=RATE)), "clipping")
    assert "exactly at its peak of -14.0 dBFS" in finding.sentence


def test_a_float_file_over_full_scale_is_told_from_clipping(pair: Any) -> None:
    x = playing()
    (finding,) = found(make(pair(x, 2 * x / np.abs(x).max(), rate=RATE)), "clipping")
    assert "exceeds full scale by 6.0 dB" in finding.sentence


def test_an_offset_is_told_with_its_size(pair: Any) -> None:
    x = playing()
    (finding,) = found(make(pair(x, x + 0.05, rate=RATE)), "offset")
    assert finding.where == "y.wav"
    assert "+0.05" in finding.sentence
    assert "-26.0 dBFS" in finding.sentence
    assert found(make(pair(x, x + 0.001, rate=RATE)), "offset") == []


def test_a_quiet_recording_is_told(pair: Any) -> None:
    x = playing()
    assert [f.where for f in found(make(pair(x, 0.001 * x, rate=RATE)), "level")] == ["y.wav", "x.wav -> y.wav"]


def test_mostly_silent_input_is_told(pair: Any) -> None:
    x = playing()
    x[RATE:] = 0
    (finding,) = found(make(pair(x, x / 2, rate=RATE)), "silence")
    assert "75%" in finding.sentence


@pytest.mark.parametrize("noise", [1e-2, 1e-3])
def test_the_noise_floor_and_the_esr_that_it_allows(pair: Any, noise: float) -> None:
    """White noise of known power under a signal of known power: the ESR floor is their ratio."""
    x = playing()
    x[RATE : 2 * RATE] = 0
    y = np.tanh(x) + noise * np.random.default_rng(1).normal(size=len(x)) + 0.003
    (finding,) = found(make(pair(x, y, rate=RATE)), "noise")
    esr = float(finding.sentence.split("ESR below ")[1])
    assert esr == pytest.approx(noise**2 / np.mean(y**2), rel=0.1)
    assert finding.severity == ("warning" if noise == 1e-2 else "info")
    assert f"{20 * np.log10(noise):.0f}." in finding.sentence.replace("-39.9", "-40.").replace("-59.9", "-60.")


def test_noise_that_comes_and_goes_counts_with_its_mean_power(pair: Any) -> None:
    """The mean of (1 + sin)^2 is 1.5, its median less than 1."""
    x = playing()
    x[: 2 * RATE] = 0
    swell = 1 + np.sin(2 * np.pi * 1.5 * np.arange(len(x)) / RATE)
    noise = 1e-3 * swell * np.random.default_rng(1).normal(size=len(x))
    (finding,) = found(make(pair(x, np.tanh(x) + noise, rate=RATE)), "noise")
    esr = float(finding.sentence.split("ESR below ")[1])
    assert esr == pytest.approx(1.5e-6 / np.mean(np.tanh(x) ** 2), rel=0.2)


def test_an_output_of_nothing_but_noise_has_a_bound_of_one() -> None:
    """More noise where the input is silent than altogether would make the ratio of their powers larger."""
    x = measure(np.r_[np.zeros(2 * RATE), playing(2.0)].astype(np.float32), RATE)
    noise = np.r_[2e-3 * np.ones(2 * RATE), 1e-3 * np.ones(2 * RATE)] * np.random.default_rng(1).normal(size=4 * RATE)
    y = measure(noise.astype(np.float32), RATE)
    power = noise_power(x, y)
    assert power == pytest.approx(4e-6, rel=0.05)
    assert lowest_esr(power, y) == 1.0


def test_a_constant_is_no_noise(pair: Any) -> None:
    x = playing()
    x[RATE : 2 * RATE] = 0
    (finding,) = found(make(pair(x, x / 2 + 0.003, rate=RATE)), "noise")
    assert "no audible noise" in finding.sentence


@pytest.mark.parametrize("side", ["x", "y"])
def test_a_silent_recording_stops_the_run(pair: Any, side: str) -> None:
    x = playing()
    (sentence,) = errors(make(pair(x * (side != "x"), x * (side != "y"), rate=RATE)))
    assert sentence.startswith(f"{side}.wav: the {'input' if side == 'x' else 'output'} is silent throughout")


def test_integers_written_as_floats_stop_the_run(pair: Any) -> None:
    x = playing()
    (sentence,) = errors(make(pair(x, 32767 * x, rate=RATE)))
    assert sentence.startswith("y.wav: the output exceeds full scale by 8")
    assert "integers" in sentence


@pytest.mark.parametrize("frames", [1, 2, 479, 481, 4095, 4097])
def test_the_shortest_recordings_can_be_inspected(pair: Any, frames: int) -> None:
    x = playing()[:frames] + 0.01
    dataset = make(pair(x, np.tanh(x), rate=RATE))
    assert all(finding.sentence for finding in inspect_all(dataset, dataset))


class Other:
    """A dataset of another kind."""


def test_nothing_stops_a_good_run_nor_one_of_other_datasets(pair: Any) -> None:
    dataset = make(pair(playing(), playing(), rate=RATE))
    assert errors(dataset) == []
    assert inspect_all(Other()) == []
    assert {f.where for f in inspect_all(Other(), ConcatDataset([ConcatDataset([dataset])]))} == {
        "x.wav and y.wav",
        "x.wav -> y.wav",
    }


def test_a_copy_of_the_input_is_told_at_any_level_of_the_training(pair: Any) -> None:
    x = playing()
    for keys in ({}, {"y_scale": -0.3, "input_gain": 7.0}):
        copy = make(pair(x, x, rate=RATE, **keys))
        copy.scale_output(0.7)
        (finding,) = found(copy, "same")
        assert (finding.severity, finding.where) == ("warning", "x.wav and y.wav")
    assert found(make(pair(x, -x, rate=RATE)), "same") == []
    assert found(make(pair(x, 0.5 * x, rate=RATE)), "same") == []


@pytest.mark.parametrize("delay", [0, 300, "auto"])
def test_one_file_as_input_and_output_is_named_at_any_delay(tmp_path: Path, pair: Any, delay: Any) -> None:
    x = playing()
    entry = pair(x, x, rate=RATE, delay=delay)
    (finding,) = found(make({**entry, "y_path": entry["x_path"]}), "same")
    assert (finding.severity, finding.where) == ("warning", "x.wav")
    soundfile.write(tmp_path / "both.wav", np.stack([x, np.tanh(3 * x)], 1), RATE, subtype="FLOAT")
    both = {key: str(tmp_path / "both.wav") for key in ("x_path", "y_path")}
    assert found(make({**both, "x_channel": 1, "y_channel": 2}), "same") == []


def test_overlap_of_training_and_validation_is_measured(pair: Any) -> None:
    x = playing()
    entry = pair(x, np.tanh(x), rate=RATE, require_input_pre_silence=None)
    train = make({**entry, "stop_samples": 3 * RATE})
    overlaps = [
        [f.sentence for f in inspect_all(train, make({**entry, "start_samples": start})) if f.kind == "overlap"]
        for start in (2 * RATE, 3 * RATE)
    ]
    assert overlaps[0][0].startswith("1.00 s of the validation are in the training too")
    assert overlaps[1] == []


def test_one_capture_under_two_names_is_told(tmp_path: Path, pair: Any) -> None:
    x = playing()
    first = pair(x, np.tanh(x), rate=RATE)
    shutil.copy(first["y_path"], tmp_path / "again.wav")
    soundfile.write(tmp_path / "other.wav", np.tanh(2 * x), RATE, subtype="FLOAT")
    entries = [first, *({**first, "y_path": str(tmp_path / name)} for name in ("again.wav", "other.wav"))]
    duplicates = [f for f in inspect_all(ConcatDataset([make(e) for e in entries])) if f.kind == "duplicate"]
    assert [f.where for f in duplicates] == ["y.wav and again.wav"]
    twice = inspect_all(ConcatDataset([make(first), make(first)]))
    assert [f.kind for f in twice] == ["delay", "level", "duplicate"]


def test_what_fills_no_item_is_told_for_each_entry_of_the_training(pair: Any) -> None:
    x = playing()
    entry = pair(x, np.tanh(x), rate=RATE, ny=8192)
    train = ConcatDataset([make(entry, nx=4093), make({**entry, "ny": None}, nx=4093), make(entry, nx=4093)])
    told = [f for f in inspect_all(train, make(entry, nx=4093)) if f.kind == "left_over"]
    count = (4 * RATE - 4092) % 8192
    assert [f.sentence for f in told] == 2 * [
        f"the last {count} samples ({count / RATE:.3f} s) fill no item and are left out"
    ]
    assert {(f.severity, f.where, f.facts["samples"]) for f in told} == {("info", "x.wav -> y.wav", count)}
    (one,) = (f for f in inspect_all(make({**entry, "ny": 4 * RATE - 1})) if f.kind == "left_over")
    assert one.sentence == "the last sample (0.000 s) fills no item and is left out"


def test_of_several_parts_of_a_file_the_worst_counts(pair: Any) -> None:
    x = playing()
    x[2 * RATE :] = 0
    x[3 * RATE : 3 * RATE + RATE // 4] = 0.1
    entry = pair(x, np.tanh(x), rate=RATE, require_input_pre_silence=None)
    parts = [
        make({**entry, "start_samples": start, "stop_samples": stop})
        for start, stop in ((0, RATE), (5 * RATE // 2, 4 * RATE), (2 * RATE, 5 * RATE // 2))
    ]
    silence = [f for f in inspect_all(ConcatDataset(parts)) if f.kind == "silence"]
    assert [(f.where, f.severity) for f in silence] == [("x.wav", "error"), ("y.wav", "error")]


def test_each_signal_is_measured_once(pair: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[int] = []

    def counting(samples: Any, *arguments: Any) -> Any:
        measured.append(len(samples))
        return measure(samples, *arguments)

    monkeypatch.setattr(dataset_module, "measure", counting)
    x = playing()
    train, validation = make(pair(x, np.tanh(x), rate=RATE)), make(pair(x, np.tanh(2 * x), rate=RATE))
    for _ in range(2):
        inspect_all(train, validation)
    assert len(measured) == 4


def test_a_validation_like_nothing_in_the_training_is_told(tmp_path: Path, pair: Any) -> None:
    x = playing()
    train = make(pair(x, np.tanh(2 * x), rate=RATE))
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(4 * RATE) / RATE)
    cases = {"playing": playing(seed=1), "tone": tone, "quiet": playing(seed=2, level=0.002)}
    told = {}
    for name, signal in cases.items():
        (tmp_path / name).mkdir()
        for side, samples in (("x", signal), ("y", np.tanh(2 * signal))):
            soundfile.write(tmp_path / name / f"{side}.wav", samples, RATE, subtype="FLOAT")
        held_out = make({f"{s}_path": str(tmp_path / name / f"{s}.wav") for s in ("x", "y")})
        told[name] = any(f.kind == "unlike" for f in inspect_all(train, held_out))
    assert told == {"playing": False, "tone": True, "quiet": True}


def test_real_recordings_raise_no_false_alarm(cases: Path) -> None:
    files = {"x_path": str(cases / "pairs/di.wav")}
    for name in ("jcm", "deluxe"):
        entry = {**files, "y_path": str(cases / f"pairs/{name}.wav")}
        train = make({**entry, "stop_seconds": -9.0, "ny": 8192})
        validation = make({**entry, "start_seconds": -8.5})
        assert {f.severity for f in inspect_all(train, validation)} == {"info"}


def test_a_finding_is_a_sentence_and_its_remedy(pair: Any) -> None:
    x = playing()
    (finding,) = found(make(pair(x, x + 0.05, rate=RATE)), "offset")
    assert finding.remedy == "remove it with a high-pass filter below 20 Hz, or the net will learn it"
    assert " ".join(findings_table([finding], 200).split()).startswith("warning y.wav: has a DC offset of +0.05")
    assert findings_table([finding], 200).endswith(f"; {finding.remedy}")


def noisy(pair: Any, noise: float, **keys: Any) -> WavDataset:
    """A pair whose first two seconds are silent but for the noise of the output."""
    dice = np.random.default_rng(0)
    x = np.concatenate([np.zeros(2 * RATE), 0.2 * dice.standard_normal(2 * RATE)])
    return make(pair(x, x + noise * dice.standard_normal(len(x)), rate=RATE, **keys))


def test_the_noise_of_the_validation_limits_the_esr(pair: Any) -> None:
    """The power of the signal is that of the noise it is made of, 0.2**2 for half of the time."""
    train, clean, validation = noisy(pair, 1e-2), noisy(pair, 0.0), noisy(pair, 1e-3)
    limits = [f.facts for f in inspect_all(train, validation) if "lowest_esr" in f.facts]
    assert limits == [{"lowest_esr": pytest.approx(1e-6 / (0.5 * 0.04 + 1e-6), rel=0.1)}]
    assert not [f for f in inspect_all(train, clean) if "lowest_esr" in f.facts]
    assert not [f for f in inspect_all(train) if "lowest_esr" in f.facts]
    both = [f.facts for f in inspect_all(train, ConcatDataset([validation, train])) if "lowest_esr" in f.facts]
    assert both == [{"lowest_esr": pytest.approx(1e-4 / (0.5 * 0.04 + 1e-4), rel=0.1)}]
