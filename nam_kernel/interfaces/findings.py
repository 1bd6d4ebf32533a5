"""The one record in which everything that is wrong, or worth knowing, about a run is told."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Severity = Literal["error", "warning", "note", "info"]

ORDER: tuple[Severity, ...] = ("error", "warning", "note", "info")
"""From the worst to the mere fact."""


@dataclass(frozen=True)
class Finding:
    """
    One thing that a check found.

    :param severity: an error stops the run, a warning makes its result worse, a note says how the input was
        understood, an info is a fact
    :param where: what it is about: a file, or a key of a document
    :param sentence: what was found
    :param remedy: what to do about it
    :param kind: in one word, for programs: ``"clipping"``
    :param facts: numbers behind the sentence, by name, for programs. ``lowest_esr`` is the error-to-signal ratio that
        the noise of a recording allows at best.
    """

    severity: Severity
    where: str
    sentence: str
    remedy: str = ""
    kind: str = ""
    facts: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.severity not in ORDER:
            raise ValueError(f"a finding is one of {', '.join(ORDER)}, not {self.severity!r}")

    @property
    def text(self) -> str:
        """The sentence and its remedy."""
        return f"{self.sentence}; {self.remedy}" if self.remedy else self.sentence

    def __str__(self) -> str:
        return f"{self.where}: {self.text}" if self.where else self.text

    def plain(self) -> dict[str, Any]:
        """Return the finding as JSON types."""
        return asdict(self)
