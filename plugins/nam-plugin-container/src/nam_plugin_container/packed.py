"""``PackedWaveNet``: a container of WaveNets, from the config that neural-amp-modeler 0.13 has for it."""

from __future__ import annotations

from nam_kernel.run.nested import make_nested
from nam_plugin_container.config import PackedWaveNetConfig
from nam_plugin_container.net import Container


class PackedWaveNet(Container):
    """A ``Container`` whose sizes are WaveNets."""

    @classmethod
    def init_from_config(cls, config: PackedWaveNetConfig) -> PackedWaveNet:  # type: ignore[override]
        """
        Return a new net.

        :raises ValueError: when the sizes do not go together
        """
        nets = [make_nested("WaveNet", submodel.config) for submodel in config.submodels]
        return cls(nets, config.names(), config.max_values(), config.sample_rate)
