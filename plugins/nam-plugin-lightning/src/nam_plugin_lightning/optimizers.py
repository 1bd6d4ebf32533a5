"""Make the optimizer and the scheduler that a model config describes, and check them without making them."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from nam_kernel import plugins
from nam_kernel.config import ModelConfig, note
from nam_kernel.errors import ConfigError, PluginError, Problem
from nam_kernel.text import parameters, suggestion
from nam_plugin_lightning.keywords import keyword_problems, without_notes

FAR_ABOVE = 100.0
"""Times torch's own learning rate of an optimizer: there a training learns nothing."""

LENGTH = "total_steps"
"""The parameter of a scheduler that is the length of the training."""

_SOME_STEPS = 1000
"""A length with which a scheduler is tried before that of the training is known."""

_LENGTHS = (LENGTH, "epochs", "steps_per_epoch")
"""With these a config gives a scheduler its length itself."""

_TIMING = ("monitor", "interval", "frequency")
_SCHEDULER_KEYS = ("class", "kwargs", *_TIMING)


def make_optimizers(
    parameters: Sequence[torch.nn.Parameter],
    optimizer: Mapping[str, Any],
    scheduler: Mapping[str, Any] | None = None,
    steps: int | None = None,
) -> Any:
    """
    Return what ``LightningModule.configure_optimizers`` must return.

    :param optimizer: ``model.optimizer``: ``class`` (Adam by default) and its parameters
    :param scheduler: ``model.lr_scheduler``
    :param steps: how many the training has, which a scheduler may need
    :raises ConfigError: when torch refuses their values
    """
    made, problems = _made("optimizer", _optimizers()[_name_of(optimizer)], parameters, _parameters(optimizer))
    if scheduler and not problems:
        kwargs = {k: v for k, v in _parameters(scheduler.get("kwargs") or {}).items() if k != "verbose"}
        kind = _schedulers()[scheduler["class"]]
        if steps is not None and needs_length(scheduler):
            kind, kwargs = _of_this_length(kind), {**kwargs, LENGTH: steps}
        schedule, problems = _made("lr_scheduler", kind, made, kwargs)
    if problems:
        raise ConfigError("the model config", problems)
    if not scheduler:
        return made
    usual = {"monitor": "val_loss", **({"interval": "step"} if needs_length(scheduler) else {})}
    timing = {**usual, **{k: v for k, v in scheduler.items() if k in _TIMING and v is not None}}
    return {"optimizer": made, "lr_scheduler": {"scheduler": schedule, **timing}}


def optimizer_problems(optimizer: Mapping[str, Any]) -> list[Problem]:
    """Return what is wrong in ``model.optimizer``."""
    name, kinds = _name_of(optimizer), _optimizers()
    if not isinstance(name, str) or name not in kinds:
        return [Problem("optimizer.class", f"there is no optimizer '{name}'; {suggestion(str(name), kinds)}")]
    given = _parameters(optimizer)
    own = parameters(kinds[name]) - {"params"}
    nested = [key for key, value in given.items() if isinstance(value, Mapping) and key not in own]
    problems = [Problem(f"optimizer.{key}", _stand_beside(given[key])) for key in nested]
    flat = {key: value for key, value in given.items() if key not in nested}
    problems += keyword_problems("optimizer", kinds[name], flat, leave_out=("params",), beside=("class",))
    rate = given.get("lr", 1.0)
    if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 < rate < math.inf:
        problems.append(Problem("optimizer.lr", f"must be a positive number, got {rate!r}; 0.004 is usual"))
    return problems or _made("optimizer", kinds[name], [_stand_in()], given)[1]


def scheduler_problems(scheduler: Mapping[str, Any] | None) -> list[Problem]:
    """Return what is wrong in ``model.lr_scheduler``."""
    if not scheduler:
        return []
    scheduler, kinds = without_notes(scheduler), _schedulers()
    name, kwargs = scheduler.get("class"), scheduler.get("kwargs") or {}
    own = parameters(kinds[name]) if isinstance(name, str) and name in kinds else set()
    problems = [
        Problem(
            f"lr_scheduler.{key}",
            f"the arguments of {name} stand under 'kwargs'; move it there"
            if key in own
            else f"unknown key; {suggestion(key, _SCHEDULER_KEYS)}",
        )
        for key in scheduler
        if key not in _SCHEDULER_KEYS
    ]
    problems += _timing_problems(scheduler)
    if name is None:
        return [*problems, Problem("lr_scheduler.class", "this key is missing; ExponentialLR is usual")]
    if not isinstance(name, str) or name not in kinds:
        advice = suggestion(str(name), kinds)
        return [*problems, Problem("lr_scheduler.class", f"there is no scheduler '{name}'; {advice}")]
    if not isinstance(kwargs, Mapping):
        return [*problems, Problem("lr_scheduler.kwargs", "expected an object with its parameters")]
    filled = {LENGTH: _SOME_STEPS} if needs_length(scheduler) else {}
    return problems + _kwargs_problems(kinds[name], {**without_notes(kwargs), **filled})


def needs_length(scheduler: Mapping[str, Any] | None) -> bool:
    """Return whether a scheduler has to be told the length of the training, because the config does not."""
    kind = _schedulers().get((scheduler or {}).get("class", ""))
    given = (scheduler or {}).get("kwargs") or {}
    return kind is not None and LENGTH in parameters(kind) and all(given.get(key) is None for key in _LENGTHS)


