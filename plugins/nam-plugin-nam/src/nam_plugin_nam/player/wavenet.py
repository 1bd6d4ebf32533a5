"""WaveNet, A1 and A2: stacks of layers, their common head, and what may come before and after."""

from __future__ import annotations

from nam_plugin_nam.player.activations import activation_of
from nam_plugin_nam.player.convolution import Convolution
from nam_plugin_nam.player.gating import each, gates_of
from nam_plugin_nam.player.layer import Layer
from nam_plugin_nam.player.model import Config, Model, Nested, Signal, require
from nam_plugin_nam.player.weights import Weights


class Stack:
    """Layers of the same channels, between two convolutions: one into the stack, one from its shares to the head."""

    def __init__(self, config: Config, weights: Weights, *, newer: bool = False) -> None:
        channels, dilations = config["channels"], config["dilations"]
        require(len(dilations) > 0, "a stack has no dilations, so no layers")
        kernels = config["kernel_sizes"] if config.get("kernel_sizes") is not None else config["kernel_size"]
        count = len(dilations)
        gates = gates_of(config, count, config.get("bottleneck", channels))
        self.rechannel = Convolution(weights, config["input_size"], channels, bias=False)
        self.layers = [
            Layer(config, weights, kernel, dilation, gate, newer=newer)
            for kernel, dilation, gate in zip(each(kernels, count), dilations, gates, strict=True)
        ]
        head = config.get("head") or {
            "out_channels": config.get("head_size"),
            "kernel_size": 1,
            "bias": config.get("head_bias"),
        }
        self.condition_size = config["condition_size"]
        self.head = Convolution(
            weights,
            self.layers[0].to_head,
            head["out_channels"],
            head["kernel_size"],
            dilation=head.get("head_dilation", 1),
            bias=head["bias"],
        )

    def __call__(self, x: Signal, condition: Signal, shares: Signal | None) -> tuple[Signal, Signal]:
        """
        Return the input of the next stack, (C, l), and the head so far, (H, l).

        :param x: (C of the stack before, l)
        :param condition: (D, l)
        :param shares: the head of the stack before, from which this one's sum goes on
        """
        x = self.rechannel(x)
        for layer in self.layers:
            x, share = layer(x, condition)
            shares = share if shares is None else shares + share
        assert shares is not None
        return x, self.head(shares)


class PostHead:
    """Blocks of an activation and then a convolution, after the scaled head."""

    def __init__(self, config: Config, weights: Weights, inputs: int) -> None:
        kernels = config["kernel_sizes"]
        require(len(kernels) > 0, "the head has no kernel_sizes, so no blocks")
        widths = [inputs, *[config["channels"]] * (len(kernels) - 1), config["out_channels"]]
        self.activations = [activation_of(config["activation"], width) for width in widths[:-1]]
        self.convolutions = [
            Convolution(weights, before, after, kernel)
            for before, after, kernel in zip(widths[:-1], widths[1:], kernels, strict=True)
        ]
        self.outputs = widths[-1]

    def __call__(self, x: Signal) -> Signal:
        """Return (outputs, l) for (H, l)."""
        for activate, convolve in zip(self.activations, self.convolutions, strict=True):
            x = convolve(activate(x))
        return x


class WaveNet:
    """
    A WaveNet (van den Oord et al., 2016).

    Its condition is what ``condition_dsp`` makes of the input; without that, the input itself; with
    ``is_given``, it is what comes after the audio in the input.

    :raises ValueError: when the parts do not fit together
    """

    def __init__(self, config: Config, weights: Weights, nested: Nested, *, is_given: bool = False) -> None:
        layers = config["layers"]
        require(len(layers) > 0, "it has no layers")
        self.heard = config.get("in_channels", 1)
        inner = config.get("condition_dsp")
        self.condition_dsp: Model | None = None if inner is None else nested(inner)
        newer = config.get("_player") == "newer"
        self.stacks = [Stack(layer, weights, newer=newer) for layer in layers]
        given = self.stacks[0].condition_size if is_given else 0
        self.inputs: int = self.heard + given
        post = config.get("head")
        self.post_head = PostHead(post, weights, self.stacks[-1].head.outputs) if post else None
        self.outputs: int = self.post_head.outputs if self.post_head else self.stacks[-1].head.outputs
        self.head_scale = float(weights.take(1)[0])
        self._require_fit(self.condition_dsp.outputs if self.condition_dsp else given or self.heard)

    def __call__(self, x: Signal) -> Signal:
        """Return (outputs, l) for (inputs, l)."""
        heard, condition = x[: self.heard], x[self.heard :]
        if self.condition_dsp is not None:
            condition = self.condition_dsp(heard)
        elif self.inputs == self.heard:
            condition = heard
        shares: Signal | None = None
        for stack in self.stacks:
            heard, shares = stack(heard, condition, shares)
        assert shares is not None
        scaled = self.head_scale * shares
        return scaled if self.post_head is None else self.post_head(scaled)

    def _require_fit(self, condition_size: int) -> None:
        if self.condition_dsp is not None:
            taken = self.condition_dsp.inputs
            require(taken == self.heard, f"condition_dsp takes {taken} channels of an input of {self.heard}")
        channels, head = self.heard, None
        for i, stack in enumerate(self.stacks):
            where = f"layers[{i}]"
            require(stack.rechannel.inputs == channels, f"{where}.input_size is not the {channels} channels before it")
            require(stack.condition_size == condition_size, f"{where}.condition_size is not {condition_size}")
            require(head in (None, stack.head.inputs), f"{where} cannot go on from a head of {head} channels")
            channels, head = stack.rechannel.outputs, stack.head.outputs
