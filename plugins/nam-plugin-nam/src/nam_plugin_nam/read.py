"""Read a ``.nam`` file to a net."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from nam_kernel import Net, plugins
from nam_kernel.errors import ModelFileError
from nam_kernel.interfaces import BaseNet
from nam_kernel.models import net_of
from nam_plugin_nam.document import nested, problem_within

LARGEST = 256 * 2**20
"""Bytes; the largest captures in use are a hundredth of this."""


def read(path: Path) -> BaseNet:
    """
    Return the net of a file, in eval mode.

    :raises ModelFileError: naming the file and what is wrong with it
    """
    return net_in(read_document(path), path)


def net_in(document: Mapping[str, Any], path: Path) -> BaseNet:
    """
    Return the net of a document that was read from a file.

    :raises ModelFileError: naming the file and what is wrong with it
    """
    try:
        net = net_of(document)
    except ModelFileError as error:
        raise ModelFileError(f"{path}: {error}") from error
    net.metadata = document.get("metadata") or {}
    return net


def read_document(path: Path) -> dict[str, Any]:
    """
    Return the document in a file, checked.

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
    problem = problem_within(document)
    if problem:
        raise ModelFileError(f"{path}: {problem}")
    read: dict[str, Any] = document
    return read


def reading_problem(document: Mapping[str, Any]) -> str:
    """Return why a document would not be read back; empty when it would, or when nobody here reads its architecture."""
    if not all(_has_one_reader(architecture) for architecture in _architectures(document)):
        return ""
    try:
        net_of(document)
    except KeyboardInterrupt:
        raise
    except ModelFileError as error:
        return str(error)
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _architectures(document: Mapping[str, Any]) -> Iterator[str]:
    yield document["architecture"]
    for inner in nested(document):
        yield from _architectures(inner)


def _has_one_reader(architecture: str) -> bool:
    offers = [record for offered in plugins.current().offers("net").values() for _, record in offered]
    return sum(isinstance(record, Net) and architecture in record.architectures for record in offers) == 1


class _NotFinite(ValueError):
    pass


def _refuse(constant: str) -> NoReturn:
    raise _NotFinite(f"it holds {constant}, which is no number that a player can use")
