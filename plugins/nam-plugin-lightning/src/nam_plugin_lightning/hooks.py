"""What this plugin offers: the trainer ``lightning``, a hook for its callbacks, and how it reads older configs."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from nam_kernel import Trainer, hookimpl

if TYPE_CHECKING:
    from nam_kernel.config import RunConfig
    from nam_kernel.run import Prepared

_CONFIG = "nam_plugin_lightning.config:LightningConfig"


@hookimpl
def nam_trainers() -> Sequence[Trainer]:
    """Return the engine."""
    return [
        Trainer(
            name="lightning",
            target="nam_plugin_lightning.engine:LightningTrainer",
            config=_CONFIG,
            summary="PyTorch Lightning, with any optimizer, scheduler, callback and device",
            default=True,
        )
    ]


@hookimpl
def nam_hookspecs() -> Sequence[str]:
    """Return the module of the hook for callbacks."""
    return ["nam_plugin_lightning.hookspecs"]


@hookimpl
def nam_configure(config: RunConfig) -> None:
    """Understand the keys of ``trainer`` that Lightning had before version 2."""
    from nam_kernel.config import note
    from nam_plugin_lightning.older import migrate_trainer_keys

    for section in _sections(config.learning):
        trainer = section.get("trainer")
        if isinstance(trainer, dict):
            for sentence in migrate_trainer_keys(trainer, section):
                note(sentence)


@hookimpl
def nam_started(run: Prepared) -> None:
    """Tell the engine in which style a person wants to see the progress."""
    engine = sys.modules.get("nam_plugin_lightning.engine")
    if engine is not None and isinstance(run.trainer, engine.LightningTrainer):
        run.trainer.style = run.options.progress


def _sections(learning: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the objects that hold the config of an engine like this one: the document, and the engine's own config."""
    engine = learning.get("engine")
    named = engine.get("name") if isinstance(engine, dict) else engine
    if named is not None and not _has_our_config(named):
        return
    yield learning
    if isinstance(engine, dict) and isinstance(engine.get("config"), dict):
        yield engine["config"]


def _has_our_config(engine: Any) -> bool:
    """Return whether an engine, perhaps another plugin's that is derived from this one, has the same config."""
    from nam_kernel import plugins
    from nam_kernel.errors import NamKernelError

    try:
        return isinstance(engine, str) and plugins.current().component("trainer", engine)[1].config == _CONFIG
    except NamKernelError:
        return False
