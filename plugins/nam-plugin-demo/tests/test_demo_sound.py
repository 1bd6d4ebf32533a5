"""The computed guitar and amplifier: pitches, silence, and an amplifier that a net can learn."""

from __future__ import annotations

import numpy as np
import pytest

from nam_plugin_demo.sound import RATE, amplifier, guitar, pluck


def gain_at(frequency: float, level: float) -> float:
    """Measure what the amplifier makes of a sine, at the sine's own frequency."""
    time = np.arange(RATE) / RATE
    played = amplifier(level * np.sin(2 * np.pi * frequency * time))
    return float(np.abs(np.fft.rfft(played)[round(frequency)]) / (level * RATE / 2))


@pytest.mark.parametrize("pitch", [82.41, 196.0, 329.63])
def test_a_string_sounds_at_the_pitch_of_its_loop(pitch: float) -> None:
    """The average of two samples delays by half a sample, so the loop is that much longer (Karplus and Strong)."""
    note = pluck(pitch, np.random.default_rng(0), seconds=2.0)
    assert len(note) == 2 * RATE
    loop = RATE / (round(RATE / pitch) + 0.5)
    spectrum = np.abs(np.fft.rfft(note * np.hanning(len(note)), 16 * len(note)))
    frequency = np.arange(len(spectrum)) / 32
    near = np.abs(frequency - pitch) < pitch / 4
    assert frequency[near][spectrum[near].argmax()] == pytest.approx(loop, abs=0.1)


@pytest.mark.parametrize("harmonic", [1, 10, 60])
def test_a_harmonic_loses_the_gain_of_the_average_with_every_turn(harmonic: int) -> None:
    """The average of two neighbours, times 0.997, has the gain 0.997 cos(pi k / P) at harmonic k of P samples."""
    period, turns = round(RATE / 110), 50
    note = pluck(110.0, np.random.default_rng(0))
    first, last = (np.fft.rfft(note[turn * period :][:period])[harmonic] for turn in (0, turns))
    assert abs(last / first) == pytest.approx((0.997 * np.cos(np.pi * harmonic / period)) ** turns, rel=1e-6)


def test_a_string_is_faded_out() -> None:
    assert pluck(110.0, np.random.default_rng(0))[-1] == 0.0


def test_the_guitar_is_the_same_for_the_same_seed_alone() -> None:
    first = guitar(4.0)
    assert np.array_equal(first, guitar(4.0))
    assert not np.array_equal(first, guitar(4.0, seed=1))


def test_the_guitar_begins_with_silence_and_leaves_headroom() -> None:
    di = guitar(4.0)
    assert len(di) == 4 * RATE
    assert not di[: RATE // 2].any()
    assert np.abs(di).max() == pytest.approx(0.5)


def test_the_amplifier_answers_to_nothing_before_it_is_played() -> None:
    x = np.zeros(RATE)
    x[RATE // 2 :] = guitar(1.5)[RATE // 2 : RATE]
    y = amplifier(x)
    assert np.abs(y[: RATE // 2]).max() < 1e-6 * np.abs(y).max()
    assert not amplifier(np.zeros(100)).any()


def test_the_amplifier_is_louder_when_soft_and_quiet_where_a_cabinet_is() -> None:
    assert gain_at(800.0, 0.01) > 2 * gain_at(800.0, 0.5)
    assert gain_at(30.0, 0.01) < 0.1 * gain_at(800.0, 0.01)
    assert gain_at(16000.0, 0.01) < 0.1 * gain_at(800.0, 0.01)


@pytest.mark.parametrize(("level", "lowest", "highest"), [(1e-4, 0.0, 0.01), (0.1, 0.05, 1.0)])
def test_the_amplifier_treats_both_polarities_alike_when_soft_only(level: float, lowest: float, highest: float) -> None:
    x = level * np.sin(2 * np.pi * 800 * np.arange(RATE) / RATE)
    upwards, downwards = amplifier(x), amplifier(-x)
    assert lowest <= (upwards + downwards).std() / upwards.std() < highest
