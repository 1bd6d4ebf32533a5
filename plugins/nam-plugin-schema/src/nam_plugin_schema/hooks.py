"""What this plugin offers beside its command: the hook with which plugins describe keys of their own."""

from __future__ import annotations

from collections.abc import Sequence

from nam_kernel import hookimpl


@hookimpl
def nam_hookspecs() -> Sequence[str]:
    """Return the module of the hook."""
    return ["nam_plugin_schema.hookspecs"]
