"""A WaveNet whose knobs scale and shift its channels: FiLM, folded into the convolution before each place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from torch import Tensor, nn

from nam_plugin_parametric.config import FiLMWaveNetConfig, ModulatedConfig
from nam_plugin_parametric.encoding import Encoding
from nam_plugin_parametric.modulated import Modulated
from nam_plugin_wavenet.layers import Layer
from nam_plugin_wavenet.net import WaveNet
from nam_plugin_wavenet.network import Stack

PARTS: Mapping[str, tuple[str, ...]] = {
    "conv_post": ("conv",),
    "activation_pre": ("conv", "mixer"),
    "layer1x1_post": ("layer_1x1",),
    "head1x1_post": ("head_1x1",),
}
"""Which convolutions of a layer are scaled at each site; the first of them is shifted, too."""


class FiLMWaveNet(Modulated):
    """
    A WaveNet with FiLM (Perez et al., 2018) of the knobs alone.

    A scale is the exponential of what the knobs make, so it is positive; at first it is 1 and every shift is 0.

    :param sites: keys of ``PARTS``
    :raises ValueError: when no layer has one of them
    """

    CONFIG: ClassVar[type[ModulatedConfig]] = FiLMWaveNetConfig
    OWN_KEYS: ClassVar[tuple[str, ...]] = ("hidden_sizes", "sites")

    def __init__(
        self, encoding: Encoding, template: WaveNet, hidden_sizes: Sequence[int], sites: Sequence[str]
    ) -> None:
        super().__init__(encoding, template, hidden_sizes)
        self.sites = tuple(sites)
        self._places = [place for site in self.sites for place in _places(template, site)]
        widths = [2 * channels for _, _, channels in self._places]
        self._widths = widths
        self.readout = nn.Linear(self.features, sum(widths))
        nn.init.zeros_(self.readout.weight)
        nn.init.zeros_(self.readout.bias)

    def changed(self, state: Mapping[str, Tensor], features: Tensor) -> dict[str, Tensor]:
        """Return the convolutions that are scaled and shifted, as ``Modulated.changed`` does."""
        changed: dict[str, Tensor] = {}
        for (site, layer, _), made in zip(self._places, self.readout(features).split(self._widths), strict=True):
            raised, shift = made.chunk(2)
            scale = raised.exp()
            for part in PARTS[site]:
                weight = f"{layer}{part}.weight"
                changed[weight] = changed.get(weight, state[weight]) * scale[:, None, None]
            bias = f"{layer}{PARTS[site][0]}.bias"
            changed[bias] = changed.get(bias, state[bias]) * scale + shift
        return changed


def _places(template: WaveNet, site: str) -> list[tuple[str, str, int]]:
    """Return site, prefix in the state, and channels of every layer that has such a place."""
    found = []
    for i, stack in enumerate(template.network.stacks):
        assert isinstance(stack, Stack)
        for j, layer in enumerate(stack.layers):
            assert isinstance(layer, Layer)
            conv = getattr(layer, PARTS[site][0])
            if conv is not None and (site != "layer1x1_post" or layer.feeds_on):
                found.append((site, f"stacks.{i}.layers.{j}.", int(conv.out_channels)))
    if not found:
        raise ValueError(f"no layer has a {PARTS[site][0]}, so there is no site {site}; leave it out")
    return found
