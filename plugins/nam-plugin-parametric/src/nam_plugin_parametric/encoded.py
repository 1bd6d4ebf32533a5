"""A net with knobs as an encoding in front of a net that takes raw channels: that one plays, streams and bakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from nam_kernel import Condition, accelerate
from nam_kernel.interfaces import BaseNet, Forward, Stream, Weights, over_time
from nam_plugin_parametric.encoding import Encoding
from nam_plugin_parametric.params import condition_of, param_of

VERSION = "1.0.0"
"""Of the files that players with knobs read."""


class EncodedNet(BaseNet):
    """
    Base of the nets that hear their knobs as further channels beside the audio.

    :param encoding: of the conditions
    :param core: takes the channels as conditions without names
    """

    def __init__(self, encoding: Encoding, core: BaseNet) -> None:
        super().__init__(core.sample_rate)
        self.encoding = encoding
        self.core = core

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The knobs, in their own units."""
        return self.encoding.conditions

    @property
    def receptive_field(self) -> int:
        """That of the net behind the encoding."""
        return self.core.receptive_field

    @property
    def file_version(self) -> str | None:
        """That of files with knobs, which count on their own."""
        return VERSION

    def encoded(self, x: Tensor, conditions: Sequence[Tensor | float]) -> Tensor:
        """
        Return the channels over time.

        :param x: (B, L) or (L,)
        :param conditions: in any form that ``nam_kernel.interfaces.over_time`` takes, without a batch dimension where
            ``x`` has none; or numbers
        :return: (B, E, L) or (E, L)
        """
        audio = x if x.ndim > 1 else x[None]
        given = [torch.as_tensor(c, dtype=audio.dtype, device=audio.device) for c in conditions]
        given = given if x.ndim > 1 else [c[None] if c.ndim else c for c in given]
        channels = self.encoding(over_time(audio, given, len(self.conditions)))
        return channels if x.ndim > 1 else channels[0]

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        """
        Return the output: (B, L) to (B, L - R + 1).

        :raises ValueError: when it is not given the conditions that it takes
        """
        return self.core.compute(x, self.encoded(x, conditions))

    def stream(self, forward: Forward | None = None) -> Stream:
        """
        Return a stream that begins with silence at its first setting.

        :param forward: not used; what accelerates this net has a stream of its own
        """
        self.core.sample_rate = self.sample_rate
        return EncodedStream(self, self.core.stream())

    def bake(self, values: Mapping[str, float | str]) -> BaseNet:
        """
        Return the stock net that this net is at a setting, exactly.

        :param values: by the conditions' names, in their own units; those left out have their defaults
        :raises UserError: when there is no such condition, or a value is out of range
        """
        self.core.sample_rate = self.sample_rate
        channels = self.encoding.of(self.settings(values))
        return self.core.bake({str(i): float(value) for i, value in enumerate(channels, 1)})

    def scale_output(self, factor: float) -> None:
        """Multiply the output, in the weights of the net behind the encoding."""
        self.core.scale_output(factor)

    def export_weights(self) -> Weights:
        """Return the weights of the net behind the encoding, in its order."""
        self.core.sample_rate = self.sample_rate
        return self.core.export_weights()

    def import_weights(self, weights: Sequence[float] | Weights) -> None:
        """
        Set the weights.

        :raises ModelFileError: when their number does not fit
        """
        self.core.sample_rate = self.sample_rate
        self.core.import_weights(weights)

    def describe(self) -> list[tuple[str, str]]:
        """Return rows for ``nam-kernel info``."""
        return self.core.describe()

    def multiply_adds(self) -> int | None:
        """Return the multiplications of one output sample; a baked net has fewer."""
        return self.core.multiply_adds()

    def handshake(self, dataset: Any) -> None:
        """Refuse a dataset, as the net behind the encoding does."""
        super().handshake(dataset)
        self.core.handshake(dataset)


class EncodedStream:
    """
    A net with knobs in the middle of a signal.

    :param net: encodes
    :param core: the stream of the net behind the encoding
    """

    def __init__(self, net: EncodedNet, core: Stream) -> None:
        self._net, self._core = net, core

    def feed(self, x: Tensor, *conditions: Tensor | float) -> Tensor:
        """Return the output that belongs to the next samples, as ``nam_kernel.interfaces.Stream.feed`` does."""
        return self._core.feed(x, self._net.encoded(x, conditions)) if len(x) else x


class FastEncoded:
    """
    A net with knobs, of which something accelerates the net behind the encoding.

    :param net: encodes
    :param forward: in place of that net
    """

    def __init__(self, net: EncodedNet, forward: Forward) -> None:
        self._net, self._forward = net, forward

    def __call__(self, x: Tensor, *conditions: Tensor | float, pad_start: bool | None = None) -> Tensor:
        """Return what ``net.forward`` does."""
        given = [x.new_full((len(x),), c) if x.ndim > 1 and not isinstance(c, Tensor) else c for c in conditions]
        return self._forward(x, self._net.encoded(x, given), pad_start=pad_start)

    def stream(self) -> Stream:
        """Return a stream that begins with silence at its first setting."""
        own = getattr(self._forward, "stream", None)
        return self._net.stream() if own is None else EncodedStream(self._net, own())


def accelerated(net: BaseNet, device: str) -> Forward | None:
    """Return a faster callable for a net with knobs, or None."""
    if not isinstance(net, EncodedNet):
        return None
    forward = accelerate(net.core, device)
    return None if forward is net.core else FastEncoded(net, forward)


def params_of(conditions: Sequence[Condition]) -> list[dict[str, Any]]:
    """Return conditions as the ``params`` of a file."""
    return [param_of(condition) for condition in conditions]


def conditions_in(config: Mapping[str, Any]) -> tuple[Condition, ...]:
    """
    Return the conditions in the config of a file.

    :raises ValueError: when its ``params`` describe none
    """
    params = config.get("params")
    if not isinstance(params, list) or not params:
        raise ValueError("it has no params, so no knobs; a file of this architecture has a list of them")
    conditions = tuple(condition_of(param, f"params[{i}]") for i, param in enumerate(params))
    names = [condition.name for condition in conditions]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"two params are named {twice!r}; each needs a name of its own")
    return conditions
