"""The trained slopes of activations, which a file has in its config."""

from __future__ import annotations

from dataclasses import replace

from torch import nn

from nam_plugin_wavenet import spec
from nam_plugin_wavenet.activations import Blended, Gated, PReLU
from nam_plugin_wavenet.layers import Layer
from nam_plugin_wavenet.network import Network, Stack


def with_trained_slopes(described: spec.Spec, network: Network) -> spec.Spec:
    """Return the spec with the slopes that the network has now."""
    stacks = []
    for stack, module in zip(described.stacks, network.stacks, strict=True):
        assert isinstance(module, Stack)
        pairs = zip(stack.layers, module.layers, strict=True)
        stacks.append(replace(stack, layers=tuple(_layer(one, other, stack.bottleneck) for one, other in pairs)))
    post = described.post_head
    if post and network.post_head:
        post = replace(post, activation=_with_slopes(post.activation, network.post_head.activation, None))
    return replace(described, stacks=tuple(stacks), post_head=post)


def _layer(layer: spec.Layer, module: nn.Module, channels: int) -> spec.Layer:
    assert isinstance(module, Layer)
    pair = module.activation
    if layer.secondary is None or not isinstance(pair, (Gated, Blended)):
        return replace(layer, activation=_with_slopes(layer.activation, pair, None))
    # Beside a gate players look up a slope for every channel, and read past the end of a shorter list.
    return replace(
        layer,
        activation=_with_slopes(layer.activation, pair.primary, channels),
        secondary=_with_slopes(layer.secondary, pair.secondary, channels),
    )


def _with_slopes(activation: spec.Activation, module: nn.Module, channels: int | None) -> spec.Activation:
    """Return a PReLU with its slopes; with ``channels`` one for each of them."""
    if not isinstance(module, PReLU):
        return activation
    slopes = module.slopes
    if len(slopes) > 1:
        return spec.Activation(activation.name, {"negative_slopes": slopes})
    if channels is None:
        return spec.Activation(activation.name, {"negative_slope": slopes[0]})
    return spec.Activation(activation.name, {"negative_slopes": slopes * channels})
