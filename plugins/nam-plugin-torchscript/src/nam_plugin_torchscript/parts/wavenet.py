"""WaveNet, A1 and A2: stacks of layers, their common head, and what may come before and after."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from nam_plugin_torchscript.parts.activations import activation_of
from nam_plugin_torchscript.parts.convolution import Convolution
from nam_plugin_torchscript.parts.gating import each, gating_of
from nam_plugin_torchscript.parts.layer import Layer
from nam_plugin_torchscript.parts.memory import Slots
from nam_plugin_torchscript.parts.weights import Weights


class Stack(nn.Module):
    """Layers of the same channels, between two convolutions: one into the stack, one from its shares to the head."""

    def __init__(self, config: Any, weights: Weights, slots: Slots) -> None:
        super().__init__()
        channels, dilations = config["channels"], config["dilations"]
        sizes = config.get("kernel_sizes")
        kernels = each(config["kernel_size"] if sizes is None else sizes, len(dilations))
        self.rechannel = Convolution(weights, slots, config["input_size"], channels, bias=False)
        rows = zip(kernels, dilations, gating_of(config, len(dilations)), strict=True)
        layers = [Layer(config, weights, slots, *row) for row in rows]
        self.layers = nn.ModuleList(layers)
        head = config.get("head") or {"out_channels": config.get("head_size"), "bias": config.get("head_bias")}
        self.outputs: int = head["out_channels"]
        self.head = Convolution(
            weights,
            slots,
            layers[0].to_head,
            self.outputs,
            head.get("kernel_size", 1),
            dilation=head.get("head_dilation", 1),
            bias=bool(head["bias"]),
        )

    def forward(self, x: Tensor, condition: Tensor, shares: Tensor, memory: list[Tensor]) -> tuple[Tensor, Tensor]:
        """
        Return the input of the next stack, (B, C, l), and the head so far, (B, H, l).

        :param shares: the head of the stack before, or one channel of zeros
        """
        x = self.rechannel(x, memory)
        for layer in self.layers:
            x, share = layer(x, condition, memory)
            shares = shares + share
        return x, self.head(shares, memory)


class PostHead(nn.Module):
    """Blocks of an activation and then a convolution, after the scaled head."""

    def __init__(self, config: Any, weights: Weights, slots: Slots, inputs: int) -> None:
        super().__init__()
        kernels = config["kernel_sizes"]
        widths = [inputs, *[config["channels"]] * (len(kernels) - 1), config["out_channels"]]
        self.activations = nn.ModuleList([activation_of(config["activation"], width) for width in widths[:-1]])
        rows = zip(widths[:-1], widths[1:], kernels, strict=True)
        self.convolutions = nn.ModuleList([Convolution(weights, slots, *row) for row in rows])
        self.outputs: int = widths[-1]

    def forward(self, x: Tensor, memory: list[Tensor]) -> Tensor:
        """Return (B, C_out, l) for (B, H, l)."""
        for activate, convolve in zip(self.activations, self.convolutions):  # noqa: B905 (TorchScript has no strict)
            x = convolve(activate(x), memory)
        return x


class WaveNet(nn.Module):
    """
    A WaveNet (van den Oord et al., 2016).

    Its condition is what ``condition_dsp`` makes of the audio; without that, the audio itself; where it is given, what
    comes after the audio in the input. A net of several ``in_channels`` hears all of them in place of the audio.

    :param nested: from a model document inside the config to a part
    """

    head_scale: Tensor

    def __init__(
        self, config: Any, weights: Weights, slots: Slots, nested: Callable[[Any], nn.Module], *, is_given: bool = False
    ) -> None:
        super().__init__()
        inner, post = config.get("condition_dsp"), config.get("head")
        self.heard: int = config.get("in_channels", 1)
        self.is_given = is_given
        self.condition_dsp = None if inner is None else nested(inner)
        stacks = [Stack(stack, weights, slots) for stack in config["layers"]]
        self.stacks = nn.ModuleList(stacks)
        self.post_head = PostHead(post, weights, slots, stacks[-1].outputs) if post else None
        self.register_buffer("head_scale", weights.take(1))
        self.inputs = self.heard + (config["layers"][0]["condition_size"] if is_given else 0)
        self.outputs = stacks[-1].outputs if self.post_head is None else self.post_head.outputs

    def forward(self, x: Tensor, memory: list[Tensor]) -> Tensor:
        """Return (B, C_out, l) for (B, 1, l), or (B, 1 + K, l) where there are knobs."""
        signal = x[:, : self.heard]
        condition = x[:, self.heard :] if self.is_given else signal
        if self.condition_dsp is not None:
            condition = self.condition_dsp(signal, memory)
        shares = torch.zeros_like(x[:, :1])
        for stack in self.stacks:
            signal, shares = stack(signal, condition, shares, memory)
        scaled = self.head_scale * shares
        return scaled if self.post_head is None else self.post_head(scaled, memory)
