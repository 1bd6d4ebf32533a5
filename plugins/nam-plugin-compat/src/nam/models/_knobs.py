"""What a net takes beside the audio: read off its signature, and brought into the form that it was written for."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nam_kernel import Condition


def takes(function: Callable[..., Any], keyword: str) -> bool:
    """Return whether a function takes a keyword."""
    parameters = inspect.signature(function).parameters
    return keyword in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())


def places(method: Callable[..., Any]) -> list[inspect.Parameter] | None:
    """
    Return the parameters of a method after the audio, ``pad_start`` left out; None where it takes any number.

    :param method: of a class, ``self`` its first parameter
    """
    parameters = list(inspect.signature(method).parameters.values())
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return None
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return [p for p in positional if p.name != "pad_start"][2:]


def knobs_of(method: Callable[..., Any]) -> tuple[Condition, ...] | None:
    """
    Return a knob for each parameter of a method after the audio, called as that is; None where it takes any number.

    Nobody knows their range, so that any number will do. The default is that of the parameter, and -inf where it has
    none. A parameter that may be something else than a number is no knob, and those after it are left out.
    """
    parameters = places(method)
    if parameters is None:
        return None
    knobs: list[Condition] = []
    for parameter in parameters:
        usual = -math.inf if parameter.default is parameter.empty else parameter.default
        if isinstance(usual, bool) or not isinstance(usual, (int, float)):
            break
        knobs.append(Condition(parameter.name, -math.inf, math.inf, float(usual)))
    return tuple(knobs)


def batched(x: Tensor, conditions: Sequence[Any]) -> tuple[Tensor, tuple[Any, ...]]:
    """Return the audio and its conditions as a batch; a number is for every item."""
    single = x.ndim == 1
    batch = x[None] if single else x

    def in_batch(condition: Any) -> Any:
        if isinstance(condition, bool) or not isinstance(condition, (Real, Tensor, np.ndarray)):
            return condition
        values = torch.as_tensor(condition, dtype=x.dtype, device=x.device)
        if values.ndim == 0:
            return values.expand(len(batch))
        return values[None] if single else values

    return batch, tuple(in_batch(condition) for condition in conditions)
