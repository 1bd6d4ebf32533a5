"""Write everything that a run leaves for people to look at and listen to."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from nam_kernel.files import atomic_write, atomic_write_text
from nam_plugin_report.comparison import draw_comparison
from nam_plugin_report.figures import Draw, png
from nam_plugin_report.page import Picture, page
from nam_plugin_report.passage import Passage, choose_passage, esr
from nam_plugin_report.progress import draw_progress, has_progress
from nam_plugin_report.show import show
from nam_plugin_report.words import file_part

if TYPE_CHECKING:
    from nam_kernel.interfaces import Result

COMPARISON = "comparison.png"


class Drawing(NamedTuple):
    """A figure to draw: the file that it goes to, what it shows, and how to draw it."""

    file_name: str
    caption: str
    draw: Draw


def write_report(result: Result) -> None:
    """
    Write ``losses.png``, ``comparison.png`` and ``report.html``, and show the figures if asked to.

    A net of several outputs gets a ``comparison_NAME.png`` each, and ``comparison.png`` is the last one's.
    Where there is nothing to draw there is no file.
    """
    # The progress first, and by itself: it must be there also when the net cannot play the validation signal.
    progress = _progress(result)
    training = [_draw(result, drawing) for drawing in progress]
    passage = None if result.validation is None else choose_passage(result.net, result.validation)
    errors = _errors(result, passage)
    comparisons = [] if passage is None else _comparisons(passage, errors)
    pictures = [*(_draw(result, drawing) for drawing in comparisons), *training]
    if len(comparisons) > 1:
        _write(result, COMPARISON, pictures[0].png)
    if pictures:
        atomic_write_text(result.directory / "report.html", page(result, passage, errors, pictures))
    if result.show and result.interrupted is None:
        show([drawing.draw for drawing in (*comparisons, *progress)])


def _progress(result: Result) -> list[Drawing]:
    draw = partial(draw_progress, result=result)
    return [Drawing("losses.png", "How the training went", draw)] if has_progress(result) else []


def _comparisons(passage: Passage, errors: Mapping[str, float]) -> list[Drawing]:
    """List the comparisons, the last output's first: it is the largest, and what most people want to see."""
    drawings = []
    for name, error in reversed(list(errors.items())):
        file_name = COMPARISON if len(errors) == 1 else f"comparison_{file_part(name)}.png"
        caption = f"Original and model, {name}" if name else "Original and model"
        draw = partial(draw_comparison, passage=passage, output=name, esr=error)
        drawings.append(Drawing(file_name, caption, draw))
    return drawings


def _errors(result: Result, passage: Passage | None) -> dict[str, float]:
    """Take the ESR of each output as the trainer measured it, or else measure it on the passage."""
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
    return Picture(drawing.file_name, drawing.caption, content)


def _write(result: Result, file_name: str, content: bytes) -> None:
    with atomic_write(result.directory / file_name) as temporary:
        temporary.write_bytes(content)
