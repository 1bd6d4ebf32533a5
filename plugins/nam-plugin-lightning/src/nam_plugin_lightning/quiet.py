"""Keep the framework's messages off the screen: they go to a log file in the run's folder."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path

_TALKATIVE = ("pytorch_lightning", "lightning_fabric", "lightning.pytorch", "lightning.fabric")

LOG = logging.getLogger("nam_plugin_lightning")


@contextlib.contextmanager
def framework_to_file(path: Path) -> Iterator[None]:
    """
    Send the log records of Lightning and of this engine, and every warning, to ``path``; each warning once.

    Afterwards loggers and warnings are as they were before.
    """
    handler = logging.FileHandler(path, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.addFilter(_Once())
    with contextlib.ExitStack() as stack:
        stack.callback(handler.close)
        for name in (*_TALKATIVE, "py.warnings", LOG.name):
            stack.enter_context(_redirected(logging.getLogger(name), handler))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("default")
        logging.captureWarnings(True)
        stack.callback(logging.captureWarnings, False)
        yield


class _Once(logging.Filter):
    """
    Lets a warning pass once.

    Python's own memory of warnings is cleared whenever anybody changes the filters, as Lightning does in every epoch.
    """

    def __init__(self) -> None:
        super().__init__()
        self._seen: set[tuple[str, str]] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is to be written."""
        key = (record.name, record.getMessage())
        if record.levelno != logging.WARNING or record.name == LOG.name:
            return True
        new = key not in self._seen
        self._seen.add(key)
        return new


@contextlib.contextmanager
def _redirected(logger: logging.Logger, handler: logging.Handler) -> Iterator[None]:
    before = logger.handlers, logger.propagate, logger.level
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.handlers, logger.propagate, level = before
        logger.setLevel(level)
