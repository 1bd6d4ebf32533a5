"""
The models with knobs of 2022 to 2024, ``CatWaveNet`` and ``CatLSTM``, as models of today.

Their knobs stand in ``config.parametric``, by name; the channels after the audio are in the order of the sorted names,
and hear the values as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nam_kernel.errors import ModelFileError


def modern(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """
    Return a document in which knobs are spelled as they are today; any other one as it is.

    :raises ModelFileError: when its knobs make no sense
    """
    config = document["config"]
    if document["architecture"] not in ("CatWaveNet", "CatLSTM") or "parametric" not in config:
        return document
    given = config["parametric"]
    if not isinstance(given, Mapping) or not given:
        raise ModelFileError("its config.parametric is not an object with a knob for each name")
    knobs = [_knob(name, given[name]) for name in sorted(given)]
    kept = {key: value for key, value in config.items() if key != "parametric"}
    if document["architecture"] == "CatLSTM":
        return {**document, "config": {**kept, "conditions": knobs}}
    return {
        **document,
        "architecture": "WaveNet",
        "config": {**kept, "conditions": knobs, "in_channels": 1 + len(knobs)},
    }


def _knob(name: str, told: Any) -> dict[str, Any]:
    kind = told.get("type") if isinstance(told, Mapping) else None
    if kind == "boolean":
        return {"name": name, "choices": ["off", "on"], "default": float(bool(told.get("default_value")))}
    if kind == "continuous":
        low, high, default = (told.get(key) for key in ("minval", "maxval", "default_value"))
        return {"name": name, "low": low, "high": high, "default": default}
    raise ModelFileError(f"the knob {name!r} in its config.parametric is neither continuous nor boolean")
