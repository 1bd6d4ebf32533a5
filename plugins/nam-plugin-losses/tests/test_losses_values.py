"""The losses have the values of the formulas, and of the trainer whose configs people have."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import torch

from nam_plugin_losses import MRSTFT, PreEmphasisMRSTFT, PreEmphasisMSE, dc, esr, fourier_mse, mse, pre_emphasis
from support import CASES

GOLDEN = {
    "mse": mse,
    "esr": esr,
    "dc_mse": dc,
    "mse_fft": fourier_mse,
    "mrstft": MRSTFT(),
    "pre_emph_mse_0.85": PreEmphasisMSE(0.85),
    "pre_emph_mse_0.95": PreEmphasisMSE(0.95),
    "pre_emph_mrstft_0.85": PreEmphasisMRSTFT(0.85),
}


@pytest.fixture(scope="module")
def golden():
    folder = CASES / "golden"
    with np.load(folder / "losses_in.npz") as arrays:
        signals = tuple(torch.from_numpy(arrays[key]) for key in ("preds", "targets"))
    return signals, json.loads((folder / "losses.json").read_text())


@pytest.fixture
def noise():
    return 0.3 * torch.randn(2, 8192, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("key", GOLDEN)
def test_agrees_with_the_older_trainer(golden, key):
    (preds, targets), values = golden
    assert GOLDEN[key](preds, targets).item() == pytest.approx(values[key], rel=1e-5)


def test_no_golden_value_is_left_out(golden):
    assert set(golden[1]) == set(GOLDEN)


def test_mse_of_a_worked_example():
    assert mse(torch.tensor([[1.0, 2.0]]), torch.tensor([[0.0, 4.0]])).item() == pytest.approx(2.5)


def test_esr_of_a_scaled_target_is_the_square_of_what_is_missing(noise):
    assert esr(0.9 * noise, noise).item() == pytest.approx(0.01, rel=1e-4)


def test_esr_weighs_items_equally_whatever_their_power():
    targets = torch.tensor([[1.0, -1.0], [0.1, -0.1]])
    preds = torch.tensor([[1.0, -1.0], [0.0, 0.0]])
    assert esr(preds, targets).item() == pytest.approx(0.5)


def test_esr_does_not_depend_on_the_level_down_to_near_silence(noise):
    quiet = 1e-4 * noise  # -90 dB
    assert esr(1.1 * quiet, quiet).item() == pytest.approx(0.01, rel=1e-3)


def test_esr_counts_noise_over_silence_as_wrong(noise):
    assert esr(noise, torch.zeros_like(noise)).item() > 1


def test_dc_is_the_squared_offset(noise):
    assert dc(noise + 0.2, noise).item() == pytest.approx(0.04, rel=1e-4)


def test_dc_does_not_let_offsets_of_two_items_cancel(noise):
    assert dc(noise + torch.tensor([[0.2], [-0.2]]), noise).item() == pytest.approx(0.04, rel=1e-4)


def test_dc_does_not_see_what_has_no_offset():
    t = torch.arange(480) / 48000
    assert dc(torch.sin(2 * torch.pi * 100 * t)[None], torch.zeros(1, 480)).item() < 1e-12


def test_fourier_mse_obeys_parseval(noise):
    preds = noise.roll(1, dims=-1)
    assert fourier_mse(preds, noise).item() == pytest.approx(8192 * mse(preds, noise).item(), rel=1e-5)


def test_mrstft_of_twice_the_target_is_one_plus_the_logarithm_of_two(noise):
    """Spectral convergence is |2Y - Y| / |Y| = 1, the log-magnitude distance log 2, at every resolution."""
    assert MRSTFT()(2 * noise, noise).item() == pytest.approx(1 + math.log(2), rel=1e-4)


def test_mrstft_does_not_hear_polarity(noise):
    assert MRSTFT()(-noise, noise).item() == pytest.approx(0, abs=1e-6)


def test_pre_emphasis_is_a_two_tap_filter():
    x = np.random.default_rng(0).standard_normal(100).astype(np.float32)
    expected = np.convolve(x, [1, -0.85], mode="valid")
    np.testing.assert_allclose(pre_emphasis(torch.from_numpy(x), 0.85).numpy(), expected, atol=1e-6)


def test_pre_emphasis_counts_treble_for_more_than_bass():
    t = torch.arange(4801) / 48000
    low, high = (torch.sin(2 * torch.pi * f * t)[None] for f in (100, 10000))
    silence = torch.zeros_like(low)
    gain = [1 + 0.85**2 - 2 * 0.85 * math.cos(2 * math.pi * f / 48000) for f in (100, 10000)]
    for tone, squared in zip((low, high), gain, strict=True):
        assert PreEmphasisMSE(0.85)(tone, silence).item() == pytest.approx(squared / 2, rel=1e-2)
