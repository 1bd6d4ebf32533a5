"""The trainer itself."""

from __future__ import annotations

import copy
import math
import signal
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from torch.utils.data import default_collate

from nam_devkit.examples.trainer.config import ExampleTrainerConfig
from nam_kernel import accelerate
from nam_kernel.config import ModelConfig
from nam_kernel.errors import Problem, TrainingError
from nam_kernel.files import atomic_write
from nam_kernel.interfaces import BaseNet, BaseTrainer, Batch, Finding, Fit, Job, Observer, Progress, unpack_batch

STATE = "training.pt"
"""The file in the run directory from which a training goes on."""


class ExampleTrainer(BaseTrainer):
    """Adam on batches drawn at random, on the CPU; a validation every few steps."""

    measures = ("ESR", "MSE")

    def __init__(self, config: ExampleTrainerConfig) -> None:
        self._config = config

    @classmethod
    def init_from_config(cls, config: ExampleTrainerConfig) -> ExampleTrainer:
        """Return a new trainer."""
        return cls(config)

    def problems(self, model: ModelConfig) -> Sequence[tuple[Literal["model", "learning"], Problem]]:
        """Return the keys of the model config that this trainer would not heed."""
        ignored = ("optimizer", "lr_scheduler", "checkpoint_path")
        told = "ExampleTrainer has an optimizer of its own; set learning_rate in the learning config"
        return [("model", Problem(key, told)) for key in ignored if getattr(model, key)]

    def findings(self, job: Job) -> Iterable[Finding]:
        """Yield that a net of several outputs cannot be trained."""
        if job.net.outputs:
            yield Finding("error", "net", "ExampleTrainer trains nets of one output", "choose another net or engine")

    def plan(self, job: Job) -> Sequence[tuple[str, str]]:
        """Return the number of steps and of validations."""
        return [("steps", f"{self._config.steps}, with {self._epochs} validations")]

    def fit(self, job: Job, directory: Path, observe: Observer, *, resume: bool = False) -> Fit:
        """Train until the last step, until ``observe`` returns False, or until Ctrl-C."""
        began, config, net, file = time.monotonic(), self._config, job.net.train(), directory / STATE
        optimizer = torch.optim.Adam(net.parameters(), config.learning_rate)
        dice = torch.Generator().manual_seed(job.seed)
        history: list[Progress] = []
        best, step, stopped, interrupted = copy.deepcopy(net), 0, None, None
        if resume and file.exists():
            state = torch.load(file, weights_only=True)
            net.load_state_dict(state["net"])
            best.load_state_dict(state["best"])
            optimizer.load_state_dict(state["optimizer"])
            dice.set_state(state["dice"])
            history = [Progress(**progress) for progress in state["history"]]
            step = history[-1].step
        forward = accelerate(net)
        try:
            while step < config.steps and not stopped:
                step += 1
                batch = _draw(job, config.batch_size, dice)
                loss = _loss(job, forward(batch.x, *batch.conditions, pad_start=False), batch)
                if not torch.isfinite(loss):
                    raise TrainingError(f"the loss is {loss.item()} at step {step}; try a smaller learning_rate")
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                if step % config.validate_every == 0 or step == config.steps:
                    metrics = _validate(job)
                    is_best = _is_best(metrics, history)
                    if is_best:
                        best.load_state_dict(net.state_dict())
                    epoch, epochs = len(history) + 1, self._epochs
                    history.append(Progress(epoch, step, metrics, best=is_best, epochs=epochs, steps=config.steps))
                    _save(file, net, best, optimizer, dice, history)
                    if not observe(history[-1], best if is_best else None):
                        stopped = f"The training was stopped after {step} steps."
        except KeyboardInterrupt:
            interrupted = int(signal.SIGINT)
        decisive = next((p for p in reversed(history) if p.best), None)
        return Fit(
            net=best.eval(),
            metrics=decisive.metrics if decisive else {},
            history=history,
            best_epoch=decisive.epoch if decisive else None,
            epochs=len(history),
            interrupted=interrupted,
            stopped=stopped,
            seconds=time.monotonic() - began,
        )

    @property
    def _epochs(self) -> int:
        return math.ceil(self._config.steps / self._config.validate_every)


def _draw(job: Job, size: int, dice: torch.Generator) -> Batch:
    """Return a batch of items drawn at random."""
    indices = torch.randint(len(job.train), (size,), generator=dice).tolist()
    return unpack_batch(default_collate([job.train[index] for index in indices]))


def _heard(job: Job, preds: torch.Tensor, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """Return predictions and targets without the samples that are masked."""
    return preds[:, job.mask_first :], batch.y[:, job.mask_first :]


def _loss(job: Job, preds: torch.Tensor, batch: Batch) -> torch.Tensor:
    """Return the weighted sum of the losses: ()."""
    terms = [term.weight * term(*_heard(job, preds, batch), batch) for term in job.losses if term.weight]
    return torch.stack(terms).sum()


def _validate(job: Job) -> dict[str, float]:
    """Return the metrics over the validation data; empty where there is none."""
    if job.validation is None:
        return {}
    errors = power = samples = 0.0
    sums = dict.fromkeys((term.label for term in job.losses), 0.0)
    job.net.eval()
    with torch.no_grad():
        for index in range(len(job.validation)):
            batch = unpack_batch(default_collate([job.validation[index]]))
            preds, targets = _heard(job, job.net(batch.x, *batch.conditions, pad_start=False), batch)
            for term in job.losses:
                sums[term.label] += float(term(preds, targets, batch)) / len(job.validation)
            errors += float((preds - targets).square().sum())
            power += float(targets.square().sum())
            samples += targets.numel()
    job.net.train()
    metrics = {**sums, "ESR": errors / max(power, 1e-12), "MSE": errors / samples}
    return {**metrics, "val_loss": metrics[job.val_loss]}


def _is_best(metrics: dict[str, float], history: Sequence[Progress]) -> bool:
    """Return whether a validation is better than all before it; without validation data the last state counts."""
    before = [progress.metrics["val_loss"] for progress in history if progress.metrics]
    return not metrics or metrics["val_loss"] < min(before, default=math.inf)


def _save(
    file: Path, net: BaseNet, best: BaseNet, optimizer: Any, dice: torch.Generator, history: list[Progress]
) -> None:
    """Write all that a resumed training needs, as tensors and plain values."""
    state = {
        "net": net.state_dict(),
        "best": best.state_dict(),
        "optimizer": optimizer.state_dict(),
        "dice": dice.get_state(),
        "history": [dict(vars(progress)) for progress in history],
    }
    with atomic_write(file) as temporary:
        torch.save(state, temporary)
