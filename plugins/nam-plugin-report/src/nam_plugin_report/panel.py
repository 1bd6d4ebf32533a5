"""A panel of the report: a title, words, facts in rows, something to hear, a picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

PNG = b"\x89PNG\r\n\x1a\n"
"""What every PNG file begins with (RFC 2083)."""

RIFF = b"RIFF"
"""What every WAV file begins with."""


@dataclass(frozen=True)
class Player:
    """
    Something to listen to. The players of one panel are switched without a gap, so they have one length.

    :param title: who is heard
    :param wav: the bytes of a WAV file that browsers play
    :param explanation: what there is to hear
    :param matched: the factor that makes it as loud as the others, for listeners who wish so
    :raises TypeError: when one of them is something else
    """

    title: str
    wav: bytes = field(repr=False)
    explanation: str = ""
    matched: float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.title, str) or not self.title.strip() or not isinstance(self.explanation, str):
            raise TypeError(f"a player has a non-empty title and an explanation in words, not {self.title!r}")
        if not (isinstance(self.wav, bytes) and self.wav.startswith(RIFF)):
            raise TypeError(f"what the player '{self.title}' plays is not the bytes of a WAV file")


@dataclass(frozen=True)
class ReportPanel:
    """
    A section of the page. Text is shown as it is: what looks like HTML is text, too.

    :param title: its headline
    :param rows: (label, value) each, shown as a table of facts
    :param picture: a PNG file, shown below the rows
    :param caption: what the picture shows
    :param text: a sentence or two below the headline: what this is
    :param players: shown between the rows and the picture
    :param table: rows of equally many cells, the first row and the first cell of each being headings
    :raises TypeError: when one of them is something else
    """

    title: str
    rows: tuple[tuple[str, str], ...] = ()
    picture: bytes | None = field(default=None, repr=False)
    caption: str = ""
    text: str = ""
    players: tuple[Player, ...] = ()
    table: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.title, str) or not self.title.strip():
            raise TypeError(f"a panel's title is a non-empty string, not {self.title!r}")
        object.__setattr__(self, "rows", tuple(map(self._row, self.rows)))
        object.__setattr__(self, "players", tuple(map(self._player, self.players)))
        object.__setattr__(self, "table", tuple(map(self._cells, self.table)))
        for name in ("caption", "text"):
            if not isinstance(getattr(self, name), str):
                raise TypeError(f"the {name} of the panel '{self.title}' is a string, not {getattr(self, name)!r}")
        if self.picture is not None and not (isinstance(self.picture, bytes) and self.picture.startswith(PNG)):
            raise TypeError(f"the picture of the panel '{self.title}' is not the bytes of a PNG file")

    def _row(self, row: Any) -> tuple[str, str]:
        match row:
            case (str(label), str(value)):
                return label, value
        raise TypeError(f"a row of the panel '{self.title}' is two strings, label and value, not {row!r}")

    def _cells(self, row: Any) -> tuple[str, ...]:
        cells = tuple(row) if isinstance(row, (list, tuple)) else ()
        if cells and all(isinstance(cell, str) for cell in cells) and len(cells) == len(self.table[0]):
            return cells
        raise TypeError(f"a row of the table of the panel '{self.title}' is as many strings as the first, not {row!r}")

    def _player(self, player: Any) -> Player:
        if isinstance(player, Player):
            return player
        raise TypeError(f"among the players of the panel '{self.title}' is {player!r:.60}, which is no Player")
