"""Find the recipe that a config names, among those of all plugins."""

from __future__ import annotations

from typing import Any

from nam_kernel import plugins
from nam_kernel.errors import ConfigError, PluginError, Problem
from nam_kernel.text import suggestion
from nam_plugin_recipes.recipe import Recipe


def chosen(name: Any, source: str) -> Recipe | None:
    """
    Return the recipe of a name; None for null, which means none.

    :param source: what messages call the learning config
    :raises ConfigError: when there is no such recipe
    :raises PluginError: when a plugin brings something else, or two bring the same name
    """
    if name is None:
        return None
    known = recipes()
    if not isinstance(name, str) or name not in known:
        told = f"there is no recipe {name!r:.80}; known: {', '.join(sorted(known))}"
        meant = suggestion(name, known) if isinstance(name, str) else ""
        problem = f"{told}; {meant}" if meant.startswith("did you mean") else told
        raise ConfigError(source, [Problem("recipe", problem)])
    return known[name]


def recipes() -> dict[str, Recipe]:
    """
    Return every recipe by its name.

    :raises PluginError: when a plugin brings something else, or two bring the same name
    """
    known: dict[str, Recipe] = {}
    for title, hook in plugins.current().each("nam_recipes"):
        answer = hook()
        if not isinstance(answer, (list, tuple)) or not all(isinstance(entry, Recipe) for entry in answer):
            raise PluginError(f"{title}: its nam_recipes returned {answer!r:.200}, not a list of Recipe")
        for recipe in answer:
            if recipe.name in known:
                raise PluginError(f"{title}: there is a recipe '{recipe.name}' already; give it another name")
            known[recipe.name] = recipe
    return known
