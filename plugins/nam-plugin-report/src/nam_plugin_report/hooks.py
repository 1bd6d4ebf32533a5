"""Observe a run: follow its progress for programs, then draw what was learned and make a page to listen to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nam_kernel import hookimpl

if TYPE_CHECKING:
    from nam_kernel.interfaces import Progress, Result
    from nam_kernel.run import Prepared
    from nam_plugin_report.panel import ReportPanel


@hookimpl
def nam_hookspecs() -> list[str]:
    """Return the module with the hook of this plugin."""
    return ["nam_plugin_report.hookspecs"]


@hookimpl(tryfirst=True)
def nam_report_panels(run: Prepared, result: Result) -> Iterator[ReportPanel]:
    """Return the panels of this plugin: the worst second, spectrum, levels, hum and aliasing."""
    from nam_plugin_report.panels import own_panels

    return own_panels(run, result)


@hookimpl
def nam_started(run: Prepared) -> None:
    """Begin ``progress.jsonl`` with what is about to happen."""
    from nam_plugin_report.follow import append, beginning

    append(run, beginning(run))


@hookimpl
def nam_progress(run: Prepared, progress: Progress) -> None:
    """Add a validation to ``progress.jsonl``, and show it where the engine does not."""
    from nam_plugin_report.follow import append, validation
    from nam_plugin_report.people import WATCHES

    append(run, validation(progress))
    WATCHES.show(run, progress)


@hookimpl
def nam_finished(run: Prepared, result: Result) -> str | None:
    """End ``progress.jsonl``; write ``losses.png``, ``comparison.png`` and ``report.html``, and say where that is."""
    from nam_plugin_report.follow import append, ending
    from nam_plugin_report.people import WATCHES

    WATCHES.end(run)
    append(run, ending(result))
    if run.options.plots:
        from nam_plugin_report.report import write_report

        write_report(run, result)
    page = result.directory / "report.html"
    return f"Listen to it: {page}" if run.options.plots and page.exists() else None
