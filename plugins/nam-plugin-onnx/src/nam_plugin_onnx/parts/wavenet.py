"""WaveNet, A1 and A2: stacks of layers, their common head, and what may come before and after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nam_plugin_onnx.graph import Graph
from nam_plugin_onnx.parts.activations import activation_of
from nam_plugin_onnx.parts.convolution import Convolution
from nam_plugin_onnx.parts.gating import each, gating_of
from nam_plugin_onnx.parts.layer import Layer
from nam_plugin_onnx.parts.part import Part
from nam_plugin_onnx.weights import Weights


class Stack:
    """Layers of the same channels, between two convolutions: one into the stack, one from its shares to the head."""

    def __init__(self, config: Any, weights: Weights) -> None:
        channels, dilations = config["channels"], config["dilations"]
        sizes = config.get("kernel_sizes")
        kernels = each(config["kernel_size"] if sizes is None else sizes, len(dilations))
        self.rechannel = Convolution(weights, config["input_size"], channels, bias=False)
        rows = zip(kernels, dilations, gating_of(config, len(dilations)), strict=True)
        self.layers = [Layer(config, weights, *row) for row in rows]
        head = config.get("head") or {"out_channels": config.get("head_size"), "bias": config.get("head_bias")}
        self.outputs: int = head["out_channels"]
        self.head = Convolution(
            weights,
            self.layers[0].to_head,
            self.outputs,
            head.get("kernel_size", 1),
            dilation=head.get("head_dilation", 1),
            bias=bool(head["bias"]),
        )

    def add_to(self, graph: Graph, x: str, condition: str, shares: str | None) -> tuple[str, str]:
        """
        Return the input of the next stack, (B, C, l), and the head so far, (B, H, l).

        :param shares: the head of the stack before, or None
        """
        x = self.rechannel.add_to(graph, x)
        total = shares
        for layer in self.layers:
            x, share = layer.add_to(graph, x, condition)
            total = share if total is None else graph.add("Add", total, share)
        assert total is not None
        return x, self.head.add_to(graph, total)


class PostHead:
    """Blocks of an activation and then a convolution, after the scaled head."""

    def __init__(self, config: Any, weights: Weights, inputs: int) -> None:
        kernels = config["kernel_sizes"]
        widths = [inputs, *[config["channels"]] * (len(kernels) - 1), config["out_channels"]]
        self.activations = [activation_of(config["activation"], width) for width in widths[:-1]]
        rows = zip(widths[:-1], widths[1:], kernels, strict=True)
        self.convolutions = [Convolution(weights, *row) for row in rows]
        self.outputs: int = widths[-1]

    def add_to(self, graph: Graph, x: str) -> str:
        """Return (B, C_out, l) for (B, H, l)."""
        for activate, convolution in zip(self.activations, self.convolutions, strict=True):
            x = convolution.add_to(graph, activate(graph, x))
        return x


class WaveNet:
    """
    A WaveNet (van den Oord et al., 2016).

    Its condition is what ``condition_dsp`` makes of the audio; without that, the audio itself; where it is given, what
    comes after the audio in the input. A net of several ``in_channels`` hears all of them in place of the audio.

    :param nested: from a model document inside the config to a part
    """

    def __init__(self, config: Any, weights: Weights, nested: Callable[[Any], Part], *, is_given: bool = False) -> None:
        inner, post = config.get("condition_dsp"), config.get("head")
        self.heard: int = config.get("in_channels", 1)
        self.is_given = is_given
        self.condition_dsp = None if inner is None else nested(inner)
        self.stacks = [Stack(stack, weights) for stack in config["layers"]]
        self.post_head = PostHead(post, weights, self.stacks[-1].outputs) if post else None
        self.head_scale = weights.take(1)
        self.settling = 0
        self.inputs: int = self.heard + (config["layers"][0]["condition_size"] if is_given else 0)
        self.outputs = self.stacks[-1].outputs if self.post_head is None else self.post_head.outputs

    def add_to(self, graph: Graph, x: str) -> str:
        """Return (B, C_out, l) for (B, 1, l), or (B, 1 + K, l) where there are knobs."""
        signal = graph.part(x, 1, 0, self.heard) if self.is_given else x
        condition = graph.part(x, 1, self.heard) if self.is_given else signal
        if self.condition_dsp is not None:
            condition = self.condition_dsp.add_to(graph, signal)
        shares = None
        for stack in self.stacks:
            signal, shares = stack.add_to(graph, signal, condition, shares)
        assert shares is not None
        scaled = graph.add("Mul", shares, graph.constant(self.head_scale))
        return scaled if self.post_head is None else self.post_head.add_to(graph, scaled)
