"""
The life of a plugin, as frozen records: found, then loaded or failed.

- ``discovery`` finds it: a ``Found``, which is ``found``, ``legacy``, ``blocked``, ``incompatible`` or ``failed``.
- ``loader`` imports its hook module: a ``Plugin`` with that module, or with the reason why there is none.
- ``manager`` registers the module and asks what it offers: a ``Plugin`` that is ``loaded``, or ``failed``.
"""

import os
import traceback
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Self

from nam_kernel.components import Component
from nam_kernel.plugins.discovery import Found


@dataclass(frozen=True)
class Plugin:
    """
    A plugin and what became of it.

    :param state: ``found``, ``legacy``, ``blocked``, ``incompatible``, ``loaded`` or ``failed``
    :param reason: why it is not loaded, in one line
    :param traceback: of the failure, for ``-v``
    :param seconds: that its import took
    :param components: what it offers
    :param module: its hook module
    """

    found: Found
    state: str
    reason: str = ""
    traceback: str = ""
    seconds: float = 0.0
    components: tuple[Component, ...] = ()
    module: ModuleType | None = field(default=None, repr=False, compare=False)

    @property
    def title(self) -> str:
        """The plugin as messages call it."""
        return f"plugin '{self.found.name}' ({self.found.source})"

    @property
    def key(self) -> str:
        """A name that no other plugin has."""
        return f"{self.found.source}:{self.found.name}"

    def failed(self, reason: str, error: BaseException | None = None) -> Self:
        """Return the plugin as one that failed."""
        trace = "".join(traceback.format_exception(error)) if error is not None else ""
        return replace(self, state="failed", reason=reason, traceback=trace, components=(), module=None)


def cause(error: BaseException) -> str:
    """Return an error in one line, with the file and line in the plugin where it arose."""
    text = str(error).strip().splitlines()
    where = ""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not _is_machinery(f.filename)]
    if isinstance(error, SyntaxError) and error.filename:
        where = f" (line {error.lineno} of {error.filename})"
    elif frames:
        where = f" (line {frames[-1].lineno} of {frames[-1].filename})"
    return f"{type(error).__name__}{': ' + text[0] if text else ''}{where}"


def _is_machinery(filename: str) -> bool:
    here = os.path.dirname(__file__)
    return filename.startswith("<frozen") or filename.startswith(here) or os.sep + "importlib" + os.sep in filename
