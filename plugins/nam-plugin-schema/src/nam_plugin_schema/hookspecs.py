"""The hook that this plugin declares and others may implement: keys that they understand beside the documented ones."""

from __future__ import annotations

from typing import Any

from nam_kernel import hookspec


@hookspec
def nam_schema(document: str, properties: dict[str, Any]) -> None:
    """
    Add the keys of a document that this plugin's ``nam_configure`` understands.

    :param document: ``data``, ``model`` or ``learning``
    :param properties: the JSON Schema of each of its keys, to be changed in place

    Example::

        from nam_kernel import hookimpl

        @hookimpl(optionalhook=True)
        def nam_schema(document, properties):
            if document == "learning":
                properties["hours"] = {"type": "number", "description": "how long the training may take"}
    """
    raise NotImplementedError
