"""How much work a spec is: its multiplications for one sample of audio."""

from __future__ import annotations

from nam_plugin_wavenet.spec import FILM_PLACES, Layer, PostHead, Spec, Stack


def multiplications(spec: Spec) -> int:
    """Return the multiplications of convolutions and FiLM for one output sample."""
    total = sum(_stack(stack) for stack in spec.stacks)
    return total + (_post_head(spec.post_head, spec.stacks[-1].head_size) if spec.post_head else 0)


def _stack(stack: Stack) -> int:
    rechannel = stack.input_size * stack.channels
    head = stack.accumulator * stack.head_size * stack.head_kernel_size
    return rechannel + sum(_layer(stack, layer) for layer in stack.layers) + head


def _layer(stack: Stack, layer: Layer) -> int:
    paired = layer.gating != "none"
    middle = stack.bottleneck * (2 if paired else 1)
    total = stack.channels * middle * layer.kernel_size // stack.groups_input
    total += stack.condition_size * middle // stack.groups_input_mixin
    if stack.layer_1x1:
        total += stack.bottleneck * stack.channels // stack.layer_1x1
    if stack.head_1x1:
        total += stack.bottleneck * stack.head_1x1.out_channels // stack.head_1x1.groups
    for place, width in zip(FILM_PLACES, film_widths(stack, paired), strict=True):
        film = stack.film.get(place)
        if film:
            total += stack.condition_size * width * (2 if film.shift else 1) // film.groups
    return total


def film_widths(stack: Stack, paired: bool) -> tuple[int, ...]:
    """Return the number of channels that FiLM modulates at each of its places, in the order of ``FILM_PLACES``."""
    middle = stack.bottleneck * (2 if paired else 1)
    condition = max(stack.condition_size, 1)
    return (stack.channels, middle, condition, middle, middle, stack.bottleneck, stack.channels, stack.accumulator)


def _post_head(head: PostHead, in_channels: int) -> int:
    widths = [in_channels, *[head.channels] * (len(head.kernel_sizes) - 1), head.out_channels]
    return sum(widths[i] * widths[i + 1] * k for i, k in enumerate(head.kernel_sizes))
