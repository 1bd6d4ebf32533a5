"""Run a net in pieces where a device cannot compute as many samples at once."""

from __future__ import annotations

import logging
from typing import Any

import torch
from torch import Tensor, nn

logger = logging.getLogger("nam.models.base")

LONGEST = 65536
"""Samples; older releases of torch refuse more on Apple's MPS device."""
REFUSAL = f"Output channels > {LONGEST} not supported at the MPS device"


class RunsInPieces(nn.Module):
    """A net that runs in pieces from the first time on that the device refused the whole."""

    _mps_65536_fallback = False

    @property
    def _mps_fallback_cat_dim(self) -> int:
        """Of the output: where the time is."""
        return 1

    def _forward_mps_safe(self, x: Tensor, *conditions: Any, **kwargs: Any) -> Tensor:
        """Run ``_forward``."""
        net: Any = self
        if not self._mps_65536_fallback:
            try:
                whole: Tensor = net._forward(x, *conditions, **kwargs)
                return whole
            except NotImplementedError as error:
                if REFUSAL not in str(error):
                    raise
            logger.warning("this device takes at most %d samples at once (torch %s)", LONGEST, torch.__version__)
            self._mps_65536_fallback = True
        length, history = x.shape[1], net.receptive_field - 1
        starts = range(0, length - history, LONGEST - history)
        pieces = [net._forward(x[:, i : i + LONGEST], *conditions, **kwargs) for i in starts]
        return torch.cat(pieces, dim=self._mps_fallback_cat_dim)
