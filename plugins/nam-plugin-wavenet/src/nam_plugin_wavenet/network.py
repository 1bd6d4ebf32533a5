"""
The stacks, the head and the whole network, from a spec.

Each stack adds its layers to an accumulator. A convolution turns that into the stack's output for the head,
and the next stack's accumulator starts from there. The last one is scaled, and is the output, or the input of
the post-head.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from nam_plugin_wavenet import spec
from nam_plugin_wavenet.activations import build
from nam_plugin_wavenet.layers import Conv, Layer, conv_tensors
from nam_plugin_wavenet.reach import receptive_field


class Stack(nn.Module):
    """
    A stack of layers.

    :param condition_size: as in ``Layer``
    :param is_last: the net's last stack; nothing uses the residual output of its last layer
    """

    def __init__(self, stack: spec.Stack, condition_size: int, is_last: bool) -> None:
        super().__init__()
        last = len(stack.layers) - 1
        self.rechannel = Conv(stack.input_size, stack.channels, 1, bias=False)
        self.layers = nn.ModuleList(
            Layer(stack, layer, condition_size, feeds_on=not (is_last and i == last))
            for i, layer in enumerate(stack.layers)
        )
        self.head = Conv(
            stack.accumulator,
            stack.head_size,
            stack.head_kernel_size,
            dilation=stack.head_dilation,
            bias=stack.head_bias,
        )
        # LeCun et al., "Efficient BackProp" (1998): the output begins as strong as the terms of the accumulator.
        nn.init.kaiming_uniform_(self.head.weight, nonlinearity="linear")

    def forward(
        self, x: Tensor, condition: Tensor, accumulator: Tensor | None, head_length: int
    ) -> tuple[Tensor, Tensor]:
        """
        Return the output of the stack for the next one, and for the head.

        :param x: (B, C_in, L)
        :param condition: (B, Cc, Lc), aligned at the newest sample
        :param accumulator: the output of the stack before for the head, (B, H, head_length); None for the first
        :param head_length: the samples that this stack's accumulator needs
        :return: the input of the next stack, and what it starts its accumulator from
        """
        x = self.rechannel(x)
        for layer in self.layers:
            x, term = layer(x, condition, head_length)
            accumulator = term if accumulator is None else accumulator + term
        return x, self.head(accumulator)

    def weight_tensors(self) -> Iterator[Tensor]:
        """Return the weights in the order of a file."""
        yield from conv_tensors(self.rechannel)
        for layer in self.layers:
            assert isinstance(layer, Layer)
            yield from layer.weight_tensors()
        yield from conv_tensors(self.head)


class PostHead(nn.Module):
    """Blocks of the one activation and a convolution each."""

    def __init__(self, head: spec.PostHead, in_channels: int) -> None:
        super().__init__()
        between = len(head.kernel_sizes) - 1
        widths = (in_channels, *[head.channels] * between, head.out_channels)
        self.activation = build(head.activation)
        self.convs = nn.ModuleList(Conv(widths[i], widths[i + 1], k) for i, k in enumerate(head.kernel_sizes))

    def forward(self, x: Tensor) -> Tensor:
        """Return the output of the blocks: (B, H, L) to (B, C_out, L - reach)."""
        for conv in self.convs:
            x = conv(self.activation(x))
        return x


class Network(nn.Module):
    """
    A WaveNet without its conditioning model.

    :param condition_reach: samples before the current one that the condition depends on
    """

    head_scale: Tensor

    def __init__(self, described: spec.Spec, condition_reach: int = 0) -> None:
        super().__init__()
        stacks = described.stacks
        width = max(described.condition_size, 1)
        self.stacks = nn.ModuleList(Stack(s, width, is_last=s is stacks[-1]) for s in stacks)
        post = described.post_head
        self.post_head = PostHead(post, stacks[-1].head_size) if post else None
        self.register_buffer("head_scale", torch.tensor(described.head_scale, dtype=torch.float32))
        self.receptive_field = receptive_field(described, condition_reach)
        self.head_reaches = tuple(s.head_reach for s in stacks)
        self.post_reach = sum(k - 1 for k in post.kernel_sizes) if post else 0

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """
        Return the output of the network, channels kept.

        :param x: (B, C_in, L)
        :param condition: (B, Cc, L - condition_reach), aligned at the newest sample
        :return: (B, C_out, L - R + 1)
        """
        length = x.shape[2] - self.receptive_field + 1 + self.post_reach
        accumulator: Tensor | None = None
        for i, stack in enumerate(self.stacks):
            x, accumulator = stack(x, condition, accumulator, length + sum(self.head_reaches[i:]))
        assert accumulator is not None
        head = accumulator * self.head_scale
        return head if self.post_head is None else self.post_head(head)

    def still_idle_film(self) -> bool:
        """Make FiLM that nothing uses the identity; return whether newer players would have used some of it."""
        layers = [module for module in self.modules() if isinstance(module, Layer)]
        return any([layer.still_idle_film() for layer in layers])

    def weight_tensors(self) -> Iterator[Tensor]:
        """Return the weights in the order of a file; the scale of the head is the last."""
        for stack in self.stacks:
            assert isinstance(stack, Stack)
            yield from stack.weight_tensors()
        if self.post_head is not None:
            for conv in self.post_head.convs:
                assert isinstance(conv, Conv)
                yield from conv_tensors(conv)
        yield self.head_scale
