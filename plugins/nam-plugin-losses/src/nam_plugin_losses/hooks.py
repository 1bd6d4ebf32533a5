"""What this plugin offers to nam_kernel: seven losses, their keys in ``loss``, and the older spellings of these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nam_kernel import Loss, hookimpl

if TYPE_CHECKING:
    from nam_kernel.config import RunConfig

_PLAIN = "nam_plugin_losses.config:PlainLossConfig"
_EMPHASIZED = "nam_plugin_losses.config:PreEmphasisConfig"


@hookimpl
def nam_losses() -> Sequence[Loss]:
    """Return the losses; keys and labels are those of the older package."""
    return [
        Loss(
            name="MSE",
            target="nam_plugin_losses.waveform:mse",
            config=_PLAIN,
            summary="mean squared error",
            key="mse",
            default=True,
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
            key="dc",
            label="DC MSE",
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
            key="mrstft",
        ),
        Loss(
            name="PreEmphasisMSE",
            target="nam_plugin_losses.emphasis:PreEmphasisMSE",
            config=_EMPHASIZED,
            summary="mean squared error after a filter that raises the treble",
            key="pre_emph",
            label="Pre-emphasized MSE",
        ),
        Loss(
            name="PreEmphasisMRSTFT",
            target="nam_plugin_losses.emphasis:PreEmphasisMRSTFT",
            config=_EMPHASIZED,
            summary="multi-resolution STFT loss after a filter that raises the treble",
            key="pre_emph_mrstft",
            label="Pre-emphasized MRSTFT",
        ),
    ]


@hookimpl
def nam_configure(config: RunConfig) -> None:
    """
    Understand the older spellings of the keys of ``loss``.

    :raises nam_kernel.errors.ConfigError: when an older key has a wrong value, or is there beside today's
    """
    loss = config.model.get("loss")
    if not isinstance(loss, dict):
        return
    from nam_kernel.errors import ConfigError
    from nam_plugin_losses.older import migrate_loss_keys

    problems = migrate_loss_keys(loss)
    if problems:
        raise ConfigError(config.sources.get("model", "the model config"), problems)
