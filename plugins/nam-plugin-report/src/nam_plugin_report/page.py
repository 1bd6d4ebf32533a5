"""The listening page: one HTML file that contains everything it needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, NamedTuple

from nam_kernel.quality import BANDS, band_of
from nam_plugin_report.audio import common_gain, data_address, peak, wav_bytes
from nam_plugin_report.facts import instructions, model_name
from nam_plugin_report.panel import ReportPanel
from nam_plugin_report.passage import USUAL_RATE, Passage, Signal
from nam_plugin_report.words import number, percent, verdict

if TYPE_CHECKING:
    from nam_kernel.interfaces import Result


class Picture(NamedTuple):
    """A figure, and what it shows."""

    caption: str
    png: bytes


class Track(NamedTuple):
    """One thing to listen to."""

    title: str
    explanation: str
    address: str


def page(
    result: Result,
    passage: Passage | None,
    errors: Mapping[str, float],
    comparisons: Sequence[Picture],
    panels: Sequence[ReportPanel],
) -> str:
    """
    Return the page.

    :param errors: the ESR of each output; the last one is the headline
    :param panels: shown in their order, between what is heard and seen and how to play through the model
    """
    name = model_name(result)
    template = Template(files("nam_plugin_report").joinpath("page.html").read_text(encoding="utf-8"))
    return template.substitute(
        title=escape(name),
        verdict=_verdict(errors),
        scale=_scale(errors),
        listen=_listen(passage) if passage else "",
        see=_see(comparisons),
        panels="".join(_panel(panel, position) for position, panel in enumerate(panels, 1)),
        instructions="".join(f"<li>{escape(step)}</li>" for step in instructions(result)),
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


def _scale(errors: Mapping[str, float]) -> str:
    """Return the words for an ESR with their limits, the one that applies marked."""
    reached = band_of(list(errors.values())[-1]) if errors else None
    items = []
    for band in BANDS:
        limits = f"above {BANDS[-2].limit:g}" if band is BANDS[-1] else f"up to {band.limit:g}"
        current = " aria-current='true'" if band is reached else ""
        items.append(f"<li{current}><span>{escape(band.word)}</span><small>{limits}</small></li>")
    return f"<ol class='scale' aria-label='What the ESR means'>{''.join(items)}</ol>"


def _listen(passage: Passage) -> str:
    rate = passage.rate or USUAL_RATE
    gain = common_gain(max(map(peak, [passage.target, *passage.predictions.values()])))
    tracks = list(_tracks(passage, gain, rate))
    notes = []
    if gain < 1:
        notes.append("Original, model and difference were turned down together so that nothing clips.")
    if passage.rate is None:
        notes.append(f"The sample rate is not known; this plays at {rate:g} Hz.")
    return (
        "<section aria-labelledby='listen'><h2 id='listen'>Listen</h2><p>Start one while another plays: "
        "it goes on from the same moment, so that you can compare.</p>"
        f"<div class='tracks'>{''.join(map(_track, tracks))}</div>"
        f"{''.join(f'<p class=note>{escape(n)}</p>' for n in notes)}</section>"
    )


def _tracks(passage: Passage, gain: float, rate: float) -> Iterable[Track]:
    def address(signal: Signal) -> str:
        return data_address(wav_bytes(signal, rate), "audio/wav")

    dry = passage.dry * common_gain(peak(passage.dry))
    yield Track("Guitar", "The dry signal that went in (DI).", address(dry))
    yield Track("Original", "What the real gear made of it: the target.", address(gain * passage.target))
    for name, prediction in passage.predictions.items():
        which = f", {name}" if name else ""
        yield Track(f"Model{which}", "What the model makes of it.", address(gain * prediction))
        yield Track(
            f"Difference{which}",
            "Original minus model, at its real level. The quieter, the better.",
            address(gain * (passage.target - prediction)),
        )


def _track(track: Track) -> str:
    title, explanation = escape(track.title), escape(track.explanation)
    return (
        f"<div class='track'><div><h3>{title}</h3><p>{explanation}</p></div>"
        f"<audio controls preload='metadata' aria-label='{title}' src='{track.address}'></audio></div>"
    )


def _see(comparisons: Sequence[Picture]) -> str:
    if not comparisons:
        return ""
    figures = "".join(_figure(picture.png, picture.caption) for picture in comparisons)
    return f"<section aria-labelledby='see'><h2 id='see'>See</h2>{figures}</section>"


def _panel(panel: ReportPanel, position: int) -> str:
    name = f"panel-{position}"
    rows = f"<dl>{_rows(panel.rows)}</dl>" if panel.rows else ""
    figure = _figure(panel.picture, panel.caption or panel.title) if panel.picture is not None else ""
    return f"<section aria-labelledby='{name}'><h2 id='{name}'>{escape(panel.title)}</h2>{rows}{figure}</section>"


def _figure(png: bytes, caption: str) -> str:
    caption, address = escape(caption), data_address(png, "image/png")
    return f"<figure><img src='{address}' alt='{caption}'><figcaption>{caption}</figcaption></figure>"


def _rows(rows: Iterable[tuple[str, str]]) -> str:
    return "".join(f"<div><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>" for label, value in rows)
