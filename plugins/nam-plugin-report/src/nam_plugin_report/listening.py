"""A page for whatever is compared by ear: a verdict, players, panels, in one file that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from nam_plugin_report.panel import Player, ReportPanel
from nam_plugin_report.sections import SWITCHING, panels, paragraphs, players, section, shell


def listening_page(
    title: str,
    *,
    kind: str,
    verdict: str,
    sentences: Sequence[str] = (),
    heard: Sequence[Player] = (),
    notes: Sequence[str] = (),
    shown: Sequence[ReportPanel] = (),
) -> str:
    """
    Return a page as HTML. Everything is text: what looks like HTML is text, too.

    :param title: the headline
    :param kind: of page, above the headline
    :param verdict: in a few words
    :param sentences: below the verdict
    :param heard: players of one length, which are switched without a gap
    :param notes: below the players
    :param shown: panels, in their order
    """
    header = paragraphs([verdict], "verdict") + paragraphs(sentences)
    listen = paragraphs([SWITCHING]) + players(heard) + paragraphs(notes, "note")
    return shell(title, kind, header, (section("listen", "Listen", listen) if heard else "") + panels(shown))
