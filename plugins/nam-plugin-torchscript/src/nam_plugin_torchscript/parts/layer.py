"""One layer of a WaveNet: a dilated convolution and its condition, a gate, and two ways on."""

from typing import Any

from torch import Tensor, nn

from nam_plugin_torchscript.parts.convolution import Convolution
from nam_plugin_torchscript.parts.film import Unmodulated, film_of
from nam_plugin_torchscript.parts.gating import gate_of
from nam_plugin_torchscript.parts.memory import Slots
from nam_plugin_torchscript.parts.weights import Weights


class Nothing(nn.Module):
    """What a layer without ``layer1x1`` adds to its input."""

    def forward(self, x: Tensor, memory: list[Tensor]) -> Tensor:
        """Return zeros of one channel, which add nothing to any number of them."""
        return x[:, :1] * 0.0


class Through(nn.Module):
    """The way to the head of a layer without ``head1x1``."""

    def forward(self, x: Tensor, memory: list[Tensor]) -> Tensor:
        """Return ``x``."""
        return x


class Layer(nn.Module):
    """
    A layer: what goes on to the next one, and what goes to the head.

    Its weights are in the order convolution, mixer, ``layer1x1``, ``head1x1``, FiLM site by site.

    :param config: of the stack
    :param gating: mode, activation and second activation
    """

    def __init__(
        self, config: Any, weights: Weights, slots: Slots, kernel: int, dilation: int, gating: tuple[str, Any, Any]
    ) -> None:
        super().__init__()
        channels, condition = config["channels"], config["condition_size"]
        inner = config.get("bottleneck", channels)
        wide = inner if gating[0] == "none" else 2 * inner
        groups, mixer_groups = config.get("groups_input", 1), config.get("groups_input_mixin", 1)
        self.convolution = Convolution(weights, slots, channels, wide, kernel, dilation=dilation, groups=groups)
        self.mixer = Convolution(weights, slots, condition, wide, groups=mixer_groups, bias=False)
        self.gate = gate_of(*gating, inner)
        self.residual: nn.Module = Nothing()
        self.share: nn.Module = Through()
        self.to_head = inner
        one, other = config.get("layer1x1") or {}, config.get("head1x1") or {}
        if one.get("active", True):
            self.residual = Convolution(weights, slots, inner, channels, groups=one.get("groups", 1))
        if other.get("active", False):
            self.to_head = other.get("out_channels", channels)
            self.share = Convolution(weights, slots, inner, self.to_head, groups=other.get("groups", 1))

        def film(site: str, width: int) -> nn.Module:
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
        if gating[0] != "blended" or isinstance(self.residual, Nothing):
            self.residual_post = Unmodulated()
        if isinstance(self.share, Through):
            self.share_post = Unmodulated()

    def forward(self, x: Tensor, condition: Tensor, memory: list[Tensor]) -> tuple[Tensor, Tensor]:
        """
        Return the next layer's input, (B, C, l), and the head's share.

        :param x: (B, C, l)
        :param condition: (B, D, l)
        """
        z = self.conv_post(self.convolution(self.conv_pre(x, condition), memory), condition)
        mixed = self.mixer(self.mixin_pre(condition, condition), memory)
        z = self.activation_pre(z + self.mixin_post(mixed, condition), condition)
        z = self.activation_post(self.gate(z), condition)
        share = self.share_post(self.share(z, memory), condition)
        return x + self.residual_post(self.residual(z, memory), condition), share
