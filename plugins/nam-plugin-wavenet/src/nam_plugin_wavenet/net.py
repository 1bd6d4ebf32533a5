"""WaveNet as a net of nam-kernel: the network, its condition, its files and its sizes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from nam_kernel.errors import UserError
from nam_kernel.interfaces import BaseNet
from nam_kernel.models import document_of
from nam_plugin_wavenet.condition import condition_net_of, float_of
from nam_plugin_wavenet.config import AnyWaveNetConfig, WaveNetConfig
from nam_plugin_wavenet.description import rows
from nam_plugin_wavenet.files import spec_of, unwrapped
from nam_plugin_wavenet.network import Network
from nam_plugin_wavenet.sizes import multiplications
from nam_plugin_wavenet.slimming import Slimming, cut
from nam_plugin_wavenet.spec import Spec
from nam_plugin_wavenet.trained import with_trained_slopes
from nam_plugin_wavenet.writing import config_of, version_of


class WaveNet(BaseNet):
    """
    A WaveNet, from van den Oord et al. (2016), as Neural Amp Modeler plays it.

    Without a conditioning model and with ``condition_size`` 1 the audio is its own condition. A net of a
    larger ``condition_size`` needs the condition as an argument: (B, C, L) over time, or (B, C) constants.

    :param spec: what the network is
    :param condition_dsp: a net from the audio to the condition
    """

    def __init__(self, spec: Spec, condition_dsp: BaseNet | None = None, sample_rate: float | None = None) -> None:
        super().__init__(sample_rate)
        self.spec = spec
        reach = condition_dsp.receptive_field - 1 if condition_dsp is not None else 0
        self.network = Network(spec, reach)
        self.condition_dsp = condition_dsp
        self._slimming = Slimming(spec, reach) if spec.slimmable else None
        if self._slimming:
            self._slimming.initialise(self.network)

    @classmethod
    def init_from_config(cls, config: Mapping[str, Any]) -> WaveNet:
        """Make a net from the ``net.config`` of a model config."""
        return cls._of(WaveNetConfig.model_validate(config))

    @classmethod
    def from_exported(cls, config: Mapping[str, Any], sample_rate: float | None) -> WaveNet:
        """
        Make a net, its weights not yet set, from the ``config`` of a model file of any version.

        :raises ValueError: when the config does not describe a net that a player can run
        """
        net = cls.from_nested(config, sample_rate)
        if net.spec.out_channels != 1:
            raise ValueError(f"the net has {net.spec.out_channels} output channels; only mono nets are supported")
        return net

    @classmethod
    def from_nested(cls, config: Mapping[str, Any], sample_rate: float | None) -> WaveNet:
        """Make a net as ``from_exported`` does, which may have several output channels."""
        config = unwrapped(config)
        spec = spec_of(config)
        inner = config.get("condition_dsp")
        condition_dsp = None if inner is None else condition_net_of(inner, cls, spec.condition_size)
        return cls(spec, condition_dsp, sample_rate)

    @property
    def receptive_field(self) -> int:
        """In samples, the conditioning model included."""
        return self.network.receptive_field

    @property
    def needs_condition(self) -> bool:
        """Whether the condition must be given, because nothing in the net makes it."""
        return self.condition_dsp is None and self.spec.condition_size > 1

    @property
    def condition_names(self) -> tuple[str, ...]:
        """``("condition",)`` for a net that needs one, else nothing."""
        return ("condition",) if self.needs_condition else ()

    @property
    def architecture(self) -> str:
        """``WaveNet``, or a name that no player knows for a net that a player would not feed."""
        return "ConditionedWaveNet" if self.needs_condition else "WaveNet"

    @property
    def file_version(self) -> str:
        """The lowest version that can express the net and its conditioning model."""
        inner = self.condition_dsp
        own = version_of(self.spec, has_condition_dsp=inner is not None)
        return own if inner is None else max(own, inner.file_version, key=_version_key)

    def export_config(self) -> dict[str, Any]:
        """Give the ``config`` of a model file, with the trained slopes and the conditioning model in it."""
        config = config_of(with_trained_slopes(self.spec, self.network))
        config["head_scale"] = float_of(self.network.head_scale)
        if self.condition_dsp is not None:
            self.condition_dsp.sample_rate = self.sample_rate
            config["condition_dsp"] = document_of(self.condition_dsp)
        return config

    def at_size(self, size: float) -> WaveNet:
        """
        Give the net that a player runs with its size control at ``size``, 0 to 1.

        :raises UserError: when the net is not slimmable, or the size is none
        """
        if not self.spec.slimmable:
            raise UserError("this WaveNet has one size only; leave out the size")
        if not (isinstance(size, (int, float)) and math.isfinite(size) and 0 <= size <= 1):
            raise UserError(f"a size is between 0 (smallest) and 1 (whole), and {size!r} is not")
        net = WaveNet(self.spec.at_size(size), self.condition_dsp, self.sample_rate)
        whole = self.network.state_dict()
        shapes = {name: tensor.shape for name, tensor in net.network.state_dict().items()}
        net.network.load_state_dict({name: cut(whole[name], shape) for name, shape in shapes.items()})
        return net.to(self.network.head_scale.device).train(self.training)

    def describe(self) -> list[tuple[str, str]]:
        """Rows for ``nam-kernel info``."""
        inner = [] if self.condition_dsp is None else [("conditioning model", self.condition_dsp.architecture)]
        return rows(replace(self.spec, head_scale=float_of(self.network.head_scale))) + inner

    def multiply_adds(self) -> int | None:
        """Count the multiplications of one output sample, the conditioning model's included."""
        inner = 0 if self.condition_dsp is None else self.condition_dsp.multiply_adds()
        return None if inner is None else multiplications(self.spec) + inner

    def forward_multichannel(self, x: Tensor, *conditions: Tensor) -> Tensor:
        """
        Run the net and keep the channels.

        :param x: (B, L) with L >= R
        :return: (B, C_out, L - R + 1)
        """
        condition, audio = self._condition(x, conditions), x[:, None]
        if self.training and self._slimming:
            index = self._slimming.random_index()
            return self._slimming.forward_at(index, self.network, audio, condition)
        output: Tensor = self.network(audio, condition)
        return output

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        y = self.forward_multichannel(x, *conditions)
        return y[:, 0] if y.shape[1] == 1 else y

    @classmethod
    def _of(cls, config: AnyWaveNetConfig) -> WaveNet:
        inner = cls._of(config.condition_dsp.config) if config.condition_dsp else None
        return cls(config.record(), inner, config.sample_rate)

    def _condition(self, x: Tensor, conditions: tuple[Tensor, ...]) -> Tensor:
        """Give the condition, (B, Cc, L), or as much shorter as the conditioning model makes it."""
        if self.condition_dsp is not None:
            if conditions:
                raise ValueError("this WaveNet makes its condition itself; call it with the audio only")
            return _channels(self.condition_dsp, x)
        if not conditions:
            if self.needs_condition:
                raise ValueError(
                    f"this WaveNet needs a condition of {self.spec.condition_size} channels beside the audio"
                )
            return x[:, None]
        return _over_time(x, conditions, max(self.spec.condition_size, 1))

    def _weight_tensors(self) -> Iterator[Tensor]:
        return self.network.weight_tensors()


