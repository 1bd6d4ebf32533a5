"""The laws of what can be set on a net: its conditions, its level, and a setting that is baked in."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from nam_devkit.law import Law, require, skip
from nam_devkit.laws_net import EXTRA, conditions_for, new_net, run
from nam_devkit.laws_net_state import after_lead_in
from nam_devkit.signals import noise, require_equal, stir
from nam_devkit.subjects import NetSubject
from nam_kernel.components import Condition
from nam_kernel.errors import UserError
from nam_kernel.models import document_of, net_of

FACTOR = 0.37
"""By which outputs are scaled: no power of two, so that rounding counts."""


def conditions_are_as_declared(subject: NetSubject) -> None:
    """The net takes as many conditions as it declares, hears each, and a constant sounds as a signal that stays."""
    net = new_net(subject)
    declared = _declared(net)
    names = [c.name for c in declared if c.name]
    require(
        all(isinstance(c, Condition) for c in declared) and len(set(names)) == len(names),
        f"conditions are {list(declared)}; return Condition records, each with a name of its own",
    )
    if not declared:
        return
    length = int(net.receptive_field) + EXTRA
    x, values = noise(2, length), net.settings()
    constants = [torch.full((2,), value) for value in values]
    with torch.no_grad():
        expected = net(x, *(c[:, None].expand(2, length) for c in constants))
        require_equal(
            _accepted(net, x, constants),
            expected,
            "constants (B,) sound different from signals (B, L) that stay; nam_kernel.interfaces.over_time makes "
            "channels of both",
        )
    deaf = set(range(len(declared))).intersection(*(_unheard(subject, seed) for seed in range(3)))
    told = ", ".join(declared[i].name or str(i) for i in sorted(deaf))
    require(not deaf, f"the output does not depend on {told}; leave it out of conditions, or use it in compute")
    try:
        with torch.no_grad():
            net(x, *constants[1:])
    except Exception:
        return
    raise AssertionError(
        f"it declares {len(declared)} conditions and takes {len(declared) - 1} in silence; over_time counts them"
    )


def scaled_output_is_exact(subject: NetSubject) -> None:
    """``scale_output`` multiplies the output, that of the exported document too, or refuses with a ``UserError``."""
    net = new_net(subject, 1)
    stir(list(net.parameters()), 1)
    x = noise(1, int(net.receptive_field) + EXTRA)
    with torch.no_grad():
        expected = FACTOR * run(subject, net, x)
        scaled = copy.deepcopy(net)
        done, _ = _tried(scaled.scale_output, FACTOR)
        if not done:
            return
        require_equal(
            run(subject, scaled, x),
            expected,
            f"scale_output({FACTOR}) does not multiply the output by {FACTOR}; scale all that is added up last, "
            "its bias too",
        )
    require_equal(
        after_lead_in(subject, net_of(json.loads(json.dumps(document_of(scaled))))),
        FACTOR * after_lead_in(subject, net),
        "the exported document has another level; scale_output has to change what export_weights returns",
        tolerance=1e-4,
    )


def baked_net_is_the_net_at_a_setting(subject: NetSubject) -> None:
    """``bake`` returns a net without conditions that sounds as this one does at the setting, or refuses."""
    net = new_net(subject, 1)
    declared = _declared(net)
    stir(list(net.parameters()), 1)
    x = noise(int(net.receptive_field) + EXTRA)
    for name, values in _settings(declared).items():
        done, fixed = _tried(net.bake, values)
        if not done:
            return
        require(
            fixed.conditions == (), f"the baked net still has the conditions {fixed.conditions}; return one of none"
        )
        with torch.no_grad():
            expected, given = net.eval().render(x, *net.settings(values)), fixed.eval().render(x)
        require_equal(given, expected, f"baked at {name}, the net sounds different from what it does there")
    for name, condition in ((c.name, c) for c in declared if c.name):
        beyond = condition.high + 1
        done, _ = _tried(net.bake, {name: beyond})
        require(not done, f"it bakes {name} = {beyond:g}, beyond {condition.high:g}; net.settings(values) checks them")


LAWS: tuple[Law, ...] = (conditions_are_as_declared, scaled_output_is_exact, baked_net_is_the_net_at_a_setting)


def _declared(net: Any) -> Sequence[Condition]:
    declared: Sequence[Condition] | None = getattr(net, "conditions", None)
    if declared is None:
        skip("it does not declare its conditions; return Condition records, or () for none")
    return declared


def _accepted(net: Any, x: Tensor, constants: Sequence[Tensor]) -> Tensor:
    try:
        y: Tensor = net(x, *constants)
    except Exception as error:
        raise AssertionError(
            f"it declares {len(constants)} conditions, but given so many constants (B,) it raised "
            f"{type(error).__name__}: {error}; nam_kernel.interfaces.over_time makes channels of them"
        ) from error
    return y


def _unheard(subject: NetSubject, seed: int) -> set[int]:
    """Return which conditions have no effect on a net with the weights of a seed."""
    net = new_net(subject, seed)
    if seed:
        stir(list(net.parameters()), seed)
    x = noise(1, int(net.receptive_field) + EXTRA, seed=seed)
    signals = conditions_for(subject, net, 1, x.shape[1])
    # A switch has no gradient between its positions, so each condition is moved.
    ends = [
        (torch.full_like(signals[i], c.low), torch.full_like(signals[i], c.high)) for i, c in enumerate(net.conditions)
    ]
    with torch.no_grad():
        moved = [[net(x, *signals[:i], end, *signals[i + 1 :]) for end in pair] for i, pair in enumerate(ends)]
    return {i for i, (one, other) in enumerate(moved) if torch.equal(one, other)}


def _tried(action: Callable[..., Any], argument: Any) -> tuple[bool, Any]:
    """Return whether something was done and what it returned; not done is what was refused in words."""
    try:
        return True, action(argument)
    except UserError as error:
        require(len(str(error)) > 10, f"it refuses with {str(error)!r}; say what it cannot do, and why")
        return False, None
    except Exception as error:
        raise AssertionError(f"it raised {type(error).__name__}: {error}; refuse with a UserError") from error


def _named(declared: Sequence[Condition]) -> dict[str, Condition]:
    """Return the conditions by their names, those without one by their numbers from 1."""
    return {c.name or str(i): c for i, c in enumerate(declared, 1)}


def _settings(declared: Sequence[Condition]) -> dict[str, dict[str, float | str]]:
    """Return settings by what to call them: the defaults, and another."""
    other: dict[str, float | str] = {
        name: c.choices[-1] if c.choices else c.low + 0.7 * (c.high - c.low) for name, c in _named(declared).items()
    }
    return {"its defaults": {}, "another setting": other}
