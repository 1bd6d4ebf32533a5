"""The spectrum of signals beside that of the original, and the difference in dB."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from nam_plugin_report.figures import OTHERS, TARGET, headline, png
from nam_plugin_report.measures import WINDOW, power_of
from nam_plugin_report.panel import ReportPanel
from nam_plugin_report.passage import Signal
from nam_plugin_report.words import inside

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LOW, HIGH = 30.0, 20000.0
"""Hz: below the low E of a bass, and the end of hearing."""

PER_OCTAVE = 12
"""Points of the curve; each is the power of as wide a band."""

DEEP = 80.0
"""dB below the loudest band at which the picture ends; the difference is shown as far as it matters."""


def spectrum_panel(signals: Mapping[str, Signal], reference: str, rate: float) -> ReportPanel:
    """
    Return a panel with the spectrum of each signal, and below it how far each is from the reference.

    :param signals: (L,) each, by their names
    :param reference: which of them is the original
    :param rate: in Hz
    """
    middles, bands = bands_of(signals, rate)
    rows = []
    audible = bands[reference] > bands[reference].max() - DEEP / 2
    for name in signals:
        if name != reference and audible.any():
            difference = bands[name] - bands[reference]
            place = int(np.argmax(np.where(audible, np.abs(difference), -1.0)))
            rows.append(
                (
                    f"{name}: furthest from {inside(reference)}",
                    f"{difference[place]:+.1f} dB at {hertz(middles[place])}",
                )
            )
    draw = partial(_draw, middles=middles, bands=bands, reference=reference)
    caption = f"Spectrum, and the difference from {inside(reference)}"
    text = "The level in twelfths of an octave. Above zero in the lower half, there is too much; below, too little."
    return ReportPanel("Spectrum", tuple(rows), png(draw), caption, text)


def bands_of(signals: Mapping[str, Signal], rate: float) -> tuple[Signal, dict[str, Signal]]:
    """Return the middles of the bands in Hz, and the power of each signal in them in dB re full scale: (K,) each."""
    bins = np.arange(WINDOW // 2 + 1) * rate / WINDOW
    top = min(HIGH, 0.49 * rate)
    edges = LOW * 2 ** (np.arange(int(PER_OCTAVE * np.log2(top / LOW)) + 1) / PER_OCTAVE)
    # Low bands are narrower than a bin; those are joined to the next.
    places = np.searchsorted(bins, edges)
    kept = np.concatenate(([True], np.diff(places) > 0))
    places, edges = places[kept], edges[kept]
    middles = np.sqrt(edges[:-1] * edges[1:])
    bands = {}
    for name, signal in signals.items():
        power = np.add.reduceat(power_of(np.nan_to_num(signal)), places)[:-1]
        # Bands of unlike numbers of bins are made comparable: the power per twelfth of an octave.
        widths = np.log2(edges[1:] / edges[:-1]) * PER_OCTAVE
        bands[name] = np.asarray(10 * np.log10(np.maximum(power / widths, 1e-20)))
    return np.asarray(middles), bands


def hertz(value: float) -> str:
    """Return a frequency as people say it: ``82 Hz``, ``2.5 kHz``."""
    return (
        f"{value:.0f} Hz" if value < 1000 else f"{value / 1000:.2g} kHz" if value < 10000 else f"{value / 1000:.0f} kHz"
    )


def _draw(figure: Figure, middles: Signal, bands: Mapping[str, Signal], reference: str) -> None:
    from matplotlib.ticker import FuncFormatter, NullFormatter

    above, below = figure.subplots(2, 1, height_ratios=(3, 2), sharex=True)
    top = max(float(band.max()) for band in bands.values())
    shown = bands[reference] > top - DEEP
    others = [name for name in bands if name != reference]
    above.plot(middles, bands[reference], color=TARGET, linewidth=3.2, alpha=0.55, label=reference)
    for index, name in enumerate(others):
        color = OTHERS[index % len(OTHERS)]
        above.plot(middles, bands[name], color=color, linewidth=1.3, label=name)
        below.plot(middles[shown], (bands[name] - bands[reference])[shown], color=color, linewidth=1.6, label=name)
    above.set_ylim(top - DEEP, top + 6)
    above.set_ylabel("level (dB)")
    above.legend(loc="lower left", ncols=3)
    headline(above, "Spectrum", "The level in twelfths of an octave, over the whole signal.")
    reach = max((float(np.abs((bands[n] - bands[reference])[shown]).max(initial=0.0)) for n in others), default=0.0)
    reach = min(max(1.2 * reach, 3.0), 24.0)
    below.axhline(0.0, color=TARGET, linewidth=3.2, alpha=0.55)
    below.set_ylim(-reach, reach)
    below.set_xscale("log")
    below.set_xlim(middles[0], middles[-1])
    below.set_xticks([t for t in (50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000) if middles[0] <= t <= middles[-1]])
    below.xaxis.set_major_formatter(FuncFormatter(lambda value, _: hertz(value)))
    below.xaxis.set_minor_formatter(NullFormatter())
    below.set_ylabel("difference (dB)")
    headline(below, "Difference", f"At zero it is as loud as {inside(reference)} there.")
