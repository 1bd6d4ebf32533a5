"""Draw an alignment: three attacks with the delay removed, and the response, which begins where the delay ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from nam_kernel.files import atomic_write
from nam_plugin_wav.delay import Delay
from nam_plugin_wav.response import Floats, Signal, cut, pick_excerpts

_INPUT, _OUTPUT, _MARK = "#1f6fb4", "#d9541e", "#2a2a2a"
_ATTACKS = 3
_QUIET_HOPS = 20
_BEFORE_SECONDS = 0.004
_AFTER_SECONDS = 0.012


@dataclass(frozen=True)
class Attack:
    """
    The beginning of a note.

    :param seconds: when it begins
    :param played: (L,), the input around it
    :param heard: (L,), the output around it, the delay removed
    """

    seconds: float
    played: Floats
    heard: Floats


def cut_attacks(
    x: Signal, y: Signal, sample_rate: float, delay_at: Callable[[float], int], first: int = 0
) -> list[Attack]:
    """
    Return up to three attacks.

    :param delay_at: the delay of the output at a sample of the input, in samples
    :param first: where in its file the input begins, in samples
    """
    before, length = round(_BEFORE_SECONDS * sample_rate), round((_BEFORE_SECONDS + _AFTER_SECONDS) * sample_rate)
    return [
        Attack((first + at) / sample_rate, cut(x, at - before, length), cut(y, at - before + delay_at(at), length))
        for at in find_attacks(x[: len(y)], sample_rate)
    ]


def find_attacks(x: Signal, sample_rate: float) -> list[int]:
    """
    Return where up to three notes begin, at most one in an excerpt.

    A note begins where the first difference, the pick's noise more than the string's tone, grows most.
    """
    excerpts = pick_excerpts(x, sample_rate)
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
        growth = after / (before[: len(after)] + 0.03 * level.max() + np.finfo(float).tiny)
        best = int(growth.argmax())
        edge = (best + _QUIET_HOPS) * hop
        beyond = change[edge - hop : edge + 3 * hop] > before[best] + 0.2 * (after[best] - before[best])
        found.append((float(growth[best]), start + edge - hop + int(beyond.argmax())))
    return sorted(position for _, position in sorted(found, reverse=True)[:_ATTACKS])


def write_plot(
    path: Path, attacks: Sequence[Attack], response: Floats | None, found: Delay, names: tuple[str, str]
) -> None:
    """
    Draw a delay, so that a person can see whether it is right.

    :param path: of the PNG file, which is written atomically
    :param response: whitened, (N,), the delay at ``N // 2``; None where there is none
    :param names: of the input and the output, for the legend
    """
    figure = Figure(figsize=(10, 2.3 * (len(attacks) + 1) + 1))
    FigureCanvasAgg(figure)
    panels = figure.subplots(len(attacks) + 1, 1, squeeze=False)[:, 0]
    for panel, attack in zip(panels, attacks, strict=False):
        _draw_attack(panel, attack, found)
    if response is None:
        panels[-1].set_axis_off()
    else:
        _draw_response(panels[-1], response, found)
    title = found.sentence if found.trusted else f"not trusted: {found.sentence}"
    figure.suptitle(_wrapped(title), fontsize=11)
    upside = ", drawn inverted" if found.inverted else ""
    labels = [f"input: {names[0]}", f"output: {names[1]}, the delay removed{upside}"]
    figure.legend(_lines(), labels, loc="lower center", ncols=2, frameon=False)
    figure.subplots_adjust(left=0.03, right=0.97, top=0.93, bottom=0.09, hspace=0.75)
    with atomic_write(path) as temporary:
        figure.savefig(temporary, format="png", dpi=90)


def _lines() -> list[Any]:
    from matplotlib.lines import Line2D

    return [Line2D([], [], color=_INPUT, linewidth=1.8), Line2D([], [], color=_OUTPUT, linewidth=1.3)]


def _draw_attack(panel: Any, attack: Attack, found: Delay) -> None:
    time = (np.arange(len(attack.played)) / found.sample_rate - _BEFORE_SECONDS) * 1000
    panel.plot(time, _unit(attack.played), color=_INPUT, linewidth=1.8)
    panel.plot(time, found.polarity * _unit(attack.heard), color=_OUTPUT, linewidth=1.3)
    told = (
        f"around {attack.seconds:.3f} s: right when the output's attack is not before the input's, at the dashed line"
    )
    _finish(panel, time[0], time[-1], told, "ms")


def _draw_response(panel: Any, response: Floats, found: Delay) -> None:
    time = (np.arange(len(response)) - len(response) // 2) / found.sample_rate * 1000
    shown = (time >= -4) & (time <= 8)
    panel.plot(time[shown], found.polarity * _unit(response[shown]), color=_OUTPUT, linewidth=1.3)
    told = "the response, both recordings whitened: right when nothing but noise is before the dashed line"
    _finish(panel, -4, 8, told, "ms after the delay")


def _finish(panel: Any, low: float, high: float, told: str, unit: str) -> None:
    panel.axvline(0, color=_MARK, linewidth=0.8, linestyle="--")
    panel.set_xlim(low, high)
    panel.set_yticks([])
    panel.set_title(told, loc="left", fontsize=9)
    panel.set_xlabel(unit, fontsize=9)


def _unit(piece: Floats) -> Floats:
    centred = piece - np.median(piece)
    scaled: Floats = centred / (np.abs(centred).max() or 1.0)
    return scaled


def _wrapped(text: str) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(text, 110))
