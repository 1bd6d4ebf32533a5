"""What this plugin does for the kernel: dotted names in configs, older spellings, and nets written for ``nam``."""

from __future__ import annotations

import sys
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from nam_kernel import Trainer, hookimpl
from nam_plugin_compat.rival import refuse_rival

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nam_kernel import BaseNet
    from nam_kernel.components import Component
    from nam_kernel.config import RunConfig
    from nam_kernel.interfaces import Job
    from nam_kernel.run import Prepared
    from nam_plugin_lightning.config import LightningConfig

refuse_rival()


ENGINE = "nam-module"

AS_BEFORE: ContextVar[bool] = ContextVar("AS_BEFORE", default=False)
"""Whether runs use that engine where their config names none: those of the command ``nam-full`` do."""


CALLBACKS: ContextVar[Callable[[], list[Any]] | None] = ContextVar("CALLBACKS", default=None)
"""Returns the callbacks of the training that ``nam.train.core`` runs; None in any other."""


@hookimpl
def nam_trainers() -> Sequence[Trainer]:
    """Return the engine that trains the ``LightningModule`` of ``nam``, or an extension's in its place."""
    return [
        Trainer(
            name=ENGINE,
            target="nam_plugin_compat.engine:ModuleTrainer",
            config="nam_plugin_lightning.config:LightningConfig",
            summary="PyTorch Lightning with the module of nam.train.lightning_module, as nam.train.full.main has it",
        )
    ]


@hookimpl
def nam_configure(config: RunConfig) -> None:
    """Understand lists under ``kernel_size``; choose the engine for ``nam-full`` and for an extension's own module."""
    from nam_kernel.config import note
    from nam_plugin_compat.older import rename_kernel_sizes

    if rename_kernel_sizes(config.model.get("net")):
        note("a list under kernel_size is understood as kernel_sizes")
    module = sys.modules.get("nam.train.lightning_module")
    own = module is not None and (module.LightningModule, module.PackedLightningModule) != module.ORIGINAL
    if own or AS_BEFORE.get():
        config.learning.setdefault("engine", ENGINE)


@hookimpl(optionalhook=True)
def nam_lightning_callbacks(job: Job, config: LightningConfig) -> Sequence[Any]:
    """Return the callbacks that an extension has put into ``nam.train.full``, or those of ``nam.train.core``."""
    if "nam.train.full" not in sys.modules and CALLBACKS.get() is None:
        return []
    from nam_plugin_compat.engine import further_callbacks

    return further_callbacks(job, config)


@hookimpl
def nam_resolve(kind: str, name: str) -> Component | None:
    """Return the component that a dotted name stands for."""
    if "." not in name:
        return None
    from nam_plugin_compat.dotted import component

    return component(kind, name)


@hookimpl(tryfirst=True)
def nam_prepare(run: Prepared) -> None:
    """
    Carry out the entries of ``joint`` with a dotted name, and account for what datasets did to their level.

    The weights of a checkpoint of the older package are loaded here too.
    """
    if run.joint or "nam._dataset" in sys.modules:
        from nam_plugin_compat.joint import carry_out

        carry_out(run)
    if "nam_plugin_compat.reading" in sys.modules:
        from nam_plugin_compat.reading import keep_net_readable

        keep_net_readable(run.net)
    if run.checked.model.checkpoint_path is not None:
        from nam_plugin_compat.checkpoint import start_from_older

        start_from_older(run)


@hookimpl(optionalhook=True)
def nam_export(document: dict[str, Any], net: BaseNet) -> None:
    """Have a net that was written for ``nam`` edit its document by its own steps."""
    base = sys.modules.get("nam.models.base")
    if base is not None and base.BaseNet in type(net).__mro__:
        from nam_plugin_compat.reading import keep_readable

        net.edit_document(document)  # type: ignore[operator]
        keep_readable(document)
