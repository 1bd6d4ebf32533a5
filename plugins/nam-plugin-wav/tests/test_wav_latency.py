"""The delay is found to the sample on real pairs and known systems, and refused where there is none."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
import scipy.signal
import soundfile

from nam_kernel.errors import DataError
from nam_plugin_wav.latency import MARGIN_SECONDS, Delay, estimate_delay, find_delay
from nam_plugin_wav.response import pick_excerpts

CASES = Path(os.environ.get("NAM_CASES", Path(__file__).parents[4] / "shared" / "cases"))
RATE = 48000
MARGIN = MARGIN_SECONDS * RATE

needs_cases = pytest.mark.skipif(
    not CASES.is_dir(), reason=f"no recordings in {CASES}; set NAM_CASES to the folder that holds them"
)


@lru_cache(maxsize=4)
def case(name: str) -> np.ndarray:
    samples, _ = soundfile.read(CASES / name, dtype="float32")
    return samples


@lru_cache
def unshifted(name: str) -> Delay:
    return find_delay(case("pairs/di.wav"), case(f"pairs/{name}.wav"), RATE)


def shift(samples: np.ndarray, by: float) -> np.ndarray:
    """Delay by any number of samples: a phase that is linear in frequency, on a grid too long to wrap."""
    size = scipy.fft.next_fast_len(len(samples) + 2 * 5000, real=True)
    phase = np.exp(-2j * np.pi * np.fft.rfftfreq(size) * by)
    return np.fft.irfft(np.fft.rfft(samples, size) * phase, size)[: len(samples)]


def with_noise(samples: np.ndarray, snr_db: float) -> np.ndarray:
    noise = np.random.default_rng(4).standard_normal(len(samples))
    return samples + noise * samples.std() * 10 ** (-snr_db / 20)


@lru_cache
def plucks(seconds: float, seed: int = 0) -> np.ndarray:
    """Play random notes: a noisy attack, and a decaying tone with its harmonics."""
    rng = np.random.default_rng(seed)
    signal = np.zeros(round(seconds * RATE))
    time = np.arange(RATE // 4) / RATE
    for start in np.cumsum(rng.integers(RATE // 8, RATE // 3, round(8 * seconds))) - RATE // 10:
        pitch, noise = rng.uniform(80, 400), rng.standard_normal(len(time))
        note = np.exp(-time / 0.003) * noise
        note += sum(np.exp(-time * n * 5) * np.sin(2 * np.pi * pitch * n * time) / n for n in range(1, 6))
        piece = signal[start : start + len(note)]
        piece += note[: len(piece)]
    return 0.3 * signal / np.abs(signal).max()


def amplifier(x: np.ndarray, gain: float) -> np.ndarray:
    """Distort between a coupling capacitor and a speaker's roll-off: causal filters that answer at once."""
    x = scipy.signal.lfilter(*scipy.signal.butter(1, 120, "highpass", fs=RATE), x)
    return scipy.signal.lfilter(*scipy.signal.butter(2, 5000, fs=RATE), np.tanh(gain * x))


@needs_cases
@pytest.mark.parametrize(("name", "inverted"), [("jcm", False), ("deluxe", True)])
def test_pairs_without_delay_are_found_where_the_response_begins(name: str, inverted: bool) -> None:
    found = unshifted(name)
    assert -10 <= found.delay <= 8
    assert found.inverted is inverted
    assert found.confidence > 0.9
    assert abs(found.drift_ppm) < 1


@needs_cases
@pytest.mark.parametrize(("by", "snr_db"), [(-5000, None), (-777.3, 20), (0.5, 20), (1234.5, None), (5000, 20)])
@pytest.mark.parametrize("name", ["jcm", "deluxe"])
def test_a_shift_of_the_output_is_found_within_a_sample(name: str, by: float, snr_db: float | None) -> None:
    y = shift(case(f"pairs/{name}.wav"), by)
    y = y if snr_db is None else with_noise(y, snr_db)
    found, base = find_delay(case("pairs/di.wav"), y, RATE), unshifted(name)
    assert abs(found.delay - base.delay - by) <= 1
    assert found.delay + found.fraction - base.delay - base.fraction == pytest.approx(by, abs=0.2)
    assert found.inverted is base.inverted


@needs_cases
@pytest.mark.parametrize("name", ["jcm", "deluxe"])
def test_noise_on_the_input_too_moves_it_less_than_a_sample(name: str) -> None:
    x, y = with_noise(case("pairs/di.wav"), 20), np.roll(case(f"pairs/{name}.wav"), 300)
    assert abs(find_delay(x, y, RATE).delay - unshifted(name).delay - 300) <= 1


@needs_cases
@pytest.mark.parametrize("name", ["drive_12_master_1", "drive_2_master_6", "drive_6_master_2"])
def test_a_microphone_is_found_before_the_correlation_peaks(name: str) -> None:
    """One microphone recorded the three settings, so their responses begin alike before that peak."""
    x, y = case("hrd3/di.wav"), case(f"hrd3/{name}.wav")
    found = find_delay(x, y, 44100)
    correlation = scipy.signal.correlate(y, x, method="fft")
    peak = int(np.abs(correlation).argmax()) - (len(x) - 1)
    assert 30 <= peak - found.delay <= 60
    assert found.inverted
    assert found.drift_ppm is None, "5 s are too short to tell"


