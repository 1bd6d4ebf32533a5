"""The WaveNet with its older constructor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nam.models._abc import ImportsWeights
from nam.models.base import BaseNet, adopt_parts, weights_from
from nam_plugin_wavenet import net


class WaveNet(BaseNet, net.WaveNet, ImportsWeights):
    """
    A WaveNet; the real one is ``nam_plugin_wavenet.net.WaveNet``, whose instances count as this one's.

    :param wavenet: whose parts this one takes over
    """

    def __init__(self, wavenet: net.WaveNet, sample_rate: float | None = None, **kwargs: Any) -> None:
        adopt_parts(self, wavenet, sample_rate)

    @classmethod
    def __subclasshook__(cls, other: type) -> bool:
        return True if cls is WaveNet and net.WaveNet in other.__mro__ else NotImplemented

    @classmethod
    def parse_config(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        """
        Give the arguments of the constructor.

        :raises ValueError: when a value is wrong
        """
        given = super().parse_config(config)
        rate = given.pop("sample_rate", None)
        return {"sample_rate": rate, "wavenet": net.WaveNet.init_from_config(given)}

    @classmethod
    def from_nested(cls, config: Mapping[str, Any], sample_rate: float | None) -> WaveNet:
        """Make a net, its weights not yet set, from the ``config`` of a model file."""
        return cls(net.WaveNet.from_nested(config, sample_rate), sample_rate)

    def import_weights(self, weights: Any, i: int = 0) -> int:  # type: ignore[override]
        """
        Set the weights.

        :param i: where they begin in the array
        :return: the position after them
        """
        count = sum(t.numel() for t in self._weight_tensors())
        whole = i == 0 and len(weights) != count
        net.WaveNet.import_weights(self, weights if whole else weights_from(weights, i, count))
        return i + count
