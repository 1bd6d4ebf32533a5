"""Observe a finished run: draw what was learned, and make a page to listen to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nam_kernel import hookimpl

if TYPE_CHECKING:
    from nam_kernel.interfaces import Result


@hookimpl
def nam_finished(result: Result) -> None:
    """Write ``losses.png``, ``comparison.png`` and ``report.html`` into the run directory."""
    if result.plots:
        from nam_plugin_report.report import write_report

        write_report(result)
