"""Draw how the training went: the error after each validation, the best one marked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from nam_kernel.quality import BANDS
from nam_plugin_report.figures import BEST, MODEL, OTHERS, QUIET, headline
from nam_plugin_report.words import number, verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from nam_kernel.interfaces import Progress, Result

Curve = list[tuple[float, float]]
"""Points (when, value), none of them below or at zero, which a logarithmic axis cannot show."""


def has_progress(result: Result) -> bool:
    """Return whether there is anything to draw."""
    return bool(_curves(result, "ESR") or _curves(result, "val_loss"))


def draw_progress(figure: Figure, result: Result) -> None:
    """Draw the ESR, and the validation loss below it where it is another measure."""
    rows = [metric for metric in ("ESR", "val_loss") if _curves(result, metric)]
    if len(rows) == 2 and _same(result):
        rows = ["ESR"]
    for axes, metric in zip(figure.subplots(len(rows), 1, squeeze=False)[:, 0], rows, strict=True):
        _draw_metric(axes, result, metric)


def _draw_metric(axes: Axes, result: Result, metric: str) -> None:
    from matplotlib.ticker import MaxNLocator

    curves = _curves(result, metric)
    _log_scale(axes)
    best = None
    for index, (name, curve) in enumerate(curves.items()):
        color = OTHERS[index % len(OTHERS)] if name else MODEL
        marker = "o" if len(curve) < 30 else None
        axes.plot(*zip(*curve, strict=True), color=color, linewidth=1.6, marker=marker, markersize=4, label=name)
        best = _best(result, name, curve)
        if best is not None:
            axes.plot(*best, marker="*", markersize=16, color=BEST, markeredgecolor="black", linestyle="none")
    if len(curves) > 1:
        axes.legend(loc="upper right", title="output")
    if metric == "ESR":
        _mark_bands(axes)
        headline(axes, *_esr_title(best, list(curves)[-1]))
    else:
        headline(axes, "Validation loss", "What the best model (the star) was chosen by; lower is better.")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.set_xlabel(_unit(result.history))
    axes.set_ylabel("ESR" if metric == "ESR" else "validation loss")


def _log_scale(axes: Axes) -> None:
    """Make the vertical axis logarithmic, and write plain numbers on it."""
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _esr_title(best: tuple[float, float] | None, output: str) -> tuple[str, str]:
    explanation = "Error-to-signal ratio: how much of the sound the model gets wrong; lower is better."
    if best is None:
        return "Error after each validation", explanation
    which = f" ({output})" if output else ""
    return (
        f"Best model{which}: ESR {number(best[1])}, {verdict(best[1])}",
        f"{explanation} The star is the best model.",
    )


def _mark_bands(axes: Axes) -> None:
    """Mark those limits of the words for the error that lie in view."""
    low, high = axes.get_ylim()
    for band in BANDS:
        if low < band.limit < high:
            axes.axhline(band.limit, color=QUIET, linewidth=0.8, linestyle=":")
            axes.annotate(
                f"{band.word} \u2193",
                (1.0, band.limit),
                xycoords=("axes fraction", "data"),
                xytext=(5, 0),
                textcoords="offset points",
                ha="left",
                va="center",
                fontsize=9,
                color="#5b6068",
            )


def _curves(result: Result, metric: str) -> dict[str, Curve]:
    """Return the curve of each output, or of the only one under the name ``""``; empty ones are left out."""
    names = list(dict.fromkeys(name for progress in result.history for name in progress.outputs))
    curves = {name: _curve(result.history, name, metric) for name in (*names, "")}
    several = {name: curve for name, curve in curves.items() if name and curve}
    return several or {name: curve for name, curve in curves.items() if curve}


def _curve(history: Sequence[Progress], name: str, metric: str) -> Curve:
    points = zip(_when(history), (_measured(p, name).get(metric, math.nan) for p in history), strict=True)
    return [(when, value) for when, value in points if math.isfinite(value) and value > 0]


def _measured(progress: Progress, name: str) -> Mapping[str, float]:
    return progress.outputs.get(name, {}) if name else progress.metrics


def _when(history: Sequence[Progress]) -> list[float]:
    """Return the epoch of each validation, or the step where an epoch was validated more than once."""
    epochs = [progress.epoch for progress in history]
    return [float(e) for e in (epochs if len(set(epochs)) == len(epochs) else [p.step for p in history])]


def _unit(history: Sequence[Progress]) -> str:
    return "epoch" if len({progress.epoch for progress in history}) == len(history) else "training step"


def _best(result: Result, name: str, curve: Curve) -> tuple[float, float] | None:
    """Return the point where the validation loss was lowest, in the run's best epoch if there is one output."""
    epoch = result.best_epoch if not name else None
    losses = [
        (_measured(progress, name).get("val_loss", math.nan), when)
        for progress, when in zip(result.history, _when(result.history), strict=True)
        if epoch in (None, progress.epoch)
    ]
    lowest = min((pair for pair in losses if math.isfinite(pair[0])), default=None)
    return next((point for point in curve if lowest is not None and point[0] == lowest[1]), None)


def _same(result: Result) -> bool:
    """Return whether the validation loss is the ESR itself."""
    esr, loss = _curves(result, "ESR"), _curves(result, "val_loss")
    return esr.keys() == loss.keys() and all(
        len(esr[name]) == len(loss[name])
        and all(math.isclose(a[1], b[1], rel_tol=1e-3) for a, b in zip(esr[name], loss[name], strict=True))
        for name in esr
    )