@needs_cases
@pytest.mark.parametrize("knob", ["000", "050", "100"])
def test_a_circuit_that_answers_at_once_has_no_delay(knob: str) -> None:
    found = find_delay(case("klon/di.wav"), case(f"klon/gain_{knob}.wav"), 44100)
    assert -10 <= found.delay <= 2
    assert found.inverted


@pytest.mark.parametrize("delay", [-3000, 0, 41, 4800])
def test_a_wire_is_found_at_its_delay_less_the_margin(delay: int) -> None:
    x = plucks(4)
    found = find_delay(x, np.roll(x, delay), RATE)
    assert found.delay + found.fraction == pytest.approx(delay - MARGIN, abs=0.6)
    assert not found.inverted


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("gain", [0.1, 3, 100])
def test_an_amplifier_is_found_no_later_than_it_answers(gain: float, sign: int) -> None:
    x = plucks(8)
    y = sign * amplifier(np.roll(x, 200), gain)
    found = find_delay(x, y, RATE)
    assert 200 - 20 <= found.delay <= 200 + 8
    assert found.inverted is (sign < 0)


def test_the_margin_is_of_time_at_every_sample_rate() -> None:
    x = plucks(4)
    double = scipy.signal.resample(x, 2 * len(x))
    found = find_delay(double, np.roll(double, 1000), 2 * RATE)
    assert found.delay == pytest.approx(1000 - 2 * MARGIN, abs=1)
    assert found.milliseconds == pytest.approx((1000 - 2 * MARGIN) / 96, abs=0.01)


@pytest.mark.parametrize("ppm", [-40, 0, 150])
def test_the_drift_of_the_clocks_is_measured(ppm: float) -> None:
    x = plucks(40)
    y = np.interp(np.arange(len(x)) / (1 + ppm * 1e-6), np.arange(len(x)), x)
    found = find_delay(x, y, RATE)
    assert found.drift_ppm == pytest.approx(ppm, abs=1)
    middle = ppm * 1e-6 * len(x) / 2
    assert found.delay == pytest.approx(middle - MARGIN, abs=abs(ppm) * 1e-6 * 2 * RATE + 1)
    assert ("drifts" in found.sentence) is (ppm != 0)


def test_recordings_of_unequal_length_and_an_offset_do_not_matter() -> None:
    x = plucks(8)
    y = np.concatenate([np.zeros(500), x, np.zeros(RATE)])[: 5 * RATE] + 0.1
    assert find_delay(x, y, RATE).delay == pytest.approx(500 - MARGIN, abs=1)


@pytest.mark.parametrize("seconds", [0.5, 1.0, 3.0, 12.0])
def test_recordings_that_do_not_belong_together_are_refused(seconds: float) -> None:
    with pytest.raises(DataError, match="set 'delay' to a number"):
        find_delay(plucks(seconds, seed=1), amplifier(plucks(seconds, seed=2), 3), RATE)


def test_a_steady_tone_is_refused() -> None:
    tone = np.sin(2 * np.pi * 220 * np.arange(6 * RATE) / RATE)
    with pytest.raises(DataError, match="a steady tone"):
        find_delay(tone, np.tanh(5 * np.roll(tone, 50)), RATE)


def test_a_short_loop_is_refused() -> None:
    loop = np.tile(plucks(0.5), 16)
    assert estimate_delay(loop, np.roll(loop, 50), RATE).confidence < 0.2


def test_a_delay_beyond_the_search_is_refused_and_found_when_it_is_widened() -> None:
    x = plucks(8)
    y = np.concatenate([np.zeros(2 * RATE), x])
    with pytest.raises(DataError, match="no more than 1 s apart"):
        find_delay(x, y, RATE)
    assert find_delay(x, y, RATE, max_delay_seconds=3).delay == pytest.approx(2 * RATE - MARGIN, abs=1)


@pytest.mark.parametrize(
    ("x", "y", "told"),
    [
        (np.zeros(RATE), np.ones(RATE), "the input is silent"),
        (np.arange(RATE) % 7.0, np.zeros(RATE), "the output is silent"),
        (np.arange(RATE) % 7.0, np.zeros(0), "the output is empty"),
        (np.arange(RATE) % 7.0, np.full(RATE, np.nan), "the output holds NaN or infinite values"),
        (np.zeros((RATE, 2)), np.zeros(RATE), "the input is not mono"),
    ],
)
def test_what_cannot_be_listened_to_is_named(x: np.ndarray, y: np.ndarray, told: str) -> None:
    with pytest.raises(DataError, match=told):
        find_delay(x, y, RATE)
    assert estimate_delay(x, y, RATE).confidence == 0


def test_a_long_recording_is_listened_to_at_a_few_places_of_every_part_of_it() -> None:
    x = np.random.default_rng(0).standard_normal(10 * 60 * 8000).astype(np.float32)
    excerpts = pick_excerpts(x, 8000)
    assert len(excerpts.starts) == 16
    assert excerpts.length == 2 * 8000
    assert np.diff(excerpts.starts).max() < 2 * len(x) / 16
