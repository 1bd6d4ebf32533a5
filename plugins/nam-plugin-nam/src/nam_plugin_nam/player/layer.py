"""One layer of a WaveNet: a dilated convolution and its condition, a gate, and two ways on."""

from __future__ import annotations

from nam_plugin_nam.player.convolution import Convolution
from nam_plugin_nam.player.film import FILM_SITES, Film, is_active
from nam_plugin_nam.player.gating import Gate
from nam_plugin_nam.player.model import Config, Signal
from nam_plugin_nam.player.weights import Weights


class Layer:
    """
    A layer: what goes on to the next one, and what goes to the head.

    Its weights are in the order convolution, mixer, ``layer1x1``, ``head1x1``, FiLM site by site.

    :param config: of the stack
    :param gate: the layer's activation
    :param newer: apply ``layer1x1_post_film`` whatever the gate is, as players after 0.5.5 do
    """

    def __init__(
        self, config: Config, weights: Weights, kernel: int, dilation: int, gate: Gate, *, newer: bool = False
    ) -> None:
        channels, condition = config["channels"], config["condition_size"]
        self.gate = gate
        self.modulates_residual = newer or gate.mode == "blended"
        self.convolution = Convolution(
            weights, channels, gate.inputs, kernel, dilation=dilation, groups=config.get("groups_input", 1)
        )
        self.mixer = Convolution(
            weights, condition, gate.inputs, groups=config.get("groups_input_mixin", 1), bias=False
        )
        self.layer_1x1, self.head_1x1 = None, None
        one: Config = config.get("layer1x1") or {}
        if one.get("active", True):
            self.layer_1x1 = Convolution(weights, gate.channels, channels, groups=one.get("groups", 1))
        other: Config = config.get("head1x1") or {}
        if other.get("active", False):
            out = other.get("out_channels", channels)
            self.head_1x1 = Convolution(weights, gate.channels, out, groups=other.get("groups", 1))
        self.to_head = self.head_1x1.outputs if self.head_1x1 else gate.channels
        widths = (channels, gate.inputs, condition, gate.inputs, gate.inputs, gate.channels, channels, self.to_head)
        self.films = {
            site: Film(config[site], weights, condition, width)
            for site, width in zip(FILM_SITES, widths, strict=True)
            if is_active(config.get(site))
        }

    def __call__(self, x: Signal, condition: Signal) -> tuple[Signal, Signal]:
        """
        Return the next layer's input, (C, l), and the head's share, (to_head, l).

        :param x: (C, l)
        :param condition: (D, l)
        """
        z = self.convolution(self._modulated("conv_pre_film", x, condition))
        z = self._modulated("conv_post_film", z, condition)
        mixed = self.mixer(self._modulated("input_mixin_pre_film", condition, condition))
        z = z + self._modulated("input_mixin_post_film", mixed, condition)
        z = self.gate(self._modulated("activation_pre_film", z, condition))
        z = self._modulated("activation_post_film", z, condition)
        return self._residual(x, z, condition), self._share(z, condition)

    def _residual(self, x: Signal, z: Signal, condition: Signal) -> Signal:
        if self.layer_1x1 is None:
            return x
        y = self.layer_1x1(z)
        # The released player, 0.5.5, has this site in blended layers only; in others the weights lie idle.
        if self.modulates_residual:
            y = self._modulated("layer1x1_post_film", y, condition)
        return x + y

    def _share(self, z: Signal, condition: Signal) -> Signal:
        if self.head_1x1 is None:
            return z
        return self._modulated("head1x1_post_film", self.head_1x1(z), condition)

    def _modulated(self, site: str, x: Signal, condition: Signal) -> Signal:
        return self.films[site](x, condition) if site in self.films else x
