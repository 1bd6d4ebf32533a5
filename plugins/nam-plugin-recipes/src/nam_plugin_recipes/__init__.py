"""Recipes: one key of the learning config in place of optimizer, schedule, batches and length."""

from __future__ import annotations

from nam_plugin_recipes.recipe import Recipe

__all__ = ["Recipe"]
