"""
A constant condition, folded into the weights: exactly, so that what results is a stock net of the audio alone.

At a constant condition ``p`` the mixer adds ``M p``, which is a bias, and FiLM is a scale and a shift of each channel,
``s x + t``. Before a convolution, ``W (s x + t) + b`` is a convolution again, and so is ``s (W x + b) + t`` after one;
nothing in a net is padded, so that holds for every sample. FiLM after the activation goes into what follows it: the
layer's 1x1 convolution and the head's, and where a stack has no head 1x1 it gets one.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from nam_kernel.errors import UserError
from nam_plugin_wavenet import spec
from nam_plugin_wavenet.layers import Conv, Film, Layer
from nam_plugin_wavenet.network import Network

Modulation = tuple[Tensor, Tensor]
"""Scale and shift, (C,) each."""


def without_condition(described: spec.Spec) -> spec.Spec:
    """Return what a net is at a constant condition; its condition is the audio, times zero."""
    return replace(described, stacks=tuple(_without_condition(stack) for stack in described.stacks), conditions=())


@torch.no_grad()
def folded(described: spec.Spec, network: Network, setting: Sequence[float]) -> dict[str, Tensor]:
    """
    Return the state of the network that another one is at a constant condition, on the CPU.

    :param described: what ``network`` is
    :param setting: one number for each channel of the condition
    :return: the state of a ``Network(without_condition(described))``, in float64
    :raises UserError: when FiLM differs between the sizes of the net
    """
    if described.slimmable and any(stack.film for stack in described.stacks):
        raise UserError(
            "this slimmable WaveNet has FiLM, which is not the same at every size; bake one of its sizes, "
            "for example net.at_size(1.0).bake(...)"
        )
    condition = torch.tensor(setting, dtype=torch.float64)
    copied = copy.deepcopy(network).cpu().double()
    for module in copied.modules():
        if isinstance(module, Layer) and module.conditioned:
            _fold(module, condition)
    return {
        name: tensor.new_zeros(len(tensor), 1, 1) if name.endswith(".mixer.weight") else tensor
        for name, tensor in copied.state_dict().items()
        if ".film." not in name
    }


def _without_condition(stack: spec.Stack) -> spec.Stack:
    head = stack.head_1x1
    if head is None and "activation_post_film" in stack.film:
        head = spec.Head1x1(stack.bottleneck)
    size = min(stack.condition_size, 1)
    return replace(stack, condition_size=size, groups_input_mixin=1, film={}, head_1x1=head)


def _fold(layer: Layer, condition: Tensor) -> None:
    """Fold a constant condition, (Cc,), into the convolutions of a layer, in place."""
    _modulate_input(layer.conv, _modulation(layer, "conv_pre_film", condition))
    _modulate_output(layer.conv, _modulation(layer, "conv_post_film", condition))
    mixed = _modulated(condition, _modulation(layer, "input_mixin_pre_film", condition))
    mixed = layer.mixer(mixed[None, :, None])[0, :, 0]
    mixed = _modulated(mixed, _modulation(layer, "input_mixin_post_film", condition))
    _modulate_output(layer.conv, (torch.ones_like(mixed), mixed))
    _modulate_output(layer.conv, _modulation(layer, "activation_pre_film", condition))

    activated = _modulation(layer, "activation_post_film", condition)
    if activated is not None and layer.head_1x1 is None:
        layer.head_1x1 = _identity(len(activated[0]))
    if layer.head_1x1 is not None:
        _modulate_input(layer.head_1x1, activated)
        _modulate_output(layer.head_1x1, _modulation(layer, "head1x1_post_film", condition))
    if layer.layer_1x1 is not None and layer.feeds_on:
        _modulate_input(layer.layer_1x1, activated)
        if layer.residual_film:
            _modulate_output(layer.layer_1x1, _modulation(layer, "layer1x1_post_film", condition))


def _modulation(layer: Layer, place: str, condition: Tensor) -> Modulation | None:
    """Return what FiLM does at one place; None where there is none."""
    if place not in layer.film:
        return None
    film = layer.film[place]
    assert isinstance(film, Film)
    made: Tensor = film.conv(condition[None, :, None])[0, :, 0]
    if not film.shift:
        return made, torch.zeros_like(made)
    scale, shift = made.chunk(2)
    return scale, shift


def _modulated(x: Tensor, modulation: Modulation | None) -> Tensor:
    return x if modulation is None else x * modulation[0] + modulation[1]


def _modulate_input(conv: nn.Conv1d, modulation: Modulation | None) -> None:
    """Make a convolution hear its input scaled and shifted."""
    if modulation is None or conv.bias is None:
        return
    # Each output hears the inputs of its group: (C_out, C / groups, 1).
    scale, shift = (
        part.view(conv.groups, -1).repeat_interleave(conv.out_channels // conv.groups, dim=0)[:, :, None]
        for part in modulation
    )
    conv.bias += (conv.weight * shift).sum((1, 2))
    conv.weight *= scale


def _modulate_output(conv: nn.Conv1d, modulation: Modulation | None) -> None:
    """Scale and shift what a convolution returns."""
    if modulation is None or conv.bias is None:
        return
    scale, shift = modulation
    conv.weight *= scale[:, None, None]
    conv.bias.copy_(conv.bias * scale + shift)


def _identity(channels: int) -> Conv:
    conv = Conv(channels, channels, 1).double()
    nn.init.dirac_(conv.weight)
    assert conv.bias is not None
    nn.init.zeros_(conv.bias)
    return conv
