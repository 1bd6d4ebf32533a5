"""The listening page of a run: one HTML file that contains everything it needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from nam_kernel.quality import band_of
from nam_plugin_report.audio import common_gain, peak, wav_bytes
from nam_plugin_report.facts import instructions, model_name
from nam_plugin_report.panel import Player, ReportPanel
from nam_plugin_report.passage import USUAL_RATE, Passage
from nam_plugin_report.sections import SWITCHING, figure, panels, paragraphs, players, scale, section, shell
from nam_plugin_report.words import number, percent, verdict

if TYPE_CHECKING:
    from nam_kernel.interfaces import Result


class Picture(NamedTuple):
    """A figure, and what it shows."""

    caption: str
    png: bytes


def page(
    result: Result,
    passage: Passage | None,
    errors: Mapping[str, float],
    comparisons: Sequence[Picture],
    added: Sequence[ReportPanel],
) -> str:
    """
    Return the page.

    :param errors: the ESR of each output; the last one is the headline
    :param added: panels, shown in their order between what is heard and seen and how to play through the model
    """
    steps = "".join(f"<li>{escape(step)}</li>" for step in instructions(result))
    return shell(
        model_name(result),
        "Capture report",
        _verdict(errors) + scale(list(errors.values())[-1] if errors else None),
        (_listen(passage) if passage else "")
        + _see(comparisons)
        + panels(added)
        + section("play", "Play through it", f"<ol class='steps'>{steps}</ol>"),
    )


def _verdict(errors: Mapping[str, float]) -> str:
    if not errors:
        return "<p class='verdict'>Not validated</p><p>Nothing was held back to measure this model on.</p>"
    error = list(errors.values())[-1]
    band = band_of(error)
    meaning = f"{band.meaning[:1].upper()}{band.meaning[1:]}." if band else "The model's output is not a signal."
    share = f" ({percent(error)} of the sound's energy)" if band else ""
    return (
        f"<p class='verdict'>{escape(verdict(error).capitalize())}</p><p>{escape(meaning)}</p>"
        f"<p class='esr'>Error-to-signal ratio (ESR) "
        f"<strong>{escape(number(error))}</strong>{escape(share)}</p>"
    )


def _listen(passage: Passage) -> str:
    rate = passage.rate or USUAL_RATE
    gain = common_gain(max(map(peak, [passage.target, *passage.predictions.values()])))
    notes = []
    if gain < 1:
        notes.append("Original, model and difference were turned down together so that nothing clips.")
    if passage.rate is None:
        notes.append(f"The sample rate is not known; this plays at {rate:g} Hz.")
    heard = players(_players(passage, gain, rate))
    return section("listen", "Listen", paragraphs([SWITCHING]) + heard + paragraphs(notes, "note"))


def _players(passage: Passage, gain: float, rate: float) -> Iterable[Player]:
    dry = passage.dry * common_gain(peak(passage.dry))
    yield Player("Guitar", wav_bytes(dry, rate), "The dry signal that went in (DI).")
    yield Player("Original", wav_bytes(gain * passage.target, rate), "What the real gear made of it: the target.")
    for name, prediction in passage.predictions.items():
        which = f", {name}" if name else ""
        yield Player(f"Model{which}", wav_bytes(gain * prediction, rate), "What the model makes of it.")
        difference = gain * (passage.target - prediction)
        explanation = "Original minus model, at its real level. The quieter, the better."
        yield Player(f"Difference{which}", wav_bytes(difference, rate), explanation)


def _see(comparisons: Sequence[Picture]) -> str:
    if not comparisons:
        return ""
    return section("see", "See", "".join(figure(picture.png, picture.caption) for picture in comparisons))
