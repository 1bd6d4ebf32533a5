"""What this plugin offers: one net, and the architecture names of the files that it reads."""

from __future__ import annotations

from nam_kernel import Net, hookimpl


@hookimpl
def nam_nets() -> list[Net]:
    """Return the record of ``WaveNet``."""
    return [
        Net(
            name="WaveNet",
            target="nam_plugin_wavenet.net:WaveNet",
            config="nam_plugin_wavenet.config:WaveNetConfig",
            summary="dilated convolutions with a mixed-in condition: A1, A2, slimmable, conditioned",
            architectures=("WaveNet", "ConditionedWaveNet", "SlimmableWavenet"),
        )
    ]
