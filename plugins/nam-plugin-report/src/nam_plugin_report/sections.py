"""The parts of a page as HTML: players that are switched without a gap, figures, panels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from string import Template

from nam_kernel.quality import BANDS, band_of
from nam_plugin_report.audio import data_address
from nam_plugin_report.panel import Player, ReportPanel

SWITCHING = (
    "Choose another one while it plays: it goes on from the same moment, without a gap. The number keys do the same."
)


def shell(title: str, kind: str, header: str, sections: str) -> str:
    """
    Return a whole page, in one file.

    :param title: as text
    :param kind: of page, as text
    :param header: HTML, below the title
    :param sections: HTML
    """
    package = files("nam_plugin_report")
    template = Template(package.joinpath("page.html").read_text(encoding="utf-8"))
    script = package.joinpath("player.js").read_text(encoding="utf-8")
    return template.substitute(
        title=escape(title), kind=escape(kind), header=header, sections=sections, script=script if sections else ""
    )


def section(name: str, title: str, content: str) -> str:
    """Return a section; ``content`` is HTML."""
    return f"<section aria-labelledby='{name}'><h2 id='{name}'>{escape(title)}</h2>{content}</section>"


def players(listed: Iterable[Player]) -> str:
    """Return players of one length, which are switched without a gap."""
    return f"<div class='tracks'>{''.join(map(_player, listed))}</div>"


def panels(listed: Sequence[ReportPanel]) -> str:
    """Return panels in their order."""
    return "".join(_panel(panel, position) for position, panel in enumerate(listed, 1))


def figure(png: bytes, caption: str) -> str:
    """Return a picture with what it shows."""
    caption, address = escape(caption), data_address(png, "image/png")
    return f"<figure><img src='{address}' alt='{caption}'><figcaption>{caption}</figcaption></figure>"


def paragraphs(sentences: Iterable[str], kind: str = "") -> str:
    """Return sentences as paragraphs of a class."""
    marked = f" class='{kind}'" if kind else ""
    return "".join(f"<p{marked}>{escape(sentence)}</p>" for sentence in sentences if sentence)


def scale(esr: float | None) -> str:
    """Return the words for an ESR with their limits, the one that applies marked."""
    reached = None if esr is None else band_of(esr)
    items = []
    for band in BANDS:
        limits = f"above {BANDS[-2].limit:g}" if band is BANDS[-1] else f"up to {band.limit:g}"
        current = " aria-current='true'" if band is reached else ""
        items.append(f"<li{current}><span>{escape(band.word)}</span><small>{limits}</small></li>")
    return f"<ol class='scale' aria-label='What the ESR means'>{''.join(items)}</ol>"


def _player(player: Player) -> str:
    title, explanation = escape(player.title), escape(player.explanation)
    matched = "" if player.matched is None else f" data-matched='{player.matched:.6g}'"
    address = data_address(player.wav, "audio/wav")
    return (
        f"<div class='track'><div><h3>{title}</h3><p>{explanation}</p></div>"
        f"<audio controls preload='metadata' aria-label='{title}'{matched} src='{address}'></audio></div>"
    )


def _table(rows: Sequence[Sequence[str]]) -> str:
    head, *body = rows
    headings = "".join(f"<th scope='col'>{escape(cell)}</th>" for cell in head)
    lines = "".join(
        f"<tr><th scope='row'>{escape(first)}</th>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
        for first, *cells in body
    )
    return f"<table><thead><tr>{headings}</tr></thead><tbody>{lines}</tbody></table>"


def _panel(panel: ReportPanel, position: int) -> str:
    rows = "".join(f"<div><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>" for label, value in panel.rows)
    return section(
        f"panel-{position}",
        panel.title,
        paragraphs([panel.text], "note")
        + (f"<dl>{rows}</dl>" if rows else "")
        + (_table(panel.table) if panel.table else "")
        + (players(panel.players) if panel.players else "")
        + (figure(panel.picture, panel.caption or panel.title) if panel.picture is not None else ""),
    )
