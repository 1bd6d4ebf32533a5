"""``batch.html``: the rows of a batch as a page that needs nothing else, with links to models and reports."""

from __future__ import annotations

import time
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from string import Template
from urllib.parse import quote

from nam_plugin_batch.outcome import Outcome
from nam_plugin_batch.summary import counted, esr_of, minutes_of

PAGE = "batch.html"


def page_of(outcomes: Sequence[Outcome], title: str) -> str:
    """
    Return the page.

    :param title: of the batch
    """
    template = Template(files("nam_plugin_batch").joinpath("page.html").read_text(encoding="utf-8"))
    return template.substitute(
        title=escape(title),
        summary=escape(counted(outcomes)),
        when=escape(time.strftime("%Y-%m-%d %H:%M")),
        rows="\n".join(map(_row, outcomes)),
    )


def _row(outcome: Outcome) -> str:
    name = escape(outcome.name)
    if outcome.report is not None:
        name = f"<a href='{_address(outcome.report)}'>{name}</a>"
    model = f"<a href='{_address(outcome.file)}' download>{escape(outcome.file)}</a>" if outcome.file else ""
    state = f"state {outcome.ending.partition(' ')[0]}"
    cells = [
        (state, "State", escape(outcome.ending)),
        ("number", "ESR", esr_of(outcome)),
        ("verdict", "Verdict", escape(outcome.verdict)),
        ("number", "Minutes", minutes_of(outcome)),
        ("model", "Model", model),
        ("told", "Told", escape(outcome.told)),
    ]
    told = "".join(f"<td role='cell' class='{kind}' data-label='{label}'>{text}</td>" for kind, label, text in cells)
    return f"<tr role='row'><th role='rowheader' scope='row'>{name}</th>{told}</tr>"


def _address(path: str) -> str:
    return escape(quote(path))
