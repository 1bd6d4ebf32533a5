"""What this plugin offers: the key ``recipe``, the recipe ``fast``, and the optimizer and scheduler that it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nam_kernel import hookimpl

if TYPE_CHECKING:
    import torch

    from nam_kernel.config import RunConfig
    from nam_plugin_recipes.recipe import Recipe


@hookimpl
def nam_hookspecs() -> Sequence[str]:
    """Return the module of the hook for recipes."""
    return ["nam_plugin_recipes.hookspecs"]


@hookimpl(specname="nam_recipes")
def own_recipes() -> Sequence[Recipe]:
    """Return the recipe of this plugin."""
    from nam_plugin_recipes.fast import FAST

    return [FAST]


@hookimpl
def nam_lightning_optimizers() -> Mapping[
    str, type[torch.optim.Optimizer] | type[torch.optim.lr_scheduler.LRScheduler]
]:
    """Return the optimizer SOAP, and a schedule that is as long as the training."""
    from nam_plugin_recipes.schedule import WarmupCosine
    from nam_plugin_recipes.soap import SOAP

    return {"SOAP": SOAP, "WarmupCosine": WarmupCosine}


@hookimpl(tryfirst=True)
def nam_configure(config: RunConfig) -> None:
    """Put the recipe that ``recipe`` in the learning config names into the configs."""
    if "recipe" not in config.learning:
        return
    from nam_kernel.config import note
    from nam_plugin_recipes.choice import chosen
    from nam_plugin_recipes.recipe import put_in

    recipe = chosen(config.learning.pop("recipe"), config.sources.get("learning", "the learning config"))
    replaced = put_in(recipe, config.data, config.model, config.learning) if recipe is not None else []
    if recipe is not None and replaced:
        note(f"recipe '{recipe.name}': your own {', '.join(replaced)} replaces what it would set")


@hookimpl(optionalhook=True)
def nam_schema(document: str, properties: dict[str, Any]) -> None:
    """Describe the key, with the recipes that there are."""
    if document == "learning":
        from nam_plugin_recipes.choice import recipes

        told = "; ".join(f"{recipe.name}: {recipe.summary}" for recipe in recipes().values())
        properties["recipe"] = {"enum": [*recipes(), None], "description": f"settings that go together ({told})"}
