"""What was found at the end of a run: looked for once, and told in sentences and on its page."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nam_kernel import BaseNet, Finding
from nam_plugin_parametric.after.excerpts import Excerpt, excerpts_of
from nam_plugin_parametric.after.labels import label_findings
from nam_plugin_parametric.after.scan import Scan, scan

if TYPE_CHECKING:
    from nam_kernel.interfaces import Result
    from nam_kernel.run import Prepared


@dataclass(frozen=True)
class Looked:
    """
    What was found.

    :param captures: of the run, whole, those of the training first
    :param labels: the settings that seem to be wrong
    """

    captures: tuple[Excerpt, ...]
    scan: Scan
    labels: tuple[Finding, ...]

    @property
    def findings(self) -> list[Finding]:
        """All that is wrong."""
        return [*self.labels, *self.scan.findings()]


_known: weakref.WeakKeyDictionary[BaseNet, Looked] = weakref.WeakKeyDictionary()


def looked(run: Prepared, result: Result) -> Looked | None:
    """Return what was found about the net of a run; None for one without knobs, or that does not declare them."""
    net = result.net
    if not net.conditions:
        return None
    if net not in _known:
        captures = excerpts_of(net, run)
        _known[net] = Looked(tuple(captures), scan(net, captures), tuple(label_findings(net, captures)))
    return _known[net]


def sentences(run: Prepared, result: Result) -> str | None:
    """Return what is wrong with the labels and the net of a run, a line each; None where nothing is."""
    found = looked(run, result)
    if found is None or result.interrupted is not None:
        return None
    return "\n".join(finding.text for finding in found.findings if finding.severity != "info") or None
