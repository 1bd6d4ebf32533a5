"""What this plugin offers to nam_kernel: seven losses."""

from __future__ import annotations

from collections.abc import Sequence

from nam_kernel import Loss, hookimpl

_PLAIN = "nam_plugin_losses.config:PlainLossConfig"
_EMPHASIZED = "nam_plugin_losses.config:PreEmphasisConfig"


@hookimpl
def nam_losses() -> Sequence[Loss]:
    """Offer the losses."""
    return [
        Loss(
            name="MSE",
            target="nam_plugin_losses.waveform:mse",
            config=_PLAIN,
            summary="mean squared error",
        ),
        Loss(
            name="ESR",
            target="nam_plugin_losses.waveform:esr",
            config=_PLAIN,
            summary="error power over target power, the mean over the items",
        ),
        Loss(
            name="DC",
            target="nam_plugin_losses.waveform:dc",
            config=_PLAIN,
            summary="squared difference of the means",
        ),
        Loss(
            name="FourierMSE",
            target="nam_plugin_losses.spectral:fourier_mse",
            config=_PLAIN,
            summary="squared magnitude of the difference of the spectra",
        ),
        Loss(
            name="MRSTFT",
            target="nam_plugin_losses.spectral:MRSTFT",
            config=_PLAIN,
            summary="multi-resolution STFT loss",
        ),
        Loss(
            name="PreEmphasisMSE",
            target="nam_plugin_losses.emphasis:PreEmphasisMSE",
            config=_EMPHASIZED,
            summary="mean squared error after a filter that raises the treble",
        ),
        Loss(
            name="PreEmphasisMRSTFT",
            target="nam_plugin_losses.emphasis:PreEmphasisMRSTFT",
            config=_EMPHASIZED,
            summary="multi-resolution STFT loss after a filter that raises the treble",
        ),
    ]
