"""The delay is the largest that leaves nothing to foresee, on computed amplifiers and real pairs; or it is refused."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import amplifiers as amp
import numpy as np
import pytest
import scipy.signal
import soundfile
from amplifiers import RATE

from nam_kernel.errors import DataError
from nam_plugin_wav import Delay, estimate_delay, find_delay
from nam_plugin_wav.delay import ENOUGH
from nam_plugin_wav.response import pick_excerpts

CASES = Path(os.environ.get("NAM_CASES", Path(__file__).parents[4] / "shared" / "cases"))

needs_cases = pytest.mark.skipif(
    not CASES.is_dir(), reason=f"no recordings in {CASES}; set NAM_CASES to the folder that holds them"
)
PLAYED: dict[str, Callable[..., np.ndarray]] = {"plucks": amp.plucks, "strings": amp.strings, "bursts": amp.bursts}


@lru_cache(maxsize=4)
def case(name: str) -> np.ndarray:
    samples, _ = soundfile.read(CASES / name, dtype="float32")
    return samples


@lru_cache
def unshifted(name: str) -> Delay:
    return find_delay(case("pairs/di.wav"), case(f"pairs/{name}.wav"), RATE)


@pytest.mark.parametrize("played", PLAYED)
@pytest.mark.parametrize("delay", [-3000, 0, 41, 700, 4800])
def test_a_wire_is_found_at_its_delay_exactly(played: str, delay: int) -> None:
    x = PLAYED[played](6)
    for y in (x, -0.5 * x):
        found = find_delay(x, amp.shifted(y, delay), RATE)
        assert found.delay == delay
        assert found.confidence > 0.9
        assert found.polarity == (1 if y is x else -1)


@pytest.mark.parametrize("played", PLAYED)
@pytest.mark.parametrize("gain", [1, 5, 30])
def test_saturation_alone_has_no_delay(played: str, gain: float) -> None:
    x = PLAYED[played](8)
    for polarity in (1, -1):
        assert -2 <= find_delay(x, polarity * np.tanh(gain * x), RATE).delay <= 0
    assert 698 <= find_delay(x, amp.shifted(np.tanh(gain * x), 700), RATE).delay <= 700


@pytest.mark.parametrize(
    ("name", "filtered"),
    [
        ("a cabinet of 24 dB per octave", lambda x: amp.lowpass(amp.highpass(x, 80, 2), 4000, 4)),
        ("a resonance", lambda x: scipy.signal.lfilter(*amp.peaking(120, 5, 15), x)),
        ("a smeared start", lambda x: amp.lowpass(amp.allpass(x, 0.8, 12), 1500, 1)),
        ("a phaser", lambda x: amp.allpass(x, 0.5, 4)),
    ],
)
@pytest.mark.parametrize("played", PLAYED)
def test_filters_do_not_push_it_late(played: str, name: str, filtered: Any) -> None:
    x = PLAYED[played](8)
    found = find_delay(x, amp.shifted(filtered(x), 300), RATE)
    assert 300 - 8 <= found.delay <= 300, name


@pytest.mark.parametrize(("first", "apart"), [(0.3, 31), (0.5, 700), (1.0, 100)])
def test_of_two_arrivals_the_first_one_counts(first: float, apart: int) -> None:
    x = amp.bursts(6)
    y = first * x + amp.shifted(x, apart)
    assert find_delay(x, y, RATE).delay == 0


@pytest.mark.parametrize(("delay", "gain", "noise"), [(0, 5, -45), (250, 20, -45), (-120, 5, -35)])
def test_noise_does_not_push_it_late(delay: int, gain: float, noise: float) -> None:
    x = amp.strings(15)
    y = amp.noisy(amp.shifted(amp.lowpass(np.tanh(gain * amp.highpass(x, 120)), 5000, 2), delay), noise)
    assert delay - 8 <= find_delay(x, y, RATE).delay <= delay + 2


def outcomes(count: int, seed: int) -> list[tuple[int, float, str]]:
    """Return the error, the confidence and the kind of amplifier, of each."""
    found = [(one, estimate_delay(one.x, one.y, RATE)) for one in amp.amplifiers(count, seed)]
    return [(estimate.delay - one.delay, estimate.confidence, one.told) for one, estimate in found]


@lru_cache
def sixty() -> list[tuple[int, float, str]]:
    return outcomes(60, seed=11)


def test_of_sixty_amplifiers_nearly_all_are_found_to_two_samples_and_none_late() -> None:
    """Late is what a model could never learn: it would have to answer before it hears."""
    errors = [error for error, _, _ in sixty()]
    assert sum(abs(error) <= 2 for error in errors) >= 55
    assert max(errors) <= 0


def require_calibrated(told: list[tuple[int, float, str]]) -> None:
    """Confidence is how often an estimate is right: at most 2 samples late and 10 early."""
    late = [one for one in told if one[0] > 2]
    assert len(late) <= 0.02 * len(told), late
    assert sorted(error for error, _, _ in told)[len(told) // 10] >= -6
    for low in (0.5, 0.9, 0.97):
        sure = [-10 <= error <= 2 for error, confidence, _ in told if confidence >= low]
        assert np.mean(sure) >= low, low
    assert sum(confidence >= 0.9 for _, confidence, _ in told) >= 0.8 * len(told)


def test_confidence_is_how_often_an_estimate_is_right() -> None:
    require_calibrated(sixty())


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3, 4])
def test_confidence_is_how_often_an_estimate_is_right_of_many(seed: int) -> None:
    require_calibrated(outcomes(120, seed))


@needs_cases
@pytest.mark.parametrize(("name", "inverted"), [("jcm", False), ("deluxe", True)])
def test_pairs_without_delay_are_found_where_the_response_begins(name: str, inverted: bool) -> None:
    """Their DI is silent for half a second three times, and the player answers the first sample after it."""
    found = unshifted(name)
    assert -2 <= found.delay <= 2
    assert found.inverted is inverted
    assert found.confidence > 0.9
    assert found.drift_ppm is not None
    assert abs(found.drift_ppm) < 1
    assert (found.drifts, found.slips) == (False, ())


@needs_cases
@pytest.mark.parametrize("by", [-5000, -777, 1234, 5000])
@pytest.mark.parametrize("name", ["jcm", "deluxe"])
def test_a_shift_of_the_output_is_found_within_a_sample(name: str, by: int) -> None:
    found = find_delay(case("pairs/di.wav"), amp.shifted(case(f"pairs/{name}.wav"), by), RATE)
    assert abs(found.delay - unshifted(name).delay - by) <= 1
    assert found.inverted is unshifted(name).inverted


@needs_cases
@pytest.mark.parametrize("name", ["drive_12_master_1", "drive_10_master_1", "drive_2_master_6", "drive_6_master_2"])
def test_a_microphone_is_found_before_the_correlation_peaks(name: str) -> None:
    x, y = case("hrd3/di.wav"), case(f"hrd3/{name}.wav")
    found = find_delay(x, y, 44100)
    correlation = scipy.signal.correlate(y, x, method="fft")
    peak = int(np.abs(correlation).argmax()) - (len(x) - 1)
    assert peak - 0.002 * 44100 < found.delay < peak, "a microphone, and the noise that both files were dithered with"
    assert found.inverted
    assert found.drift_ppm is None, "5 s are too short to tell"


def test_a_noise_that_both_files_share_is_no_answer() -> None:
    """Files that were dithered alike and cut at different places share a noise, whose lag is not the amplifier's."""
    x = amp.strings(8)
    noise = amp.highpass(np.random.default_rng(1).standard_normal(len(x) + 4000), 8000, 2) * 3e-4
    y = 0.5 * amp.shifted(amp.lowpass(np.tanh(5 * x), 5000, 2), 900)
    for lag in (-200, 1500):
        in_x, in_y = (noise[start : start + len(x)] for start in (2000, 2000 - lag))
        found = find_delay(x + in_x, y + in_y, RATE)
        assert 890 <= found.delay <= 900, lag


