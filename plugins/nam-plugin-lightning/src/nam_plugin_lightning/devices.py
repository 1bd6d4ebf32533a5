"""On how many devices a training runs, and whether they are there; nothing else is silently used in their place."""

from __future__ import annotations

import os
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import torch

from nam_kernel.errors import Problem
from nam_kernel.text import suggestion
from nam_plugin_lightning.framework import pl

_LAUNCHED_ANOTHER_WAY = ("_spawn", "_fork", "_notebook")
_ONE_DEVICE = ("auto", "single_device")


def strategy_of(trainer: Mapping[str, Any]) -> Any:
    """
    Return the strategy of a training: ``ddp`` where it has several devices and none is named.

    Those that only differ in how Lightning would start the processes are ``ddp``, because this engine starts them.

    :param trainer: parameters of Lightning's ``Trainer``
    """
    given = trainer.get("strategy") or "auto"
    if given == "auto":
        return "ddp" if device_count(trainer) > 1 else "auto"
    if isinstance(given, str) and given.startswith("ddp"):
        for way in _LAUNCHED_ANOTHER_WAY:
            given = given.replace(way, "")
    return given


def device_count(trainer: Mapping[str, Any]) -> int:
    """Return the number of devices that are asked for; 1 where the parameters make no sense."""
    devices = devices_of(trainer)
    if isinstance(devices, list):
        return len(devices)
    if devices in ("auto", -1, "-1"):
        return 1 if trainer.get("accelerator") == "cpu" else max(1, torch.cuda.device_count())
    if isinstance(devices, str) and "," in devices:
        return len([index for index in devices.split(",") if index.strip()])
    try:
        return max(1, int(devices))
    except (TypeError, ValueError):
        return 1


def devices_of(trainer: Mapping[str, Any]) -> Any:
    """Return the ``devices`` of a training: one where neither they nor a strategy are named."""
    given = trainer.get("devices")
    if given is not None:
        return given
    return 1 if (trainer.get("strategy") or "auto") in _ONE_DEVICE else "auto"


def process_count(trainer: Mapping[str, Any]) -> int:
    """Return the number of processes of a training; 1 in a process that was started by another one."""
    if "LOCAL_RANK" in os.environ or not str(strategy_of(trainer)).startswith("ddp"):
        return 1
    return device_count(trainer)


def device_problems(trainer: Mapping[str, Any]) -> list[Problem]:
    """Return what is wrong with accelerator, devices and strategy."""
    return [*_accelerator_problems(trainer), *_strategy_problems(trainer)]


def _accelerator_problems(trainer: Mapping[str, Any]) -> list[Problem]:
    accelerator = trainer.get("accelerator") or "auto"
    registered = pl.accelerators.AcceleratorRegistry
    known = ["auto", "gpu", *registered.available_accelerators()]
    if accelerator not in known:
        near = get_close_matches(str(accelerator).casefold(), known, n=1, cutoff=0.7)
        meant = f"did you mean '{near[0]}'?" if near else f"known: {', '.join(sorted(known))}"
        return [Problem("trainer.accelerator", f"Lightning has no accelerator '{accelerator}'; {meant}")]
    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    there = {"auto": True, "gpu": cuda or mps, "cuda": cuda, "mps": mps}
    if accelerator not in there:
        there[accelerator] = registered[accelerator]["accelerator"].is_available()
    if not there[accelerator]:
        return [
            Problem(
                "trainer.accelerator",
                f"'{accelerator}' was asked for, but torch sees no such device on this machine; "
                'write "auto" to use the best there is, or install a torch that was built for it',
            )
        ]
    count = device_count(trainer)
    if cuda and accelerator in ("gpu", "cuda", "auto") and count > torch.cuda.device_count():
        there_are = torch.cuda.device_count()
        return [Problem("trainer.devices", f"{count} were asked for, but there are {there_are}")]
    return []


def _strategy_problems(trainer: Mapping[str, Any]) -> list[Problem]:
    found = []
    strategy = trainer.get("strategy") or "auto"
    known = ["auto", *pl.strategies.StrategyRegistry.available_strategies()]
    if isinstance(strategy, str) and strategy not in known:
        told = f"Lightning has no strategy '{strategy}'; {suggestion(str(strategy), known)}"
        found.append(Problem("trainer.strategy", told))
    elif isinstance(strategy, str) and strategy not in _ONE_DEVICE and not strategy.startswith("ddp"):
        told = f"this engine shares a training among processes by ddp only, not by '{strategy}'; leave strategy out"
        found.append(Problem("trainer.strategy", told))
    if trainer.get("num_nodes") not in (None, 1):
        told = f"this engine trains on one machine, got {trainer['num_nodes']!r}; leave it out"
        found.append(Problem("trainer.num_nodes", told))
    return found
