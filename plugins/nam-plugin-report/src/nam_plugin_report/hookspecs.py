"""
The hook of this plugin: whatever is worth seeing at the end of a run can be shown on its page.

The example is a whole hook module. ``optionalhook`` lets it load where this plugin is not installed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from nam_kernel import hookspec
from nam_plugin_report.panel import ReportPanel

if TYPE_CHECKING:
    from nam_kernel import Result
    from nam_kernel.run import Prepared


@hookspec
def nam_report_panels(run: Prepared, result: Result) -> Iterable[ReportPanel]:
    """
    Return panels that the page shows after those of this plugin, which come through this hook as well.

    A plugin that raises, or returns anything else, is named in a warning, and its panels are left out.

    :param run: ``run.validation`` is at the level of the recordings
    :param result: everything but the report is on disk already

    Example::

        from nam_kernel import hookimpl

        @hookimpl(optionalhook=True)
        def nam_report_panels(run, result):
            from nam_plugin_report import ReportPanel

            seconds = result.seconds / max(result.epochs, 1)
            yield ReportPanel("Speed", rows=(("Time per epoch", f"{seconds:.1f} s"),))
    """
    raise NotImplementedError
