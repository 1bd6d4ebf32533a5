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
    Send the log records of Lightning and of this engine, and every warning, to ``path``.

    Afterwards loggers and warnings are as they were before.
    """
    handler = logging.FileHandler(path, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    with contextlib.ExitStack() as stack:
        stack.callback(handler.close)
        for name in (*_TALKATIVE, "py.warnings", LOG.name):
            stack.enter_context(_redirected(logging.getLogger(name), handler))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("default")
        logging.captureWarnings(True)
        stack.callback(logging.captureWarnings, False)
        yield


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
