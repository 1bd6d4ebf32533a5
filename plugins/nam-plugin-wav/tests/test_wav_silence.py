"""The silence that the input needs before the part begins."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from wav_parts import make

from nam_kernel.errors import DataError
from nam_plugin_wav import audio

RATE = 1000
SOUND = np.full(1000, 0.1)


def entry_of(pair: Any, *pieces: Any, **keys: Any) -> dict[str, Any]:
    """Build the input of seconds of sound (None) and of given numbers of zeros."""
    x = np.concatenate([SOUND if piece is None else np.zeros(piece) for piece in pieces])
    entry: dict[str, Any] = pair(x, x, rate=RATE, **keys)
    return entry


def starts_well(entry: dict[str, Any]) -> bool:
    try:
        make(entry)
    except DataError:
        return False
    return True


def test_the_default_is_400_milliseconds_before_the_start(pair: Any) -> None:
    entry = entry_of(pair, None, 400, None)
    assert [starts_well({**entry, "start_samples": s}) for s in (1399, 1400, 1401)] == [False, True, False]


def test_a_start_from_the_end_is_checked_too(pair: Any) -> None:
    entry = entry_of(pair, None, 400, None)
    assert [starts_well({**entry, "start_seconds": s}) for s in (-1.0, -0.9, -1.1)] == [True, False, False]


def test_without_a_start_nothing_is_checked(pair: Any) -> None:
    assert starts_well(entry_of(pair, None))
    assert starts_well(entry_of(pair, None, stop_samples=500))


def test_the_time_before_the_file_is_silent(pair: Any) -> None:
    assert starts_well(entry_of(pair, None, start_samples=0))
    assert starts_well(entry_of(pair, 100, None, start_samples=100))
    assert not starts_well(entry_of(pair, None, start_samples=1))


def test_another_length_and_none_at_all(pair: Any) -> None:
    entry = entry_of(pair, None, 200, None, start_samples=1200)
    assert starts_well({**entry, "require_input_pre_silence": 0.2})
    assert not starts_well({**entry, "require_input_pre_silence": 0.201})
    assert starts_well({**entry, "require_input_pre_silence": 0})
    assert starts_well({**entry, "require_input_pre_silence": None})


@pytest.mark.parametrize(("decibels", "good"), [(-120, True), (-70, True), (-51, True), (-49, False), (-20, False)])
def test_silence_is_what_stays_50_db_below_the_peak(pair: Any, decibels: float, good: bool) -> None:
    level = 0.1 * 10 ** (decibels / 20)
    for hiss in (np.full(400, level), -np.full(400, level), np.eye(1, 400, 200)[0] * level):
        x = np.concatenate((SOUND, hiss, SOUND))
        assert starts_well(pair(x, x, rate=RATE, start_samples=1400)) is good


def test_a_real_di_with_hiss_begins_where_nobody_plays(pair: Any) -> None:
    dice = np.random.default_rng(0)
    x = np.concatenate((SOUND, np.zeros(500), SOUND)) + 1e-5 * dice.standard_normal(2500)
    assert starts_well(pair(x, x, rate=RATE, start_samples=1500))
    with pytest.raises(DataError, match=r"reaches 0 dB of its peak .* start_samples: 1400 \(1.400 s\) is the next"):
        make(pair(x, x, rate=RATE, start_samples=1300))


@pytest.mark.parametrize("block", [100, 1 << 18])
@pytest.mark.parametrize(
    ("pieces", "start", "next_one"),
    [
        ((None, 400, None), 1399, 1400),
        ((None, 400, None), 1402, None),
        ((None, 600, None), 1300, 1400),
        ((None, 600, None), 1700, None),
        ((None, 400, None, 500, None), 2000, 2800),
        ((None, 400, None, 500, None), 2500, 2800),
        ((None, 399, None), 1399, None),
        ((50, None, None), 60, None),
        ((None, None, 1000), 1900, 2400),
    ],
)
def test_the_next_start_that_would_do_is_told_and_does(
    pair: Any, monkeypatch: pytest.MonkeyPatch, block: int, pieces: Any, start: int, next_one: int | None
) -> None:
    monkeypatch.setattr(audio, "BLOCK", block)
    entry = entry_of(pair, *pieces)
    with pytest.raises(DataError) as caught:
        make({**entry, "start_samples": start})
    assert "require_input_pre_silence: null" in str(caught.value)
    found = re.search(r"start_samples: (\d+) \((\d+\.\d+) s\) is the next", str(caught.value))
    if next_one is None:
        assert found is None
        assert "no later start has this silence" in str(caught.value)
        return
    assert found is not None
    assert (int(found[1]), float(found[2])) == (next_one, next_one / RATE)
    assert starts_well({**entry, "start_samples": next_one})


@pytest.mark.parametrize(("stop", "told"), [(3998, "no later start"), (3999, "start_samples: 2900 ")])
def test_the_told_start_leaves_room_for_an_item(pair: Any, stop: int, told: str) -> None:
    entry = entry_of(pair, None, 500, None, 500, None, ny=1000, stop_samples=stop)
    with pytest.raises(DataError, match=told):
        make({**entry, "start_samples": 1800}, nx=100)
