"""What a data loader's worker does first: leave signals, and the end that they bring, to the training process."""

from __future__ import annotations

import signal
import sys
from types import TracebackType


def start_worker(_index: int) -> None:
    """Let Ctrl-C, which a terminal sends to every process, end the training and not the worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    sys.excepthook = _pass_over_lost_connections


def _pass_over_lost_connections(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Say nothing when the training process ends while it is being handed a batch; that is not the worker's fault."""
    if not issubclass(kind, ConnectionError):
        sys.__excepthook__(kind, error, trace)
