"""
Activations as configs and files write them: a name, or an object with a name and parameters.

A name is a player's. A file says ``type`` where a config says ``name``.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from reprlib import repr as shown
from typing import Any

from nam_plugin_wavenet.reading import number_at
from nam_plugin_wavenet.spec import Activation, Gating

PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "Tanh": (),
    "Fasttanh": (),
    "Hardtanh": (),
    "LeakyHardtanh": ("min_val", "max_val", "min_slope", "max_slope"),
    "ReLU": (),
    "LeakyReLU": ("negative_slope",),
    "PReLU": ("negative_slope", "negative_slopes"),
    "Sigmoid": (),
    "SiLU": (),
    "Hardswish": (),
    "Softsign": (),
}
"""The activations that a player knows, and their parameters in a file."""

PAIRS: Mapping[str, Gating] = {"PairMultiply": "gated", "PairBlend": "blended"}
"""The pairs of a config, and the gating mode of a file that each is."""

ALIASES = {"LeakyHardTanh": "LeakyHardtanh"}
"""Other spellings that players know."""

_TORCH_PRELU = 0.25


def activation_of(value: Any) -> Activation:
    """
    Return the activation that a file names; parameters that a player does not look at are ignored.

    :raises ValueError: when a player does not know it, or a parameter is of the wrong kind
    """
    name, given = _name_and_parameters(value)
    if name in PAIRS:
        raise ValueError(f"{name} is no activation of a file, which has a gating mode instead")
    return _normalised(name, {key: given[key] for key in PARAMETERS[name] if given.get(key) is not None})


def strict_activation_of(value: Any) -> Activation:
    """
    Return the activation that a training config names; a parameter without effect is refused.

    ``PReLU`` takes torch's ``num_parameters`` and ``init``, too, and ``Hardtanh`` the bounds -1 and 1.
    """
    name, given = _name_and_parameters(value)
    if name in PAIRS:
        raise ValueError(f"{name} cannot be inside another pair; name a single activation")
    if name == "PReLU":
        given = _torch_prelu(given)
    if name == "Hardtanh":
        for key, bound in (("min_val", -1.0), ("max_val", 1.0)):
            if given.pop(key, bound) != bound:
                raise ValueError(
                    f"players always cut Hardtanh at -1 and 1, so {key} must be {bound:g}; "
                    "LeakyHardtanh with slopes of 0 takes other bounds"
                )
    unknown = sorted(set(given) - set(PARAMETERS[name]))
    if unknown:
        takes = ", ".join(PARAMETERS[name]) or "no parameters"
        raise ValueError(f"{name} has no parameter {shown(unknown[0])}; it takes {takes}")
    return _normalised(name, given)


def pair_of(value: Any) -> tuple[Activation, Gating, Activation | None]:
    """Return the activation of a training config, which may be a pair: primary, gating mode, secondary."""
    name = value.get("name", value.get("type")) if isinstance(value, Mapping) else value
    if not isinstance(name, str) or name not in PAIRS:
        return strict_activation_of(value), "none", None
    given = {k: v for k, v in value.items() if k not in ("name", "type")} if isinstance(value, Mapping) else {}
    if set(given) != {"primary", "secondary"}:
        raise ValueError(f'{name} is written {{"name": "{name}", "primary": "Tanh", "secondary": "Sigmoid"}}')
    primary, secondary = (strict_activation_of(given[key]) for key in ("primary", "secondary"))
    return primary, PAIRS[name], secondary


def _name_and_parameters(value: Any) -> tuple[str, dict[str, Any]]:
    if isinstance(value, Mapping):
        parameters = {str(k): v for k, v in value.items() if not str(k).startswith("_")}
        if "name" in parameters and "type" in parameters:
            raise ValueError("an activation has either a name or a type, not both")
        name = parameters.pop("name", parameters.pop("type", None))
    else:
        name, parameters = value, {}
    if not isinstance(name, str):
        raise ValueError(f"an activation is a name or an object with a name, not {shown(value)}")
    name = ALIASES.get(name, name)
    if name not in PARAMETERS and name not in PAIRS:
        close = get_close_matches(name[:30], PARAMETERS, n=1, cutoff=0.75)
        hint = f"did you mean '{close[0]}'? " if close else ""
        raise ValueError(f"players do not know the activation {shown(name)}; {hint}they know {', '.join(PARAMETERS)}")
    if name in PAIRS and parameters.keys() <= {"primary", "secondary"} and not parameters:
        raise ValueError(f'{name} is written {{"name": "{name}", "primary": "Tanh", "secondary": "Sigmoid"}}')
    return name, parameters


def _normalised(name: str, given: Mapping[str, Any]) -> Activation:
    read: dict[str, float | tuple[float, ...]] = {}
    for key, value in given.items():
        if key == "negative_slopes":
            if not isinstance(value, (list, tuple)) or not value:
                raise ValueError(f"negative_slopes is a list of numbers, not {shown(value)}")
            read[key] = tuple(number_at(v, key) for v in value)
        else:
            read[key] = number_at(value, key)
    if {"negative_slope", "negative_slopes"} <= read.keys():
        del read["negative_slopes"]
    low, high = read.get("min_val", -1.0), read.get("max_val", 1.0)
    if isinstance(low, float) and isinstance(high, float) and low > high:
        raise ValueError(f"{name} has min_val {low:g} above max_val {high:g}; exchange them")
    return Activation(name, read)


def _torch_prelu(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a PReLU that may be described in torch's way."""
    given = dict(given)
    count, start = given.pop("num_parameters", None), given.pop("init", None)
    if given and (count is not None or start is not None):
        raise ValueError("PReLU takes num_parameters and init, or negative_slope, or negative_slopes; not both")
    if given:
        return given
    if count is not None and (isinstance(count, bool) or not isinstance(count, int) or not 0 < count <= 4096):
        raise ValueError(f"num_parameters is 1 or the number of channels, not {shown(count)}")
    slope = _TORCH_PRELU if start is None else number_at(start, "init")
    return {"negative_slope": slope} if count in (None, 1) else {"negative_slopes": [slope] * count}
