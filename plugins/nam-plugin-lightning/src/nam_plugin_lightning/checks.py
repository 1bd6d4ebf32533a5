"""Check the configs against what Lightning and torch accept, and the data against its batches, without training."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_type_hints

import torch
from pydantic import ConfigDict, PydanticSchemaGenerationError, TypeAdapter, ValidationError
from pytorch_lightning.accelerators import AcceleratorRegistry
from pytorch_lightning.loggers import Logger
from pytorch_lightning.strategies import StrategyRegistry
from torch.utils.data import DataLoader

from nam_kernel.config import ModelConfig
from nam_kernel.errors import Problem
from nam_kernel.interfaces import Finding, Job, flatten
from nam_kernel.text import suggestion
from nam_plugin_lightning.framework import pl
from nam_plugin_lightning.config import LightningConfig
from nam_plugin_lightning.data import empty_epoch
from nam_plugin_lightning.instances import instance_problems
from nam_plugin_lightning.keywords import keyword_problems, without_notes
from nam_plugin_lightning.launch import process_count
from nam_plugin_lightning.optimizers import optimizer_problems, scheduler_problems

_NOT_IN_JSON = ("self", "dataset", "sampler", "batch_sampler", "collate_fn", "worker_init_fn", "generator")


def model_problems(model: ModelConfig) -> list[Problem]:
    """Return what is wrong in the parts of the model config that belong to the engine."""
    return [*optimizer_problems(model.optimizer), *scheduler_problems(model.lr_scheduler)]


def learning_problems(config: LightningConfig) -> list[Problem]:
    """Return what is wrong in the learning config beyond the types of its sections."""
    return [
        *_loader_problems("train_dataloader", without_notes(config.train_dataloader)),
        *_loader_problems("val_dataloader", without_notes(config.val_dataloader)),
        *_trainer_problems(without_notes(config.trainer)),
        *_fit_problems(without_notes(config.trainer_fit_kwargs)),
    ]


def unbatchable(job: Job, config: LightningConfig) -> Iterator[Finding]:
    """Yield why the items of a job cannot be served in the batches of a config."""
    for split, loader, dataset in (
        ("train", config.train_dataloader, job.train),
        ("validation", config.val_dataloader, job.validation),
    ):
        lengths = sorted({int(d.ny) for d in flatten(dataset) if d.ny})
        if len(lengths) > 1 and (loader.get("batch_size", 1) or 1) > 1:
            told = ", ".join(map(str, lengths))
            yield Finding(
                "error",
                split,
                f"the recordings give items of different lengths ({told} samples), which fit into no batch",
                "give all of them one ny, or a batch_size of 1",
                kind="lengths",
            )
    empty = empty_epoch(-(-len(job.train) // process_count(config.trainer)), config.train_dataloader)
    if empty is not None:
        yield Finding("error", "train", *empty, kind="batches")


def _loader_problems(place: str, given: Mapping[str, Any]) -> list[Problem]:
    found = keyword_problems(place, DataLoader.__init__, given, leave_out=_NOT_IN_JSON)
    for key, least in (("batch_size", 1), ("num_workers", 0), ("prefetch_factor", 1)):
        value = given.get(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < least):
            found.append(Problem(f"{place}.{key}", f"must be a whole number of at least {least}, got {value!r}"))
    for key in ("shuffle", "drop_last", "pin_memory", "persistent_workers"):
        if not isinstance(given.get(key, False), (bool, type(None))):
            found.append(Problem(f"{place}.{key}", f"expected true or false, got {given[key]!r}"))
    if not given.get("num_workers"):
        found += [
            Problem(f"{place}.{key}", "only works with num_workers of at least 1")
            for key in ("prefetch_factor", "persistent_workers")
            if given.get(key)
        ]
    return found


def _trainer_problems(given: Mapping[str, Any]) -> list[Problem]:
    found = keyword_problems("trainer", pl.Trainer, given)
    found += instance_problems("trainer.callbacks", given.get("callbacks"), pl.Callback)
    if not isinstance(given.get("logger"), bool):
        found += instance_problems("trainer.logger", given.get("logger"), Logger)
    types = get_type_hints(pl.Trainer.__init__)
    for key, value in given.items():
        if key in types and key not in ("callbacks", "logger"):
            found += _type_problems(key, value, types[key])
    if not any(problem.where in ("trainer.accelerator", "trainer.devices") for problem in found):
        found += _device_problems(given)
    strategy = given.get("strategy")
    strategies = ["auto", *StrategyRegistry.available_strategies()]
    if isinstance(strategy, str) and strategy not in strategies:
        found.append(Problem("trainer.strategy", f"Lightning has no '{strategy}'; {suggestion(strategy, strategies)}"))
    return found


def _type_problems(key: str, value: Any, annotation: Any) -> list[Problem]:
    """Return how a value differs from the type in Lightning's signature."""
    try:
        TypeAdapter(annotation, config=ConfigDict(arbitrary_types_allowed=True)).validate_python(value, strict=True)
    except PydanticSchemaGenerationError:
        return []
    except ValidationError as error:
        reasons = "; or ".join(dict.fromkeys(_reason(e["msg"]) for e in error.errors(include_url=False)))
        return [Problem(f"trainer.{key}", f"{reasons}; got {value!r}")]
    return []


def _reason(message: str) -> str:
    return message[:1].lower() + message[1:].replace("Input should be", "must be")


def _device_problems(given: Mapping[str, Any]) -> list[Problem]:
    """Return devices that were asked for and are not there; nothing else is silently used in their place."""
    accelerator = given.get("accelerator", "auto")
    if not isinstance(accelerator, str):
        return []
    known = ["auto", "gpu", *AcceleratorRegistry.available_accelerators()]
    if accelerator not in known:
        return [Problem("trainer.accelerator", f"unknown; {suggestion(accelerator, known)}")]
    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    there = {"gpu": cuda or mps, "cuda": cuda, "mps": mps}
    if not there.get(accelerator, True):
        return [
            Problem(
                "trainer.accelerator",
                f"'{accelerator}' was asked for, but torch sees no such device on this machine; "
                'write "auto" to use the best there is, or install a torch that was built for the GPU',
            )
        ]
    devices = given.get("devices")
    most = torch.cuda.device_count() if cuda and accelerator in ("gpu", "cuda", "auto") else None
    wanted = len(devices) if isinstance(devices, list) else devices
    if most is not None and isinstance(wanted, int) and wanted > most:
        return [Problem("trainer.devices", f"{wanted} were asked for, but there are {most}")]
    return []


def _fit_problems(given: Mapping[str, Any]) -> list[Problem]:
    found = [Problem(f"trainer_fit_kwargs.{key}", _fit_advice(key)) for key in given if key != "ckpt_path"]
    path = given.get("ckpt_path")
    if path is not None and not (isinstance(path, str) and Path(path).expanduser().is_file()):
        found.append(Problem("trainer_fit_kwargs.ckpt_path", f"there is no checkpoint {path!r}"))
    return found


def _fit_advice(key: str) -> str:
    if key in inspect.signature(pl.Trainer.fit).parameters:
        return "the engine sets this; leave it out"
    return f"unknown key; {suggestion(key, ('ckpt_path',))}"
