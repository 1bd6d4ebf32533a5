"""What this distribution offers to the kernel."""

from __future__ import annotations

from nam_kernel import Exporter, hookimpl


@hookimpl
def nam_exporters() -> list[Exporter]:
    """Return the file of RTNeural hosts, whose reader knows GuitarML's by content; that one is refused in words."""
    return [
        Exporter(
            name="rtneural",
            target="nam_plugin_rtneural.write:export",
            config="nam_plugin_rtneural.config:RTNeuralConfig",
            reader="nam_plugin_rtneural.read:read",
            refuses="nam_plugin_rtneural.limits:refuses",
            runner="nam_plugin_rtneural.runner:runner",
            suffix=".json",
            summary="the JSON of AIDA-X, aidadsp-lv2 and other RTNeural hosts: an LSTM of one layer, up to two knobs",
            advice="Load it in AIDA-X or another host of RTNeural; PARAM1 and PARAM2 are its knobs, if it has any.",
        ),
        Exporter(
            name="guitarml",
            target="nam_plugin_rtneural.guitarml:export",
            config="nam_plugin_rtneural.config:GuitarMLConfig",
            refuses="nam_plugin_rtneural.guitarml:refuses",
            suffix=".guitarml.json",
            summary="Proteus and NeuralPi, which add the input to every net: refused with the reason",
        ),
    ]
