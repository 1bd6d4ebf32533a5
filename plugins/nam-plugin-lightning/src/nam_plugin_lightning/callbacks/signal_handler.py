"""Turn Ctrl-C and SIGTERM into an orderly end."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

from typing_extensions import override

from nam_plugin_lightning.framework import pl

_WATCHED = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM") if hasattr(signal, name))


class Stopped(BaseException):
    """A signal stopped the training; not an ``Exception``, so that nothing on the way takes it for a failure."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class SignalHandler(pl.Callback):
    """
    Raises ``Stopped`` as soon as a signal arrives; while a file is being written, once that is whole.

    It raises only while it is armed, and only for the first signal: the end that it asks for takes a
    moment, and an impatient second one must not spoil it. Outside of the main thread signals cannot be
    watched, and are not.

    :param watch: False in a process that another one ends
    """

    def __init__(self, watch: bool = True) -> None:
        self.watch = watch
        self.received: int | None = None
        self._depth = 1
        self._before: dict[int, Any] = {}

    def __enter__(self) -> SignalHandler:
        if self.watch and threading.current_thread() is threading.main_thread():
            self._before = {number: signal.getsignal(number) for number in _WATCHED}
            self._install()
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
        self._before = {}

    @override
    def on_train_start(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Take the signals back from Lightning, which installed handlers of its own."""
        self._install()

    @override
    def on_train_batch_start(self, trainer: pl.Trainer, pl_module: Any, batch: Any, batch_idx: int) -> None:
        """Raise what was lost: Python drops an exception that is raised inside a destructor."""
        self._raise_if_due()

    @contextlib.contextmanager
    def armed(self) -> Iterator[None]:
        """Have signals raise while the block runs."""
        self._depth -= 1
        try:
            self._raise_if_due()
            yield
        finally:
            self._depth += 1

    @contextlib.contextmanager
    def postponed(self) -> Iterator[None]:
        """Hold signals back until the block is done."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
        self._raise_if_due()

    def _install(self) -> None:
        for number in self._before:
            signal.signal(number, self._handle)

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if self.received is None:
            self.received = number
            self._raise_if_due()

    def _raise_if_due(self) -> None:
        if self.received is not None and not self._depth:
            raise Stopped(self.received)
