"""A panel of the report: a title, facts in rows, a picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

PNG = b"\x89PNG\r\n\x1a\n"
"""What every PNG file begins with (RFC 2083)."""


@dataclass(frozen=True)
class ReportPanel:
    """
    A section of the page. Text is shown as it is: what looks like HTML is text, too.

    :param title: its headline
    :param rows: (label, value) each, shown as a table of facts
    :param picture: a PNG file, shown below the rows
    :param caption: what the picture shows
    :raises TypeError: when one of them is something else
    """

    title: str
    rows: tuple[tuple[str, str], ...] = ()
    picture: bytes | None = field(default=None, repr=False)
    caption: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.title, str) or not self.title.strip():
            raise TypeError(f"a panel's title is a non-empty string, not {self.title!r}")
        object.__setattr__(self, "rows", tuple(map(self._row, self.rows)))
        if not isinstance(self.caption, str):
            raise TypeError(f"the caption of the panel '{self.title}' is a string, not {self.caption!r}")
        if self.picture is not None and not (isinstance(self.picture, bytes) and self.picture.startswith(PNG)):
            raise TypeError(f"the picture of the panel '{self.title}' is not the bytes of a PNG file")

    def _row(self, row: Any) -> tuple[str, str]:
        match row:
            case (str(label), str(value)):
                return label, value
        raise TypeError(f"a row of the panel '{self.title}' is two strings, label and value, not {row!r}")
