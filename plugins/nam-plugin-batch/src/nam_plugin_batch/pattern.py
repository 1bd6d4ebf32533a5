"""Make rows of file names: a pattern such as ``{gear_make}_{name}.wav`` says what each part of a name means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from nam_kernel.errors import ConfigError
from nam_plugin_batch.rows import Cells

USUAL = "{name}.wav"

_PART = re.compile(r"\{([^{}]*)\}")


class Pattern:
    """
    What the names of files mean.

    Each ``{column}`` stands for at least one character, and for as few as possible; capitals do not matter beside
    them. With a ``/`` in it the pattern is about the path below the folder, else about the name alone.

    :param text: of the pattern
    :raises ConfigError: when it cannot be one
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.columns = _PART.findall(text)
        told = self._problem()
        if told:
            raise ConfigError(f"--pattern {text}", [told])
        literal = _PART.split(text)[::2]
        groups = [f"(?P<g{index}>[^/]+?)" for index in range(len(self.columns))]
        pieces = [re.escape(literal[0])]
        for group, following in zip(groups, literal[1:], strict=True):
            pieces += [group, re.escape(following)]
        self._expression = re.compile("".join(pieces), re.IGNORECASE)

    def _problem(self) -> str:
        if "name" not in self.columns:
            return "has no {name}, which names the model of each file; write {name}.wav, for one"
        if "{" in _PART.sub("", self.text) or "}" in _PART.sub("", self.text):
            return "has a bracket that is not closed; write {name}"
        twice = next((c for c in self.columns if self.columns.count(c) > 1), None)
        if twice is not None:
            return f"has {{{twice}}} twice; which of them counts?"
        return f"{{{'y_path'}}} is the file itself; leave it out" if "y_path" in self.columns else ""

    def read(self, file: Path, folder: Path) -> dict[str, str] | None:
        """Return what the name of a file says, by column; None where it does not fit."""
        relative = file.relative_to(folder).as_posix()
        found = self._expression.fullmatch(relative if "/" in self.text else file.name)
        if found is None:
            return None
        return {column: found[f"g{index}"] for index, column in enumerate(self.columns)}


def read_files(folders: Sequence[Path], pattern: Pattern, di: Path | None) -> tuple[list[Cells], list[Path]]:
    """
    Return a row for each file in folders that fits a pattern, and the other files of its kind.

    :param di: which is in none of the rows
    :raises ConfigError: when no file fits
    """
    cells: list[Cells] = []
    others: list[Path] = []
    suffix = Path(pattern.text).suffix.lower()
    for folder in folders:
        if not folder.is_dir():
            raise ConfigError(str(folder), ["is no folder; with --pattern, name the folders of the recordings"])
        below = folder.rglob("*") if "/" in pattern.text else folder.glob("*")
        for file in sorted(path for path in below if path.is_file() and not path.name.startswith(".")):
            if di is not None and file.samefile(di):
                continue
            said = pattern.read(file, folder)
            if said is not None:
                cells.append(Cells(str(file), {**said, "y_path": str(file)}))
            elif file.suffix.lower() == suffix:
                others.append(file)
    if not cells:
        told = f"; there is {others[0].name}, for one" if others else ""
        raise ConfigError(f"--pattern {pattern.text}", [f"fits no file in {', '.join(map(str, folders))}{told}"])
    return cells, others
