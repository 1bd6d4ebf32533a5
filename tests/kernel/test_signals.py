"""Claims about holding signals back."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from nam_kernel.run.signals import Postponed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_waits_and_is_remembered(number: int) -> None:
    before = signal.getsignal(number)
    reached = False
    with Postponed() as signals:
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), signal.SIGINT)
        reached = True
    assert reached
    assert signals.received == number
    assert signal.getsignal(number) is before


def test_without_a_signal_nothing_is_remembered() -> None:
    with Postponed() as signals:
        pass
    assert signals.received is None


def test_outside_of_the_main_thread_it_does_nothing() -> None:
    seen = []

    def work() -> None:
        with Postponed() as signals:
            seen.append(signals.received)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [None]
