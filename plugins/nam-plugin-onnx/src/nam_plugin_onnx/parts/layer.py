"""One layer of a WaveNet: a dilated convolution and its condition, a gate, and two ways on."""

from __future__ import annotations

from typing import Any

from nam_plugin_onnx.graph import Graph
from nam_plugin_onnx.parts.convolution import Convolution
from nam_plugin_onnx.parts.film import Film, Unmodulated, film_of
from nam_plugin_onnx.parts.gating import gate_of
from nam_plugin_onnx.weights import Weights


class Layer:
    """
    A layer: what goes on to the next one, and what goes to the head.

    Its weights are in the order convolution, mixer, ``layer1x1``, ``head1x1``, FiLM site by site.

    :param config: of the stack
    :param gating: mode, activation and second activation
    """

    def __init__(self, config: Any, weights: Weights, kernel: int, dilation: int, gating: tuple[str, Any, Any]) -> None:
        channels, condition = config["channels"], config["condition_size"]
        inner = config.get("bottleneck", channels)
        wide = inner if gating[0] == "none" else 2 * inner
        groups, mixer_groups = config.get("groups_input", 1), config.get("groups_input_mixin", 1)
        self.convolution = Convolution(weights, channels, wide, kernel, dilation=dilation, groups=groups)
        self.mixer = Convolution(weights, condition, wide, groups=mixer_groups, bias=False)
        self.gate = gate_of(*gating, inner)
        self.residual: Convolution | None = None
        self.share: Convolution | None = None
        self.to_head = inner
        one, other = config.get("layer1x1") or {}, config.get("head1x1") or {}
        if one.get("active", True):
            self.residual = Convolution(weights, inner, channels, groups=one.get("groups", 1))
        if other.get("active", False):
            self.to_head = other.get("out_channels", channels)
            self.share = Convolution(weights, inner, self.to_head, groups=other.get("groups", 1))

        def film(site: str, width: int) -> Film | Unmodulated:
            return film_of(config.get(site), weights, condition, width)

        self.conv_pre = film("conv_pre_film", channels)
        self.conv_post = film("conv_post_film", wide)
        self.mixin_pre = film("input_mixin_pre_film", condition)
        self.mixin_post = film("input_mixin_post_film", wide)
        self.activation_pre = film("activation_pre_film", wide)
        self.activation_post = film("activation_post_film", inner)
        self.residual_post = film("layer1x1_post_film", channels)
        self.share_post = film("head1x1_post_film", self.to_head)
        # The released player, 0.5.5, has this site in blended layers only; in others its weights lie idle.
        if gating[0] != "blended":
            self.residual_post = Unmodulated()

    def add_to(self, graph: Graph, x: str, condition: str) -> tuple[str, str]:
        """
        Return the next layer's input, (B, C, l), and the head's share.

        :param x: (B, C, l)
        :param condition: (B, D, l)
        """
        convolved = self.convolution.add_to(graph, self.conv_pre.add_to(graph, x, condition))
        convolved = self.conv_post.add_to(graph, convolved, condition)
        mixed = self.mixer.add_to(graph, self.mixin_pre.add_to(graph, condition, condition))
        mixed = self.mixin_post.add_to(graph, mixed, condition)
        z = self.activation_pre.add_to(graph, graph.add("Add", convolved, mixed), condition)
        z = share = self.activation_post.add_to(graph, self.gate(graph, z), condition)
        if self.share is not None:
            share = self.share_post.add_to(graph, self.share.add_to(graph, z), condition)
        if self.residual is not None:
            x = graph.add("Add", x, self.residual_post.add_to(graph, self.residual.add_to(graph, z), condition))
        return x, share
