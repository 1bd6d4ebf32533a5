"""The losses that compare spectra."""

from __future__ import annotations

from auraloss.freq import MultiResolutionSTFTLoss, STFTLoss

__all__ = ["MultiResolutionSTFTLoss", "STFTLoss"]
