"""The convolutional net with its older constructor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from nam._core import stands_for
from nam._errors import StrategyError, UnknownActivationError
from nam.models._configs import checked
from nam.models._renamed import LoadsOlder
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
class ConvNet(LoadsOlder, BaseNet, net.ConvNet):
    """
    Layers of two-tap convolutions: ``nam_plugin_convnet.net.ConvNet``, whose instances count as this one's.

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
