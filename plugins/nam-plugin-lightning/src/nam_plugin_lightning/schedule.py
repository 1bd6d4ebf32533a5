"""Check the learning rate's schedule against the length of the training."""

from __future__ import annotations

from collections.abc import Iterator

from nam_kernel.interfaces import Finding, Job
from nam_plugin_lightning.config import LightningConfig
from nam_plugin_lightning.optimizers import last_step, needs_length
from nam_plugin_lightning.plan import first_validation, planned_epochs, planned_steps

_MEASURED_IN_TRAINING = ("train_loss", "lr")


def schedule_findings(job: Job, config: LightningConfig) -> Iterator[Finding]:
    """Yield why the scheduler of a job could not step when it is to."""
    scheduler = job.model.lr_scheduler
    if not scheduler:
        return
    if needs_length(scheduler) and planned_steps(len(job.train), config) is None:
        yield Finding(
            "error",
            "lr_scheduler",
            f"{scheduler['class']} needs the number of steps of the training, which has no such end",
            "give it kwargs.total_steps, or the trainer max_epochs or max_steps",
            kind="schedule",
        )
    yield from _too_short(job, config)
    if scheduler.get("class") == "ReduceLROnPlateau":
        yield from _too_early(job, config)


def _too_short(job: Job, config: LightningConfig) -> Iterator[Finding]:
    end = last_step(job.model)
    if end is None:
        return
    last, of_optimizer = end
    planned = planned_steps(len(job.train), config) if of_optimizer else planned_epochs(config.trainer)
    if planned is None or planned > last:
        unit = "steps" if of_optimizer else "epochs"
        yield Finding(
            "error",
            "lr_scheduler",
            f"it ends after {last} {unit}, but the training "
            + (f"has {planned}" if planned is not None else "has no such end"),
            f"give it {planned if planned is not None else 'more'} {unit}, or the training fewer",
            kind="schedule",
        )


def _too_early(job: Job, config: LightningConfig) -> Iterator[Finding]:
    assert job.model.lr_scheduler is not None
    scheduler = job.model.lr_scheduler
    monitor, frequency = scheduler.get("monitor") or "val_loss", scheduler.get("frequency") or 1
    if monitor in _MEASURED_IN_TRAINING:
        return
    if job.validation is None or config.trainer.get("limit_val_batches") == 0:
        yield Finding(
            "error",
            "lr_scheduler.monitor",
            f"nothing is validated, so there is no '{monitor}' for ReduceLROnPlateau",
            "add a validation part to the data, or monitor 'train_loss'",
            kind="schedule",
        )
        return
    first = first_validation(len(job.train), config)
    if scheduler.get("interval") == "step" or frequency % first:
        yield Finding(
            "error",
            "lr_scheduler.frequency",
            f"ReduceLROnPlateau would look for '{monitor}' before the first validation, after epoch {first}",
            f'leave interval out, and write "frequency": {first}',
            kind="schedule",
        )
