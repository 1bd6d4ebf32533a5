"""Read a ``.nam`` file to a net."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nam_kernel.errors import ModelFileError, NamKernelError
from nam_kernel.interfaces import BaseNet
from nam_kernel.models import net_of
from nam_kernel.text import printable
from nam_plugin_nam.counting import readers, refuse_miscounts
from nam_plugin_nam.document import models_in, problem_within
from nam_plugin_nam.meanings import Player, read_as
from nam_plugin_nam.older import modern
from nam_plugin_nam.opening import read_json

LONGEST_MESSAGE = 1000
"""Characters; a message quotes the file, and a damaged one may hold anything."""


def read(path: Path, player: Player = "released", *, newest_last: bool = False) -> BaseNet:
    """
    Return the net of a file, in eval mode.

    What the file does not say is taken as ``read_as`` describes; what players disagree on is noted.

    :raises ModelFileError: naming the file and what is wrong with it
    """
    return net_in(read_document(path), path, player, newest_last=newest_last)


def net_in(
    document: Mapping[str, Any], path: Path, player: Player = "released", *, newest_last: bool = False
) -> BaseNet:
    """
    Return the net of a document that was read from a file; parameters as for ``read``.

    :raises ModelFileError: naming the file and what is wrong with it
    """
    try:
        meant = modern(document)
        refuse_miscounts(meant)
        net = net_of(read_as(meant, player, newest_last=newest_last))
    except ModelFileError as error:
        raise ModelFileError(f"{path}: {printable(str(error), LONGEST_MESSAGE)}") from error
    except NamKernelError:
        raise
    except Exception as error:
        told = printable(f"{type(error).__name__}: {error}", LONGEST_MESSAGE)
        raise ModelFileError(f"{path}: no net can be made of this model ({told})") from error
    net.metadata = document.get("metadata") or {}
    return net


def read_document(path: Path) -> dict[str, Any]:
    """
    Return the document in a file, checked.

    :raises ModelFileError: naming the file and what is wrong with it
    """
    document = read_json(path)
    problem = problem_within(document)
    if problem:
        raise ModelFileError(f"{path}: {printable(problem, LONGEST_MESSAGE)}")
    read: dict[str, Any] = document
    return read


def reading_problem(document: Mapping[str, Any]) -> str:
    """Return why a document would not be read back; empty when it would, or when nobody here reads its architecture."""
    if not all(len(readers(model["architecture"])) == 1 for _, model in models_in(document)):
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
