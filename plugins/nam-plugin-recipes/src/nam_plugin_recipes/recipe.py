"""What a recipe is, and how it comes into the configs: what the user wrote wins, key by key."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

WHOLE = ("optimizer", "lr_scheduler")
"""Sections of the model config whose keys mean something else for every ``class``."""


@dataclass(frozen=True)
class Recipe:
    """
    Settings that go together.

    :param name: what the key ``recipe`` of the learning config says
    :param summary: what it is for, in a line
    :param model: keys of the model config
    :param learning: keys of the learning config
    :param ny: output samples of a training item, where the data config says nothing
    """

    name: str
    summary: str
    model: Mapping[str, Any] = field(default_factory=dict)
    learning: Mapping[str, Any] = field(default_factory=dict)
    ny: int | None = None


def put_in(recipe: Recipe, data: Json, model: Json, learning: Json) -> list[str]:
    """
    Add a recipe's settings to the three documents, in place.

    :return: the keys of the recipe that the user's own replace, each as its path
    """
    replaced = [*_model(recipe, model), *_merged(learning, recipe.learning, "learning.")]
    if recipe.ny is not None:
        _put_ny(recipe.ny, data)
    return replaced


def _model(recipe: Recipe, model: Json) -> Iterator[str]:
    for key, settings in recipe.model.items():
        own = model.get(key)
        # An optimizer of another class would misunderstand the rest of the recipe's.
        if key in WHOLE and isinstance(own, dict) and own.get("class", settings["class"]) != settings["class"]:
            yield f"model.{key}"
        else:
            yield from _merged(model, {key: settings}, "model.")


def _merged(document: Json, settings: Mapping[str, Any], place: str) -> Iterator[str]:
    """Add settings to a document and yield the paths of those that it has already, with another value."""
    for key, value in settings.items():
        if key not in document:
            document[key] = copy.deepcopy(value)
        elif isinstance(value, Mapping) and isinstance(document[key], dict):
            yield from _merged(document[key], value, f"{place}{key}.")
        elif document[key] != value:
            yield f"{place}{key}"


def _put_ny(ny: int, data: Json) -> None:
    """Set the length of the training's items where neither they nor what is common to all entries says any."""
    common = data.get("common")
    if isinstance(common, dict) and "ny" in common:
        return
    train = data.get("train")
    for entry in train if isinstance(train, list) else [train]:
        if isinstance(entry, dict):
            entry.setdefault("ny", ny)
