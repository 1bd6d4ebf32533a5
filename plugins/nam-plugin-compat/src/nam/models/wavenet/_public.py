"""The WaveNet with its older constructor."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from nam._core import stands_for
from nam._errors import StrayKeywordError
from nam.models._abc import ImportsWeights
from nam.models._configs import checked
from nam.models._renamed import LoadsOlder
from nam.models._sharing import adopt_parts, weights_from
from nam.models.base import BaseNet
from nam.models.wavenet._wavenet import WaveNet as Inner
from nam.models.wavenet._wavenet import run_at_size
from nam_plugin_compat.older import with_kernel_sizes
from nam_plugin_wavenet import net
from nam_plugin_wavenet.config import WaveNetConfig

logger = logging.getLogger("nam.models.wavenet")


class _Named(net.WaveNet):
    """The WaveNet of the plugin; a subclass of the older one has its own name, for no player plays it as a WaveNet."""

    @property
    def architecture(self) -> str:
        """``WaveNet``, or the name of a subclass."""
        chosen = super().architecture
        return type(self).__name__ if chosen == "WaveNet" else chosen


@stands_for(net.WaveNet)
class WaveNet(LoadsOlder, BaseNet, _Named, ImportsWeights):  # type: ignore[misc]
    """
    A WaveNet: ``nam_plugin_wavenet.net.WaveNet``, whose instances count as this one's.

    :param wavenet: the network inside, or a net, whose parts this one takes over; or the ``layers_configs``
    :param kwargs: the rest of a config, ``layers_configs`` among it where there is no ``wavenet``
    """

    OLDER_KEYS = (
        (r"^_net\._condition_dsp\.", "condition_dsp.network."),
        (r"^_net\._layer_arrays\.", "network.stacks."),
        (r"^_net\._head\._layers\.layer_(\d+)\.conv\.", r"network.post_head.convs.\1."),
        (r"\bnetwork\._layer_arrays\.", "network.stacks."),
        (r"(stacks\.\d+)\._layers\.", r"\1.layers."),
        (r"\._(\w+_film)\._film\.", r".film.\1.conv."),
        (r"\._input_mixer\.", ".mixer."),
        (r"\._(head|layer)1x1\.", r".\1_1x1."),
        (r"\._head_rechannel\.", ".head."),
        (r"\._(rechannel|conv|activation)\.", r".\1."),
    )
    _stray_keyword = StrayKeywordError

    def __init__(self, wavenet: Any = None, sample_rate: float | None = None, **kwargs: Any) -> None:
        if not isinstance(wavenet, (net.WaveNet, Inner)):
            layers = {} if wavenet is None else {"layers_configs": wavenet}
            wavenet = WaveNet.parse_config({**layers, **kwargs})["wavenet"]
        adopt_parts(self, wavenet.as_net(sample_rate) if isinstance(wavenet, Inner) else wavenet, sample_rate)

    @classmethod
    def parse_config(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        """
        Return the arguments of the constructor.

        :raises ValueError: when a value is wrong
        """
        given = with_kernel_sizes(super().parse_config(config))
        rate = given.pop("sample_rate", None)
        known, stray = checked(WaveNetConfig, given)
        unknown = [key for key in stray if not key.startswith("_")]
        if unknown:
            logger.warning("the config of a WaveNet has no %s; left out", ", ".join(unknown))
        return {"sample_rate": rate, "wavenet": Inner.of(net.WaveNet.init_from_config(known))}

    @property
    def _net(self) -> Inner:
        """The network inside, from (B, 1, L) to (B, 1, L - R + 1)."""
        return Inner.of(self)

    def forward_multichannel(self, x: Tensor, *conditions: Tensor) -> Tensor:
        """Return the output of the net at its size, with its channels: (B, L) to (B, C, L - R + 1)."""
        if self.training:
            return super().forward_multichannel(x, *conditions)
        return run_at_size(self.network, self._slimming, *self.inputs(x, *conditions))

    @classmethod
    def from_nested(cls, config: Mapping[str, Any], sample_rate: float | None) -> WaveNet:
        """Return a net, its weights not yet set, from the ``config`` of a model file."""
        return cls(net.WaveNet.from_nested(config, sample_rate), sample_rate)

    def import_weights(self, weights: Any, i: int = 0) -> int:  # type: ignore[override]
        """
        Set the weights, and return the position after them.

        :param i: where they begin in the array
        """
        count = sum(t.numel() for t in self._weight_tensors())
        whole = i == 0 and len(weights) != count
        net.WaveNet.import_weights(self, weights if whole else weights_from(weights, i, count))
        return i + count

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *args: Any) -> None:
        super()._load_from_state_dict(state_dict, prefix, *args)
        for name, buffer in self.named_buffers():
            if name.endswith("head_scale"):  # an older checkpoint does not hold it
                state_dict.setdefault(prefix + name, buffer)
