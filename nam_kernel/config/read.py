"""Read a JSON document, with the comments and trailing commas that people write into configs."""

import json
import os
import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from nam_kernel.config.documents import RunConfig
from nam_kernel.errors import ConfigError, Problem

Given = str | os.PathLike[str] | Mapping[str, Any]

_TOKEN = re.compile(
    r'(?P<string>"(?:\\.|[^"\\\n])*"?)|(?P<line>//[^\n]*)|(?P<block>/\*)|(?P<comma>,)|(?P<close>[}\]])|'
    r'(?P<space>\s+)|(?P<other>[^"/,}\]\s]+|/)',
    re.DOTALL,
)

LARGEST = 16 * 2**20
"""Bytes; no config is larger, so a larger file is something else given by mistake."""
DEEPEST = 100
"""Levels of lists and objects; no config has as many, and Python runs out of stack for a few times more."""


def read_documents(data: Given, model: Given, learning: Given) -> RunConfig:
    """
    Return the three documents, each given as a path or a dictionary.

    :raises ConfigError: naming the file, and for a syntax error its line and column
    """
    config = RunConfig({}, {}, {})
    for name, given in (("data", data), ("model", model), ("learning", learning)):
        if isinstance(given, Mapping):
            text, document = (json.dumps(given, indent=2, default=str), json.loads(json.dumps(given, default=str)))
            source, base = f"the {name} config", None
        else:
            path = Path(os.fspath(given)).expanduser()
            source, base = str(path), path.absolute().parent
            text = read_text(path, f"the {name} config")
            document = parse(text, source)
        if not isinstance(document, dict):
            raise ConfigError(source, [f"the {name} config is an object {{...}}, not {type(document).__name__}"])
        setattr(config, name, document)
        config.sources[name], config.bases[name], config.texts[name] = source, base, text
    return config


def read_text(path: Path, what: str) -> str:
    """
    Return the text of a file.

    :param what: what messages call it
    :raises ConfigError: when there is no such file, or it is not text
    """
    if path.is_dir():
        raise ConfigError(str(path), [f"this is a folder; give the file with {what}"])
    try:
        if path.exists() and not path.is_file():
            raise ConfigError(str(path), [f"this is a device or a pipe; give a file with {what}"])
        if path.stat().st_size > LARGEST:
            raise ConfigError(str(path), [f"this file is far too large to be {what}; was another one meant?"])
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        near = get_close_matches(path.name, [file.name for file in path.parent.glob("*.json")], 1, 0.8)
        is_url = re.match(r"\w\w+:/", path.as_posix())
        meant = "it is a URL, so download it" if is_url else f"did you mean {near[0]}?" if near else ""
        raise ConfigError(str(path), [f"there is no such file; {meant or f'{what} is expected here'}"]) from None
    except UnicodeDecodeError:
        raise ConfigError(str(path), [f"this is not text; was another file meant as {what}?"]) from None
    except OSError as error:
        raise ConfigError(str(path), [f"cannot be read ({error.strerror or error})"]) from None


def parse(text: str, source: str) -> Any:
    """
    Return what JSON text holds; ``//`` and ``/* */`` comments and trailing commas are allowed.

    :raises ConfigError: with the line and the column
    """
    try:
        return json.loads(plain_json(text, source), object_pairs_hook=_no_duplicates)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        line = text.splitlines()[error.lineno - 1].strip()[:60] if text.strip() else ""
        shown = f": {line}" if line else " (the file is empty)" if not text.strip() else ""
        shown += "; in JSON a backslash is written \\\\, and in paths / does as well" if "escape" in error.msg else ""
        raise ConfigError(
            source, [Problem(where, f"not valid JSON, {error.msg[:1].lower()}{error.msg[1:]}{shown}")]
        ) from None
    except ValueError as error:
        raise ConfigError(source, [f"cannot be read: {error}"]) from None


def plain_json(text: str, source: str) -> str:
    """
    Return JSON with spaces in place of comments and trailing commas, so that lines and columns stay where they are.

    The text is read once, from its beginning to its end, so the time is proportional to its length.

    :raises ConfigError: when a comment is not closed, or the text is nested more than ``DEEPEST`` levels deep
    """
    pieces: list[str] = []
    at, before, comma, depth = 0, "", None, 0
    while match := _TOKEN.match(text, at):
        kind, token, at = match.lastgroup, match.group(), match.end()
        if kind == "block":
            end = text.find("*/", at)
            if end < 0:
                line = text.count("\n", 0, match.start()) + 1
                raise ConfigError(source, [Problem(f"line {line}", "the comment that begins here is not closed by */")])
            at, token = end + 2, text[match.start() : end + 2]
        if kind in ("line", "block"):
            token = re.sub(r"[^\n]", " ", token)
        elif kind == "close" and comma is not None:
            pieces[comma] = " "
        elif kind == "comma":
            # A comma after nothing is a mistake, which stays for the parser to tell.
            comma = len(pieces) if before not in ("", ",", "{", "[") else None
        depth += token.count("[") + token.count("{") if kind == "other" else -(kind == "close")
        if depth > DEEPEST:
            raise ConfigError(source, [f"nested more than {DEEPEST} levels deep; was another file meant?"])
        if kind not in ("line", "block", "space"):
            before = token[-1]
            comma = comma if kind == "comma" else None
        pieces.append(token)
    return "".join(pieces)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result and not key.startswith("_"):
            raise ValueError(f"the key '{key}' is there twice in one object; only one of them can count")
        result[key] = value
    return result
