"""
A sweep of one knob as the sizes of one file, so that the size control of an unmodified player turns the knob.

An experiment: a control moves in steps of 0.01, and players differ in which of two neighbours they take at a limit, so
a limit lies half-way between two steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nam_kernel import BaseNet
from nam_kernel.errors import UserError
from nam_kernel.text import suggestion
from nam_plugin_parametric.settings import knobs_of, sentence_of, values_of
from nam_plugin_parametric.writing import baked_document

MOST = 50
"""Sizes: with more, a step of the control would skip one."""


def sweep(net: BaseNet, name: str, spelling: str, fixed: Mapping[str, float | str], source: Path) -> dict[str, Any]:
    """
    Return the document of a container.

    :param name: of the knob
    :param spelling: of its values, as for ``settings.values_of``
    :param fixed: the other knobs
    :raises UserError: when there is no such knob, or it has too many values
    """
    knobs = knobs_of(net, str(source))
    if name not in knobs:
        raise UserError(f"the model has no knob '{name}'; {suggestion(name, list(knobs))}")
    values = values_of(knobs[name], spelling)
    if not 2 <= len(values) <= MOST:
        raise UserError(f"--container {name} has {len(values)} values; give 2 to {MOST}")
    models = [baked_document(net, {**fixed, name: value}, source) for value in values]
    limits = [*(half_way(i / len(models)) for i in range(1, len(models))), 1.0]
    submodels = [{"max_value": limit, "model": model} for limit, model in zip(limits, models, strict=True)]
    first, last = (model["metadata"]["baked"] for model in (models[0], models[-1]))
    return {
        "version": "0.7.0",
        "metadata": {
            **{key: value for key, value in models[0]["metadata"].items() if key != "baked"},
            "name": f"{source.stem}, {name} by the size control",
            "baked": {
                **first,
                "experiment": f"the size control is the knob {name}, from {_at(first, name)} to {_at(last, name)}",
                "largest_error": max(model["metadata"]["baked"]["largest_error"] for model in models),
            },
        },
        "architecture": "SlimmableContainer",
        "config": {"submodels": submodels},
        "weights": [],
        **({"sample_rate": net.sample_rate} if net.sample_rate else {}),
    }


def half_way(position: float) -> float:
    """Return the limit nearest to a position that lies half-way between two steps of 0.01."""
    return (round(position * 100 - 0.5) + 0.5) / 100


def _at(baked: Mapping[str, Any], name: str) -> str:
    return sentence_of({name: baked["setting"][name]})
