"""The recipe ``fast``; how it was found stands in this plugin's README."""

from __future__ import annotations

from nam_plugin_recipes.recipe import Recipe

FAST = Recipe(
    name="fast",
    summary="what 100 epochs of the usual settings reach, in 20",
    model={"optimizer": {"class": "SOAP", "lr": 0.007}, "lr_scheduler": {"class": "WarmupCosine"}},
    learning={"train_dataloader": {"batch_size": 4, "shuffle": True}, "trainer": {"max_epochs": 20}},
    ny=8192,
)
