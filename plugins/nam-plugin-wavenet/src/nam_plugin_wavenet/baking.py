"""
Constant conditions, folded into the weights: exactly, so that what results is a stock net of the audio alone.

At constant conditions ``p`` the mixer adds ``M p``, which is a bias, and FiLM is a scale and a shift of each channel,
``s x + t``. Before a convolution, ``W (s x + t) + b`` is a convolution again, and so is ``s (W x + b) + t`` after one;
nothing in a net is padded, so that holds for every sample. FiLM after the activation goes into what follows it: the
layer's 1x1 convolution and the head's, and where a stack has no head 1x1 it gets one. What the rechannel makes of the
conditions is an offset ``R p`` of all that the first layer hears: a bias of its convolution, and of its 1x1, whose
output goes on; a layer without one hands the offset on to the next, and the last one to the next stack's rechannel.

Nothing is done in place, so that a gradient goes through, to the weights and to the conditions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from nam_kernel.errors import UserError
from nam_plugin_wavenet import spec
from nam_plugin_wavenet.layers import Layer
from nam_plugin_wavenet.network import Network, Stack

State = Mapping[str, Tensor]

Modulation = tuple[Tensor, Tensor]
"""Scale and shift, (C,) each."""


def without_condition(described: spec.Spec) -> spec.Spec:
    """Return what a net is at constant conditions; its condition is the audio."""
    stacks = tuple(_without_condition(stack) for stack in described.stacks)
    first = replace(stacks[0], input_size=1)
    return replace(described, stacks=(first, *stacks[1:]), conditions=(), in_channels=1)


def folded(described: spec.Spec, network: Network, setting: Tensor, state: State | None = None) -> dict[str, Tensor]:
    """
    Return the state of the network that another one is at constant conditions.

    :param described: what ``network`` is
    :param setting: (K,), one number for each channel that the net is given beside the audio
    :param state: of ``network``, in the precision and on the device of ``setting``; its own, cast, by default
    :return: the state of a ``Network(without_condition(described))``
    :raises UserError: when FiLM differs between the sizes of the net, or hears the audio
    """
    if described.slimmable and any(stack.film for stack in described.stacks):
        raise UserError(
            "this slimmable WaveNet has FiLM, which is not the same at every size; bake one of its sizes, "
            "for example net.at_size(1.0).bake(...)"
        )
    if state is None:
        state = {name: tensor.to(setting) for name, tensor in network.state_dict(keep_vars=True).items()}
    audio = 1 if described.in_channels > 1 else 0
    condition = torch.cat((setting.new_zeros(audio), setting))
    made = {name: tensor for name, tensor in state.items() if ".film." not in name}
    offset: Tensor | None = None
    for i, stack in enumerate(network.stacks):
        assert isinstance(stack, Stack)
        matrix = state[f"stacks.{i}.rechannel.weight"][:, :, 0]
        if i == 0 and audio:
            offset = matrix[:, 1:] @ setting
            made["stacks.0.rechannel.weight"] = matrix[:, :1, None]
        elif offset is not None:
            offset = matrix @ offset
        for j, layer in enumerate(stack.layers):
            assert isinstance(layer, Layer)
            place = f"stacks.{i}.layers.{j}."
            offset = _Folding(layer, place, state, condition, audio).fold(made, offset)
    return made


def _without_condition(stack: spec.Stack) -> spec.Stack:
    head = stack.head_1x1
    if head is None and "activation_post_film" in stack.film:
        head = spec.Head1x1(stack.bottleneck)
    size = min(stack.condition_size, 1)
    return replace(stack, condition_size=size, groups_input_mixin=1, film={}, head_1x1=head)


@dataclass
class _Affine:
    """A convolution on its way to another one: its weight, (C_out, C / groups, k), and its bias, (C_out,)."""

    weight: Tensor
    bias: Tensor
    groups: int = 1

    def modulate_input(self, modulation: Modulation | None) -> None:
        """Hear the input scaled and shifted."""
        if modulation is None:
            return
        # Each output hears the inputs of its group: (C_out, C / groups, 1).
        each = len(self.bias) // self.groups
        scale, shift = (m.view(self.groups, -1).repeat_interleave(each, dim=0)[:, :, None] for m in modulation)
        self.bias = self.bias + (self.weight * shift).sum((1, 2))
        self.weight = self.weight * scale

    def modulate_output(self, modulation: Modulation | None) -> None:
        """Return the output scaled and shifted."""
        if modulation is not None:
            scale, shift = modulation
            self.weight = self.weight * scale[:, None, None]
            self.bias = self.bias * scale + shift


@dataclass
class _Folding:
    """
    One layer at constant conditions.

    :param place: of the layer in the state
    :param condition: (Cc,), zero where the audio is
    :param audio: channels of the audio in the condition, 0 or 1
    """

    layer: Layer
    place: str
    state: State
    condition: Tensor
    audio: int

    def fold(self, made: dict[str, Tensor], offset: Tensor | None) -> Tensor | None:
        """
        Put the layer into the state of the new network.

        :param offset: (C,), what the conditions add to the input of the layer
        :return: what they add to the input of the next one
        """
        layer = self.layer
        conv = self._conv(layer.conv, "conv")
        if offset is not None:
            conv.modulate_input((torch.ones_like(offset), offset))
        if not layer.conditioned:
            made[f"{self.place}mixer.weight"] = self._mixer()[:, :1, None]
        else:
            self._fold_condition(conv, made)
        self._put(made, "conv", conv)
        activated = self._modulation("activation_post_film")
        if layer.head_1x1 is not None or activated is not None:
            head = self._conv(layer.head_1x1, "head_1x1") if layer.head_1x1 is not None else _identity(activated)
            head.modulate_input(activated)
            head.modulate_output(self._modulation("head1x1_post_film"))
            self._put(made, "head_1x1", head)
        if layer.layer_1x1 is None or not layer.feeds_on:
            return offset
        one = self._conv(layer.layer_1x1, "layer_1x1")
        one.modulate_input(activated)
        if layer.residual_film:
            one.modulate_output(self._modulation("layer1x1_post_film"))
        if offset is not None:
            one.bias = one.bias + offset
        self._put(made, "layer_1x1", one)
        return None

    def _fold_condition(self, conv: _Affine, made: dict[str, Tensor]) -> None:
        """Fold what is modulated before the activation, and the mixer."""
        conv.modulate_input(self._modulation("conv_pre_film"))
        conv.modulate_output(self._modulation("conv_post_film"))
        mixer = _Affine(self._mixer()[:, :, None], self.condition.new_zeros(len(conv.bias)))
        mixer.modulate_input(self._modulation("input_mixin_pre_film"))
        mixer.bias = mixer.bias + mixer.weight[:, :, 0] @ self.condition
        mixer.modulate_output(self._modulation("input_mixin_post_film"))
        conv.bias = conv.bias + mixer.bias
        before = self._modulation("activation_pre_film")
        conv.modulate_output(before)
        mixer.modulate_output(before)
        heard = mixer.weight[:, : self.audio]
        made[f"{self.place}mixer.weight"] = heard if self.audio else self.condition.new_zeros(len(conv.bias), 1, 1)

    def _mixer(self) -> Tensor:
        """Return the matrix of the mixer, (C_out, Cc)."""
        return _dense(self.state[f"{self.place}mixer.weight"][:, :, 0], self.layer.mixer.groups)

    def _modulation(self, name: str) -> Modulation | None:
        """
        Return what FiLM does at one place; None where there is none.

        :raises UserError: when it depends on the audio
        """
        if name not in self.layer.film:
            return None
        place = f"{self.place}film.{name}.conv."
        film = self.layer.film[name]
        matrix = _dense(self.state[f"{place}weight"][:, :, 0], film.conv.groups)  # type: ignore[union-attr,arg-type]
        if self.audio and bool((matrix[:, 0] != 0.0).any()):
            raise UserError(
                f"the {name} of this WaveNet hears the audio beside the knobs, so it is another at every sample and "
                "cannot be baked; only FiLM of the knobs alone can"
            )
        made = matrix @ self.condition + self.state[f"{place}bias"]
        if not film.shift:
            return made, torch.zeros_like(made)
        scale, shift = made.chunk(2)
        return scale, shift

    def _conv(self, conv: nn.Conv1d, name: str) -> _Affine:
        weight, bias = (self.state[f"{self.place}{name}.{part}"] for part in ("weight", "bias"))
        return _Affine(weight, bias, conv.groups)

    def _put(self, made: dict[str, Tensor], name: str, conv: _Affine) -> None:
        made[f"{self.place}{name}.weight"] = conv.weight
        made[f"{self.place}{name}.bias"] = conv.bias


def _dense(matrix: Tensor, groups: int) -> Tensor:
    """Return the matrix of a grouped 1x1 convolution, (C_out, C / groups), with its zeros: (C_out, C)."""
    return matrix if groups == 1 else torch.block_diag(*matrix.chunk(groups))  # type: ignore[no-untyped-call]


def _identity(modulation: Modulation | None) -> _Affine:
    assert modulation is not None
    channels = len(modulation[0])
    eye = torch.eye(channels, dtype=modulation[0].dtype, device=modulation[0].device)
    return _Affine(eye[:, :, None], torch.zeros_like(modulation[0]))
