"""
Losses of nam_kernel: what a net is trained on and measured by.

The public names are imported when they are first used, so that the hook module stays light.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nam_kernel.lazy import lazily

if TYPE_CHECKING:
    from nam_plugin_losses.emphasis import PreEmphasisMRSTFT, PreEmphasisMSE, pre_emphasis
    from nam_plugin_losses.spectral import MRSTFT, fourier_mse
    from nam_plugin_losses.waveform import dc, esr, mse

_HOME = {
    "MRSTFT": "spectral",
    "PreEmphasisMRSTFT": "emphasis",
    "PreEmphasisMSE": "emphasis",
    "dc": "waveform",
    "esr": "waveform",
    "fourier_mse": "spectral",
    "mse": "waveform",
    "pre_emphasis": "emphasis",
}

__all__ = ["MRSTFT", "PreEmphasisMRSTFT", "PreEmphasisMSE", "dc", "esr", "fourier_mse", "mse", "pre_emphasis"]

__getattr__, __dir__ = lazily(__name__, _HOME)
