"""Read a ``.nam`` file to a net."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NoReturn

from nam_kernel.errors import ModelFileError
from nam_kernel.interfaces import BaseNet
from nam_kernel.models import net_of
from nam_plugin_nam.document import nested, problem_of

LARGEST = 256 * 2**20
"""Bytes; the largest captures in use are a hundredth of this."""


def read(path: Path) -> BaseNet:
    """
    Make the net of a file, in eval mode.

    :raises ModelFileError: naming the file and what is wrong with it
    """
    document = read_document(path)
    try:
        net = net_of(document)
    except ModelFileError as error:
        raise ModelFileError(f"{path}: {error}") from error
    net.metadata = document.get("metadata") or {}
    return net


def read_document(path: Path) -> dict[str, Any]:
    """
    Read and validate the document in a file.

    :raises ModelFileError: naming the file and what is wrong with it
    """
    try:
        if path.is_dir():
            raise ModelFileError(f"{path} is a folder; give the .nam file in it")
        if path.stat().st_size > LARGEST:
            raise ModelFileError(f"{path} is far too large for a model ({path.stat().st_size / 2**20:.0f} MiB)")
        document = json.loads(path.read_text(encoding="utf-8-sig"), parse_constant=_refuse)
    except FileNotFoundError:
        raise ModelFileError(f"{path}: there is no such file") from None
    except OSError as error:
        raise ModelFileError(f"{path} cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise ModelFileError(f"{path} is not a .nam file: it is not text") from None
    except json.JSONDecodeError as error:
        raise ModelFileError(
            f"{path} is damaged or cut short: line {error.lineno}, column {error.colno}: {error.msg}; fetch it again"
        ) from None
    except (_NotFinite, RecursionError, ValueError) as error:
        raise ModelFileError(f"{path} is damaged: {error}") from None
    problem = _problem_within(document)
    if problem:
        raise ModelFileError(f"{path}: {problem}")
    read: dict[str, Any] = document
    return read


class _NotFinite(ValueError):
    pass


def _refuse(constant: str) -> NoReturn:
    raise _NotFinite(f"it holds {constant}, which is no number that a player can use")


def _problem_within(document: Any) -> str:
    problem = problem_of(document)
    if problem:
        return problem
    return next((f"a model inside it: {p}" for p in map(_problem_within, nested(document)) if p), "")
