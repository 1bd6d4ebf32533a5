"""The convolutional net with its older constructor."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

import numpy.typing as npt
import torch
from torch import Tensor, nn

from nam._core import stands_for
from nam._errors import StrategyError, UnknownActivationError
from nam.models._configs import checked
from nam.models._renamed import LoadsOlder, Renamed
from nam.models.base import BaseNet
from nam_plugin_convnet import net
from nam_plugin_convnet.activations import ACTIVATIONS
from nam_plugin_convnet.config import ConvNetConfig


class TrainStrategy(Enum):
    """The ways to train on long signals, of which the second is left."""

    STRIDE = "stride"
    DILATE = "dilate"


default_train_strategy = TrainStrategy.DILATE


@stands_for(net.ConvNet)
class ConvNet(LoadsOlder, Renamed, BaseNet, net.ConvNet):
    """
    Layers of two-tap convolutions: ``nam_plugin_convnet.net.ConvNet``, whose instances count as this one's.

    :param ir: an impulse response after the net, which a model file cannot hold; must be None
    :raises StrategyError: for another ``train_strategy``, or an ``ir``
    :raises UnknownActivationError: when no player knows the activation
    """

    OLDER = {"_channels": "channels", "_batchnorm": "batchnorm", "_activation": "activation"}
    OLDER_KEYS = ((r"^_net\.head", "head"), (r"^_net\.block_", "layers."), (r"^(layers\.\d+)\.batchnorm", r"\1.norm"))

    def __init__(
        self,
        channels: int = 32,
        dilations: Sequence[int] | None = None,
        batchnorm: bool = False,
        activation: str | Mapping[str, Any] = "Tanh",
        train_strategy: TrainStrategy = default_train_strategy,
        ir: None = None,
        sample_rate: float | None = None,
    ) -> None:
        if TrainStrategy(train_strategy) is not TrainStrategy.DILATE or ir is not None:
            raise StrategyError("a ConvNet is trained by dilation and without an impulse response; leave these out")
        parameters = {} if isinstance(activation, str) else dict(activation)
        name = activation if isinstance(activation, str) else parameters.pop("name")
        if name not in ACTIVATIONS:
            raise UnknownActivationError(f"players know no '{name}' in a ConvNet; they know {', '.join(ACTIVATIONS)}")
        given = (1, 2, 4, 8) if dilations is None else dilations
        super().__init__(channels, given, batchnorm, name, sample_rate, activation_parameters=parameters)
        self._train_strategy = TrainStrategy(train_strategy)

    @classmethod
    def parse_config(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        """
        Return the arguments of the constructor.

        :raises ValueError: when a value is wrong
        """
        given = super().parse_config(config)
        known, rest = checked(ConvNetConfig, given, leave_out=("train_strategy",), also=("ir_filename",))
        parameters = known.activation.parameters()
        activation = {"name": known.activation.name, **parameters} if parameters else known.activation.name
        arguments = {"channels": known.channels, "dilations": known.dilations, "batchnorm": known.batchnorm}
        strategy = TrainStrategy(rest.pop("train_strategy", default_train_strategy))
        return {**arguments, "activation": activation, "train_strategy": strategy, "ir": None, **rest}

    @property
    def _num_layers(self) -> int:
        return len(self.dilations)

    @property
    def _net(self) -> nn.Sequential:
        """The same net, from (B, L) to (B, L - R + 1), in parts that have their older names."""
        parts: OrderedDict[str, nn.Module] = OrderedDict(expand=nn.Unflatten(1, (1, -1)))
        for i, layer in enumerate(self._layers()):
            norm = {} if layer.norm is None else {"batchnorm": layer.norm}
            block = {"conv": layer.conv, **norm, "activation": _Activation(layer.activate)}
            parts[f"block_{i}"] = nn.Sequential(OrderedDict(block))
        whole = nn.Sequential(parts | {"head": self.head, "flatten": nn.Flatten()})
        whole.training = self.training
        return whole

    def _get_dilations(self) -> tuple[int, ...]:
        return self.dilations

    def _export_input_output(self, x: Tensor | None = None) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """Return an input, (L,), and the output for it."""
        if x is None:
            return super()._export_input_output()
        training = self.training
        with torch.no_grad():
            y = self.eval()(x, pad_start=True)
        self.train(training)
        return x.detach().cpu().numpy(), y.cpu().numpy()


class _Activation(nn.Module):
    def __init__(self, function: Any) -> None:
        super().__init__()
        self._function = function

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self._function(x)
        return y
