"""Files that are exchanged, and recordings that do not belong together, are told as such."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import amplifiers as amp
import numpy as np
import pytest
import scipy.signal
import soundfile
from amplifiers import RATE

from nam_kernel.errors import DataError
from nam_plugin_wav import estimate_delay, find_delay

CASES = Path(os.environ.get("NAM_CASES", Path(__file__).parents[4] / "shared" / "cases"))

AMPLIFIERS: dict[str, Any] = {
    "saturation": lambda x: 0.5 * np.tanh(8 * x),
    "a cabinet": lambda x: amp.noisy(amp.lowpass(np.tanh(100 * amp.highpass(x, 120)), 4000, 2), -50),
    "a smeared start": lambda x: amp.lowpass(amp.allpass(x, 0.8, 12), 1500, 1),
    "hard clipping": lambda x: amp.lowpass(np.clip(20 * x, -0.5, 0.5), 6000, 1),
}


@pytest.mark.parametrize("name", AMPLIFIERS)
@pytest.mark.parametrize("played", [amp.bursts(6), amp.strings(10)])
@pytest.mark.parametrize("delay", [0, 700])
def test_exchanged_files_are_told(name: str, played: np.ndarray, delay: int) -> None:
    y = amp.shifted(AMPLIFIERS[name](played), delay)
    assert find_delay(played, y, RATE).kind == "found"
    assert estimate_delay(y, played, RATE).kind == "exchanged"
    with pytest.raises(DataError, match="seem to be exchanged.* exchange x_path and y_path"):
        find_delay(y, played, RATE)


@pytest.mark.skipif(not CASES.is_dir(), reason="no recordings; set NAM_CASES to their folder")
@pytest.mark.parametrize("name", ["jcm", "deluxe"])
def test_real_pairs_are_told_from_exchanged_ones(name: str) -> None:
    x, y = (soundfile.read(CASES / "pairs" / f"{file}.wav")[0] for file in ("di", name))
    assert estimate_delay(x, y, RATE).kind == "found"
    assert estimate_delay(y, x, RATE).kind == "exchanged"


def test_computed_amplifiers_raise_no_false_alarm() -> None:
    for one in amp.amplifiers(24, seed=5):
        assert estimate_delay(one.x, one.y, RATE).kind in ("found", "leads"), one.told


def louder_attacks(x: np.ndarray) -> np.ndarray:
    """Compress as with an attack of 20 ms, which lets the picks through and so raises the crest factor."""
    slow = scipy.signal.lfilter([1 - np.exp(-1 / (0.05 * RATE))], [1, -np.exp(-1 / (0.05 * RATE))], np.abs(x))
    return 0.02 * x / (slow + 0.02 * slow.max()) ** 0.8


@pytest.mark.parametrize("played", [amp.plucks(10), amp.strings(10), amp.bursts(8)])
@pytest.mark.parametrize(
    "device",
    [
        louder_attacks,
        lambda x: np.tanh(3 * amp.highpass(x, 1500)),
        lambda x: amp.highpass(x, 3000, 4),
        lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.05 * np.abs(x).max(), 0),
        lambda x: np.abs(x) + 0.2 * x,
    ],
)
def test_compressors_boosters_and_gates_are_not_taken_for_exchanged_files(played: np.ndarray, device: Any) -> None:
    assert find_delay(played, device(played), RATE).kind == "found"


def test_an_effect_that_hides_the_input_is_named_beside_strangers() -> None:
    """All of it moves by 4 ms, so that no lag is found twice, but it is as loud as what was played."""
    x = amp.strings(20)
    found = estimate_delay(x, amp.moving_delay(amp.lowpass(np.tanh(4 * x), 5000, 2), 0.006, 0.004, 0.7), RATE)
    assert (found.kind, found.certain) == ("strangers", False)
    assert "vibrato" in found.sentence


def test_a_wire_that_leads_begs_the_question() -> None:
    """Nothing tells which of the two is the input, but that an output leads."""
    x = amp.bursts(6)
    found = find_delay(x, amp.shifted(x, -700), RATE)
    assert (found.kind, found.delay) == ("leads", -700)
    assert "exchanged" in found.remedy
    assert find_delay(x, amp.shifted(x, 700), RATE).kind == "found"


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (amp.strings(12, 1), np.tanh(3 * amp.strings(12, 2))),
        (amp.plucks(12, 1), np.tanh(3 * amp.plucks(12, 2))),
        (amp.bursts(8, 1), np.tanh(8 * amp.bursts(8, 2))),
        (amp.strings(12, 1), amp.plucks(12, 2)),
        (np.random.default_rng(0).standard_normal(6 * RATE), np.random.default_rng(1).standard_normal(6 * RATE)),
    ],
)
def test_strangers_are_told(x: np.ndarray, y: np.ndarray) -> None:
    assert estimate_delay(x, y, RATE).kind == "strangers"
    with pytest.raises(DataError, match="do not belong together"):
        find_delay(x, y, RATE)


@pytest.mark.parametrize("seconds", [0.5, 1.0, 3.0])
def test_strangers_that_are_too_short_to_tell_are_doubted(seconds: float) -> None:
    with pytest.raises(DataError, match="set 'delay' to a number"):
        find_delay(amp.plucks(seconds, 1), np.tanh(3 * amp.plucks(seconds, 2)), RATE)


@pytest.mark.parametrize("played", [amp.strings(10), amp.plucks(10), amp.bursts(8)])
def test_an_output_that_answers_only_the_magnitude_is_no_stranger(played: np.ndarray) -> None:
    assert estimate_delay(played, np.abs(played), RATE).kind in ("unclear", "found")
