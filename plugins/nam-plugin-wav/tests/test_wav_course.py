"""A clock that drifts is told from samples that are missing, and both with their numbers."""

from __future__ import annotations

from typing import Any

import amplifiers as amp
import numpy as np
import pytest
from amplifiers import RATE

from nam_plugin_wav import Slip, find_delay


@pytest.mark.parametrize("ppm", [-40, -7, 0, 40, 150])
@pytest.mark.parametrize("amplifier", [lambda x: x, lambda x: np.tanh(5 * amp.highpass(x, 120))])
def test_the_drift_of_the_clocks_is_measured(ppm: float, amplifier: Any) -> None:
    """The delay is the smallest of those that it drifts through, so that nothing is ever answered too early."""
    x = amp.strings(40)
    found = find_delay(x, amp.drifting(amplifier(x), ppm), RATE)
    assert found.drift_ppm == pytest.approx(ppm, abs=1)
    assert found.delay == pytest.approx(min(ppm * 1e-6 * len(x), 0), abs=3)
    assert (found.drifts, found.slips) == (ppm != 0, ())
    assert ("drifts" in found.sentence) is (ppm != 0)
    assert "missing" not in found.sentence


def test_a_drift_is_told_of_a_few_seconds_too() -> None:
    found = find_delay(amp.bursts(6), amp.drifting(amp.bursts(6), 40), RATE)
    assert found.drift_ppm == pytest.approx(40, abs=2)


@pytest.mark.parametrize(
    ("played", "seconds", "missing"),
    [
        (amp.bursts(6), 3.0, 25),
        (amp.bursts(8), 5.2, 100),
        (amp.strings(20), 7.3, 25),
        (amp.strings(20), 12.0, 512),
        (amp.strings(20), 12.0, -480),
        (amp.strings(20), 9.0, 5000),
        (amp.plucks(15), 6.5, -64),
    ],
)
def test_missing_samples_are_told_with_their_number_and_time(played: Any, seconds: float, missing: int) -> None:
    y = amp.slipped(0.5 * np.tanh(4 * amp.highpass(played, 100)), seconds, missing)
    found = find_delay(played, y, RATE)
    (slip,) = found.slips
    assert abs(slip.samples + missing) <= 1
    assert slip.seconds == pytest.approx(seconds, abs=0.25)
    assert (found.drifts, found.drift_ppm) == (False, None)
    assert str(slip) in found.sentence
    assert found.delay == pytest.approx(min(-missing, 0), abs=4)


def test_several_slips_are_told_one_after_the_other() -> None:
    x = amp.strings(40)
    y = amp.slipped(amp.slipped(np.tanh(3 * x), 10, 200), 25, -700)
    found = find_delay(x, y, RATE)
    assert [(round(slip.seconds), slip.samples) for slip in found.slips] == [(10, -200), (25, 700)]
    assert "200 samples are missing at 10.0 s, 700 samples are too many at 25.0 s" in found.sentence


def test_a_part_has_the_delay_that_it_has() -> None:
    x = amp.strings(20)
    found = find_delay(x, amp.shifted(amp.slipped(np.tanh(3 * x), 12, 300), 500), RATE)
    assert found.within(0, 11 * RATE) == pytest.approx(500, abs=3)
    assert found.within(13 * RATE, 20 * RATE) == pytest.approx(200, abs=3)
    assert found.within(0, 20 * RATE) == found.delay == pytest.approx(200, abs=3)


@pytest.mark.parametrize(
    ("slip", "told"),
    [
        (Slip(3.0, -25), "25 samples are missing at 3.0 s"),
        (Slip(0.04, -1), "1 sample is missing at 0.0 s"),
        (Slip(61.25, 512), "512 samples are too many at 61.2 s"),
    ],
)
def test_a_slip_in_words(slip: Slip, told: str) -> None:
    assert str(slip) == told


def test_steady_amplifiers_neither_drift_nor_slip() -> None:
    for one in amp.amplifiers(12, seed=7):
        found = find_delay(one.x, one.y, RATE)
        assert (found.drifts, found.slips) == (False, ()), one.told
