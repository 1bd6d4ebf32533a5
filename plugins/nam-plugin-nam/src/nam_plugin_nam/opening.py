"""The text of a file that is to be JSON, opened only when it can be a model: a regular file, small, not a web page."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any, NoReturn

from nam_kernel.errors import ModelFileError
from nam_plugin_nam.document import LARGEST

MOST_VALUES, MOST_PARTS = 4_000_000, 200_000
"""Numbers, and lists and objects, in a file; more take so much memory that none is made of it."""


def read_json(path: Path) -> Any:
    """
    Return what a file holds.

    :raises ModelFileError: naming the file and why it cannot hold a model
    """
    text = _text(path)
    try:
        return json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise ModelFileError(
            f"{path} is damaged or cut short: line {error.lineno}, column {error.colno}: {error.msg}; fetch it again"
        ) from None
    except RecursionError:
        raise ModelFileError(f"{path} is damaged: its lists and objects are nested too deeply to be a model") from None
    except ValueError as error:
        raise ModelFileError(f"{path} is damaged: {error}") from None


def irregular(path: Path, kind: str) -> str:
    """
    Return why a path is no file that can be read to its end, as a sentence; empty when it is one.

    :param kind: of the file that is expected
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return f"{path}: there is no such file"
    except (OSError, ValueError) as error:
        return f"{path} cannot be read ({getattr(error, 'strerror', None) or error})"
    if stat.S_ISDIR(mode):
        return f"{path} is a folder; give the {kind} in it"
    return "" if stat.S_ISREG(mode) else f"{path} is a device or a pipe; give a {kind}"


def _text(path: Path) -> str:
    problem = irregular(path, ".nam file")
    if problem:
        raise ModelFileError(problem)
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise ModelFileError(f"{path} cannot be read ({error.strerror})") from None
    if len(content) > LARGEST:
        size = max(path.stat().st_size, len(content)) / 2**20
        raise ModelFileError(f"{path} is far too large for a model ({size:.0f} MiB, at most {LARGEST // 2**20})")
    if not content.strip():
        raise ModelFileError(f"{path} is empty, so it is damaged or cut short; fetch it again")
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise ModelFileError(f"{path} is a web page, not a model; download the file that the page offers")
    parts, values = content.count(b"[") + content.count(b"{"), content.count(b",") + content.count(b'"')
    if parts > MOST_PARTS or values > MOST_VALUES:
        raise ModelFileError(f"{path} holds {values:,} values in {parts:,} lists and objects; no model has so many")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ModelFileError(f"{path} is not a .nam file: it is not text") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"it holds {constant}, which is no number that a player can use")
