"""The start of a data loader's worker: signals, and the end that they bring, are left to the training process."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator
from types import TracebackType

_CTRL_C = (signal.SIGINT,)


def start_worker(_index: int) -> None:
    """Ignore Ctrl-C, which a terminal sends to every process: it ends the training, and that ends the worker."""
    ignore_ctrl_c()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    sys.excepthook = _pass_over_lost_connections


def ignore_ctrl_c() -> None:
    """Ignore Ctrl-C in this process from now on, also when it was started deaf."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _CTRL_C)


@contextlib.contextmanager
def deaf_children() -> Iterator[None]:
    """
    Have the processes that are started in the block not hear Ctrl-C, until they ignore it.

    A process takes a second or two to start, in which Ctrl-C would end it with a traceback. In this process
    Ctrl-C waits for the end of the block.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _CTRL_C)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _pass_over_lost_connections(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print nothing when the training process ends while it is being handed a batch; that is not the worker's fault."""
    if not issubclass(kind, ConnectionError):
        sys.__excepthook__(kind, error, trace)
