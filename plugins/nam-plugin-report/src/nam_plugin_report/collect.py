"""Collect the panels that plugins add to the page, this one among them."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from nam_kernel import plugins
from nam_kernel.errors import NamKernelError
from nam_plugin_report.panel import ReportPanel

if TYPE_CHECKING:
    from nam_kernel.interfaces import Result
    from nam_kernel.run import Prepared

_log = logging.getLogger(__name__)


def added_panels(run: Prepared, result: Result) -> list[ReportPanel]:
    """Return what every plugin's ``nam_report_panels`` returns; one that fails is named in a warning."""
    panels: list[ReportPanel] = []
    for title, call in plugins.current().each("nam_report_panels"):
        try:
            panels += _panels(call(run=run, result=result))
        except KeyboardInterrupt:
            raise
        except NamKernelError as error:
            _log.warning("%s; it is left out of the report", error)
        except BaseException as error:
            told = f"{type(error).__name__}: {error}"
            _log.warning("%s: its nam_report_panels raised %s; it is left out of the report", title, told)
    return panels


def _panels(answer: Any) -> list[ReportPanel]:
    """Return the panels; they may come from a generator, which fails while it is read."""
    if answer is None:
        return []
    if not isinstance(answer, Iterable):
        raise TypeError(f"{type(answer).__name__} is returned, not a list of ReportPanel")
    panels = list(answer)
    strange = next((panel for panel in panels if not isinstance(panel, ReportPanel)), None)
    if strange is not None:
        raise TypeError(f"{type(strange).__name__} is among the panels, which are of type ReportPanel")
    return panels
