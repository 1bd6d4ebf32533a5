"""Draw the delay that a run found in its recordings, into its folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nam_plugin_wav.inspection import audio_pairs

if TYPE_CHECKING:
    from nam_kernel.run import Prepared

FILE = "alignment.png"


def draw(run: Prepared) -> None:
    """Write ``alignment.png`` for the first recordings whose delay is ``"auto"``; without matplotlib, nothing."""
    automatic = [pair for pair in audio_pairs(run.train) if pair.config.delay == "auto"]
    if run.directory is None or not automatic:
        return
    try:
        from nam_plugin_wav.align_plot import cut_attacks, write_plot
    except ModuleNotFoundError:
        return
    pair = automatic[0]
    heard = pair.pair.hear()
    x, y = (signal.numpy() for signal in (pair.x, pair.y))
    first = pair.pair.span.x_start
    attacks = cut_attacks(x, y, pair.sample_rate, lambda n: heard.delay.delay_at(n + first) - pair.delay, first)
    names = (pair.config.x_path.name, pair.config.y_path.name)
    write_plot(run.directory / FILE, attacks, heard.response, heard.delay, names)
