"""Chorus, vibrato, tremolo and long reverb are told as what no net of this kind can learn; amplifiers are not."""

from __future__ import annotations

from typing import Any

import amplifiers as amp
import numpy as np
import pytest
from amplifiers import RATE

from nam_plugin_wav.alignment import Alignment, measure
from nam_plugin_wav.motion import find_motion
from nam_plugin_wav.tail import rings_on

AMPLIFIERS: dict[str, Any] = {
    "clean": lambda x: amp.lowpass(x, 5000, 1),
    "crunch": lambda x: amp.lowpass(np.tanh(4 * amp.highpass(x, 120)), 5000, 2),
    "cabinet": lambda x: amp.noisy(amp.lowpass(np.tanh(2 * x), 4000, 4), -60),
}


def measured(x: np.ndarray, y: np.ndarray) -> Alignment:
    found = measure(x, y, RATE, RATE)
    assert found is not None
    return found


def with_silence(x: np.ndarray) -> np.ndarray:
    """Stop playing for a second, twice."""
    quiet = x.copy()
    for begin in (len(x) // 3, 2 * len(x) // 3):
        quiet[begin : begin + RATE] = 0
    return quiet


@pytest.mark.parametrize("name", AMPLIFIERS)
@pytest.mark.parametrize("rate", [2.5, 4.3, 6.8])
def test_tremolo_is_told_with_its_rate(name: str, rate: float) -> None:
    x = amp.strings(20)
    y = amp.tremolo(AMPLIFIERS[name](x), rate)
    motion = find_motion(x, y, RATE, measured(x, y))
    assert motion is not None
    assert (motion.kind, motion.rate) == ("tremolo", pytest.approx(rate, abs=0.1))


@pytest.mark.parametrize("name", AMPLIFIERS)
@pytest.mark.parametrize(("effect", "rate"), [(amp.chorus, 0.8), (amp.chorus, 1.5), (amp.vibrato, 5.0)])
def test_moving_delays_are_told(name: str, effect: Any, rate: float) -> None:
    x = amp.strings(20)
    y = effect(AMPLIFIERS[name](x), rate)
    motion = find_motion(x, y, RATE, measured(x, y))
    assert motion is not None
    assert motion.kind == "chorus"
    # Its harmonics stand out too.
    assert min(abs(motion.rate / rate - n) for n in (0.5, 1, 2, 3)) < 0.1


@pytest.mark.parametrize("effect", [lambda y: amp.tremolo(y, 5.3), lambda y: amp.chorus(y, 0.7)])
def test_a_few_seconds_of_bursts_are_enough(effect: Any) -> None:
    x = amp.bursts(6)
    y = effect(np.tanh(8 * x))
    assert find_motion(x, y, RATE, measured(x, y)) is not None


def test_amplifiers_do_not_move_by_themselves() -> None:
    for one in amp.amplifiers(15, seed=3):
        assert find_motion(one.x, one.y, RATE, measured(one.x, one.y)) is None, one.told


@pytest.mark.parametrize("apart", [0.19, 0.25, 0.37])
def test_the_rhythm_of_the_playing_is_no_movement(apart: float) -> None:
    """One note again and again: what answers it comes and goes with it."""
    x = np.zeros(18 * RATE)
    note = amp.strings(1, seed=3)[: round(0.17 * RATE)] * np.linspace(1, 0, round(0.17 * RATE))
    for start in np.arange(0, 17, apart):
        x[round(start * RATE) :][: len(note)] += note
    for y in (amp.lowpass(x, 5000, 1), np.sign(x) * np.maximum(np.abs(x) - 0.01, 0), np.tanh(10 * x)):
        assert find_motion(x, y, RATE, measured(x, y)) is None


def test_nothing_is_said_of_what_is_too_short() -> None:
    x = amp.strings(1)
    assert find_motion(x, x, RATE, measured(x, x)) is None


@pytest.mark.parametrize("name", AMPLIFIERS)
@pytest.mark.parametrize(("rate", "wet"), [(3.5, 0.6), (3.5, 0.2), (7.0, 0.6)])
def test_reverb_is_told_with_how_far_it_has_fallen(name: str, rate: float, wet: float) -> None:
    """Noise of exp(-rate t) has fallen by 8.7 rate t dB after t seconds, from 20 log wet dB below the dry sound."""
    x = with_silence(amp.strings(15))
    y = amp.reverb(AMPLIFIERS[name](x), rate, wet)
    fallen = rings_on(x, y, RATE, measured(x, y), 0.1)
    assert fallen is not None
    assert fallen == pytest.approx(8.7 * rate * 0.15 - 20 * np.log10(wet), abs=6)


@pytest.mark.parametrize("name", AMPLIFIERS)
@pytest.mark.parametrize("effect", [lambda y: y, lambda y: amp.reverb(y, 70.0, 0.5)])
def test_amplifiers_and_small_rooms_do_not_ring_on(name: str, effect: Any) -> None:
    x = with_silence(amp.strings(15))
    y = effect(AMPLIFIERS[name](x))
    assert rings_on(x, y, RATE, measured(x, y), 0.1) is None


def test_without_silence_the_response_tells_where_there_is_no_distortion() -> None:
    x = amp.strings(15)
    clean = AMPLIFIERS["clean"](x)
    assert rings_on(x, clean, RATE, measured(x, clean), 0.085) is None
    y = amp.reverb(clean)
    assert rings_on(x, y, RATE, measured(x, y), 0.085) == pytest.approx(8, abs=3)
