"""Claims about the split: after a silence, enough of it, and no riff both in the training and the validation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from computed import RATE, amplifier, guitar

from nam_plugin_capture.pair import analyse
from nam_plugin_capture.plan import make_plan
from nam_plugin_capture.recordings import Recordings
from nam_plugin_capture.riffs import Repetitions
from nam_plugin_capture.split import Split, split, split_input


def recorded(x: np.ndarray) -> Recordings:
    return Recordings(Path("di.wav"), Path("amp.wav"), x.astype(np.float32), amplifier(x).astype(np.float32), RATE)


def seconds(parts: tuple[tuple[int, int], ...]) -> float:
    return sum(stop - start for start, stop in parts) / RATE


def assert_apart(chosen: Split) -> None:
    for start, stop in chosen.train:
        assert stop <= chosen.validation[0] or start >= chosen.validation[1]


def test_the_validation_begins_where_the_playing_does_after_a_silence() -> None:
    x = guitar(30)
    chosen = split(recorded(x))
    start, stop = chosen.validation
    assert abs(start - 0.8 * len(x)) < 0.03 * RATE
    assert stop == len(x)
    assert chosen.silence is not None
    assert np.abs(x[start - int(chosen.silence * RATE) : start]).max() <= 10 ** (-50 / 20) * np.abs(x).max()
    assert_apart(chosen)


def test_where_nobody_rests_the_end_is_held_out_and_no_silence_required() -> None:
    x = guitar(20)
    x += 0.05 * np.sin(2 * np.pi * 110 / RATE * np.arange(len(x)))
    chosen = split(recorded(x))
    assert chosen.silence is None
    assert chosen.validation[1] == len(x)
    assert "no silence" in chosen.told


def test_a_rest_at_the_end_is_not_what_is_held_out() -> None:
    x = np.concatenate([guitar(20), np.zeros(8 * RATE)])
    start, stop = split(recorded(x)).validation
    assert np.mean(np.abs(x[start:stop]) > 1e-3) > 0.2


def test_a_riff_that_is_played_twice_is_never_in_both_parts() -> None:
    verse, riff = guitar(16, seed=1), guitar(6, seed=2)
    rest = np.zeros(RATE)
    x = np.concatenate([verse, riff, rest, guitar(9, seed=3), rest, riff])
    copies = [(len(verse), len(verse) + len(riff)), (len(x) - len(riff), len(x))]
    chosen = split(recorded(x))
    held = chosen.validation
    shared = [max(0, min(held[1], stop) - max(held[0], start)) for start, stop in copies]
    for index, overlap in enumerate(shared):
        # What is held out of one copy must not be trained in the other.
        other_start = copies[1 - index][0] + max(held[0] - copies[index][0], 0)
        for start, stop in chosen.train:
            trained = max(0, min(stop, other_start + overlap) - max(start, other_start))
            assert trained < 0.1 * RATE
    assert chosen.repeated == 0
    assert_apart(chosen)


def test_a_loop_is_told_where_nothing_can_be_done() -> None:
    riff = guitar(3, seed=2)
    chosen = split(recorded(np.concatenate([riff] * 8)))
    assert chosen.repeated > 0.9
    assert "flatters" in chosen.told
    assert_apart(chosen)


def test_two_performances_are_no_repetition() -> None:
    x = np.concatenate([guitar(12, seed=4), guitar(12, seed=5)]).astype(np.float32)
    assert Repetitions(x, RATE).of(12 * RATE, 24 * RATE) == []


def test_a_repetition_is_found_where_it_is_under_noise_and_at_another_level() -> None:
    x = guitar(20, seed=6)
    x[2 * RATE : 5 * RATE] = 0.4 * x[12 * RATE : 15 * RATE]
    x += 0.1 * x.std() * np.random.default_rng(1).standard_normal(len(x))
    found = Repetitions(x.astype(np.float32), RATE).of(12 * RATE, 15 * RATE)
    assert abs(found[0].start - 2 * RATE) <= 0.01 * RATE
    assert abs(found[-1].stop - 5 * RATE) <= 0.01 * RATE


@pytest.mark.parametrize("length", [2.0, 3.0, 5.0, 8.0])
def test_at_least_half_of_a_short_take_is_trained(length: float) -> None:
    x = guitar(length, seed=7)
    x[round(0.4 * len(x)) : round(0.4 * len(x)) + RATE // 2] = 0.0
    chosen = split(recorded(x))
    assert seconds(chosen.train) >= 0.5 * length
    assert chosen.validation[1] - chosen.validation[0] >= 0.5 * RATE
    assert_apart(chosen)


def test_recordings_that_share_a_di_share_its_split() -> None:
    pair = recorded(guitar(10))
    longer = replace(pair, y=np.concatenate([0.1 * pair.y, pair.y]))
    assert split(longer) == split(pair) == split_input(pair.x, RATE)
    analysis, chosen = analyse(pair), Split(((0, 80000),), (80000, 160000), None, 0.0, (), "chosen before")
    assert make_plan(analysis, anyway=True, chosen=chosen).split is chosen


def test_a_three_minute_take_holds_out_enough() -> None:
    chosen = split(recorded(guitar(90, seed=11)))
    assert (chosen.validation[1] - chosen.validation[0]) / RATE >= 8
