"""The convolutional net with its older constructor."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

import numpy.typing as npt
import torch
from torch import Tensor, nn

from nam._errors import StrategyError, UnknownActivationError
from nam.models._names import ACTIVATION_NAME, BATCHNORM_NAME, CONV_NAME
from nam.models._renamed import LoadsOlder
from nam.models.base import BaseNet
from nam_plugin_convnet import net
from nam_plugin_convnet.activations import ACTIVATIONS
from nam_plugin_convnet.config import ConvNetConfig


class TrainStrategy(Enum):
    """How to train on long signals; only the second is left."""

    STRIDE = "stride"
    DILATE = "dilate"


default_train_strategy = TrainStrategy.DILATE


class ConvNet(LoadsOlder, BaseNet, net.ConvNet):
    """
    Layers of two-tap convolutions; the real one is ``nam_plugin_convnet.net.ConvNet``.

    :param ir: an impulse response after the net, which a model file cannot hold; must be None
    :raises StrategyError: for another ``train_strategy``, or an ``ir``
    :raises UnknownActivationError: when no player knows the activation
    """

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
        name, parameters = _split(activation)
        if name not in ACTIVATIONS:
            raise UnknownActivationError(f"players know no '{name}' in a ConvNet; {', '.join(ACTIVATIONS)}")
        given = (1, 2, 4, 8) if dilations is None else dilations
        super().__init__(channels, given, batchnorm, name, sample_rate, activation_parameters=parameters)
        self._train_strategy = TrainStrategy(train_strategy)

    @classmethod
    def __subclasshook__(cls, other: type) -> bool:
        return True if cls is ConvNet and net.ConvNet in other.__mro__ else NotImplemented

    @classmethod
    def parse_config(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        """
        Give the arguments of the constructor.

        :raises ValueError: when a value is wrong
        """
        own = set(ConvNetConfig.known_keys()) - {"train_strategy"} | {"ir_filename"}
        checked = ConvNetConfig.model_validate({key: value for key, value in config.items() if key in own})
        rest = {key: value for key, value in super().parse_config(config).items() if key not in own}
        known = {key: getattr(checked, key) for key in ("channels", "dilations", "batchnorm")}
        parameters = checked.activation.parameters()
        known["activation"] = {"name": checked.activation.name, **parameters} if parameters else checked.activation.name
        strategy = TrainStrategy(rest.pop("train_strategy", default_train_strategy))
        return {**known, "train_strategy": strategy, "ir": None, **rest}

    @property
    def _channels(self) -> int:
        return self.channels

    @property
    def _batchnorm(self) -> bool:
        return self.batchnorm

    @property
    def _activation(self) -> str:
        return self.activation

    @property
    def _num_layers(self) -> int:
        return len(self.dilations)

    @property
    def _num_blocks(self) -> int:
        return len(self.dilations)

    @property
    def _ir(self) -> None:
        return None

    @property
    def _net(self) -> nn.Sequential:
        """The same net, from (B, L) to (B, L - R + 1), in parts that have their older names."""
        parts: OrderedDict[str, nn.Module] = OrderedDict(expand=nn.Unflatten(1, (1, -1)))
        for i, layer in enumerate(self._layers()):
            norm = {} if layer.norm is None else {BATCHNORM_NAME: layer.norm}
            block = {CONV_NAME: layer.conv, **norm, ACTIVATION_NAME: _Activation(layer.activate)}
            parts[f"block_{i}"] = nn.Sequential(OrderedDict(block))
        whole = nn.Sequential(parts | {"head": self.head, "flatten": nn.Flatten()})
        whole.training = self.training
        return whole

    def _get_dilations(self) -> tuple[int, ...]:
        return self.dilations

    def _export_input_output(self, x: Tensor | None = None) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """Give an input, (L,), and the output for it."""
        if x is None:
            return super()._export_input_output()
        training = self.training
        with torch.no_grad():
            y = self.eval()(x, pad_start=True)
        self.train(training)
        return x.detach().cpu().numpy(), y.cpu().numpy()


def _split(activation: str | Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Give the name of an activation, and its parameters."""
    if isinstance(activation, str):
        return activation, {}
    return activation["name"], {key: value for key, value in activation.items() if key != "name"}


class _Activation(nn.Module):
    def __init__(self, function: Any) -> None:
        super().__init__()
        self._function = function

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self._function(x)
        return y
