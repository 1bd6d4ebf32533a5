"""Where the knobs of a net stand while something is rendered: at a setting, or moving."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass

import torch

from nam_kernel import Condition
from nam_kernel.errors import ConfigError, DataError, UserError
from nam_kernel.interfaces import BaseNet, plain
from nam_kernel.text import suggestion
from nam_plugin_nam.motion import Motion, problems_of


@dataclass(frozen=True)
class Knobs:
    """
    The conditions of a net.

    :param conditions: as the net declares them; None for each that it does not declare
    :param setting: one number for each
    :param moving: values over time of those that move
    """

    conditions: tuple[Condition | None, ...]
    setting: tuple[float, ...]
    moving: Motion | None = None

    @classmethod
    def of(cls, net: BaseNet, values: Mapping[str, float | str], moving: Motion | None = None) -> Knobs:
        """
        Return the knobs of a net.

        :param values: by name; those left out have their defaults. Of a net that does not declare any, by the names or
            the numbers of what its ``forward`` takes after the audio, all of them.
        :raises UserError: when there is no such knob, or a value is out of range
        """
        if moving is not None:
            _refuse_others(net, moving, values)
        if net.conditions is not None:
            return cls(net.conditions, net.settings(values), moving)
        setting = _undeclared(net, values)
        return cls((None,) * len(setting), setting, moving)

    def over(self, length: int, sample_rate: float) -> list[float | torch.Tensor]:
        """Return each of them as a number, or where it moves as a signal, (length,)."""
        return [
            value
            if c is None or self.moving is None or c.name not in self.moving.values
            else torch.from_numpy(self.moving.signal(c, 0, length, sample_rate, held=False))
            for c, value in zip(self.conditions, self.setting, strict=True)
        ]


def _refuse_others(net: BaseNet, moving: Motion, values: Mapping[str, float | str]) -> None:
    """
    Refuse a file of values over time that is not about the knobs of a net.

    :raises UserError: naming the column, or the line
    """
    named = {condition.name: condition for condition in net.conditions or () if condition.name}
    for name in moving.values:
        if name not in named:
            raise UserError(f"{moving.path}: the model has no knob '{name}'; {suggestion(name, list(named))}")
        if name in values:
            raise UserError(f"{name} moves in {moving.path} and is set as well; leave out one of them")
    problems = problems_of(moving, tuple(named.values()))
    if problems:
        raise ConfigError(str(moving.path), problems)


def _undeclared(net: BaseNet, values: Mapping[str, float | str]) -> tuple[float, ...]:
    """
    Return one number for everything that the ``forward`` of a net takes after the audio.

    :param values: by the parameters' names, or their numbers from 1
    :raises UserError: when one is missing or no number, or there is no such parameter
    :raises DataError: when ``forward`` takes any number of them, ``*conditions``
    """
    parameters = inspect.signature(plain(net).forward).parameters.values()
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        raise DataError(
            f"this {net.architecture} model does not say which conditions it takes beside the audio; "
            "render it from Python"
        )
    of_keywords = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD)
    taken = [p.name for p in parameters if p.name != "pad_start" and p.kind not in of_keywords][1:]
    given = {
        taken[int(key) - 1] if key.isdigit() and 0 < int(key) <= len(taken) else key: v for key, v in values.items()
    }
    unknown = sorted(set(given) - set(taken))
    missing = [name for name in taken if name not in given]
    if unknown:
        raise UserError(f"the model has no knob '{unknown[0]}'; it has: {', '.join(taken) or 'none'}")
    if missing:
        told = " ".join(f"--set {name}=VALUE" for name in missing)
        raise UserError(f"this {net.architecture} does not say where its knobs stand by default; add {told}")
    try:
        return tuple(float(given[name]) for name in taken)
    except ValueError as error:
        raise UserError(f"a knob without a declaration takes a number ({error})") from None
