"""What a data loader's worker does first: leave the signals of the terminal to the training process."""

from __future__ import annotations

import signal


def start_worker(_index: int) -> None:
    """
    Let Ctrl-C, which a terminal sends to every process, end the training and not the worker.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
