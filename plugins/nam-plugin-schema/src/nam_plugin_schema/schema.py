"""The JSON Schema of the three documents, in which every installed component's config has its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from nam_kernel import plugins
from nam_kernel.config import DataConfig, LearningConfig, ModelConfig
from nam_kernel.config.documents import EngineConfig, ExportConfig, NetConfig, WeightedLossConfig
from nam_kernel.errors import PluginError
from nam_kernel.run.objective import claims, loss_config

Schema = dict[str, Any]
Definition = Callable[[type[BaseModel]], Schema]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_DOCUMENTS: dict[str, type[BaseModel]] = {"data": DataConfig, "model": ModelConfig, "learning": LearningConfig}

_NAMED: dict[type[BaseModel], str] = {
    NetConfig: "net",
    WeightedLossConfig: "loss",
    ExportConfig: "exporter",
    EngineConfig: "trainer",
}
"""The configs that name a component and hold its config, and the kind of the component."""


def schema(document: Literal["data", "model", "learning"]) -> Schema:
    """
    Return the JSON Schema of a document, ``_keys`` allowed as notes everywhere.

    The config of every installed component has its place in it.
    """
    configs = {kind: _configs(kind) for kind in ("net", "dataset", "loss", "exporter", "trainer")}
    loss = loss_config(claims())
    of_plugins = [model for by_name in configs.values() for model in by_name.values() if model is not None]
    models = dict.fromkeys([_DOCUMENTS[document], loss, *_NAMED, *of_plugins])
    references, definitions = models_json_schema([(model, "validation") for model in models], by_alias=True)
    whole: Schema = {"$schema": DIALECT, "title": f"nam_kernel {document} config", **definitions}

    def reference(model: type[BaseModel]) -> Schema:
        return dict(references[model, "validation"])

    def definition(model: type[BaseModel]) -> Schema:
        # Plugins have classes of the kernel's names, so what a class is called in here is pydantic's choice.
        found: Schema = whole["$defs"][reference(model)["$ref"].rpartition("/")[2]]
        return found

    for named, kind in _NAMED.items():
        _place_components(definition(named), configs[kind], reference)
    if document == "data":
        _place_datasets(definition, configs["dataset"])
    elif document == "model":
        definition(ModelConfig)["properties"]["loss"] = reference(loss)
    else:
        _place_engines(definition, configs["trainer"])
    for _, hook in plugins.current().each("nam_schema"):
        hook(document=document, properties=definition(_DOCUMENTS[document])["properties"])
    for described in whole["$defs"].values():
        if described.get("type") == "object":
            described.setdefault("patternProperties", {})["^_"] = {}
    return {**whole, **reference(_DOCUMENTS[document])}


def _configs(kind: str) -> dict[str, type[BaseModel] | None]:
    """Return the config model of every component of a kind, None for one that takes anything."""
    models: dict[str, type[BaseModel] | None] = {}
    for name, offered in plugins.current().offers(kind).items():
        for source, record in offered:
            try:
                models[name] = plugins.current().resolve(record.config, source) if record.config else None
            except PluginError:
                models[name] = None
    return models


def _place_datasets(definition: Definition, datasets: dict[str, type[BaseModel] | None]) -> None:
    """Describe an entry, less the keys that ``common`` may hold for it, as one of any dataset."""
    entries = []
    for name, model in datasets.items():
        own = definition(model).get("properties", {}) if model is not None else {}
        entries.append({"type": "object", "properties": {**own, "type": {"const": name}}})
    entry: Schema = {"anyOf": entries or [{"type": "object"}]}
    properties = definition(DataConfig)["properties"]
    properties["common"] = entry
    properties["train"] = {"anyOf": [entry, {"type": "array", "items": entry, "minItems": 1}]}
    properties["validation"] = {"anyOf": [*properties["train"]["anyOf"], {"type": "null"}]}


def _place_components(described: Schema, models: dict[str, type[BaseModel] | None], reference: Definition) -> None:
    """Tie the config of a component to its name."""
    described["allOf"] = [
        {
            "if": {"properties": {"name": {"const": name}}},
            "then": {"properties": {"config": reference(model) if model is not None else {"type": "object"}}},
        }
        for name, model in models.items()
    ]
    described["properties"]["name"]["examples"] = sorted(models)


def _place_engines(definition: Definition, trainers: dict[str, type[BaseModel] | None]) -> None:
    """Put the keys of every trainer beside the kernel's, where the learning config has them."""
    described = definition(LearningConfig)
    for model in trainers.values():
        for key, value in (definition(model).get("properties", {}) if model is not None else {}).items():
            described["properties"].setdefault(key, value)
    if any(model is None for model in trainers.values()):
        described["additionalProperties"] = True
    described["properties"]["engine"]["examples"] = sorted(trainers)
