"""The network inside a WaveNet, for nets that bring a conditioning module of their own."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy.typing as npt
import torch
from torch import Tensor, nn

from nam._core import InitializableFromConfig
from nam.models._sharing import weights_from
from nam_kernel.interfaces import BaseNet
from nam_kernel.models import document_of
from nam_plugin_compat.older import with_kernel_sizes
from nam_plugin_wavenet import net
from nam_plugin_wavenet.config import AnyWaveNetConfig
from nam_plugin_wavenet.network import Network
from nam_plugin_wavenet.slimming import Slimming
from nam_plugin_wavenet.stack_config import StackConfig
from nam_plugin_wavenet.writing import config_of

_POSITION = ("is_first", "is_last")


class Head(nn.Module):
    """
    The description of a post-head.

    :param in_channels: of the output of the last stack
    :param config: the ``head`` of a WaveNet's config
    """

    def __init__(self, in_channels: int, **config: Any) -> None:
        super().__init__()
        self.config: dict[str, Any] = {"in_channels": in_channels, **config}


class LayerArray(nn.Module, InitializableFromConfig):
    """
    The description of a stack.

    :param config: one of the ``layers_configs``; its place in the net follows from the others
    """

    def __init__(self, **config: Any) -> None:
        super().__init__()
        given = {key: value for key, value in config.items() if key not in _POSITION}
        self.config: Mapping[str, Any] = with_kernel_sizes(given)
        self.stack = StackConfig.model_validate(self.config).record()

    @property
    def head_channels(self) -> int:
        """The channels of its output for the head."""
        return self.stack.head_size


class WaveNet(nn.Module, InitializableFromConfig):
    """
    A network of several channels.

    :param layer_arrays: the descriptions of the stacks
    :param head: the description of the post-head, if there is one
    :param head_scale: factor on the output of the last stack
    :param condition_dsp: from the input (B, C, L) to the condition (B, Cc, L - its receptive field + 1); None where
        the input is its own condition
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
        """Return a module that shares the parts of a net."""
        made = cls.__new__(cls)
        nn.Module.__init__(made)
        inner = real.condition_dsp
        made._condition_dsp = cls.of(inner) if isinstance(inner, net.WaveNet) else inner
        made.spec, made.network, made.slimming = real.spec, real.network, real._slimming
        made.training = real.training
        return made

    def as_net(self, sample_rate: float | None) -> net.WaveNet:
        """
        Return a net that shares its parts.

        :raises TypeError: when a model file cannot hold its conditioning module
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
        """Return the arguments of the constructor."""
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
        """Return the output of the network: (B, C, L) to (B, C_out, L - R + 1)."""
        condition = x if self._condition_dsp is None else self._condition(x)
        return run_at_size(self.network, self.slimming, x, condition)

    def is_slimmable(self) -> bool:
        """Return whether it has more than one size."""
        return self.slimming is not None

    def set_slimming(self, value: float) -> None:
        """Choose the size: 0 is the smallest, 1 the whole. All that share the network run at this size."""
        self.network.slimming_value = value  # type: ignore[assignment]

    @contextmanager
    def context_adjust_to_random(self) -> Iterator[None]:
        """Run at a random size while a block runs."""
        self.set_slimming(random.uniform(0.0, 1.0))
        try:
            yield
        finally:
            self.set_slimming(1.0)

    def export_config(self, sample_rate: float | None = None) -> dict[str, Any]:
        """Return the ``config`` of a model file, with the conditioning module in it where that is a net itself."""
        config = config_of(self.spec)
        inner = self._condition_dsp
        if isinstance(inner, WaveNet):
            inner = inner.as_net(sample_rate)
        if isinstance(inner, BaseNet):
            config["condition_dsp"] = document_of(inner)
        return config

    def export_weights(self) -> npt.NDArray[Any]:
        """Return the weights as one array, those of the conditioning module not included."""
        return torch.cat([t.detach().cpu().reshape(-1) for t in self.network.weight_tensors()]).numpy()

    def import_weights(self, weights: Any, i: int = 0) -> int:
        """
        Set the weights, and return the position after them.

        :param i: where they begin in the array
        """
        with torch.no_grad():
            for tensor in self.network.weight_tensors():
                tensor.copy_(torch.from_numpy(weights_from(weights, i, tensor.numel())).view_as(tensor))
                i += tensor.numel()
        return i

    def _condition(self, x: Tensor) -> Tensor:
        """Return the condition; a single sample of it holds for all."""
        condition: Tensor = self._condition_dsp(x)
        length = x.shape[-1] - self._condition_dsp.receptive_field + 1
        return condition.expand(-1, -1, length) if condition.shape[-1] == 1 else condition


_Head = Head


def run_at_size(network: Network, slimming: Slimming | None, x: Tensor, condition: Tensor) -> Tensor:
    """
    Return the output of a network at the size that was chosen.

    :param x: (B, C, L)
    :param condition: (B, Cc, L), or as much shorter as the conditioning model makes it
    """
    value = getattr(network, "slimming_value", 1.0)
    if slimming is None or value >= 1.0:
        y: Tensor = network(x, condition)
        return y
    return slimming.forward_at(sum(value >= edge for edge in slimming.edges[1:-1]), network, x, condition)
