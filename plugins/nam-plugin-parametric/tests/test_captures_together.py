"""Captures whose delays were found one by one, brought to agree."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from captures_parts import RATE, amplifier, guitar, made, table, write

import nam_kernel
from nam_kernel import Condition
from nam_kernel.errors import DataError
from nam_plugin_parametric.captures.check import checked
from nam_plugin_parametric.captures.checks import captured
from nam_plugin_parametric.captures.dataset import Captures
from nam_plugin_parametric.captures.together import Answer, Samples, align_together, shifts_of
from nam_plugin_wav import Delay, estimate_delay

support = pytest.importorskip("support", reason="the material comes with the checkout")

GAIN = Condition("gain", 0, 10)
TOLERANCE = 12
QUIET = {"require_input_pre_silence": None, "allow_unequal_lengths": True}


def answer(gain: float, late: int, delay: int) -> Answer:
    """Return what is heard of an amplifier from an estimated delay on, which is ``late`` samples too long or short."""
    return Answer({"gain": gain}, delay, np.roll(amplifier(guitar(), gain), late).astype(np.float32))


def test_estimates_that_hardly_differ_are_those_of_one_delay() -> None:
    # The session had one delay, 500; the phase of the last one differs by 9 samples, which is the amplifier's.
    answers = [answer(0, 1, 499), answer(3, -2, 502), answer(6, 0, 500), answer(9, 9, 495)]
    shifts = shifts_of(answers, [GAIN], TOLERANCE)
    delays = [a.delay + shift for a, shift in zip(answers, shifts, strict=True)]
    assert delays == [495] * 4


@pytest.mark.parametrize("sign", [1, -1])
def test_takes_cut_by_hand_are_brought_to_one_another(sign: int) -> None:
    gains, errors = [4, 0, 2, 6], [3, -4, 0, 7]
    answers = [
        answer(gain, -error, 1000 * i + error) for i, (gain, error) in enumerate(zip(gains, errors, strict=True))
    ]
    answers[2].y[:] *= sign
    moved = shifts_of(answers, [GAIN], TOLERANCE)
    left = np.array(errors) + moved
    # The low-pass does not move with the gain, so that what is left is the same for all, to a sample.
    assert np.ptp(left) <= 1
    assert max(moved) == 0


def test_strangers_keep_what_was_found() -> None:
    noise = np.random.default_rng(0).standard_normal((6, RATE)).astype(np.float32)
    strangers = [Answer({"gain": i}, 3000 * i, y) for i, y in enumerate(noise)]
    assert shifts_of(strangers, [GAIN], TOLERANCE) == [0] * 6
    short = [Answer({"gain": i}, 3000 * i, y[:20]) for i, y in enumerate(noise)]
    assert shifts_of(short, [GAIN], TOLERANCE) == [0] * 6


def test_neighbours_of_an_amplifier_cut_by_hand_are_nearer_to_each_other() -> None:
    case = support.case("hrd3")
    keys = {"x_path": str(case / "di.wav"), "pattern": "drive_{drive}_master_{master}.wav", "delay": "auto"}
    dataset = made({**keys, **QUIET, "knobs": {"drive": {"low": 2, "high": 12}, "master": None}})
    before = apart(dataset)
    align_together([dataset])
    after = apart(dataset)
    # Half of the pairs lay within a sample already.
    assert max(after) < 0.03 < 0.2 < max(before)
    assert sum(after) < 0.4 * sum(before)
    assert all(c.recording.found is not None and c.delay <= c.recording.found.delay for c in dataset.captures)


def apart(dataset: Captures) -> list[float]:
    """Return what is left of each recording when that of the next setting is taken away, at its best level."""
    ordered = sorted(dataset.captures, key=lambda c: c.settings["drive"])
    begin = [int(c.x.storage_offset()) for c in ordered]
    common = [c.y[max(begin) - b :].double() for c, b in zip(ordered, begin, strict=True)]
    length = min(map(len, common))
    pairs = [(a[:length], b[:length]) for a, b in itertools.pairwise(common)]
    return [float(1 - (a @ b) ** 2 / (a @ a) / (b @ b)) for a, b in pairs]


def test_a_pedal_of_one_session_has_one_delay(tmp_path: Path) -> None:
    case = support.case("klon")
    lines = [f"{case}/di.wav,{case}/gain_{gain:03}.wav,{gain},auto" for gain in (0, 25, 50, 75, 100)]
    path = table(tmp_path, "x_path,y_path,gain,delay", *lines)
    captures, _, found = checked(path)
    assert len({m.capture.delay for m in captures}) == 1
    assert len({m.capture.recording.found.delay for m in captures if m.capture.recording.found}) > 1
    (told,) = [str(f) for f in found if f.kind == "delay"]
    assert "for all 5 captures; what was found for each was changed by" in told


@pytest.fixture
def takes(tmp_path: Path) -> Path:
    """A folder of four takes, cut by hand."""
    x = guitar()
    write(tmp_path / "di.wav", x)
    for name, gain, lag in (("a", 1, 31), ("b", 3, 240), ("c", 5, -170), ("d", 7, 900)):
        write(tmp_path / f"{name}.wav", np.roll(amplifier(x, gain), lag)[: len(x) - 100])
    return tmp_path


ENTRIES = [{"y_path": f"{name}.wav", "knobs": {"gain": gain}} for name, gain in zip("abcd", (1, 3, 5, 7), strict=True)]


def test_all_entries_of_a_run_agree_and_the_validation_with_them(takes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for needed in ("lightning", "losses", "lstm"):
        pytest.importorskip(f"nam_plugin_{needed}")
    monkeypatch.setattr("nam_plugin_parametric.captures.recordings.estimate_delay", wrong_by(iter((3, -6, 0, 5))))
    common = {"type": "Captures", "x_path": "di.wav", "delay": "auto", "ny": 1, "knobs": {"gain": {}}, **QUIET}
    data = takes / "data.json"
    data.write_text(json.dumps({"train": ENTRIES[:3], "validation": [ENTRIES[3]], "common": common}))
    run = nam_kernel.check(data, {"net": {"name": "CatLSTM", "config": {"hidden_size": 1}}}, {})
    captures = [c for part in run.datasets for d in captured(part) for c in d.captures]
    beyond = [c.delay - lag for c, lag in zip(captures, (31, 240, -170, 900), strict=True)]
    assert np.ptp(beyond) <= 1
    assert [c.recording.shift != 0 for c in captures].count(True) >= 3
    # With items of one sample, every shift changes their number.
    joined = run.train.dataset
    assert len(joined) == sum(len(c.items) for c in captures[:3])
    assert joined[len(joined) - 1][-1].shape == (1,)
    assert len(run.datasets[1]) == len(captures[3].items)


def wrong_by(errors: Iterator[int]) -> Callable[[Samples, Samples, int], Delay]:
    """Return what estimates delays, and is wrong by these samples, one after the other."""

    def wrong(x: Samples, y: Samples, rate: int) -> Delay:
        found, error = estimate_delay(x, y, rate), next(errors)
        return replace(found, delay=found.delay + error, begins=found.begins + error)

    return wrong


def test_moving_a_dataset_is_reading_it_at_that_delay(takes: Path) -> None:
    knob = [{"name": "gain", "low": 0, "high": 9}]
    entry = {"x_path": "di.wav", **ENTRIES[1], "ny": 1000, **QUIET, "conditions": knob}
    moved = made({**entry, "delay": "auto"}, takes)
    found = moved.captures[0].delay
    moved.scale_output(2)
    moved.shift([-7])
    stated = made({**entry, "delay": found - 7}, takes)
    assert moved.fingerprint() == stated.fingerprint()
    assert stated[20][-1].any()
    assert torch.equal(moved[20][-1], 2 * stated[20][-1])
    assert torch.equal(moved[20][0], stated[20][0])
    assert moved.captures[0].factor == 2


def test_a_capture_that_gets_too_short_is_named(tmp_path: Path) -> None:
    x = guitar(1.0)
    write(tmp_path / "di.wav", x)
    write(tmp_path / "a.wav", np.concatenate((np.zeros(50), amplifier(x, 3)[:-50])))
    entry = {"x_path": "di.wav", "y_path": "a.wav", "conditions": [{"name": "gain", "low": 0, "high": 9}], **QUIET}
    dataset = made({**entry, "knobs": {"gain": 3.0}, "delay": "auto", "ny": len(x) - 200}, tmp_path)
    dataset.shift([-20])
    with pytest.raises(DataError, match=r"ny"):
        dataset.shift([-2000])
