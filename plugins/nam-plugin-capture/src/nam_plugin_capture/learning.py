"""How a model is trained: by the recipe ``fast`` where it is installed, else by the usual settings."""

from __future__ import annotations

from typing import Any

from nam_kernel import plugins

Json = dict[str, Any]

RECIPE = "fast"

USUAL_NY = 8192
"""Output samples of a training item."""

_DISTRIBUTION = "nam-plugin-recipes"

_USUAL_MODEL: Json = {
    "optimizer": {"lr": 0.004},
    "lr_scheduler": {"class": "ExponentialLR", "kwargs": {"gamma": 0.994}},
}
_USUAL_LEARNING: Json = {"train_dataloader": {"batch_size": 16, "shuffle": True}, "trainer": {"max_epochs": 100}}


def has_recipe() -> bool:
    """Return whether the recipe can be used: its plugin is installed, and neither blocked nor failed."""
    return any(p.found.source == _DISTRIBUTION and p.state == "loaded" for p in plugins.current().plugins)


def settings(epochs: int | None = None, *, recipe: bool | None = None) -> tuple[Json, Json]:
    """
    Return what the model config has beside its net, and the learning config.

    :param epochs: to train, or None for as many as is usual
    :param recipe: whether to use the recipe; None: where it is installed
    """
    recipe = has_recipe() if recipe is None else recipe
    model: Json = {"loss": {"val_loss": "esr"}, **({} if recipe else _USUAL_MODEL)}
    learning: Json = {"recipe": RECIPE} if recipe else {**_USUAL_LEARNING}
    if epochs is not None:
        learning["trainer"] = {**learning.get("trainer", {}), "max_epochs": epochs}
    return model, learning
