"""WaveNet as a net of nam-kernel: the network, its conditions, its files and its sizes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from nam_kernel import Condition
from nam_kernel.config import note
from nam_kernel.errors import UserError
from nam_kernel.interfaces import BaseNet, Forward, Stream, Weights, WindowStream, over_time
from nam_kernel.models import document_of, highest_version
from nam_plugin_wavenet.baking import folded, without_condition
from nam_plugin_wavenet.checks import LONGEST
from nam_plugin_wavenet.condition import condition_net_of, float_of
from nam_plugin_wavenet.config import AnyWaveNetConfig
from nam_plugin_wavenet.description import rows
from nam_plugin_wavenet.files import spec_of, unwrapped
from nam_plugin_wavenet.layers import conv_tensors
from nam_plugin_wavenet.network import Network
from nam_plugin_wavenet.sizes import multiplications, weight_count
from nam_plugin_wavenet.slimming import Slimming, cut
from nam_plugin_wavenet.spec import Spec
from nam_plugin_wavenet.streams import ConditionedStream
from nam_plugin_wavenet.trained import with_trained_slopes
from nam_plugin_wavenet.writing import config_of, version_of


class WaveNet(BaseNet):
    """
    A WaveNet, from van den Oord et al. (2016), as Neural Amp Modeler plays it.

    Without a conditioning model and with ``condition_size`` 1 the audio is its own condition. A net of a
    larger ``condition_size``, or with named conditions, is given its condition: one for each channel. One of several
    ``in_channels`` hears the audio and its conditions wherever others hear the audio.

    :param spec: of the network
    :param condition_dsp: a net from the audio to the condition
    :raises ValueError: when it would reach back farther than can be played
    """

    def __init__(self, spec: Spec, condition_dsp: BaseNet | None = None, sample_rate: float | None = None) -> None:
        super().__init__(sample_rate)
        self.spec = spec
        reach = condition_dsp.receptive_field - 1 if condition_dsp is not None else 0
        self.network = Network(spec, reach)
        if self.receptive_field > LONGEST:
            raise ValueError(f"the net has a receptive field of {self.receptive_field:,} samples, at most {LONGEST:,}")
        self.condition_dsp = condition_dsp
        self._slimming = Slimming(spec, reach) if spec.slimmable else None
        if self._slimming:
            self._slimming.initialise(self.network)

    @classmethod
    def init_from_config(cls, config: AnyWaveNetConfig) -> WaveNet:
        """Return a new net."""
        inner = cls.init_from_config(config.condition_dsp.config) if config.condition_dsp else None
        return cls(config.record(), inner, config.sample_rate)

    @classmethod
    def from_exported(cls, config: Mapping[str, Any], sample_rate: float | None) -> WaveNet:
        """
        Return a net, its weights not yet set, from the ``config`` of a model file of any version.

        :raises ValueError: when the config does not describe a net that a player can run
        """
        net = cls.from_nested(config, sample_rate)
        if net.spec.out_channels != 1:
            raise ValueError(f"the net has {net.spec.out_channels} output channels; only mono nets are supported")
        return net

    @classmethod
    def from_nested(cls, config: Mapping[str, Any], sample_rate: float | None) -> WaveNet:
        """Return a net as ``from_exported`` does, which may have several output channels."""
        config = unwrapped(config)
        spec = spec_of(config)
        inner = config.get("condition_dsp")
        condition_dsp = None if inner is None else condition_net_of(inner, cls, spec.condition_size, sample_rate)
        return cls(spec, condition_dsp, sample_rate)

    @classmethod
    def count_weights(cls, config: Mapping[str, Any]) -> int:
        """
        Return the number of weights that belong to the ``config`` of a model file, without building the net.

        :raises ValueError: when the config does not describe a net that a player can run
        """
        return weight_count(spec_of(unwrapped(config)))

    @property
    def receptive_field(self) -> int:
        """In samples, the conditioning model included."""
        return self.network.receptive_field

    @property
    def needs_condition(self) -> bool:
        """Whether the condition must be given, because nothing in the net makes it."""
        return self.condition_dsp is None and self.spec.is_conditioned

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """One for each channel of the condition where that is given, without names where the config has none."""
        if not self.needs_condition:
            return ()
        return self.spec.conditions or (Condition(""),) * self.spec.given_channels

    @property
    def architecture(self) -> str:
        """``WaveNet``, or a name that no player knows for a net that a player would not feed."""
        return "ConditionedWaveNet" if self.needs_condition and self.spec.in_channels == 1 else "WaveNet"

    @property
    def file_version(self) -> str | None:
        """The lowest version that can express the net and its conditioning model; None where any can."""
        inner = self.condition_dsp
        own = version_of(self.spec, has_condition_dsp=inner is not None)
        return own if inner is None else highest_version((own, inner.file_version))

    def export_config(self) -> dict[str, Any]:
        """Return the ``config`` of a model file, with the trained slopes and the conditioning model in it."""
        config = config_of(with_trained_slopes(self.spec, self.network))
        config["head_scale"] = float_of(self.network.head_scale)
        if self.condition_dsp is not None:
            self.condition_dsp.sample_rate = self.sample_rate
            config["condition_dsp"] = document_of(self.condition_dsp)
        return config

    def export_weights(self) -> Weights:
        """Return the weights in the order of a file; FiLM that players disagree on is the identity."""
        self.network.still_idle_film()
        return super().export_weights()

    def import_weights(self, weights: Sequence[float] | Weights) -> None:
        """
        Set the weights from those of a file, which is read as released players do.

        :raises ModelFileError: when their number does not fit this net
        """
        super().import_weights(weights)
        if self.network.still_idle_film():
            note(
                "layer1x1_post_film of this model does nothing in layers that are not blended, as in the released "
                "player (0.5.5); newer ones apply it there: nam-kernel render --player newer"
            )

    def at_size(self, size: float) -> WaveNet:
        """
        Return the net that a player runs with its size control at ``size``, 0 to 1.

        :raises UserError: when the net is not slimmable, or there is no such size
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

    @torch.no_grad()
    def scale_output(self, factor: float) -> None:
        """
        Multiply the output in the scale of the head, or in the last convolution of a post-head.

        The loudness that the file stated moves along.
        """
        post = self.network.post_head
        last = [self.network.head_scale] if post is None else list(conv_tensors(post.convs[-1]))  # type: ignore[arg-type]
        for tensor in last:
            tensor.mul_(factor)
        self.spec = replace(self.spec, head_scale=float_of(self.network.head_scale))
        loudness = self.metadata.get("loudness")
        if isinstance(loudness, (int, float)):
            self.metadata = {**self.metadata, "loudness": loudness + 20 * math.log10(abs(factor))}

    def bake(self, values: Mapping[str, float | str]) -> WaveNet:
        """
        Return the stock WaveNet that this net is at a setting: the constant condition goes into the weights.

        :param values: by the conditions' names, in their own units; those left out have their defaults
        :raises UserError: when the net is given no condition, there is no such condition, or a value is out of range
        """
        setting = self.settings(values)
        if not setting:
            raise UserError("this WaveNet takes no conditions, so there is nothing to bake; use it as it is")
        own = {name: tensor.cpu().double() for name, tensor in self.network.state_dict().items()}
        state = folded(self.spec, self.network, torch.tensor(setting, dtype=torch.float64), own)
        net = WaveNet(without_condition(self.spec), None, self.sample_rate).to(self.network.head_scale)
        net.network.load_state_dict(state)
        return net.train(self.training)

    def stream(self, forward: Forward | None = None) -> Stream:
        """
        Return a stream that begins with silence; a conditioning model with a state plays on beside it.

        :param forward: as in ``BaseNet.stream``; not used beside such a conditioning model
        """
        inner = self.condition_dsp
        beside = None if inner is None else inner.stream()
        if inner is None or beside is None or isinstance(beside, WindowStream):
            return super().stream(forward)
        return ConditionedStream(self.network, beside, self.receptive_field - 1, inner.receptive_field - 1)

    def describe(self) -> list[tuple[str, str]]:
        """Return rows for ``nam-kernel info``."""
        described = rows(replace(self.spec, head_scale=float_of(self.network.head_scale)))
        names = ", ".join(condition.name for condition in self.spec.conditions)
        if names:
            described.append(("conditions", names))
        if self.condition_dsp is not None:
            described.append(("conditioning model", self.condition_dsp.architecture))
        return described

    def multiply_adds(self) -> int | None:
        """Return the multiplications of one output sample, the conditioning model's included."""
        inner = 0 if self.condition_dsp is None else self.condition_dsp.multiply_adds()
        return None if inner is None else multiplications(self.spec) + inner

    def forward_multichannel(self, x: Tensor, *conditions: Tensor) -> Tensor:
        """
        Return the output with its channels.

        :param x: (B, L) with L >= R
        :param conditions: as in ``compute``
        :return: (B, C_out, L - R + 1)
        """
        audio, condition = self.inputs(x, *conditions)
        if self.training and self._slimming:
            index = self._slimming.random_index()
            return self._slimming.forward_at(index, self.network, audio, condition)
        output: Tensor = self.network(audio, condition)
        return output

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        """
        Return the output: (B, L) to (B, L - R + 1).

        :raises ValueError: when it is not given the conditions that it takes
        """
        y = self.forward_multichannel(x, *conditions)
        return y[:, 0] if y.shape[1] == 1 else y

    def inputs(self, x: Tensor, *conditions: Tensor) -> tuple[Tensor, Tensor]:
        """
        Return what the network hears.

        :param x: (B, L)
        :param conditions: as in ``compute``
        :return: the input, (B, C, L), and the condition, (B, Cc, L), or as much shorter as the conditioning model
            makes it
        :raises ValueError: when it is not given the conditions that it takes
        """
        audio = x[:, None]
        if self.needs_condition:
            given = over_time(x, conditions, self.spec.given_channels)
            if self.spec.in_channels == 1:
                return audio, given
            heard = torch.cat((audio, given), dim=1)
            return heard, heard
        if conditions:
            raise ValueError("this WaveNet makes its condition of the audio; call it with the audio only")
        return audio, audio if self.condition_dsp is None else _channels(self.condition_dsp, x)

    def _weight_tensors(self) -> Iterator[Tensor]:
        return self.network.weight_tensors()


def _channels(net: BaseNet, x: Tensor) -> Tensor:
    """Return the output of a conditioning model: (B, L) to (B, Cc, L - R + 1)."""
    if isinstance(net, WaveNet):
        return net.forward_multichannel(x)
    y: Tensor = net(x, pad_start=False)
    return y[:, None] if y.ndim == 2 else y
