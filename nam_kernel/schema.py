"""The JSON Schema of the three documents, in which every installed component's config has its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from nam_kernel import plugins
from nam_kernel.config import DataConfig, LearningConfig, ModelConfig
from nam_kernel.errors import PluginError

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_MODELS: dict[str, type[BaseModel]] = {"data": DataConfig, "model": ModelConfig, "learning": LearningConfig}


def schema(document: Literal["data", "model", "learning"]) -> Schema:
    """
    Describe a document.

    :return: its JSON Schema, ``_keys`` allowed as notes everywhere
    """
    configs = {kind: _configs(kind) for kind in ("net", "dataset", "loss", "exporter", "trainer")}
    models = [
        _MODELS[document],
        *(m for by_name in configs.values() for m in by_name.values() if m is not None),
    ]
    references, definitions = models_json_schema([(m, "validation") for m in dict.fromkeys(models)], by_alias=True)

    def reference(model: type[BaseModel]) -> Schema:
        return dict(references[model, "validation"])

    whole: Schema = {"$schema": DIALECT, "title": f"nam_kernel {document} config", **definitions}
    {"data": _data, "model": _model, "learning": _learning}[document](whole["$defs"], configs, reference)
    for definition in whole["$defs"].values():
        if definition.get("type") == "object":
            definition.setdefault("patternProperties", {})["^_"] = {}
    return {**whole, **reference(_MODELS[document])}


def _configs(kind: str) -> dict[str, type[BaseModel] | None]:
    """Give the config model of every component of a kind, None for one that takes anything."""
    models: dict[str, type[BaseModel] | None] = {}
    for name, offered in plugins.current().offers(kind).items():
        for source, record in offered:
            try:
                models[name] = plugins.current().resolve(record.config, source) if record.config else None
            except PluginError:
                models[name] = None
    return models


Reference = Callable[[type[BaseModel]], Schema]
Configs = dict[str, dict[str, type[BaseModel] | None]]


def _data(definitions: Schema, configs: Configs, reference: Reference) -> None:
    """Let an entry, without the keys that ``common`` may give it, be one of any dataset."""
    entries = []
    for name, model in configs["dataset"].items():
        properties: Schema = {"type": {"const": name}}
        if model is not None:
            own = definitions[reference(model)["$ref"].rpartition("/")[2]]
            properties = {**own.get("properties", {}), **properties}
        entries.append({"type": "object", "properties": properties})
    entry: Schema = {"anyOf": entries or [{"type": "object"}]}
    properties = definitions["DataConfig"]["properties"]
    properties["common"] = entry
    properties["train"] = {"anyOf": [entry, {"type": "array", "items": entry, "minItems": 1}]}
    properties["validation"] = {"anyOf": [*properties["train"]["anyOf"], {"type": "null"}]}


def _model(definitions: Schema, configs: Configs, reference: Reference) -> None:
    """Tie the config of a net, loss or exporter to its name."""
    for definition, kind in (
        ("NetConfig", "net"),
        ("PluginLossConfig", "loss"),
        ("ExportConfig", "exporter"),
    ):
        definitions[definition]["allOf"] = [
            {
                "if": {"properties": {"name": {"const": name}}},
                "then": {"properties": {"config": reference(model) if model is not None else {"type": "object"}}},
            }
            for name, model in configs[kind].items()
        ]
        definitions[definition]["properties"]["name"]["examples"] = sorted(configs[kind])


def _learning(definitions: Schema, configs: Configs, reference: Reference) -> None:
    definitions["LearningConfig"]["properties"]["engine"]["examples"] = sorted(configs["trainer"])
