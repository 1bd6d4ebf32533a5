"""Claims about the table at the end: the same as text, CSV and page, which needs nothing from elsewhere."""

from __future__ import annotations

import csv
import io
import re
from html.parser import HTMLParser

from nam_plugin_batch.outcome import Outcome, outcome_of
from nam_plugin_batch.page import page_of
from nam_plugin_batch.record import RowRecord
from nam_plugin_batch.summary import COLUMNS, csv_of, text_of

OUTCOMES = [
    Outcome("Clean, 50 W", "done", 0.0052, 12.25, "Clean, 50 W.nam", report="Clean, 50 W/report.html"),
    Outcome("<b>bold</b> & 'more'", "wrong input", told='amp.wav is "silent" <script>alert(1)</script>'),
    Outcome("later", "waiting"),
]


class Seen(HTMLParser):
    """What a browser sees: its addresses, its elements and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.addresses: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_shows_every_row_and_loads_nothing() -> None:
    page = page_of(OUTCOMES, "Session")
    seen = Seen(page)
    assert seen.addresses == ["Clean%2C%2050%20W/report.html", "Clean%2C%2050%20W.nam"]
    assert not {"script", "link", "img", "iframe", "b"} & set(seen.elements)
    assert not re.search(r"@import|url\(|https?:", page)
    for part in (
        "Clean, 50 W",
        "<b>bold</b> & 'more'",
        "very close",
        "0.0052",
        "12.2",
        "1 done, 1 wrong input, 1 waiting",
    ):
        assert part in seen.text, part
    assert seen.elements.count("tr") == 1 + len(OUTCOMES)


def test_the_csv_says_what_is_known_and_leaves_empty_what_is_not() -> None:
    rows = list(csv.DictReader(io.StringIO(csv_of(OUTCOMES))))
    assert tuple(rows[0]) == COLUMNS
    assert rows[0] == {
        "name": "Clean, 50 W",
        "state": "done",
        "esr": "0.0052",
        "verdict": "very close",
        "minutes": "12.25",
        "file": "Clean, 50 W.nam",
        "told": "",
    }
    assert rows[1]["told"] == OUTCOMES[1].told
    assert [rows[2][column] for column in ("esr", "minutes", "file")] == ["", "", ""]


def test_the_text_aligns_its_columns_and_tells_below_what_there_is_to_say() -> None:
    lines = list(text_of(OUTCOMES))
    assert lines[0].index("verdict") == lines[1].index("very close")
    assert lines[0].index("ESR") + 3 == lines[1].index("0.0052") + 6
    assert lines[-1] == f"{OUTCOMES[1].name}: {OUTCOMES[1].told}"


def test_a_model_that_was_not_validated_or_diverged_has_a_verdict_too() -> None:
    assert Outcome("a", "done", None, 1.0, "a.nam").verdict == "not validated"
    assert Outcome("a", "done", 0.2, 1.0, "a.nam").verdict == "rough"
    assert Outcome("a", "waiting").verdict == ""


def test_of_several_warnings_the_first_is_told_with_how_many_there_are() -> None:
    record = RowRecord(name="a", state="done", told="amp.wav: clips", warnings=3)
    assert outcome_of(record).told == "amp.wav: clips (and 2 more)"
