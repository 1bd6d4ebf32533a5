"""Which format a JSON file has, told by its content."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nam_kernel.errors import ModelFileError
from nam_kernel.text import printable
from nam_plugin_rtneural import guitarml
from nam_plugin_rtneural.model import Model, model_of
from nam_plugin_rtneural.opening import read_json


def read(path: Path) -> Model:
    """
    Return the model in a file.

    :raises ModelFileError: naming the file and what is wrong with it
    """
    document = read_json(path)
    try:
        return model_in(document)
    except ModelFileError as error:
        raise ModelFileError(f"{path}: {printable(str(error), 1000)}") from error


def model_in(document: Mapping[str, Any]) -> Model:
    """
    Return the model in a document of either format.

    :raises ModelFileError: when it is of neither, or cannot be played exactly by a net here
    """
    if "state_dict" in document:
        return guitarml.model_of(document)
    if "layers" in document and "in_shape" in document:
        return model_of(document)
    if "architecture" in document and "weights" in document:
        raise ModelFileError("it is a .nam file by its content; give it that suffix")
    keys = ", ".join(repr(key) for key in list(document)[:8]) or "none"
    raise ModelFileError(
        "it is JSON, but no model: one of an RTNeural host has 'in_shape' and 'layers', one of GuitarML 'model_data' "
        f"and 'state_dict', and its keys are {keys}"
    )
