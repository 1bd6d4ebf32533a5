"""Losses that compare spectra: of whole items, and of short windows of several lengths."""

from __future__ import annotations

import torch
from auraloss.freq import STFTLoss
from torch import Tensor

from nam_kernel.errors import DataError

FFT_SIZES = (1024, 2048, 512)
HOP_SIZES = (120, 240, 50)
WINDOW_LENGTHS = (600, 1200, 240)
"""The resolutions of Yamamoto et al. 2020, table 1, in samples."""

SHORTEST = max(FFT_SIZES) // 2 + 1
"""In samples: the transform reflects the signal at its ends, by half of the longest window."""


def fourier_mse(preds: Tensor, targets: Tensor) -> Tensor:
    """
    Return the mean squared magnitude of the difference of the (unnormalized) discrete Fourier transforms.

    By Parseval's theorem this is L times the mean squared error.

    :param preds: (B, L)
    :param targets: (B, L)
    :return: ()
    """
    spectrum = torch.fft.fft(preds - targets, dim=-1)
    return torch.view_as_real(spectrum).square().sum(dim=-1).mean()


class _Resolution(STFTLoss):  # type: ignore[misc]
    """The loss at one resolution, without the phases: they are not used, and take long to compute."""

    def __init__(self, fft_size: int, hop_size: int, win_length: int) -> None:
        # Spelled out rather than left to auraloss: another release's defaults would give other values.
        super().__init__(
            fft_size=fft_size,
            hop_size=hop_size,
            win_length=win_length,
            window="hann_window",
            w_sc=1.0,
            w_log_mag=1.0,
            w_lin_mag=0.0,
            w_phs=0.0,
            eps=1e-8,
        )

    def stft(self, x: Tensor) -> tuple[Tensor, None]:
        """Return the magnitudes (B, fft_size // 2 + 1, frames), at least the root of ``eps``, and no phases."""
        spectrum = torch.stft(x, self.fft_size, self.hop_size, self.win_length, self.window, return_complex=True)
        return torch.sqrt(torch.clamp(spectrum.real**2 + spectrum.imag**2, min=self.eps)), None


class MRSTFT:
    """
    Multi-resolution STFT loss: spectral convergence plus log-magnitude distance, averaged over resolutions.

    Yamamoto, Song & Kim 2020, "Parallel WaveGAN", arXiv:1910.11480, with Hann windows, as implemented by
    auraloss (Steinmetz & Reiss 2020). Magnitudes are kept above 1e-4, so that their logarithms are finite.
    Polarity makes no difference. Computed in float32 whatever the precision of the training.
    """

    def __init__(self) -> None:
        self._resolutions = [_Resolution(*sizes) for sizes in zip(FFT_SIZES, HOP_SIZES, WINDOW_LENGTHS, strict=True)]

    def __call__(self, preds: Tensor, targets: Tensor) -> Tensor:
        """
        Return the loss.

        :param preds: (B, L)
        :param targets: (B, L)
        :return: ()
        :raises DataError: when L is less than ``SHORTEST``
        """
        if preds.shape[-1] < SHORTEST:
            raise DataError(
                f"the MRSTFT loss needs items of at least {SHORTEST} samples, "
                f"but these have {preds.shape[-1]}; make ny larger, or leave the loss out"
            )
        preds, targets = preds[:, None].float(), targets[:, None].float()
        losses: list[Tensor] = [resolution(preds, targets) for resolution in self._resolutions]
        return torch.stack(losses).mean()
