"""Every fault of a set of captures is found, with a remedy, and a set without faults is left alone."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from captures_parts import RATE, amplifier, guitar, table, write

from nam_kernel import Condition
from nam_plugin_parametric.captures.check import checked, main
from nam_plugin_parametric.captures.levels import predicted
from nam_plugin_parametric.captures.space import farthest_corner, place_of, rank_correlation

GAINS = (0, 2, 4, 6, 8, 10)
Change = Callable[[int, np.ndarray[Any, Any]], np.ndarray[Any, Any]]


@pytest.fixture(scope="module")
def outputs() -> dict[int, np.ndarray[Any, Any]]:
    x = guitar(2.5)
    return {gain: amplifier(x, gain) for gain in GAINS}


@pytest.fixture
def captures(tmp_path: Path, outputs: dict[int, np.ndarray[Any, Any]]) -> Callable[..., Path]:
    """Write the captures, changed, and their table; ``labels`` are the gains that it states."""

    def make(change: Change = lambda _, y: y, labels: Sequence[float] = GAINS, extra: Sequence[str] = ()) -> Path:
        write(tmp_path / "di.wav", guitar(2.5))
        lines = ["x_path,y_path,gain"]
        for gain, label in zip(GAINS, labels, strict=True):
            write(tmp_path / f"g{gain}.wav", change(gain, outputs[gain]))
            lines.append(f"di.wav,g{gain}.wav,{label}")
        return table(tmp_path, *lines, *extra)

    return make


def told(path: Path, kind: str) -> list[str]:
    return [str(finding) for finding in checked(path)[2] if finding.kind == kind]


def test_captures_without_faults_have_none(captures: Callable[..., Path]) -> None:
    _, _, found = checked(captures())
    assert {finding.severity for finding in found} <= {"note", "info"}


def test_a_shifted_capture_is_named_with_its_delay(captures: Callable[..., Path]) -> None:
    path = captures(lambda gain, y: np.roll(y, 90) if gain == 4 else y)
    (sentence,) = told(path, "shifted")
    assert "g4.wav lags against the rest by" in sentence
    lag = int(sentence.split("by ")[1].split()[0])
    assert abs(lag - 90) <= 5


def test_captures_that_are_all_late_are_told_once(captures: Callable[..., Path]) -> None:
    (sentence,) = told(captures(lambda _, y: np.roll(y, 200)), "shifted")
    assert "all captures lag by" in sentence
    assert abs(int(sentence.split("lag by ")[1].split()[0]) - 200) <= 5


def test_captures_that_are_all_apart_should_be_aligned_automatically(captures: Callable[..., Path]) -> None:
    (sentence,) = told(captures(lambda gain, y: np.roll(y, 50 * gain)), "shifted")
    assert "not aligned" in sentence
    assert '"auto"' in sentence


def test_an_inverted_capture_is_named(captures: Callable[..., Path]) -> None:
    (sentence,) = told(captures(lambda gain, y: -y if gain == 8 else y), "inverted")
    assert "g8.wav is inverted against the rest" in sentence
    assert told(captures(lambda _, y: -y), "inverted") == []


def test_an_inverted_capture_is_turned_over_by_its_scale(captures: Callable[..., Path]) -> None:
    path = captures(lambda gain, y: -y if gain == 8 else y)
    lines = path.read_text().splitlines()
    table(path.parent, f"{lines[0]},y_scale", *(f"{line},{-1 if ',8' in line else ''}" for line in lines[1:]))
    assert told(path, "inverted") == []


def test_an_offset_from_zero_is_told_of_all_captures_at_once(captures: Callable[..., Path]) -> None:
    path = captures(lambda gain, y: y - y.mean() + {4: 0.3, 8: 0.5}.get(gain, 0.01) * np.std(y))
    (sentence,) = told(path, "offset")
    # An offset of 0.5 RMS is 0.5 / sqrt(1 + 0.25) of what is measured with it.
    assert "2 captures have a DC offset, of 45% of the RMS at worst: g8.wav, g4.wav" in sentence
    assert "high-pass" in sentence


def test_noise_where_the_input_is_silent_is_told_with_the_esr_that_it_allows(
    captures: Callable[..., Path], outputs: dict[int, np.ndarray[Any, Any]]
) -> None:
    # What is silent, and how loud the noise is, counts in the files, whatever the config makes of them.
    hiss = 1e-5 * np.random.default_rng(1).uniform(-1, 1, RATE)
    silent = np.zeros(RATE)
    noise = np.random.default_rng(0).standard_normal(len(outputs[0]) + RATE)
    level = float(np.sqrt(np.mean(np.concatenate((silent, outputs[6])) ** 2)))

    def noisy(gain: int, y: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.concatenate((silent, y)) + {2: 1e-6, 6: 0.1}.get(gain, 0.0) * level * noise

    path = captures(noisy)
    write(path.parent / "di.wav", np.concatenate((hiss, guitar(2.5))))
    lines = path.read_text().splitlines()
    table(path.parent, f"{lines[0]},input_gain,y_scale", *(f"{line},20,0.1" for line in lines[1:]))
    (sentence,) = told(path, "noise")
    # The power of the noise is a hundredth of that of the sound.
    assert "one capture has a noise floor" in sentence
    assert "below 0.0099: g6.wav" in sentence
    assert abs(float(sentence.split("of ")[1].split(" dBFS")[0]) - 20 * math.log10(0.1 * level)) < 1


@pytest.mark.parametrize("decibels", [18, -18])
@pytest.mark.parametrize("gain", [0, 4, 10])
def test_a_capture_of_another_level_is_named(captures: Callable[..., Path], gain: int, decibels: int) -> None:
    factor = 10 ** (decibels / 20)
    sentences = told(captures(lambda g, y: factor * y if g == gain else y), "level")
    assert [f"g{gain}.wav is" in s for s in sentences] == [True]
    assert ("louder" if decibels > 0 else "quieter") in sentences[0]


def test_captures_that_are_quiet_throughout_are_told_with_a_scale(captures: Callable[..., Path]) -> None:
    path = captures(lambda _, y: y / 30)
    (sentence,) = told(path, "usual_level")
    scale = float(sentence.split("set y_scale to ")[1].split()[0])
    lines = path.read_text().splitlines()
    table(path.parent, f"{lines[0]},y_scale", *(f"{line},{scale}" for line in lines[1:]))
    assert told(path, "usual_level") == []


def test_exchanged_labels_are_named_with_a_maybe(captures: Callable[..., Path]) -> None:
    (sentence,) = told(captures(labels=(0, 8, 4, 6, 2, 10)), "exchanged")
    assert "g2.wav (gain 8)" in sentence
    assert "g8.wav (gain 2)" in sentence
    assert "maybe" in sentence


def test_a_silent_capture_is_an_error_and_unequal_lengths_a_note(captures: Callable[..., Path]) -> None:
    path = captures(lambda gain, y: 0 * y if gain == 6 else y[: -100 * gain] if gain else y)
    _, _, found = checked(path)
    assert [f.severity for f in found if f.kind == "silence"] == ["error"]
    (sentence,) = told(path, "lengths")
    assert "differ in length by up to 1000 samples" in sentence
    assert main([str(path)]) == 2


def test_one_setting_of_two_takes_is_told(captures: Callable[..., Path], tmp_path: Path) -> None:
    path = captures(extra=["di.wav,again.wav,4"])
    write(tmp_path / "again.wav", amplifier(guitar(2.5), 4.1))
    (sentence,) = told(path, "twice")
    assert "g4.wav and again.wav have the same setting (gain 4)" in sentence


def test_knobs_that_move_together_are_told_with_the_setting_to_record_next(
    tmp_path: Path, outputs: dict[int, np.ndarray[Any, Any]]
) -> None:
    write(tmp_path / "di.wav", guitar(2.5))
    lines = ["x_path,y_path,drive,master"]
    for gain in GAINS:
        write(tmp_path / f"g{gain}.wav", outputs[gain])
        lines.append(f"di.wav,g{gain}.wav,{gain},{10 - gain}")
    path = table(tmp_path, *lines)
    (sentence,) = told(path, "together")
    assert "drive and master move against each other (rank correlation -1.00)" in sentence
    assert "record drive 0, master 0 next" in sentence or "record drive 10, master 10 next" in sentence


def test_validation_of_trained_settings_is_noted(captures: Callable[..., Path], tmp_path: Path) -> None:
    captures()
    common = {"type": "Captures", "table": "captures.csv", "delay": 0, "require_input_pre_silence": None}
    data = {"train": {"stop_samples": RATE}, "validation": {"start_samples": RATE}, "common": common}
    (tmp_path / "data.json").write_text(json.dumps(data))
    (sentence,) = told(tmp_path / "data.json", "seen")
    assert "all settings of the validation are trained as well" in sentence


def test_a_validation_beyond_the_training_is_told(captures: Callable[..., Path], tmp_path: Path) -> None:
    path = captures()
    lines = path.read_text().splitlines()
    split = ["split", "train", "", "train", "train", "train", "validation"]
    table(tmp_path, *(f"{line},{part}" for line, part in zip(lines, split, strict=True)))
    data = {"train": {}, "validation": {}, "common": {"type": "Captures", "table": "captures.csv"}}
    (tmp_path / "data.json").write_text(json.dumps(data))
    (sentence,) = told(tmp_path / "data.json", "beyond")
    assert "the validation has gain 10, which is outside of what is trained (0 to 8)" in sentence
    (sentence,) = told(tmp_path / "data.json", "seen")
    assert "1 of 2 settings" in sentence


def test_the_command_prints_a_line_for_each_capture(
    captures: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = captures(lambda gain, y: -y if gain == 8 else y)
    assert main([str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["capture", "setting", "delay", "level", "polarity"]
    assert [line.split()[0] for line in lines[1:7]] == [f"g{gain}.wav" for gain in GAINS]
    assert [line.split()[-1] for line in lines[1:7]] == ["same"] * 4 + ["inverted", "same"]


def test_the_command_prints_json(captures: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(captures()), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert [knob["name"] for knob in printed["knobs"]] == ["gain"]
    assert [capture["settings"] for capture in printed["captures"]] == [{"gain": float(gain)} for gain in GAINS]
    assert all(abs(capture["delay"]) <= 3 for capture in printed["captures"])


def test_what_cannot_be_read_is_an_error_in_json_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = table(tmp_path, "x_path,y_path,gain", "no.wav,no.wav,1")
    assert main([str(path), "--json"]) == 2
    (found, *_) = json.loads(capsys.readouterr().out)["findings"]
    assert (found["severity"], "line 2" in found["where"]) == ("error", True)


def test_spearmans_rank_correlation_is_that_of_the_textbook() -> None:
    # Ranks 1, 2, 3.5, 3.5, 5 against 1, 3, 2, 4, 5: product 8 of the norms sqrt(9.5) and sqrt(10).
    a, b = np.array([1.0, 2, 7, 7, 9]), np.array([0.0, 20, 10, 30, 40])
    assert rank_correlation(a, b) == pytest.approx(8 / math.sqrt(9.5 * 10))
    assert rank_correlation(a, -a) == pytest.approx(-1)
    assert rank_correlation(a, np.ones(5)) == 0.0


def test_a_log_knob_has_equal_ratios_at_equal_distances() -> None:
    knob = Condition("f", low=100, high=10_000, curve="log")
    assert place_of(knob, 1000) == pytest.approx(0.5)


def test_the_farthest_corner_is_the_one_that_nobody_recorded() -> None:
    pair = (Condition("a", high=10), Condition("b", high=1))
    recorded = [{"a": 0.0, "b": 0.0}, {"a": 9.0, "b": 0.9}, {"a": 0.0, "b": 0.7}]
    assert farthest_corner(recorded, pair) == {"a": 9.0, "b": 0.0}


def test_a_level_is_expected_between_neighbours_and_straight_lines_through_them() -> None:
    points = np.linspace(0, 1, 6)[:, None]
    levels = np.array([-40.0, -30, -24, -20, -18, -17])
    # The end lies between its neighbour and the line through the next two.
    assert predicted(points, levels, 0) == pytest.approx((-36, -30))
    # An inner one between its neighbours, -30 and -20, and the lines: -30 + 10 and -20 - 2.
    assert predicted(points, levels, 2) == pytest.approx((-30, -20))


def test_captures_are_listed_in_the_order_of_their_settings(
    captures: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(captures(labels=(0, 2, 10, 6, 8, 4)))]) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:7]]
    assert listed == ["g0.wav", "g2.wav", "g10.wav", "g6.wav", "g8.wav", "g4.wav"]
