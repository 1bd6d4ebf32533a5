"""Check the parameters of Lightning's trainer: by their types, by what they mean, and by making the trainer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_type_hints

from pydantic import ConfigDict, PydanticSchemaGenerationError, TypeAdapter, ValidationError

from nam_kernel.errors import Problem
from nam_kernel.text import suggestion
from nam_plugin_lightning.blame import told
from nam_plugin_lightning.devices import device_problems
from nam_plugin_lightning.framework import pl
from nam_plugin_lightning.instances import instance_problems, make_all
from nam_plugin_lightning.keywords import keyword_problems
from nam_plugin_lightning.launch import environment
from nam_plugin_lightning.settings import completed
from nam_plugin_lightning.stand_ins import undisturbed

_AT_LEAST_ONE = ("accumulate_grad_batches", "check_val_every_n_epoch", "val_check_interval", "limit_train_batches")
"""Numbers of which 0 means nothing, or a training that trains nothing."""

_PROFILERS = ("simple", "advanced", "pytorch")

_WITHOUT_END = ("max_epochs", "max_steps")
"""Numbers of at least 1, of which -1 means that there is no such end."""


def trainer_problems(given: Mapping[str, Any]) -> list[Problem]:
    """Return what is wrong in ``trainer``; a trainer is made where nothing else is, and nothing is written."""
    found = keyword_problems("trainer", pl.Trainer, given)
    found += instance_problems("trainer.callbacks", given.get("callbacks"), pl.Callback)
    if not isinstance(given.get("logger"), bool):
        found += instance_problems("trainer.logger", given.get("logger"), pl.loggers.Logger)
    types = get_type_hints(pl.Trainer.__init__)
    for key, value in given.items():
        if key in types and key not in ("callbacks", "logger"):
            found += _type_problems(key, value, types[key])
    wrong = {problem.where for problem in found}
    found += [p for p in (*_number_problems(given), *device_problems(given)) if p.where not in wrong]
    return found or trial_problems(given, make_all(given.get("callbacks")))


def trial_problems(given: Mapping[str, Any], callbacks: Sequence[pl.Callback]) -> list[Problem]:
    """Return why Lightning refuses to make a trainer, naming the key without which it would."""
    error = _trial(given, callbacks)
    if error is None:
        return []
    culprit = next((k for k in given if k != "callbacks" and _trial(_without(given, k), callbacks) is None), None)
    if culprit is None and callbacks:
        culprit = "callbacks" if _trial(given, ()) is None else None
    return [Problem(f"trainer.{culprit}" if culprit else "trainer", f"Lightning refuses it: {_told(error)}")]


def _trial(given: Mapping[str, Any], callbacks: Sequence[pl.Callback]) -> Exception | None:
    try:
        # Lightning takes the process for one that was started for its rank, and starts no other ones.
        with undisturbed(), environment({"LOCAL_RANK": "0"}):
            pl.Trainer(**{**completed(given, callbacks), "logger": False})
    except Exception as error:
        return error
    return None


def _told(error: Exception) -> str:
    text = told(error).partition(": ")[2] or told(error)
    if "enable_progress_bar" in text:
        return f'{text} (add "enable_progress_bar": true beside the callback, or leave it out)'
    return text


def _without(given: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name != key}


def _number_problems(given: Mapping[str, Any]) -> list[Problem]:
    found = [
        Problem(f"trainer.{key}", f"{given[key]} trains nothing; write a number of at least 1, or -1 for no such end")
        for key in _WITHOUT_END
        if isinstance(given.get(key), int) and (given[key] == 0 or given[key] < -1)
    ]
    found += [
        Problem(f"trainer.{key}", f"must be greater than 0, got {given[key]!r}")
        for key in _AT_LEAST_ONE
        if isinstance(given.get(key), (int, float)) and not given[key] > 0
    ]
    clip = given.get("gradient_clip_val")
    if isinstance(clip, (int, float)) and not clip >= 0:
        found.append(Problem("trainer.gradient_clip_val", f"must be at least 0, which is off, got {clip!r}"))
    profiler = given.get("profiler")
    if isinstance(profiler, str) and profiler.lower() not in _PROFILERS:
        advice = suggestion(profiler, _PROFILERS)
        found.append(Problem("trainer.profiler", f"there is no profiler '{profiler}' for these devices; {advice}"))
    limit = given.get("max_time")
    try:
        left = None if limit is None else pl.callbacks.Timer(limit).time_remaining()
    except Exception as error:
        return [*found, Problem("trainer.max_time", f"{limit!r} is no duration; write DD:HH:MM:SS ({told(error)})")]
    if left is not None and left <= 0:
        found.append(Problem("trainer.max_time", f"{limit!r} leaves no time to train"))
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
    plain = message.replace("Input should be", "must be")
    return plain[:1].lower() + plain[1:]
