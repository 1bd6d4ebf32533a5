"""
Take in a net that is not a ``BaseNet`` but does what one does.

Researchers hand over plain modules that have a receptive field and a forward pass, and perhaps ``export_config``
and ``export_weights``. Wrapped, such a module trains and is exported like any other net.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from nam_kernel.errors import PluginError
from nam_kernel.interfaces.net import BaseNet, Weights


class AdoptedNet(BaseNet):
    """
    A wrapper around a module of somebody else's.

    :param net: takes (B, L); gives (B, L - R + 1), or with a ``pad_start`` keyword what the caller asks for
    """

    def __init__(self, net: nn.Module) -> None:
        rate = getattr(net, "sample_rate", None)
        super().__init__(rate if isinstance(rate, (int, float)) else None)
        self.net = net
        self._takes_pad_start = "pad_start" in inspect.signature(net.forward).parameters

    @property
    def receptive_field(self) -> int:
        """As the module declares it."""
        return int(self.net.receptive_field)  # type: ignore[arg-type]

    @property
    def architecture(self) -> str:
        """The module's class, under whose name the file is written."""
        return type(self.net).__name__

    @classmethod
    def init_from_config(cls, config: Mapping[str, Any]) -> AdoptedNet:
        """Wrap the module under ``"net"``."""
        return cls(config["net"])

    def export_config(self) -> dict[str, Any]:
        """
        Ask the module.

        :raises PluginError: when it has no ``export_config``
        """
        export = getattr(self.net, "export_config", None)
        if export is None:
            raise PluginError(f"{self.architecture} has no export_config(), so it cannot be written to a model file")
        config: dict[str, Any] = export()
        return config

    def export_weights(self) -> Weights:
        """Ask the module; without ``export_weights`` its state dict is flattened."""
        export = getattr(self.net, "export_weights", None)
        weights: Weights = export() if export is not None else super().export_weights()
        return weights

    def _forward(self, x: Tensor, *conditions: Tensor) -> Tensor:
        # The history is in x already: BaseNet.forward put it there where it was asked for.
        keywords = {"pad_start": False} if self._takes_pad_start else {}
        y: Tensor = self.net(x, *conditions, **keywords)
        return y


def adopt(net: Any, title: str) -> BaseNet:
    """
    Take a net as it is, or wrap a module that does what one does.

    :param title: what to call whoever gave it
    :raises PluginError: naming what is missing
    """
    if isinstance(net, BaseNet):
        return net
    missing = [name for name in ("forward", "receptive_field", "parameters", "state_dict") if not hasattr(net, name)]
    if missing:
        raise PluginError(f"{title} gave a {type(net).__name__} without {', '.join(missing)}; it is not a net")
    return AdoptedNet(net)
