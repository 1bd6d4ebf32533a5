"""The hook that this plugin declares and other plugins may implement: callbacks for Lightning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nam_kernel import hookspec

if TYPE_CHECKING:
    import pytorch_lightning as pl

    from nam_kernel.interfaces import Job
    from nam_plugin_lightning.config import LightningConfig


@hookspec
def nam_lightning_callbacks(job: Job, config: LightningConfig) -> Sequence[pl.Callback]:
    """
    Return callbacks for a training.

    They run before the engine's own, and see ``trainer.lightning_module.net`` as it is being trained. With several
    processes the hook is called in each of them. When an implementation raises, or returns something else, the run
    stops.

    :param job: the net, the data and the losses
    :param config: the engine's, in which ``trainer.callbacks`` names callbacks too

    Example::

        from nam_kernel import hookimpl

        @hookimpl(optionalhook=True)
        def nam_lightning_callbacks(job):
            from pytorch_lightning.callbacks import EarlyStopping

            return [] if job.validation is None else [EarlyStopping(monitor="ESR", patience=20)]
    """
    raise NotImplementedError
