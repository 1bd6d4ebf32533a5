"""Turn Ctrl-C and SIGTERM into an orderly end."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from types import FrameType
from typing import Any

from typing_extensions import override

from nam_plugin_lightning.blame import Stopped
from nam_plugin_lightning.framework import pl

_WATCHED = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM") if hasattr(signal, name))

IMPATIENCE = 2.0
"""Seconds after a signal in which further ones mean the same: that the training is to end."""


class SignalHandler(pl.Callback):
    """
    Raises ``Stopped`` as soon as a signal arrives; while a file is being written, once that is whole.

    It raises only while it is armed, and only for the first signal: the end that it asks for takes a
    moment, and an impatient second one must not spoil it. Those that follow within two seconds are passed over even
    when the training is over, while its result is being written. Outside of the main thread signals cannot be watched,
    and are not.

    :param watch: False in a process that another one ends
    :param lingers: False to hear every signal again as soon as the block is over
    """

    def __init__(self, watch: bool = True, *, lingers: bool = True) -> None:
        self.watch = watch
        self.lingers = lingers
        self.received: int | None = None
        self._last = 0.0
        self._depth = 1
        self._before: dict[int, Any] = {}

    def __enter__(self) -> SignalHandler:
        if self.watch and threading.current_thread() is threading.main_thread():
            self._before = {number: _former_handler(number) for number in _WATCHED}
            self._install()
        return self

    def __exit__(self, *exception: object) -> None:
        passed_over = _PassedOver(self._before, self._last)
        for number, handler in self._before.items():
            signal.signal(number, passed_over if self.lingers and self.received is not None else handler)
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
        self._last = time.monotonic()
        if self.received is None:
            self.received = number
            self._raise_if_due()

    def _raise_if_due(self) -> None:
        if self.received is not None and not self._depth:
            raise Stopped(self.received)


class _PassedOver:
    """
    A handler for the repetitions of a signal, which gives way to the former ones as soon as there are none.

    :param before: the former handlers
    :param last: when the last signal came, on the monotonic clock
    """

    def __init__(self, before: Mapping[int, Any], last: float) -> None:
        self.before = before
        self._last = last

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        impatient, self._last = now - self._last < IMPATIENCE, now
        if impatient:
            return
        for each, handler in self.before.items():
            if signal.getsignal(each) is self:
                signal.signal(each, handler)
        signal.raise_signal(number)


def _former_handler(number: int) -> Any:
    """Return what is to handle a signal again, afterwards; None stands for a handler that Python does not know."""
    handler = signal.getsignal(number)
    if isinstance(handler, _PassedOver):
        return handler.before[number]
    return handler if handler is not None else signal.SIG_DFL
