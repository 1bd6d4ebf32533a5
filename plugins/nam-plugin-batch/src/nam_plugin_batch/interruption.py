"""Note Ctrl-C and SIGTERM while a batch runs, so that it can end in order."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any, Self

_WATCHED = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM") if hasattr(signal, name))


class Interruption:
    """
    Notes signals while the block runs; ``received`` is the number of the first, or None.

    Closing the terminal ends nothing. Outside of the main thread signals cannot be watched, and are not.
    """

    def __init__(self) -> None:
        self.received: int | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._note) for number in _WATCHED}
            if hasattr(signal, "SIGHUP"):
                self._before[signal.SIGHUP] = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.received = self.received or number
