"""``PackedWaveNet``: a container of WaveNets, from the config that neural-amp-modeler 0.13 has for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nam_kernel.run.build import build
from nam_plugin_container.config import PackedWaveNetConfig
from nam_plugin_container.net import Container


class PackedWaveNet(Container):
    """A ``Container`` whose sizes are WaveNets."""

    @classmethod
    def init_from_config(cls, config: Mapping[str, Any]) -> PackedWaveNet:
        """
        Make a net from a ``PackedWaveNetConfig``.

        :raises nam_kernel.errors.ConfigError: when a submodel's own config is wrong
        """
        checked = PackedWaveNetConfig.model_validate(dict(config))
        nets = [build("net", "WaveNet", s.config, where=f"submodels[{i}]") for i, s in enumerate(checked.submodels)]
        return cls(nets, checked.names(), checked.max_values(), checked.sample_rate)
