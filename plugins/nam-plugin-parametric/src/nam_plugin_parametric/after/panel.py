"""Panels of a run's page: how good the net is at every setting, what was found, and each knob to see and to hear."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from nam_kernel import BaseNet
from nam_kernel.text import printable
from nam_plugin_parametric.after.curves import Curve, Measured, curve, mean_esr, measured
from nam_plugin_parametric.after.drawing import picture_of
from nam_plugin_parametric.after.excerpts import knob_names
from nam_plugin_parametric.after.hearing import players_of
from nam_plugin_parametric.after.looked import Looked, looked
from nam_plugin_parametric.settings import sentence_of, told
from nam_plugin_report import ReportPanel

if TYPE_CHECKING:
    from nam_kernel.interfaces import Result
    from nam_kernel.run import Prepared

MOST_ROWS = 40
"""Captures in the table: the worst of more."""


def panels(run: Prepared, result: Result) -> Iterator[ReportPanel]:
    """Yield a panel over all knobs, and one for each; nothing for a net that has none."""
    found = looked(run, result)
    if found is None:
        return
    net = result.net
    captures = measured(net, found.captures)
    curves = [curve(net, k, captures) for k in range(len(net.conditions or ()))]
    yield _all_knobs(net, found, captures, curves)
    for one in curves:
        yield _one_knob(net, one, captures)


def figure_of(captures: Sequence[Measured]) -> list[tuple[str, str]]:
    """Return the mean ESR over captures with the worst of them, those that were never seen first, as rows."""
    rows = []
    for title, part in (
        ("settings never seen", [m for m in captures if m.is_unseen]),
        ("settings of the training", [m for m in captures if not m.is_unseen]),
    ):
        mean = mean_esr(part)
        if mean is not None:
            worst = f"; the worst is {printable(mean[1].excerpt.name)} with {mean[1].esr:.3g}" if len(part) > 1 else ""
            rows.append((f"Mean ESR, {title}", f"{mean[0]:.3g} over {len(part)} captures{worst}"))
    return rows


def _all_knobs(net: BaseNet, found: Looked, captures: Sequence[Measured], curves: Sequence[Curve]) -> ReportPanel:
    rows = figure_of(captures)
    rows += [("Label", finding.text) for finding in found.labels]
    rows += [("Scan", finding.text) for finding in found.scan.findings()]
    rows += found.scan.rows()
    for one in curves:
        rows += [("Dead zone", told_) for told_ in _dead(net, one)]
    text = (
        "The ESR is the mean over captures, each with the same weight, in the loudest seconds of each. The scan plays "
        "the net at the ends of its knobs, and on silence while they move. In a dead zone of a knob the output changes "
        "by less than -40 dB."
    )
    return ReportPanel("All knobs", tuple(rows), text=text, table=_table(net, captures))


def _table(net: BaseNet, captures: Sequence[Measured]) -> tuple[tuple[str, ...], ...]:
    if not captures:
        return ()
    worst = sorted(captures, key=lambda m: -m.esr)[:MOST_ROWS]
    head = ("Capture", "Setting", "In the training", "ESR", "Level of the model", "Tilt of the model")
    return (
        head,
        *(
            (
                printable(m.excerpt.name),
                printable(spoken(net, m.excerpt.values)),
                "no" if m.is_unseen else "yes",
                f"{m.esr:.3g}",
                f"{m.model_level - m.level:+.1f} dB",
                f"{m.model_tilt - m.tilt:+.1f} dB/octave",
            )
            for m in worst
        ),
    )


def _one_knob(net: BaseNet, one: Curve, captures: Sequence[Measured]) -> ReportPanel:
    name = knob_names(net)[one.k]
    low, high = min(one.levels), max(one.levels)
    rows = [
        ("Level along it", f"{one.levels[0]:.1f} to {one.levels[-1]:.1f} dBFS, lowest {low:.1f}, highest {high:.1f}"),
        ("Spectral tilt along it", f"{one.tilts[0]:.1f} to {one.tilts[-1]:.1f} dB/octave"),
        *(("Dead zone", told_) for told_ in _dead(net, one)),
    ]
    rest = {n: v for n, v in told(net, dict(zip(knob_names(net), one.base, strict=True))).items() if n != name}
    still = f", with {printable(sentence_of(rest))}" if rest else ""
    text = f"The same seconds played with {printable(name)} from one end to the other{still}. Dots are captures."
    players = players_of(net, one, captures)
    return ReportPanel(
        f"Knob: {printable(name)}",
        tuple(rows),
        picture_of(one, captures, printable(name)),
        f"ESR, level and spectral tilt along {printable(name)}",
        text,
        players,
    )


def _dead(net: BaseNet, one: Curve) -> Iterator[str]:
    name = knob_names(net)[one.k]
    for begin, end in one.dead_zones():
        if (begin, end) == (one.values[0], one.values[-1]):
            yield f"{printable(name)} does nothing"
        else:
            first, last = (spoken(net, [*one.base[: one.k], v, *one.base[one.k + 1 :]], one.k) for v in (begin, end))
            yield f"{printable(name)} from {printable(first)} to {printable(last)}: the output hardly changes"


def spoken(net: BaseNet, values: Sequence[float], only: int | None = None) -> str:
    """
    Return a setting in words.

    :param only: the number of a knob whose value alone is returned
    """
    names = knob_names(net)
    setting = told(net, dict(zip(names, values, strict=True)))
    rounded = {n: v if isinstance(v, str) else float(f"{v:.4g}") for n, v in setting.items()}
    return sentence_of(rounded) if only is None else sentence_of({"": rounded[names[only]]}).strip()
