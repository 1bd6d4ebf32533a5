"""How large a spec is, before anything is built: its weights, and its multiplications for one sample of audio."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from nam_plugin_wavenet.spec import FILM_PLACES, Layer, PostHead, Spec, Stack


class Shape(NamedTuple):
    """The shape of a convolution."""

    inputs: int
    outputs: int
    taps: int = 1
    groups: int = 1
    bias: bool = True

    @property
    def products(self) -> int:
        """The multiplications for one output sample."""
        return self.outputs * (self.inputs // self.groups) * self.taps

    @property
    def weights(self) -> int:
        """The numbers that a file holds of it."""
        return self.products + (self.outputs if self.bias else 0)


def weight_count(spec: Spec) -> int:
    """Return how many weights a file of such a net holds, without its conditioning model; one is the head's scale."""
    # A stack that is not conditioned has a mixer in the file all the same.
    width = max(spec.condition_size, 1)
    return 1 + sum(shape.weights for shape in _shapes(spec, width))


def multiplications(spec: Spec) -> int:
    """Return the multiplications of convolutions and FiLM for one output sample."""
    return sum(shape.products for shape in _shapes(spec, None))


def _shapes(spec: Spec, width: int | None) -> Iterator[Shape]:
    """
    Yield the shape of every convolution.

    :param width: channels of the condition in every stack; None for those that each stack hears
    """
    for stack in spec.stacks:
        condition = stack.condition_size if width is None else width
        yield Shape(stack.input_size, stack.channels, bias=False)
        for layer in stack.layers:
            yield from _layer(stack, layer, condition)
        yield Shape(stack.accumulator, stack.head_size, stack.head_kernel_size, bias=stack.head_bias)
    if spec.post_head:
        yield from _post_head(spec.post_head, spec.stacks[-1].head_size)


def _layer(stack: Stack, layer: Layer, condition: int) -> Iterator[Shape]:
    paired = layer.gating != "none"
    middle = stack.bottleneck * (2 if paired else 1)
    yield Shape(stack.channels, middle, layer.kernel_size, stack.groups_input)
    yield Shape(condition, middle, groups=stack.groups_input_mixin, bias=False)
    if stack.layer_1x1:
        yield Shape(stack.bottleneck, stack.channels, groups=stack.layer_1x1)
    if stack.head_1x1:
        yield Shape(stack.bottleneck, stack.head_1x1.out_channels, groups=stack.head_1x1.groups)
    for place, width in zip(FILM_PLACES, film_widths(stack, paired), strict=True):
        film = stack.film.get(place)
        if film:
            yield Shape(condition, width * (2 if film.shift else 1), groups=film.groups)


def film_widths(stack: Stack, paired: bool) -> tuple[int, ...]:
    """Return the number of channels that FiLM modulates at each of its places, in the order of ``FILM_PLACES``."""
    middle = stack.bottleneck * (2 if paired else 1)
    condition = max(stack.condition_size, 1)
    return (stack.channels, middle, condition, middle, middle, stack.bottleneck, stack.channels, stack.accumulator)


def _post_head(head: PostHead, in_channels: int) -> Iterator[Shape]:
    widths = [in_channels, *[head.channels] * (len(head.kernel_sizes) - 1), head.out_channels]
    for i, taps in enumerate(head.kernel_sizes):
        yield Shape(widths[i], widths[i + 1], taps)
