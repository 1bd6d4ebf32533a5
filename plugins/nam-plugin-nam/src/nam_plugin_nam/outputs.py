"""Where a command may write: never onto what it reads or onto a device, and onto another file only when told to."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from nam_kernel.errors import UserError
from nam_kernel.files import expanded


def output_path(
    path: str | os.PathLike[str], inputs: Iterable[str | os.PathLike[str]] = (), *, force: bool = False
) -> Path:
    """
    Return where an output is written: an absolute path, links followed.

    :param inputs: files that the command reads
    :param force: overwrite a file that exists
    :raises UserError: when it is one of the inputs, a folder or a device, exists, or its folder does not
    """
    try:
        return _checked(expanded(path).resolve(), inputs, force)
    except (OSError, RuntimeError, ValueError) as error:
        raise UserError(f"{os.fspath(path)} cannot be written ({getattr(error, 'strerror', None) or error})") from None


def _checked(target: Path, inputs: Iterable[str | os.PathLike[str]], force: bool) -> Path:
    if not target.parent.is_dir():
        raise UserError(f"{target.parent} is not a folder; make it first")
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return target
    for given in inputs:
        source = expanded(given)
        if source.exists() and target.samefile(source):
            raise UserError(f"{target} is read by this command; give the output another name")
    if stat.S_ISDIR(mode):
        raise UserError(f"{target} is a folder; name the file to write in it")
    if not stat.S_ISREG(mode):
        raise UserError(f"{target} is a device or a pipe, onto which nothing is written; name a file")
    if not force:
        raise UserError(f"{target} exists; give another name, or overwrite it with --force")
    return target
