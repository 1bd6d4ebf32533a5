"""What this plugin does for the kernel: dotted names in configs, and the export of nets written for ``nam``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from nam_kernel import hookimpl
from nam_plugin_compat.rival import refuse_rival

if TYPE_CHECKING:
    from nam_kernel import BaseNet
    from nam_kernel.components import Component

refuse_rival()


@hookimpl
def nam_resolve(kind: str, name: str) -> Component | None:
    """Find the component that a dotted name stands for."""
    if "." not in name:
        return None
    from nam_plugin_compat.dotted import component

    return component(kind, name)


@hookimpl
def nam_export(document: dict[str, Any], net: BaseNet) -> None:
    """Let a net that was written for ``nam`` edit its document in the ways that it knows."""
    base = sys.modules.get("nam.models.base")
    if base is not None and base.BaseNet in type(net).__mro__:
        net.edit_document(document)  # type: ignore[operator]
