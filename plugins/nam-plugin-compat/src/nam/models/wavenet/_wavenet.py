"""The network inside a WaveNet, for nets that bring a conditioning module of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy.typing as npt
import torch
from torch import Tensor, nn

from nam._core import InitializableFromConfig
from nam.models.base import weights_from
from nam.models.wavenet._head import Head
from nam.models.wavenet._inside import Slimmable, run_at_size
from nam.models.wavenet._layer_array import LayerArray
from nam_kernel.interfaces import BaseNet
from nam_kernel.models import document_of
from nam_plugin_wavenet import net
from nam_plugin_wavenet.config import AnyWaveNetConfig
from nam_plugin_wavenet.network import Network
from nam_plugin_wavenet.slimming import Slimming
from nam_plugin_wavenet.writing import config_of


class WaveNet(Slimmable, InitializableFromConfig):
    """
    A network of several channels.

    :param layer_arrays: the stacks, described
    :param head: the post-head, described, if there is one
    :param head_scale: factor on the output of the last stack
    :param condition_dsp: from the input (B, C, L) to the condition (B, Cc, L - its receptive field + 1); None: the
        input is its own condition
    """

    def __init__(
        self,
        layer_arrays: Sequence[LayerArray] | nn.ModuleList,
        head: Head | None,
        head_scale: float,
        condition_dsp: Any = None,
    ) -> None:
        super().__init__()
        stacks = [dict(a.config) for a in layer_arrays if isinstance(a, LayerArray)]
        given: dict[str, Any] = {"layers_configs": stacks, "head_scale": head_scale}
        if head is not None:
            given["head_config" if "num_layers" in head.config else "head"] = head.config
        self.spec = AnyWaveNetConfig.model_validate(given).record()
        self._condition_dsp = condition_dsp
        reach = 0 if condition_dsp is None else condition_dsp.receptive_field - 1
        self.network = Network(self.spec, reach)
        self.slimming = Slimming(self.spec, reach) if self.spec.slimmable else None
        if self.slimming:
            self.slimming.initialise(self.network)

    @classmethod
    def of(cls, real: net.WaveNet) -> WaveNet:
        """Give a module that shares the parts of a net."""
        made = cls.__new__(cls)
        nn.Module.__init__(made)
        inner = real.condition_dsp
        made._condition_dsp = cls.of(inner) if isinstance(inner, net.WaveNet) else inner
        made.spec, made.network, made.slimming = real.spec, real.network, real._slimming
        made.training = real.training
        return made

    def as_net(self, sample_rate: float | None) -> net.WaveNet:
        """
        Give a net that shares its parts.

        :raises TypeError: when its conditioning module is none that a model file can hold
        """
        inner = self._condition_dsp
        if isinstance(inner, WaveNet):
            inner = inner.as_net(sample_rate)
        if not isinstance(inner, BaseNet | None):
            raise TypeError(f"the conditioning module, a {type(inner).__name__}, is not a WaveNet")
        made = net.WaveNet.__new__(net.WaveNet)
        BaseNet.__init__(made, sample_rate)
        made.spec, made.network, made.condition_dsp = self.spec, self.network, inner
        made._slimming = self.slimming
        return made.train(self.training)

    @property
    def _head_scale(self) -> float:
        return float(self.network.head_scale)

    @classmethod
    def parse_config(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        """Give the arguments of the constructor."""
        given = super().parse_config(config)
        arrays = [LayerArray.init_from_config(c) for c in given.get("layers_configs", [])]
        head, inner = given.get("head"), given.get("condition_dsp")
        channels = {"in_channels": arrays[-1].head_channels} if arrays else {}
        return {
            "layer_arrays": arrays,
            "head": None if head is None else Head(**{**channels, **head}),
            "head_scale": given.get("head_scale", 1.0),
            "condition_dsp": None if inner is None else cls.init_from_config(inner["config"]),
        }

    @property
    def receptive_field(self) -> int:
        """In samples, the conditioning module included."""
        return self.network.receptive_field

    def forward(self, x: Tensor) -> Tensor:
        """Run the network: (B, C, L) to (B, C_out, L - R + 1)."""
        condition = x if self._condition_dsp is None else self._condition(x)
        return run_at_size(self.network, self.slimming, x, condition)

    def export_config(self, sample_rate: float | None = None) -> dict[str, Any]:
        """Give the ``config`` of a model file, with the conditioning module in it where that is a net itself."""
        config = config_of(self.spec)
        inner = self._condition_dsp
        if isinstance(inner, WaveNet):
            inner = inner.as_net(sample_rate)
        if isinstance(inner, BaseNet):
            config["condition_dsp"] = document_of(inner)
        return config

    def export_weights(self) -> npt.NDArray[Any]:
        """Flatten the weights, those of the conditioning module not included."""
        return torch.cat([t.detach().cpu().reshape(-1) for t in self.network.weight_tensors()]).numpy()

    def import_weights(self, weights: Any, i: int = 0) -> int:
        """
        Set the weights.

        :param i: where they begin in the array
        :return: the position after them
        """
        with torch.no_grad():
            for tensor in self.network.weight_tensors():
                tensor.copy_(torch.from_numpy(weights_from(weights, i, tensor.numel())).view_as(tensor))
                i += tensor.numel()
        return i

    def _condition(self, x: Tensor) -> Tensor:
        """Make the condition; a single sample of it holds for all."""
        condition: Tensor = self._condition_dsp(x)
        length = x.shape[-1] - self._condition_dsp.receptive_field + 1
        return condition.expand(-1, -1, length) if condition.shape[-1] == 1 else condition
