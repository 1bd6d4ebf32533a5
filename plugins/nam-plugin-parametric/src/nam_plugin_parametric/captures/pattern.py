"""
Read settings off file names: ``drive_{drive}_master_{master}.wav``.

A name in braces is a knob; ``{}`` stands for what is no knob. A value is a number, in which ``_`` between digits is the
decimal point (``3_5`` is 3.5), or else the name of a choice.
"""

from __future__ import annotations

import re
from pathlib import Path

from nam_kernel.errors import ConfigError
from nam_plugin_nam.table import number

_PLACE = re.compile(r"\{([^{}]*)\}")
_DECIMAL = re.compile(r"-?\d+[_.,]\d+")

AUDIO = {".wav", ".flac", ".aif", ".aiff", ".nam"}


def files_of(
    pattern: str, folder: Path, source: str, besides: Path | None
) -> list[tuple[Path, dict[str, float | str]]]:
    """
    Return the files in a folder whose names fit a pattern, sorted by name, with what each says of the knobs.

    :param besides: a file that is none of them: the input
    :raises ConfigError: when no file fits, or a name can be read in two ways
    """
    knobs = knobs_in(pattern, source)
    first, last = (re.compile(_expression(pattern, lazy)) for lazy in ("?", ""))
    found = []
    others = []
    for path in sorted(folder.iterdir()):
        if not path.is_file() or (besides is not None and path.samefile(besides)):
            continue
        match, again = first.fullmatch(path.name), last.fullmatch(path.name)
        if match is None or again is None:
            others.append(path.name)
            continue
        if match.groups() != again.groups():
            ways = " or ".join(_told(knobs, m) for m in (match, again))
            told = f"{path.name} fits the pattern in two ways ({ways}); rename it, or write the settings into a table"
            raise ConfigError(source, [told])
        found.append((path, {name: value_of(match[name]) for name in knobs}))
    if not found:
        near = [name for name in others if Path(name).suffix.lower() in AUDIO][:3] or others[:3]
        there = f"there are {', '.join(near)}" if near else "it is empty"
        raise ConfigError(source, [f"pattern: no file in {folder} fits '{pattern}'; {there}"])
    return found


def knobs_in(pattern: str, source: str) -> tuple[str, ...]:
    """
    Return the knobs that a pattern names.

    :raises ConfigError: when it names none, or one twice
    """
    names = [name for name in _PLACE.findall(pattern) if name not in ("", "_")]
    wrong = next((name for name in names if not name.isidentifier() or names.count(name) > 1), None)
    if wrong is not None:
        told = f"pattern: '{{{wrong}}}' is no name of a knob, or there twice; use letters, digits and _, each name once"
        raise ConfigError(source, [told])
    if not names:
        raise ConfigError(source, ['pattern: it names no knob; write one in braces, as in "{gain}.wav"'])
    return tuple(names)


def value_of(text: str) -> float | str:
    """Return what a part of a file name says: a number, or the name of a choice."""
    value = number(re.sub("[_,]", ".", text) if _DECIMAL.fullmatch(text) else text)
    return text if value is None else value


def _expression(pattern: str, lazy: str) -> str:
    pieces = _PLACE.split(pattern)
    places = [f"(?P<{n}>.+{lazy})" if n not in ("", "_") else f".+{lazy}" for n in pieces[1::2]]
    fixed = [re.escape(piece) for piece in pieces[::2]]
    return "".join(a + b for a, b in zip(fixed, [*places, ""], strict=True))


def _told(knobs: tuple[str, ...], match: re.Match[str]) -> str:
    return ", ".join(f"{name} {match[name]}" for name in knobs)