def _channels(net: BaseNet, x: Tensor) -> Tensor:
    """Run a conditioning model: (B, L) to (B, Cc, L - R + 1)."""
    if isinstance(net, WaveNet):
        return net.forward_multichannel(x)
    y: Tensor = net(x, pad_start=False)
    return y[:, None] if y.ndim == 2 else y


def _over_time(x: Tensor, conditions: tuple[Tensor, ...], size: int) -> Tensor:
    """Join what was given to one condition, (B, Cc, L); constants are held over time."""
    signals = [_signal(x, condition, size) for condition in conditions]
    joined = torch.cat(signals, dim=1) if len(signals) > 1 else signals[0]
    if joined.shape[1] != size or joined.shape[2] != x.shape[1]:
        raise ValueError(
            f"this WaveNet takes a condition of {size} channels as long as the audio, {x.shape[1]} samples; "
            f"it was given {joined.shape[1]} channels of {joined.shape[2]} samples"
        )
    return joined


def _signal(x: Tensor, condition: Tensor, size: int) -> Tensor:
    """Give a condition as (B, C, L): a signal of one channel gets its channel, a constant its time."""
    if condition.ndim == 3:
        return condition
    if condition.shape[1] == x.shape[1] != size:
        return condition[:, None]
    return condition[:, :, None].expand(-1, -1, x.shape[1])


def _version_key(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
