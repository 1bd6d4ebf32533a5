"""The convolutional net with its older constructor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from nam.models.base import BaseNet
from nam_plugin_convnet import net
from nam_plugin_convnet.config import ConvNetConfig


class TrainStrategy(Enum):
    """How to train on long signals; only the second is left."""

    STRIDE = "stride"
    DILATE = "dilate"


class ConvNet(BaseNet, net.ConvNet):
    """
    Layers of two-tap convolutions; the real one is ``nam_plugin_convnet.net.ConvNet``.

    :param ir: an impulse response after the net, which a model file cannot hold; must be None
    """

    def __init__(
        self,
        channels: int = 32,
        dilations: Sequence[int] | None = None,
        batchnorm: bool = False,
        activation: str = "Tanh",
        train_strategy: TrainStrategy = TrainStrategy.DILATE,
        ir: None = None,
        sample_rate: float | None = None,
    ) -> None:
        if TrainStrategy(train_strategy) is not TrainStrategy.DILATE or ir is not None:
            raise ValueError("a ConvNet is trained by dilation and without an impulse response; leave these out")
        given = (1, 2, 4, 8) if dilations is None else dilations
        super().__init__(channels, given, batchnorm, activation, sample_rate)

    @classmethod
    def __subclasshook__(cls, other: type) -> bool:
        return True if cls is ConvNet and net.ConvNet in other.__mro__ else NotImplemented

    @classmethod
    def parse_config(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        """
        Give the arguments of the constructor.

        :raises ValueError: when a value is wrong
        """
        own = set(ConvNetConfig.known_keys()) | {"ir_filename"}
        checked = ConvNetConfig.model_validate({key: value for key, value in config.items() if key in own})
        rest = {key: value for key, value in super().parse_config(config).items() if key not in own}
        known = {k: getattr(checked, k) for k in ("channels", "dilations", "batchnorm", "activation")}
        return {**known, "train_strategy": TrainStrategy(checked.train_strategy), **rest}
