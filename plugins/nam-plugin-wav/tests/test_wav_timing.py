"""What a check says of how recordings are aligned, at any stated delay, and of what no net of this kind can learn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import amplifiers as amp
import numpy as np
import pytest
from amplifiers import RATE
from wav_parts import make

from nam_kernel import Finding
from nam_plugin_wav import WavDataset
from nam_plugin_wav.inspection import inspect_all, inspect_pair

NX = 2048
X = amp.strings(12)
Y = 0.5 * amp.lowpass(np.tanh(20 * amp.highpass(X, 120)), 5000, 2)


def pair_of(pair: Any, x: np.ndarray, y: np.ndarray, **keys: Any) -> WavDataset:
    return make(pair(x, y, rate=RATE, require_input_pre_silence=None, **keys), nx=NX)


def of_kind(dataset: WavDataset, kind: str) -> Finding:
    (finding,) = (finding for finding in inspect_pair(dataset) if finding.kind == kind)
    return finding


@pytest.mark.parametrize("stated", [{}, {"delay": 0}, {"delay": -300}, {"delay": 4000}])
def test_a_stated_delay_that_is_wrong_is_told_with_the_right_one(pair: Any, stated: dict[str, int]) -> None:
    finding = of_kind(pair_of(pair, X, amp.shifted(Y, 4805), **stated), "delay")
    found, written = finding.facts["delay"], stated.get("delay", 0)
    assert 4800 <= found <= 4805
    assert finding.sentence.startswith(f"delay: found {found}, you wrote {written}")
    assert finding.remedy == f'write {found} or "auto"'
    assert finding.severity == ("error" if 4805 - written >= NX else "warning")


@pytest.mark.parametrize(("stated", "severity"), [(0, "info"), (5, "info"), (100, "warning"), (3000, "error")])
def test_a_delay_that_foresees_little_is_warned_of_and_one_that_foresees_all_is_refused(
    pair: Any, stated: int, severity: str
) -> None:
    assert of_kind(pair_of(pair, X, Y, delay=stated), "delay").severity == severity


def test_anyway_turns_a_refusal_into_a_warning(pair: Any) -> None:
    assert of_kind(pair_of(pair, X, Y, delay=3000, anyway=True), "delay").severity == "warning"
    for anyway, severity in ((True, "warning"), (False, "error")):
        assert of_kind(pair_of(pair, Y, X, anyway=anyway), "exchanged").severity == severity


def test_a_right_delay_and_auto_are_told_with_what_was_found(pair: Any) -> None:
    late = amp.shifted(Y, 700)
    for delay in (700, "auto"):
        finding = of_kind(pair_of(pair, X, late, delay=delay), "delay")
        assert finding.severity == "info"
        assert "the output lags by" in finding.sentence
        assert finding.facts["delay"] == pytest.approx(700, abs=3)


def test_the_margin_is_a_stated_choice(pair: Any) -> None:
    late = amp.shifted(Y, 700)
    plain, early = (pair_of(pair, X, late, delay="auto", delay_margin=margin) for margin in (0, 10))
    assert early.delay == plain.delay - 10
    assert f"the delay_margin of 10 makes it {early.delay}" in of_kind(early, "delay").sentence
    assert "margin" not in of_kind(plain, "delay").sentence


@pytest.mark.parametrize("delay", [0, 700])
def test_drift_and_slip_are_told_apart_at_a_stated_delay(pair: Any, delay: int) -> None:
    drifting = inspect_pair(pair_of(pair, X, amp.shifted(amp.drifting(Y, 40), delay), delay=delay))
    clocks = next(f for f in drifting if f.kind == "drift")
    assert clocks.facts["drift_ppm"] == pytest.approx(40, abs=2)
    assert "the clocks of the recordings differ by" in clocks.sentence
    slipping = inspect_pair(pair_of(pair, X, amp.shifted(amp.slipped(Y, 5.0, 25), delay), delay=delay))
    assert "25 samples are missing at 5." in next(f.sentence for f in slipping if f.kind == "slip")
    assert not {f.kind for f in drifting} & {"slip"} | {f.kind for f in slipping} & {"drift"}


@pytest.mark.parametrize("delay", [{}, {"delay": 0}, {"delay": 500}])
def test_files_that_do_not_belong_together_are_named_at_a_stated_delay(pair: Any, delay: dict[str, int]) -> None:
    found = inspect_pair(pair_of(pair, X, np.tanh(20 * amp.strings(12, seed=5)), **delay))
    finding = next(f for f in found if f.kind == "strangers")
    assert finding.severity == "error"
    assert "do not belong together" in finding.sentence
    assert not [f for f in found if f.kind == "noise"], "what another performance plays is no noise floor"


def test_exchanged_files_are_named_at_a_stated_delay(pair: Any) -> None:
    """A saturated input is doubtful evidence, so that who states a delay may go on."""
    for delay, severity in (({}, "error"), ({"delay": 0}, "warning")):
        finding = of_kind(pair_of(pair, Y, X, **delay), "exchanged")
        assert finding.severity == severity
        assert "exchange x_path and y_path" in finding.remedy


@pytest.mark.parametrize(
    ("effect", "kind"),
    [
        (lambda y: amp.tremolo(y, 4.3), "tremolo"),
        (lambda y: amp.vibrato(y, 5.0), "chorus"),
        (lambda y: amp.reverb(y, 3.5, 0.6), "reverb"),
    ],
)
def test_what_no_net_can_learn_is_a_warning(pair: Any, effect: Any, kind: str) -> None:
    x = amp.strings(20)
    x[8 * RATE : 9 * RATE] = 0
    found = inspect_pair(pair_of(pair, x, effect(amp.lowpass(np.tanh(4 * x), 5000, 2)), delay=0))
    finding = next(f for f in found if f.kind == kind)
    assert finding.severity == "warning"
    assert "no such net can learn" in finding.sentence


def test_a_doubtful_estimate_does_not_contradict_a_stated_delay(pair: Any) -> None:
    tone = 0.3 * np.sin(2 * np.pi * 220 * np.arange(6 * RATE) / RATE)
    finding = of_kind(pair_of(pair, tone, np.tanh(3 * np.roll(tone, 50)), delay=50), "delay")
    assert finding.severity == "note"
    assert "delay: 50 cannot be checked" in finding.sentence


def test_real_captures_have_no_effects_and_no_strangers(cases: Path) -> None:
    for folder, names in (("klon", ("gain_000", "gain_100")), ("hrd3", ("drive_2_master_6", "drive_10_master_1"))):
        for name in names:
            entry = {"x_path": str(cases / folder / "di.wav"), "y_path": str(cases / folder / f"{name}.wav")}
            found = inspect_all(make({**entry, "allow_unequal_lengths": True, "delay": "auto"}, nx=NX))
            assert not {f.kind for f in found} & {
                *("strangers", "exchanged", "tremolo", "chorus", "reverb", "slip", "drift")
            }, name
