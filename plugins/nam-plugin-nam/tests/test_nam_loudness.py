"""Claims about loudness and gain, against closed forms and the figures of the reference player."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nam_kernel import read_model
from nam_kernel.models import document_of, net_of
from nam_plugin_nam.loudness import loudness_and_gain, pink_noise
from support import case


@pytest.mark.parametrize("rate", [44100.0, 48000.0, 96000.0])
def test_the_noise_has_its_level_and_falls_by_3_db_per_octave(rate: float) -> None:
    noise = pink_noise(rate).double().numpy()
    assert len(noise) == rate
    assert 20 * np.log10(np.sqrt(np.mean(noise**2))) == pytest.approx(-15.0, abs=1e-4)
    power = np.abs(np.fft.rfft(noise)) ** 2
    octaves = [power[2**k : 2 ** (k + 1)].mean() for k in range(6, 14)]
    slope = np.polyfit(range(8), 10 * np.log10(octaves), 1)[0]
    assert slope == pytest.approx(-10 * np.log10(2), abs=0.15)


def test_the_noise_is_always_the_same() -> None:
    assert torch.equal(pink_noise(48000.0), pink_noise(48000.0))


def test_a_straight_wire_is_as_loud_as_the_noise_and_has_no_gain(gain: Any) -> None:
    loudness, amount = loudness_and_gain(gain(sample_rate=48000.0)) or (0.0, 0.0)
    assert loudness == pytest.approx(-15.0, abs=1e-3)
    assert amount == pytest.approx(0.0, abs=1e-4)


def test_a_limiter_that_turns_noise_into_a_square_has_nearly_all_the_gain(gain: Any) -> None:
    net = gain(0.1, sample_rate=48000.0)
    torch.nn.init.constant_(net.gain, 1e4)
    loudness, amount = loudness_and_gain(net) or (0.0, 0.0)
    assert loudness == pytest.approx(-20.0, abs=0.05)
    # At input gain 0 the output is 0, so ten of eleven values are at the constant: (10 - 5.5) / 5.5.
    assert amount == pytest.approx(4.5 / 5.5, abs=0.01)


def test_a_silent_net_has_neither(gain: Any) -> None:
    net = gain(sample_rate=48000.0)
    torch.nn.init.constant_(net.gain, 0.0)
    assert loudness_and_gain(net) is None


def test_a_net_with_knobs_has_neither(amp: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert loudness_and_gain(amp(48000.0)) is None
    monkeypatch.setattr(amp, "conditions", None)
    assert loudness_and_gain(amp(48000.0)) is None


@pytest.mark.parametrize("name", ["jcm.nam", "deluxe.nam", "wavenet_a1_standard.nam", "A2.nam"])
def test_the_figures_agree_with_the_reference_players(cases: Path, name: str) -> None:
    pytest.importorskip("nam_plugin_wavenet")
    if name == "A2.nam":
        pytest.importorskip("nam_plugin_container")
    golden = json.loads((cases / "golden" / "loudness.json").read_text())[name]
    net = read_model(cases / "nam" / name if (cases / "nam" / name).exists() else case(f"rigs/{name}"))
    loudness, amount = loudness_and_gain(net) or (0.0, 0.0)
    assert loudness == pytest.approx(golden["loudness_db"], abs=0.4)
    assert amount == pytest.approx(golden["gain"], abs=0.1)


@pytest.mark.parametrize(
    "name", ["nam/A2", "nam/lstm", "nam/slimmable_container", "nam/slimmable_wavenet", "nam/wavenet",
             "nam/wavenet_a1_standard", "nam/wavenet_a2_max", "nam/wavenet_condition_dsp", "rigs/jcm", "rigs/deluxe"],
)  # fmt: skip
def test_every_file_in_the_cases_is_written_again_with_the_same_weights(name: str) -> None:
    for plugin in ("wavenet", "lstm", "container"):
        pytest.importorskip(f"nam_plugin_{plugin}")
    given = json.loads(case(f"{name}.nam").read_text())
    net = read_model(case(f"{name}.nam"))
    written = document_of(net)
    assert written["architecture"] == given["architecture"]
    # Two layers that are not blended have a layer1x1_post_film of 16 weights each, which is written as the identity.
    changed = ~np.isclose(written["weights"], given["weights"], atol=1e-6, rtol=1e-6)
    assert changed.sum() <= (32 if name == "nam/wavenet_a2_max" else 0)
    again = net_of(written)
    x = 0.1 * torch.randn(3000, generator=torch.Generator().manual_seed(0))
    ours, theirs = (n.eval().at_size(1.0) if n.outputs else n.eval() for n in (again, net))
    assert torch.equal(ours.render(x), theirs.render(x))
