"""Check the configs against what Lightning and torch accept, and the data against its batches, without training."""

from __future__ import annotations

import inspect
import multiprocessing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import DataLoader, TensorDataset

from nam_kernel.config import ModelConfig
from nam_kernel.errors import ModelFileError, Problem
from nam_kernel.interfaces import Finding, Job, flatten
from nam_kernel.text import suggestion
from nam_plugin_lightning.blame import blamed_on, name_of, told
from nam_plugin_lightning.checkpoint import KEY, read_checkpoint
from nam_plugin_lightning.config import LightningConfig
from nam_plugin_lightning.data import OF_WORKERS, empty_epoch
from nam_plugin_lightning.devices import process_count
from nam_plugin_lightning.framework import pl
from nam_plugin_lightning.keywords import keyword_problems, without_notes
from nam_plugin_lightning.optimizers import high_rate, optimizer_problems, scheduler_problems
from nam_plugin_lightning.plan import batches_per_epoch, planned_epochs
from nam_plugin_lightning.schedule import schedule_findings
from nam_plugin_lightning.spawning import spawn_findings
from nam_plugin_lightning.trainer_checks import trainer_problems

_NOT_IN_JSON = ("self", "dataset", "sampler", "batch_sampler", "collate_fn", "worker_init_fn", "generator")


def model_problems(model: ModelConfig) -> list[Problem]:
    """Return what is wrong in the parts of the model config that belong to the engine."""
    found = [*optimizer_problems(model.optimizer), *scheduler_problems(model.lr_scheduler)]
    if model.checkpoint_path is not None:
        try:
            read_checkpoint(model.checkpoint_path)
        except ModelFileError as error:
            found.append(Problem("checkpoint_path", str(error)))
    return found


def learning_problems(config: LightningConfig) -> list[Problem]:
    """Return what is wrong in the learning config beyond the types of its sections."""
    return [
        *_loader_problems("train_dataloader", without_notes(config.train_dataloader)),
        *_loader_problems("val_dataloader", without_notes(config.val_dataloader)),
        *trainer_problems(without_notes(config.trainer)),
        *_fit_problems(config, without_notes(config.trainer_fit_kwargs)),
    ]


def job_findings(job: Job, config: LightningConfig) -> Iterator[Finding]:
    """Yield what can be told about a job without a step of the training."""
    yield from _unbatchable(job, config)
    yield from spawn_findings(job, config)
    yield from schedule_findings(job, config)
    high = high_rate(job.model)
    if high:
        yield Finding("warning", "optimizer.lr", high, "a training with it will hardly learn", kind="learning_rate")


def _unbatchable(job: Job, config: LightningConfig) -> Iterator[Finding]:
    """Yield why the items of a job cannot be served in the batches of a config."""
    for split, loader, dataset in (
        ("train", config.train_dataloader, job.train),
        ("validation", config.val_dataloader, job.validation),
    ):
        lengths = sorted({length for part in flatten(dataset) if (length := _length(part))})
        if len(lengths) > 1 and (loader.get("batch_size", 1) or 1) > 1:
            listed = ", ".join(map(str, lengths))
            yield Finding(
                "error",
                split,
                f"the recordings give items of different lengths ({listed} samples), which fit into no batch",
                "give all of them one ny, or a batch_size of 1",
                kind="lengths",
            )
    empty = empty_epoch(-(-len(job.train) // process_count(config.trainer)), config.train_dataloader)
    if empty is not None:
        yield Finding("error", "train", *empty, kind="batches")
    elif batches_per_epoch(len(job.train), config) < 1:
        keys = [key for key in ("limit_train_batches", "overfit_batches") if config.trainer.get(key)]
        yield Finding(
            "error",
            f"trainer.{(keys or ['limit_train_batches'])[0]}",
            f"that is less than one batch of the {len(job.train)} training items, so nothing is left to train on",
            "make it larger, or leave it out",
            kind="batches",
        )


def _length(dataset: Any) -> int:
    with blamed_on(f"the ny of the dataset {name_of(dataset)}"):
        return int(dataset.ny or 0)


def _loader_problems(place: str, given: Mapping[str, Any]) -> list[Problem]:
    found = keyword_problems(place, DataLoader.__init__, given, leave_out=_NOT_IN_JSON)
    for key, least in (("batch_size", 1), ("num_workers", 0), ("prefetch_factor", 1)):
        value = given.get(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < least):
            found.append(Problem(f"{place}.{key}", f"must be a whole number of at least {least}, got {value!r}"))
    for key in ("shuffle", "drop_last", "pin_memory", "persistent_workers", "in_order"):
        if not isinstance(given.get(key, False), (bool, type(None))):
            found.append(Problem(f"{place}.{key}", f"expected true or false, got {given[key]!r}"))
    timeout = given.get("timeout", 0)
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or not timeout >= 0:
        found.append(Problem(f"{place}.timeout", f"must be a number of seconds of at least 0, got {timeout!r}"))
    methods, method = multiprocessing.get_all_start_methods(), given.get("multiprocessing_context")
    if isinstance(method, str) and method not in methods:
        found.append(
            Problem(f"{place}.multiprocessing_context", f"there is no '{method}'; {suggestion(method, methods)}")
        )
    if not given.get("num_workers"):
        found += [
            Problem(f"{place}.{key}", "only works with num_workers of at least 1")
            for key in OF_WORKERS
            if given.get(key)
        ]
    if not found:
        try:
            DataLoader(TensorDataset(torch.zeros(1)), **given)
        except Exception as error:
            found.append(Problem(place, f"torch's DataLoader refuses these values ({told(error)})"))
    return found


def _fit_problems(config: LightningConfig, given: Mapping[str, Any]) -> list[Problem]:
    found = [Problem(f"trainer_fit_kwargs.{key}", _fit_advice(key)) for key in given if key != "ckpt_path"]
    path, place = given.get("ckpt_path"), "trainer_fit_kwargs.ckpt_path"
    if path is None:
        return found
    if not isinstance(path, str) or not Path(path).expanduser().is_file():
        return [*found, Problem(place, f"there is no checkpoint {path!r}")]
    try:
        document = read_checkpoint(Path(path).expanduser(), to_go_on=True)
    except ModelFileError as error:
        return [*found, Problem(place, str(error))]
    done, planned = document[KEY]["epochs"], planned_epochs(config.trainer)
    if planned is not None and done >= planned:
        what = f"{path} has {done} epochs behind it, and the training ends at {planned}; raise trainer.max_epochs"
        found.append(Problem(place, what))
    return found


def _fit_advice(key: str) -> str:
    if key in inspect.signature(pl.Trainer.fit).parameters:
        return "the engine sets this; leave it out"
    return f"unknown key; {suggestion(key, ('ckpt_path',))}"