def high_rate(model: ModelConfig) -> str:
    """Return in a sentence that the learning rate is far above the usual; empty when it is not."""
    name = _name_of(model.optimizer)
    default = getattr(inspect.signature(_optimizers()[name]).parameters.get("lr"), "default", None)
    usual = float(default) if isinstance(default, (int, float)) else 1.0
    highest = ((model.lr_scheduler or {}).get("kwargs") or {}).get("max_lr")
    given = [model.optimizer.get("lr", usual), *(highest if isinstance(highest, list) else [highest])]
    rate = max(float(value) for value in given if isinstance(value, (int, float)))
    if rate <= FAR_ABOVE * usual:
        return ""
    own = f"the default of {name} is {usual:g}" + (", and 0.004 is usual here" if name.startswith("Adam") else "")
    return f"a learning rate of {rate:g} is far above the usual ({own})"


def last_step(model: ModelConfig) -> tuple[int, bool] | None:
    """
    Return after how many steps a scheduler refuses to go on, and whether these are steps of the optimizer and not
    epochs; None for one that never does.
    """
    scheduler = model.lr_scheduler
    if not scheduler or needs_length(scheduler):
        return None
    made: Any = make_optimizers([_stand_in()], model.optimizer, scheduler)
    total = getattr(made["lr_scheduler"]["scheduler"], "total_steps", None)
    if total is None:
        return None
    return int(total) * int(scheduler.get("frequency") or 1), scheduler.get("interval") == "step"


def _of_this_length(kind: type) -> type:
    """Return a scheduler that is as long as this training, whatever length the checkpoint was written with."""

    def load_state_dict(self: Any, state: dict[str, Any]) -> None:
        own = {key: value for key, value in vars(self).items() if key in (LENGTH, "_schedule_phases")}
        kind.load_state_dict(self, {**state, **own})  # type: ignore[attr-defined]

    return type(kind.__name__, (kind,), {"load_state_dict": load_state_dict, "__doc__": kind.__doc__})


def _kwargs_problems(kind: type, kwargs: dict[str, Any]) -> list[Problem]:
    if kwargs.pop("verbose", None) is not None:
        note("lr_scheduler.kwargs.verbose means nothing any more and is left out")
    problems = keyword_problems("lr_scheduler.kwargs", kind, kwargs, leave_out=("optimizer",))
    stand_in = torch.optim.SGD([_stand_in()], lr=0.1, momentum=0.9)
    return problems or _made("lr_scheduler", kind, stand_in, kwargs)[1]


def _made(place: str, kind: Any, first: Any, kwargs: Mapping[str, Any]) -> tuple[Any, list[Problem]]:
    """Return a new object, or why torch refuses to make it."""
    try:
        return kind(first, **kwargs), []
    except (TypeError, ValueError, KeyError, RuntimeError) as error:
        return None, [Problem(place, f"{kind.__name__} refuses these values ({error})")]


def _stand_beside(given: Mapping[str, Any]) -> str:
    written = ", ".join(f'"{key}": {value!r}' for key, value in given.items()) or "them"
    return f"the arguments of an optimizer stand beside 'class'; write {written} there"


def _stand_in() -> torch.nn.Parameter:
    return torch.nn.Parameter(torch.zeros(2, 2))


def _optimizers() -> dict[str, type]:
    return _classes(torch.optim, torch.optim.Optimizer) | _brought(torch.optim.Optimizer)


def _schedulers() -> dict[str, type]:
    base = torch.optim.lr_scheduler.LRScheduler
    return _classes(torch.optim.lr_scheduler, base) | _brought(base)


def _brought(base: type) -> dict[str, type]:
    """
    Return the classes of a kind that plugins bring.

    :raises PluginError: when one brings anything but optimizers and schedulers
    """
    classes: dict[str, type] = {}
    kinds = (torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler)
    for title, hook in plugins.current().each("nam_lightning_optimizers"):
        answer = hook()
        entries = answer.values() if isinstance(answer, Mapping) else [answer]
        if not all(isinstance(entry, type) and issubclass(entry, kinds) for entry in entries):
            raise PluginError(
                f"{title}: its nam_lightning_optimizers returned {answer!r:.200}, not a dictionary from names to "
                "classes of optimizers and schedulers"
            )
        classes.update({str(name): entry for name, entry in answer.items() if issubclass(entry, base)})
    return classes


def _name_of(optimizer: Mapping[str, Any]) -> Any:
    return optimizer.get("class", "Adam")


def _timing_problems(scheduler: Mapping[str, Any]) -> list[Problem]:
    problems = []
    if scheduler.get("interval", "epoch") not in ("epoch", "step"):
        problems.append(Problem("lr_scheduler.interval", f"must be 'epoch' or 'step', got {scheduler['interval']!r}"))
    frequency = scheduler.get("frequency", 1)
    if isinstance(frequency, bool) or not isinstance(frequency, int) or frequency < 1:
        problems.append(Problem("lr_scheduler.frequency", f"must be a positive whole number, got {frequency!r}"))
    return problems


def _classes(module: Any, base: type) -> dict[str, type]:
    return {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, base) and value is not base and not name.startswith("_")
    }


def _parameters(optimizer: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in without_notes(optimizer).items() if key != "class"}
