"""The start of a data loader's worker: signals, and the end that they bring, are left to the training process."""

from __future__ import annotations

import signal
import sys
from types import TracebackType


def start_worker(_index: int) -> None:
    """Ignore Ctrl-C, which a terminal sends to every process: it ends the training, and that ends the worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    sys.excepthook = _pass_over_lost_connections


def _pass_over_lost_connections(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print nothing when the training process ends while it is being handed a batch; that is not the worker's fault."""
    if not issubclass(kind, ConnectionError):
        sys.__excepthook__(kind, error, trace)
