"""Write everything that a run leaves for people to look at and listen to."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from nam_kernel.files import atomic_write, atomic_write_text
from nam_plugin_report.collect import added_panels
from nam_plugin_report.comparison import draw_comparison
from nam_plugin_report.facts import about_model, about_run
from nam_plugin_report.figures import Draw, png
from nam_plugin_report.page import Picture, page
from nam_plugin_report.panel import ReportPanel
from nam_plugin_report.passage import Passage, choose_passage, esr
from nam_plugin_report.progress import draw_progress, has_progress
from nam_plugin_report.show import show
from nam_plugin_report.words import file_part

if TYPE_CHECKING:
    from nam_kernel.interfaces import Result
    from nam_kernel.run import Prepared

COMPARISON = "comparison.png"


class Drawing(NamedTuple):
    """A figure to draw: the file that it goes to, what it shows, and how to draw it."""

    file_name: str
    caption: str
    draw: Draw


def write_report(run: Prepared, result: Result) -> None:
    """
    Write ``losses.png``, ``comparison.png`` and ``report.html``, and show the figures if asked to.

    A net of several outputs gets a ``comparison_NAME.png`` each, and ``comparison.png`` is the last one's.
    Where there is nothing to show there is no file.
    """
    # The progress first, and by itself: it must be there also when the net cannot play the validation signal.
    progress = _progress(result)
    training = None if progress is None else _draw(result, progress)
    passage = None if run.validation is None else choose_passage(result.net, run.validation)
    errors = _errors(result, passage)
    drawings = [] if passage is None else _comparisons(passage, errors)
    comparisons = [_draw(result, drawing) for drawing in drawings]
    if len(comparisons) > 1:
        _write(result, COMPARISON, comparisons[0].png)
    added = added_panels(run, result)
    if comparisons or training or added:
        panels = [_training(result, errors, training), ReportPanel("The model", about_model(result)), *added]
        atomic_write_text(result.directory / "report.html", page(result, passage, errors, comparisons, panels))
    if run.options.show and result.interrupted is None:
        show([drawing.draw for drawing in (*drawings, progress) if drawing is not None])


def _training(result: Result, errors: Mapping[str, float], picture: Picture | None) -> ReportPanel:
    rows = about_run(result, errors)
    if picture is None:
        return ReportPanel("The training", rows)
    return ReportPanel("The training", rows, picture.png, picture.caption)


def _progress(result: Result) -> Drawing | None:
    if not has_progress(result):
        return None
    return Drawing("losses.png", "The error after each validation", partial(draw_progress, result=result))


def _comparisons(passage: Passage, errors: Mapping[str, float]) -> list[Drawing]:
    """Return the comparisons, the last output's first: it is the largest, and what most people want to see."""
    drawings = []
    for name, error in reversed(list(errors.items())):
        file_name = COMPARISON if len(errors) == 1 else f"comparison_{file_part(name)}.png"
        caption = f"Original and model, {name}" if name else "Original and model"
        draw = partial(draw_comparison, passage=passage, output=name, esr=error)
        drawings.append(Drawing(file_name, caption, draw))
    return drawings


def _errors(result: Result, passage: Passage | None) -> dict[str, float]:
    """Return the ESR of each output as the trainer measured it, or else that of the passage."""
    if passage is None:
        named = {name: metrics["ESR"] for name, metrics in result.outputs.items() if "ESR" in metrics}
        return named or ({"": result.metrics["ESR"]} if "ESR" in result.metrics else {})
    errors = {}
    for name, prediction in passage.predictions.items():
        measured = result.outputs.get(name, {}) if name else result.metrics
        errors[name] = measured["ESR"] if "ESR" in measured else esr(prediction, passage.target)
    return errors


def _draw(result: Result, drawing: Drawing) -> Picture:
    content = png(drawing.draw)
    _write(result, drawing.file_name, content)
    return Picture(drawing.caption, content)


def _write(result: Result, file_name: str, content: bytes) -> None:
    with atomic_write(result.directory / file_name) as temporary:
        temporary.write_bytes(content)
