"""The models that are made of models: a chain of them, and a container of sizes."""

from __future__ import annotations

from nam_plugin_nam.player.model import Config, Model, Nested, Signal, require


class Sequential:
    """Models one after the other, each hearing the one before it."""

    def __init__(self, config: Config, nested: Nested) -> None:
        self.models = [nested(document) for document in config["models"]]
        require(len(self.models) > 0, "it has no models")
        self.inputs, self.outputs = self.models[0].inputs, self.models[-1].outputs
        for i in range(1, len(self.models)):
            given, taken = self.models[i - 1].outputs, self.models[i].inputs
            require(given == taken, f"models[{i}] takes {taken} channels, and the one before it gives {given}")

    def __call__(self, x: Signal) -> Signal:
        """Return (outputs, l) for (inputs, l)."""
        for model in self.models:
            x = model(x)
        return x


def largest(config: Config, nested: Nested) -> Model:
    """Return the last size of a container, which is the one that a player begins with."""
    submodels = config["submodels"]
    require(len(submodels) > 0, "it has no submodels")
    return nested(submodels[-1]["model"])
