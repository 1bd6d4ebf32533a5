"""The JSON object in a file, opened only when it can be a model: a regular file, small, not a web page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NoReturn

from nam_kernel.errors import ModelFileError

LARGEST = 16 * 2**20
"""Bytes; the largest LSTM that hosts play has a sixteenth of this."""

MOST_VALUES, MOST_LISTS = 1_000_000, 50_000


def read_json(path: Path) -> dict[str, Any]:
    """
    Return what a file holds.

    :raises ModelFileError: naming the file and why it cannot hold a model
    """
    text = _text(path)
    try:
        document = json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise ModelFileError(
            f"{path} is damaged or cut short: line {error.lineno}, column {error.colno}: {error.msg}; fetch it again"
        ) from None
    except RecursionError:
        raise ModelFileError(f"{path} is damaged: its lists and objects are nested too deeply to be a model") from None
    except ValueError as error:
        raise ModelFileError(f"{path} is damaged: {error}") from None
    if not isinstance(document, dict):
        raise ModelFileError(f"{path} holds a {type(document).__name__}, not a JSON object, so no model")
    return document


def _text(path: Path) -> str:
    if not path.exists():
        raise ModelFileError(f"{path}: there is no such file")
    if not path.is_file():
        raise ModelFileError(f"{path} is a folder, a device or a pipe; give a model file")
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise ModelFileError(f"{path} cannot be read ({error.strerror})") from None
    if len(content) > LARGEST:
        raise ModelFileError(f"{path} is far too large for a model (at most {LARGEST // 2**20} MiB)")
    if not content.strip():
        raise ModelFileError(f"{path} is empty, so it is damaged or cut short; fetch it again")
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise ModelFileError(f"{path} is a web page, not a model; download the file that the page offers")
    if content.count(b",") > MOST_VALUES or content.count(b"[") + content.count(b"{") > MOST_LISTS:
        raise ModelFileError(f"{path} holds more numbers and lists than any model of its kind has")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ModelFileError(f"{path} is not a model file: it is not text") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"it holds {constant}, which is no number that a player can use")
