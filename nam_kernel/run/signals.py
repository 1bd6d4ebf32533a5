"""Let Ctrl-C and SIGTERM wait while files are being finished."""

import signal
import threading
from types import FrameType
from typing import Any, Self

_WATCHED = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM") if hasattr(signal, name))


class Postponed:
    """
    Hold signals back while a block runs; ``received`` is then the number of the first, or None.

    Outside of the main thread Python delivers no signals, and there is nothing to hold back.
    """

    def __init__(self) -> None:
        self.received: int | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._note) for number in _WATCHED}
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.received = self.received or number
