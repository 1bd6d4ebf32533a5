"""The hooks that this plugin declares and others may implement: callbacks, and optimizers and schedulers by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from nam_kernel import hookspec

if TYPE_CHECKING:
    import pytorch_lightning as pl
    import torch

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


@hookspec
def nam_lightning_optimizers() -> Mapping[
    str, type[torch.optim.Optimizer] | type[torch.optim.lr_scheduler.LRScheduler]
]:
    """
    Return optimizers and schedulers that ``optimizer.class`` and ``lr_scheduler.class`` may name beside torch's.

    Their parameters are checked like those of torch's classes. A scheduler with a parameter ``total_steps`` gets the
    length of the training where the config does not give it one, and steps with the optimizer.

    Example::

        from nam_kernel import hookimpl

        @hookimpl(optionalhook=True)
        def nam_lightning_optimizers():
            from mine import Lion

            return {"Lion": Lion}
    """
    raise NotImplementedError
