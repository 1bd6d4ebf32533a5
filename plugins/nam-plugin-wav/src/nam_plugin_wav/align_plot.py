"""Draw an alignment: three attacks with the output moved onto the input, and the response."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nam_kernel.files import atomic_write
from nam_plugin_wav.latency import MARGIN_SECONDS, Delay
from nam_plugin_wav.response import Excerpts, Response, Signal, cut, impulse_response, pick_excerpts

_INPUT, _OUTPUT, _MARK = "#1f6fb4", "#d9541e", "#2a2a2a"
_ATTACKS = 3
_QUIET_HOPS = 20
_BEFORE_SECONDS = 0.004
_AFTER_SECONDS = 0.012


def write_plot(path: Path, x: Signal, y: Signal, found: Delay, names: tuple[str, str]) -> None:
    """
    Draw a delay, so that a person can see whether it is right.

    :param path: of the PNG file, which is written atomically
    :param names: of the input and the output, for the legend
    """
    figure = Figure(figsize=(11, 10), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(_ATTACKS + 1, 1)
    for panel in panels:
        panel.set_axis_off()
    excerpts = pick_excerpts(x[: len(y)], found.sample_rate)
    side = 1.0
    if excerpts.starts:
        response = _response(x, y, found, excerpts)
        start = len(response.output) // 2 + round(MARGIN_SECONDS * found.sample_rate)
        side = float(np.sign(response.output[start])) or 1.0
        _draw_response(panels[-1], response, side, found.sample_rate)
    attacks = find_attacks(x, found.sample_rate, excerpts)
    for panel, attack in zip(panels, attacks, strict=False):
        _draw_attack(panel, x, side * y, found, attack)
    figure.suptitle(_title(found, names, side), fontsize=12)
    upside = ", inverted" if side < 0 else ""
    lines = [
        Line2D([], [], color=_INPUT, linewidth=1.8, label=f"input: {names[0]}"),
        Line2D([], [], color=_OUTPUT, linewidth=1.3, label=f"output: {names[1]}, delay removed{upside}"),
    ]
    figure.legend(handles=lines, loc="outside lower center", ncols=2)
    with atomic_write(path) as temporary:
        figure.savefig(temporary, format="png", dpi=110)


def find_attacks(x: Signal, sample_rate: float, excerpts: Excerpts) -> list[int]:
    """
    Return where up to three notes begin, at most one in an excerpt.

    A note begins where the first difference, the pick's noise more than the string's tone, grows most.
    """
    hop = max(round(0.001 * sample_rate), 1)
    found = []
    for start in excerpts.starts:
        change = np.abs(np.diff(cut(x, start, excerpts.length)))
        hops = len(change) // hop
        if hops <= 2 * _QUIET_HOPS:
            continue
        level = change[: hops * hop].reshape(hops, hop).max(axis=1)
        before = np.lib.stride_tricks.sliding_window_view(level[:-3], _QUIET_HOPS).max(axis=1)
        after = np.lib.stride_tricks.sliding_window_view(level[_QUIET_HOPS:], 3).max(axis=1)[: len(before)]
        growth = after / (before[: len(after)] + 0.03 * level.max())
        best = int(growth.argmax())
        edge = (best + _QUIET_HOPS) * hop
        beyond = change[edge - hop : edge + 3 * hop] > before[best] + 0.2 * (after[best] - before[best])
        found.append((float(growth[best]), start + edge - hop + int(beyond.argmax())))
    return sorted(position for _, position in sorted(found, reverse=True)[:_ATTACKS])


def _title(found: Delay, names: tuple[str, str], side: float) -> str:
    polarity = "inverted" if found.inverted else "the same"
    if found.inverted != (side < 0):
        polarity += f" (but its onset is {'inverted' if side < 0 else 'not inverted'})"
    return (
        f"{names[1]} behind {names[0]}\ndelay {found.delay} samples ({found.milliseconds:.2f} ms)     "
        f"polarity {polarity}     confidence {found.confidence:.2f} of 1"
    )


def _draw_attack(panel: Any, x: Signal, y: Signal, found: Delay, attack: int) -> None:
    rate = found.sample_rate
    before, length = round(_BEFORE_SECONDS * rate), round((_BEFORE_SECONDS + _AFTER_SECONDS) * rate)
    time = (np.arange(length) - before) / rate * 1000
    lag = found.delay + _drifted(found, attack, min(len(x), len(y)))
    panel.set_axis_on()
    panel.plot(time, _unit(cut(x, attack - before, length)), color=_INPUT, linewidth=1.8)
    panel.plot(time, _unit(cut(y, attack - before + lag, length)), color=_OUTPUT, linewidth=1.3)
    panel.axvline(0, color=_MARK, linewidth=0.8, linestyle="--")
    panel.set_xlim(time[0], time[-1])
    panel.set_yticks([])
    told = f"A note begins at {attack / rate:.3f} s; the output should follow at once or soon after, never before"
    panel.set_title(told, loc="left", fontsize=10)
    panel.set_xlabel("ms")


def _drifted(found: Delay, position: int, length: int) -> int:
    return round((found.drift_ppm or 0.0) * 1e-6 * (position - length / 2))


def _unit(piece: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    centred = piece - np.median(piece)
    return centred / (np.abs(centred).max() or 1.0)


def _response(x: Signal, y: Signal, found: Delay, excerpts: Excerpts) -> Response:
    middles = [start + excerpts.length // 2 for start in excerpts.starts]
    lags = np.array([found.delay + _drifted(found, middle, min(len(x), len(y))) for middle in middles])
    return impulse_response(x, y, found.sample_rate, excerpts, lags)


def _draw_response(panel: Any, response: Response, side: float, rate: float) -> None:
    size = len(response.output)
    time = (np.arange(size) - size // 2) / rate * 1000
    margin = MARGIN_SECONDS * 1000
    told = "this output (its tallest peak gives the polarity)"
    panel.set_axis_on()
    panel.plot(time, _unit(response.output), color=_OUTPUT, linewidth=1.6, label=told)
    cable = side * _unit(response.wire)
    told = "a cable that begins where this does"
    panel.plot(time + margin, cable, color=_MARK, linewidth=0.9, linestyle=":", label=told)
    panel.axvline(0, color=_MARK, linewidth=0.8, linestyle="--")
    panel.axvspan(0, margin, color=_MARK, alpha=0.12, label=f"margin, {margin:g} ms")
    panel.axhline(0, color=_MARK, linewidth=0.5)
    panel.set_xlim(-4, 8)
    panel.set_yticks([])
    told = "The estimated response to a click, below 1.5 kHz; both curves should leave zero together"
    panel.set_title(told, loc="left", fontsize=10)
    panel.set_xlabel("ms after the delay")
    panel.legend(loc="upper right", fontsize=8, framealpha=0.85)
