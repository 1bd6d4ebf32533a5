"""
Tell what a component raises as its failure, from whichever of Lightning's hooks it was called.

``SystemExit`` and ``StopIteration`` are failures like any other: Lightning would take the one for the end of the
program and the other for the end of the data.
"""

from __future__ import annotations

import contextlib
import errno
import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch

from nam_kernel.errors import NamKernelError, PluginError
from nam_kernel.interfaces import plain

_MEMORY = ("out of memory", "can't allocate memory", "cannot allocate memory", "not enough memory")
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


class Stopped(BaseException):
    """A signal stopped the training; not an ``Exception``, so that nothing on the way takes it for a failure."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error says that memory ran out, which is no component's failure."""
    if isinstance(error, (MemoryError, torch.cuda.OutOfMemoryError)):
        return True
    return isinstance(error, (RuntimeError, OSError)) and any(mark in str(error).lower() for mark in _MEMORY)


@contextlib.contextmanager
def blamed_on(title: str, *, writes: bool = False) -> Iterator[None]:
    """
    Blame what the block raises on a component.

    A signal, a lack of memory, and what is meant for the user already pass as they are.

    :param title: the component as messages call it
    :param writes: whether it writes into the run's folder, so that a full disk is not its failure
    :raises PluginError: naming the component and the cause
    """
    try:
        yield
    except (NamKernelError, Stopped):
        raise
    except BaseException as error:
        if is_out_of_memory(error) or (writes and isinstance(error, OSError) and error.errno in _DISK):
            raise
        raise PluginError(f"{title} failed: {told(error)}") from error


@contextlib.contextmanager
def guarded(component: Any, title: str, names: Iterable[str], base: type) -> Iterator[None]:
    """
    Blame what the methods of an object raise on it, while the block runs.

    :param names: of the methods; those that it has from ``base`` are left as they are
    """
    before = dict(vars(component))
    own = [n for n in names if n in before or getattr(type(component), n, None) is not getattr(base, n, None)]
    for name in own:
        setattr(component, name, _blaming(getattr(component, name), title))
    try:
        yield
    finally:
        for name in own:
            if name in before:
                setattr(component, name, before[name])
            else:
                delattr(component, name)


def name_of(component: Any) -> str:
    """Return the name of a component's class, of an adopted one that of its own."""
    return type(plain(component)).__name__


def told(error: BaseException) -> str:
    """Return an error with its kind, in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _blaming(method: Callable[..., Any], title: str) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(*arguments: Any, **keywords: Any) -> Any:
        with blamed_on(title, writes=True):
            return method(*arguments, **keywords)

    return call
