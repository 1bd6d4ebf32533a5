"""Claims about the aliasing of a sweep, against closed forms: series of waveforms whose harmonics are known."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from nam_kernel import Condition
from nam_kernel.interfaces import BaseNet
from nam_plugin_report.aliasing import FLOOR, Step, ratio, sweep
from nam_plugin_report.folding import aliasing_of, aliasing_panel, known
from nam_plugin_report.measure_aliasing import CURVES, table

RATE = 48000.0


def harmonics(curve: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Return the energy of each harmonic of a curve without a memory that a full-scale sine goes through."""
    angle = 2 * np.pi * (np.arange(2**18) + 0.5) / 2**18
    series = np.abs(np.fft.rfft(curve(np.sin(angle)))) ** 2
    series[0] = 0.0
    return np.asarray(series)


def expected(curve: Callable[[np.ndarray], np.ndarray], steps: tuple[Step, ...], oversampling: int = 1) -> float:
    """Return the ratio of all steps in dB, when what lies above half of so many times the sample rate folds back."""
    energy, folded, proper = harmonics(curve), 0.0, 0.0
    for step in steps:
        inside = int(RATE / 2 // step.hz)
        # Oversampled, only what folds around the higher rate reaches the part below half the sample rate.
        first = inside if oversampling == 1 else int((oversampling - 0.5) * RATE // step.hz)
        total = energy[1:].sum()
        proper += energy[1 : inside + 1].sum() / total
        folded += energy[first + 1 :].sum() / total
    return float(10 * np.log10(folded / proper))


def test_a_square_wave_folds_back_what_the_series_has_above_half_the_rate() -> None:
    for step in sweep(np.sign, RATE):
        count = int(RATE / 2 // step.hz)
        # A square wave has 8 / pi^2 / k^2 of its energy in each odd harmonic k.
        proper = 8 / np.pi**2 * sum(1 / k**2 for k in range(1, count + 1, 2))
        assert ratio((step,)) == pytest.approx(10 * np.log10((1 - proper) / proper), abs=0.1)


@pytest.mark.parametrize("gain", [1.0, 3.0, 10.0])
def test_a_tanh_folds_back_what_its_fourier_series_has_above_half_the_rate(gain: float) -> None:
    def curve(x: np.ndarray) -> np.ndarray:
        return np.tanh(gain * x)

    steps = sweep(curve, RATE)
    assert ratio(steps) == pytest.approx(expected(curve, steps), abs=0.1)


def test_oversampling_is_seen_at_its_known_factor() -> None:
    def curve(x: np.ndarray) -> np.ndarray:
        return np.clip(10 * x, -1.0, 1.0)

    def oversampled(x: np.ndarray) -> np.ndarray:
        """Play at four times the rate: a period of each step is repeated, so that its spectrum is exact."""
        parts = []
        for part in np.split(x, len(steps)):
            period = part[-count:]
            spectrum = np.zeros(2 * count + 1, complex)
            spectrum[: count // 2 + 1] = np.fft.rfft(period)
            shaped = np.fft.rfft(curve(np.fft.irfft(4 * spectrum, 4 * count)))
            parts.append(np.tile(np.fft.irfft(shaped[: count // 2 + 1] / 4, count), 10)[-len(part) :])
        return np.concatenate(parts)

    steps = sweep(curve, RATE)
    count = 4799  # the largest prime below a tenth of the rate
    finer = sweep(oversampled, RATE)
    assert ratio(finer) < ratio(steps) - 6
    # Of what folds around the higher rate only a part comes to lie in the band, so that the sum above it is a bound.
    assert ratio(finer) < expected(curve, finer, oversampling=4) + 0.2


@pytest.mark.parametrize(
    "curve", [lambda x: 0.5 * x, lambda x: x + 0.1, lambda x: np.convolve(x, [0.5, 0.3])[: len(x)]]
)
def test_what_is_linear_folds_nothing_back(curve: Callable[[np.ndarray], np.ndarray]) -> None:
    assert ratio(sweep(curve, RATE, receptive_field=2)) < -150


def test_a_square_folds_nothing_back_while_its_second_harmonic_is_below_half_the_rate() -> None:
    # sin^2 has a constant and the second harmonic; all of the sweep's are below 12 kHz.
    assert ratio(sweep(np.square, RATE)) == FLOOR


@pytest.mark.parametrize("rate", [8000.0, 44100.0, 96000.0])
def test_every_sample_rate_has_its_sweep(rate: float) -> None:
    steps = sweep(np.tanh, rate)
    assert steps[0].hz == pytest.approx(80, abs=rate / 8000 + 6)
    assert all(step.hz < rate / 2 for step in steps)


class Curve(BaseNet):
    """Clip what goes in at a gain that is a knob, after a delay that fills its receptive field."""

    receptive_field = 100
    conditions = (Condition("gain", 0.0, 20.0, 10.0),)

    def compute(self, x: torch.Tensor, *conditions: torch.Tensor) -> torch.Tensor:
        (gain,) = conditions
        return torch.clip(gain[..., : x.shape[-1] - 99] * x[..., :-99], -1.0, 1.0)

    @classmethod
    def init_from_config(cls, config: object) -> Curve:
        return cls(RATE)

    def export_config(self) -> dict[str, object]:
        return {}


def test_a_net_is_measured_at_the_defaults_of_its_knobs() -> None:
    steps = aliasing_of(Curve(RATE))
    assert steps is not None
    assert ratio(steps) == pytest.approx(ratio(sweep(lambda x: np.clip(10 * x, -1.0, 1.0), RATE)), abs=0.01)


def test_the_panel_names_the_models_and_those_of_the_table() -> None:
    panel = aliasing_panel({"This model": sweep(np.sign, RATE)})
    assert panel.table[1] == ("This model", "-16.5 dB")
    assert [row[0] for row in panel.table[2:]] == [f"For comparison: {entry['name']}" for entry in known()]


def test_the_curves_of_the_table_are_what_is_measured_today() -> None:
    told = {entry["name"]: entry["db"] for entry in known()}
    for name, curve in CURVES.items():
        steps = sweep(curve, RATE)
        assert told[name] == pytest.approx(expected(curve, steps), abs=0.1)


def test_the_readme_has_the_figures_of_the_table() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| .* \| (-[0-9.]+) dB \|$", readme, re.MULTILINE)
    assert [float(db) for db in told] == [entry["db"] for entry in known()]


def test_the_captures_of_the_table_are_what_is_measured_today() -> None:
    pytest.importorskip("nam_plugin_nam")
    pytest.importorskip("nam_plugin_wavenet")
    folder = Path(os.environ.get("NAM_CASES", "../shared/cases")) / "rigs"
    if not folder.is_dir():
        pytest.skip("the two captures are not here")
    files = {"JCM capture, A1 standard": folder / "jcm.nam", "Deluxe capture, A1 standard": folder / "deluxe.nam"}
    told = {entry["name"]: entry["db"] for entry in known()}
    measured = {str(entry["name"]): float(entry["db"]) for entry in table(files)}
    assert measured == pytest.approx(told, abs=0.1)
    assert json.dumps(measured)
