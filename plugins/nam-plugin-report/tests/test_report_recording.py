"""Claims about what is found in a recording, planted at known levels."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from nam_kernel.interfaces import BaseDataset, BaseNet
from nam_plugin_report import spectrum_panel, worst_panel
from nam_plugin_report.panels import own_panels
from nam_plugin_report.recording import hum_of, level, noise_floor
from nam_plugin_report.spectrum import bands_of

RATE = 8000


def playing(seconds: float = 4.0) -> np.ndarray:
    """Return a loud tone, and a second of nothing at its end."""
    time = np.arange(round(seconds * RATE)) / RATE
    return np.where(time < seconds - 1.2, 0.5 * np.sin(2 * np.pi * 196 * time), 0.0)


def hum(length: int, mains: float, amplitudes: dict[int, float]) -> np.ndarray:
    time = np.arange(length) / RATE
    return np.asarray(sum(a * np.sin(2 * np.pi * mains * n * time + n) for n, a in amplitudes.items()))


def noise(length: int, rms: float) -> np.ndarray:
    return np.random.default_rng(0).normal(0, rms, length)


@pytest.mark.parametrize("mains", [50.0, 60.0])
def test_hum_is_found_with_its_mains_its_harmonics_and_its_level(mains: float) -> None:
    signal = playing()
    amplitudes = {1: 0.002, 2: 0.001, 3: 0.0005}
    found = hum_of(signal + hum(len(signal), mains, amplitudes) + noise(len(signal), 2e-5), RATE)
    assert found is not None
    assert (found.mains, found.harmonics) == (mains, (1, 2, 3))
    power = sum(a**2 / 2 for a in amplitudes.values())
    assert found.level == pytest.approx(10 * math.log10(power), abs=0.3)


def test_a_grid_that_is_a_little_off_is_still_found() -> None:
    signal = playing()
    found = hum_of(signal + hum(len(signal), 50.1, {1: 0.002, 2: 0.002, 6: 0.002}) + noise(len(signal), 2e-5), RATE)
    assert found is not None
    assert (found.mains, found.harmonics) == (50.0, (1, 2, 6))


def test_noise_is_no_hum() -> None:
    signal = playing()
    found = hum_of(signal + noise(len(signal), 1e-3), RATE)
    assert found is not None
    assert found.mains is None


def test_digital_silence_has_no_hum() -> None:
    found = hum_of(playing(), RATE)
    assert found is not None
    assert found.mains is None


def test_a_recording_that_is_never_quiet_tells_nothing_of_hum() -> None:
    time = np.arange(3 * RATE) / RATE
    loud = 0.5 * np.sin(2 * np.pi * 196 * time)
    assert hum_of(loud + hum(len(loud), 50, {1: 0.01, 2: 0.01}), RATE) is None
    assert noise_floor(loud, RATE) is None


def test_the_noise_floor_is_that_of_the_quietest_tenth_of_a_second() -> None:
    signal = playing()
    floor = noise_floor(signal + noise(len(signal), 1e-4), RATE)
    assert floor == pytest.approx(-80, abs=0.7)
    assert level(0.5 * np.sin(2 * np.pi * 200 * np.arange(RATE) / RATE)) == pytest.approx(
        10 * math.log10(0.125), abs=1e-6
    )


def test_the_worst_second_is_where_the_error_was_planted() -> None:
    time = np.arange(6 * RATE) / RATE
    original = 0.5 * np.sin(2 * np.pi * 110 * time)
    model = original + np.where((time >= 3.2) & (time < 4.2), 0.05, 0.005) * np.sin(2 * np.pi * 330 * time)
    panel = worst_panel(original, model, RATE)
    assert panel is not None
    rows = dict(panel.rows)
    assert rows["Begins at"] == "3.2 s"
    # In it, the error has a hundredth of the original's power; elsewhere a ten-thousandth.
    assert rows["ESR in it"].startswith("0.01 ")
    assert rows["Its share of all the error"] == "95 %, in 17 % of the time"
    assert [player.title for player in panel.players] == ["Original", "Model", "Difference"]


def test_two_that_are_equal_have_no_worst_second() -> None:
    assert worst_panel(playing(), playing(), RATE) is None


def test_of_a_single_second_none_is_the_worst() -> None:
    signal = playing()[:RATE]
    assert worst_panel(signal, 0.5 * signal, RATE) is None


def test_the_spectrum_shows_a_shelf_where_it_was_made() -> None:
    white = noise(20 * RATE, 0.1)
    bent = np.fft.rfft(white)
    frequencies = np.fft.rfftfreq(len(white), 1 / RATE)
    bent[frequencies > 1000] *= 0.5
    signals = {"Original": white, "Model": np.fft.irfft(bent)}
    middles, bands = bands_of(signals, RATE)
    difference = bands["Model"] - bands["Original"]
    assert difference[middles < 900] == pytest.approx(0, abs=0.05)
    assert difference[(middles > 1100) & (middles < 3500)] == pytest.approx(20 * math.log10(0.5), abs=0.05)
    # White noise has the same power in every Hz, and so 3 dB more in every octave above.
    slope = bands["Original"][np.argmin(abs(middles - 2000))] - bands["Original"][np.argmin(abs(middles - 500))]
    assert slope == pytest.approx(6.02, abs=0.7)
    assert spectrum_panel(signals, "Original", RATE).rows[0][1].startswith("-6.")


class Half(BaseNet):
    """Half of the input, and silence for silence."""

    receptive_field = 1

    def compute(self, x: torch.Tensor, *conditions: torch.Tensor) -> torch.Tensor:
        return 0.5 * x

    @classmethod
    def init_from_config(cls, config: object) -> Half:
        return cls(RATE)

    def export_config(self) -> dict[str, object]:
        return {}


class Take(BaseDataset):
    """A recording whose noise and hum are known."""

    nx = 1
    sample_rate = RATE

    def __init__(self) -> None:
        x = playing()
        self.x = torch.from_numpy(x).float()
        self.y = self.x + torch.from_numpy(noise(len(x), 1e-4) + hum(len(x), 60, {1: 0.002, 2: 0.002})).float()

    @property
    def ny(self) -> int:
        return len(self.y)

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        return self.x, self.y

    @classmethod
    def init_from_config(cls, config: object, *, nx: int) -> Take:
        return cls()


def told(**changes: Any) -> dict[str, Any]:
    run = SimpleNamespace(**{"train": None, "validation": Take(), **changes})
    return {panel.title: panel for panel in own_panels(run, SimpleNamespace(net=Half(RATE)))}  # type: ignore[arg-type]


def test_the_panels_of_a_run_tell_levels_null_depth_noise_and_hum() -> None:
    panels = told()
    assert list(panels) == ["The worst second", "Spectrum", "Levels", "Hum", "Aliasing"]
    levels, mains = dict(panels["Levels"].rows), dict(panels["Hum"].rows)
    whole = 10 * math.log10(0.125 * 2.8 / 4)
    assert levels["Recording"].startswith(f"{whole:.1f} dB RMS")
    assert levels["Model"].startswith(f"{whole + 20 * math.log10(0.5):.1f} dB RMS")
    # What the best gain cannot remove is the hum, 2e-6 and 2e-6, and the noise, 1e-8.
    assert float(levels["Null depth"].split()[0]) == pytest.approx(10 * math.log10(4.01e-6) - whole, abs=0.15)
    assert levels["Noise floor of the model"] == "digital silence"
    assert mains["Mains hum"] == f"{10 * math.log10(4e-6):.1f} dB, of 60 Hz mains"
    assert mains["Found in"] == "the validation recording"


def test_one_panel_that_fails_leaves_the_others(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("no spectrum today")

    monkeypatch.setattr("nam_plugin_report.panels.spectrum_panel", broken)
    with caplog.at_level("WARNING", "nam_plugin_report"):
        panels = told()
    assert list(panels) == ["The worst second", "Levels", "Hum", "Aliasing"]
    assert "without the panel of spectrum, which failed: ZeroDivisionError: no spectrum today" in caplog.text


def test_hum_of_the_training_recording_counts_too() -> None:
    hums = told(train=Take(), validation=None)
    assert dict(hums["Hum"].rows)["Found in"] == "the training recording"
