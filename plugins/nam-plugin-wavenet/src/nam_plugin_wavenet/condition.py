"""The conditioning model that is nested in a model file."""

from __future__ import annotations

from collections.abc import Mapping
from reprlib import repr as shown
from typing import TYPE_CHECKING, Any

from torch import Tensor

from nam_kernel.errors import ModelFileError
from nam_kernel.interfaces import BaseNet
from nam_kernel.models import UNKNOWN_RATES, net_of

if TYPE_CHECKING:
    from nam_plugin_wavenet.net import WaveNet


def condition_net_of(document: Any, own: type[WaveNet], channels: int, sample_rate: float | None) -> BaseNet:
    """
    Return the conditioning model, weights included.

    :param document: a whole model document; of any installed architecture
    :param own: the class for a WaveNet, which may have several output channels
    :param channels: that its output must have
    :param sample_rate: of the net that hears it
    :raises ValueError: when the document is damaged, or the model has another rate or number of channels
    """
    if not isinstance(document, Mapping):
        raise ValueError(f"condition_dsp is a model of its own, an object, not {shown(document)}")
    if document.get("architecture") != "WaveNet":
        net, given = net_of(document), 1
    else:
        net = _wavenet(document, own)
        given = net.spec.out_channels
    if net.outputs or (isinstance(net, own) and net.spec.slimmable):
        raise ValueError("condition_dsp has several sizes, and players cannot run that")
    if given != channels:
        raise ValueError(f"condition_dsp gives {given} channels, but condition_size is {channels}")
    if None not in (net.sample_rate, sample_rate) and net.sample_rate != sample_rate:
        raise ValueError(
            f"condition_dsp is for {net.sample_rate:g} Hz, and the net for {sample_rate:g}; both share one"
        )
    return net


def _wavenet(document: Mapping[str, Any], own: type[WaveNet]) -> WaveNet:
    config, weights = document.get("config"), document.get("weights")
    if not isinstance(config, Mapping) or not isinstance(weights, list):
        raise ModelFileError("condition_dsp has no config or no weights, so the file is damaged")
    net = own.from_nested(config, _rate(document.get("sample_rate")))
    if net.needs_condition:
        raise ValueError("condition_dsp needs a condition of its own, and there is none")
    net.import_weights(weights)
    return net


def _rate(stated: Any) -> float | None:
    if stated is None or (not isinstance(stated, bool) and stated in UNKNOWN_RATES):
        return None
    if isinstance(stated, bool) or not isinstance(stated, (int, float)) or not 0 < stated < 1e9:
        raise ValueError(f"condition_dsp has the sample_rate {shown(stated)}, not a positive number in Hz")
    return float(stated)


def float_of(scalar: Tensor) -> float:
    """Return a float32 with as many digits as it has, so that 0.02 stays 0.02."""
    return float(str(scalar.detach().cpu().numpy()))
