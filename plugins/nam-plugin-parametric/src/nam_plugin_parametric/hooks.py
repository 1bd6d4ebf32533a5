"""What this plugin offers: captures of many settings, nets with knobs, and what makes both good."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from nam_kernel import Dataset, Exporter, Net, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nam_kernel.config import RunConfig
    from nam_kernel.interfaces import BaseNet, Finding, Forward, Result
    from nam_kernel.run import Prepared
    from nam_plugin_report import ReportPanel


CAPTURES = "nam_plugin_parametric.captures.dataset"
"""Imported where a run has captures; in other runs nothing that is about them need be."""


@hookimpl
def nam_nets() -> list[Net]:
    """Return the nets with knobs."""
    return [
        Net(
            name="ConcatWaveNet",
            target="nam_plugin_parametric.concat:ConcatWaveNet",
            config="nam_plugin_parametric.config:ConcatWaveNetConfig",
            summary="a WaveNet that hears its knobs beside the audio; players with knobs read its file",
            architectures=("ConcatWaveNet",),
        ),
        Net(
            name="ConcatLSTM",
            target="nam_plugin_parametric.concat:ConcatLSTM",
            config="nam_plugin_parametric.config:ConcatLSTMConfig",
            summary="an LSTM that hears its knobs beside the audio",
            architectures=("ConcatLSTM",),
        ),
        Net(
            name="FiLMWaveNet",
            target="nam_plugin_parametric.film:FiLMWaveNet",
            config="nam_plugin_parametric.config:FiLMWaveNetConfig",
            summary="a WaveNet whose knobs scale and shift its channels; baked it costs what the net costs",
            architectures=("FiLMWaveNet",),
        ),
        Net(
            name="HyperWaveNet",
            target="nam_plugin_parametric.hyper:HyperWaveNet",
            config="nam_plugin_parametric.config:HyperWaveNetConfig",
            summary="a WaveNet to whose weights the knobs add; baked it costs what the net costs",
            architectures=("LowRankWaveNet", "HyperWaveNet"),
        ),
    ]


@hookimpl
def nam_datasets() -> list[Dataset]:
    """Return the record of ``Captures``."""
    return [
        Dataset(
            name="Captures",
            target="nam_plugin_parametric.captures.dataset:Captures",
            config="nam_plugin_parametric.captures.config:CapturesConfig",
            summary="recordings of one amplifier at many settings of its knobs",
        )
    ]


@hookimpl
def nam_exporters() -> list[Exporter]:
    """Return the stock ``.nam`` of several input channels."""
    return [
        Exporter(
            name="nam-channels",
            target="nam_plugin_parametric.channels_file:export",
            config="nam_plugin_parametric.config:ChannelsFileConfig",
            refuses="nam_plugin_parametric.channels_file:refuses",
            runner="nam_plugin_parametric.channels_file:runner",
            suffix=".channels.nam",
            summary="a .nam of several input channels, for hosts that feed a channel for each knob",
            advice="Its metadata says in 'channels' what a host feeds beside the audio; the stock plugin refuses it.",
        )
    ]


@hookimpl
def nam_configure(config: RunConfig) -> None:
    """Write what the captures say of their knobs into the entries, and into a net that takes them."""
    # A document without the word has none, and nothing need be imported to know it.
    if "Captures" in str(config.data):
        from nam_plugin_parametric.captures.configure import configure

        configure(config)


@hookimpl
def nam_prepare(run: Prepared) -> None:
    """Align captures with each other, bring them to a usual level, and add silence and moving knobs to the training."""
    from nam_plugin_parametric.augmentation.joint import augment

    if CAPTURES in sys.modules:
        from nam_plugin_parametric.captures.together import agree
        from nam_plugin_parametric.level import bring_to_usual_level

        agree(run)
        bring_to_usual_level(run)
    augment(run)


@hookimpl
def nam_check(run: Prepared) -> Iterable[Finding]:
    """Return what is wrong with the captures of a run, or worth knowing."""
    if CAPTURES not in sys.modules:
        return ()
    from nam_plugin_parametric.captures.checks import findings

    return findings(run)


@hookimpl
def nam_accelerate(net: BaseNet, device: str) -> Forward | None:
    """Return a net with knobs whose inner net runs as fast as a plugin can run that; None for other nets."""
    from nam_plugin_parametric import encoded, modulated

    return encoded.accelerated(net, device) or modulated.accelerated(net, device)


@hookimpl
def nam_finished(run: Prepared, result: Result) -> str | None:
    """Say which labels seem to be wrong, and where the net runs away, hums or thumps; nothing without a report."""
    if CAPTURES not in sys.modules or not run.options.plots:
        return None
    from nam_plugin_parametric.after.looked import sentences

    return sentences(run, result)


@hookimpl(optionalhook=True)
def nam_report_panels(run: Prepared, result: Result) -> Iterable[ReportPanel]:
    """Return a panel over all knobs, and one for each to see and to hear."""
    if not run.net.conditions:
        return ()
    from nam_plugin_parametric.after.panel import panels

    return panels(run, result)
