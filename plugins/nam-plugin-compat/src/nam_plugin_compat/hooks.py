"""What this plugin does for the kernel: dotted names in configs, and the export of nets written for ``nam``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from nam_kernel import Trainer, hookimpl
from nam_plugin_compat.rival import refuse_rival

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nam_kernel import BaseNet
    from nam_kernel.components import Component
    from nam_kernel.config import RunConfig

refuse_rival()


ENGINE = "nam-module"


@hookimpl
def nam_trainers() -> Sequence[Trainer]:
    """Offer the engine that trains a ``LightningModule`` of an extension."""
    return [
        Trainer(
            name=ENGINE,
            target="nam_plugin_compat.engine:ModuleTrainer",
            summary="PyTorch Lightning with the LightningModule that an extension put into nam.train.lightning_module",
        )
    ]


@hookimpl
def nam_configure(config: RunConfig) -> None:
    """Choose that engine when an extension has put a class of its own in place of ``LightningModule``."""
    module = sys.modules.get("nam.train.lightning_module")
    if module is not None and module.LightningModule is not module.ORIGINAL:
        config.learning.setdefault("engine", ENGINE)


@hookimpl
def nam_callbacks(config: RunConfig) -> Sequence[Any]:
    """Give the callbacks that an extension has put into ``nam.train.full``."""
    if "nam.train.full" not in sys.modules:
        return []
    from nam.train._parts import further_callbacks

    return further_callbacks(config.learning)


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
