"""Observe a finished run: draw what was learned, and make a page to listen to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nam_kernel import hookimpl

if TYPE_CHECKING:
    from nam_kernel.interfaces import Result
    from nam_kernel.run import Prepared


@hookimpl
def nam_hookspecs() -> list[str]:
    """Return the module with the hook of this plugin."""
    return ["nam_plugin_report.hookspecs"]


@hookimpl
def nam_finished(run: Prepared, result: Result) -> None:
    """Write ``losses.png``, ``comparison.png`` and ``report.html`` into the run directory."""
    if run.options.plots:
        from nam_plugin_report.report import write_report

        write_report(run, result)