@needs_cases
@pytest.mark.parametrize("knob", ["000", "050", "100"])
def test_a_circuit_that_answers_at_once_has_no_delay(knob: str) -> None:
    found = find_delay(case("klon/di.wav"), case(f"klon/gain_{knob}.wav"), 44100)
    assert -10 <= found.delay <= 2
    assert found.inverted


def test_it_is_in_samples_at_every_sample_rate() -> None:
    x = amp.plucks(4)
    for rate, played in ((2 * RATE, np.repeat(x, 2)), (44100, x), (RATE // 2, x[::2]), (8000, x[::6])):
        found = find_delay(played, np.roll(played, 100), rate)
        assert found.delay == 100
        assert found.milliseconds == pytest.approx(100 / rate * 1000)


def test_recordings_of_unequal_length_and_an_offset_do_not_matter() -> None:
    x = amp.plucks(8)
    y = np.concatenate([np.zeros(500), x, np.zeros(RATE)])[: 5 * RATE] + 0.1
    assert find_delay(x, y, RATE).delay == 500


def test_a_steady_tone_is_refused() -> None:
    tone = np.sin(2 * np.pi * 220 * np.arange(6 * RATE) / RATE)
    with pytest.raises(DataError, match="a steady tone"):
        find_delay(tone, np.tanh(5 * np.roll(tone, 50)), RATE)


def test_a_short_loop_is_refused() -> None:
    loop = np.tile(amp.plucks(0.5), 16)
    assert estimate_delay(loop, np.roll(loop, 50), RATE).confidence < 0.2


def test_a_delay_beyond_the_search_is_refused_and_found_when_it_is_widened() -> None:
    x = amp.plucks(8)
    y = np.concatenate([np.zeros(2 * RATE), x])
    with pytest.raises(DataError, match="no more than 1 s apart"):
        find_delay(x, y, RATE)
    assert find_delay(x, y, RATE, max_delay_seconds=3).delay == 2 * RATE


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
    assert estimate_delay(x, y, RATE).confidence == 0 < ENOUGH


@pytest.mark.parametrize("frames", [2, 3, 10, 100, 1000])
def test_the_shortest_recordings_break_nothing(frames: int) -> None:
    x = np.random.default_rng(0).standard_normal(frames)
    for rate in (1000, RATE):
        assert 0 <= estimate_delay(x, np.tanh(x), rate).confidence <= 1


def test_a_long_recording_is_listened_to_at_a_few_places_of_every_part_of_it() -> None:
    x = np.random.default_rng(0).standard_normal(10 * 60 * 8000).astype(np.float32)
    excerpts = pick_excerpts(x, 8000)
    assert len(excerpts.starts) == 16
    assert excerpts.length == 2 * 8000
    assert np.diff(excerpts.starts).max() < 2 * len(x) / 16
