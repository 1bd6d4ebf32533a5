"""
Loudness and gain of a model, as players use them to match levels and to sort captures.

Both are defined by the level of the output for one second of pink noise at -15 dB re full scale: loudness is
that level, gain says where the curve of output over input level lies between a straight line (0: a clean amp)
and a constant (1: all compression).
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from nam_kernel import accelerate
from nam_kernel.interfaces import BaseNet

LEVEL = -15.0
"""RMS of the test signal, in dB re full scale."""

STEPS = 11
"""Input gains from 0 to 1 at which the output level is measured."""

DEFAULT_RATE = 48000.0


def pink_noise(sample_rate: float) -> Tensor:
    """
    Return one second of Gaussian noise whose power falls by 3 dB per octave from 1 Hz up, always the same.

    :param sample_rate: in Hz
    :return: (sample_rate,), its RMS being ``LEVEL``
    """
    length = round(sample_rate)
    generator = np.random.default_rng(1)
    bins = length // 2 + 1
    spectrum = generator.normal(size=bins) + 1j * generator.normal(size=bins)
    # One second has bins of 1 Hz, so bin k is k Hz: amplitude goes as 1 / sqrt(k), and there is no DC.
    spectrum[1:] /= np.sqrt(np.arange(1, bins))
    spectrum[0] = 0.0
    noise = np.fft.irfft(spectrum, length)
    noise *= 10 ** (LEVEL / 20) / np.sqrt(np.mean(noise**2))
    return torch.from_numpy(noise.astype(np.float32))


def loudness_and_gain(net: BaseNet) -> tuple[float, float] | None:
    """
    Return loudness in dB re full scale, and gain between 0 and 1.

    :return: None for a net that is silent, or that takes conditions, of which the definition says nothing
    """
    if net.conditions != ():
        return None
    levels = _output_levels(net.at_size(1.0) if net.outputs else net)
    if not math.isfinite(levels[-1]) or levels[-1] <= 0.0:
        return None
    highest = STEPS * levels[-1]
    lowest = highest / 2
    gain = (levels.sum() - lowest) / (highest - lowest)
    return 20 * math.log10(levels[-1]), float(np.clip(gain, 0.0, 1.0))


def _output_levels(net: BaseNet) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the RMS of the output at each input gain, the last being 1: (STEPS,)."""
    device = next((p.device for p in net.parameters()), torch.device("cpu"))
    noise = pink_noise(net.sample_rate or DEFAULT_RATE).to(device)
    training = net.training
    net.eval()
    try:
        with torch.no_grad():
            gains = torch.linspace(0.0, 1.0, STEPS, device=device)
            forward = accelerate(net, device)
            outputs = [forward(gain * noise, pad_start=True).double() for gain in gains]
    finally:
        net.train(training)
    return np.array([float(y.square().mean().sqrt()) for y in outputs])
