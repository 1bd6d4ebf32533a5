"""Write a net as two ONNX files, and say in them what they are."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from onnx import checker, helper

from nam_kernel.errors import NamKernelError, UserError
from nam_kernel.files import atomic_write
from nam_kernel.interfaces import BaseNet, Metadata
from nam_plugin_onnx.building import models_of


def export(net: BaseNet, outdir: Path, basename: str, metadata: Metadata) -> list[Path]:
    """
    Write ``basename.onnx`` and ``basename.stream.onnx``, both or neither.

    :param metadata: what the user and the run say of the model; when empty, a net that was read from a file keeps
        what that file said
    :raises UserError: when the net cannot be written, or the metadata is not of JSON types
    """
    facts = properties_of(net, metadata or net.metadata)
    models = models_of(net)
    if net.conditions:
        facts["silence"] = str(models.silence)
    whole, stream = outdir / f"{basename}.onnx", outdir / f"{basename}.stream.onnx"
    with atomic_write(whole) as first, atomic_write(stream) as second:
        for model, path in ((models.whole, first), (models.stream, second)):
            helper.set_model_props(model, facts)
            checker.check_model(model, full_check=True)
            path.write_bytes(model.SerializeToString(deterministic=True))
    return [whole, stream]


def refuses(net: BaseNet) -> str | None:
    """Return why a net cannot be written, or None."""
    try:
        models_of(net)
    except NamKernelError as error:
        return str(error)
    return None


def properties_of(net: BaseNet, metadata: Metadata) -> dict[str, str]:
    """
    Return the ``metadata_props`` of a net's files; what is not known is left out.

    :raises UserError: when JSON has no form for the metadata
    """
    training = metadata.get("training")
    esr = training.get("validation_esr") if isinstance(training, Mapping) else None
    facts = {
        "name": metadata.get("name"),
        "architecture": net.architecture,
        "sample_rate": net.sample_rate,
        "receptive_field": net.receptive_field,
        "esr": esr,
    }
    described = [asdict(condition) for condition in net.conditions or ()]
    proof = metadata.get("proof")
    return {
        **{key: str(value) for key, value in facts.items() if value is not None},
        **({"proof": _json(proof)} if proof else {}),
        "conditions": _json(described),
        "metadata": _json(dict(metadata)),
    }


def _json(facts: Any) -> str:
    try:
        return json.dumps(_finite(facts), allow_nan=False)
    except (RecursionError, TypeError, ValueError) as error:
        raise UserError(
            f"the metadata cannot be written: {error}; give text, numbers, lists and dictionaries"
        ) from error


def _finite(value: Any) -> Any:
    """Return a value with null in place of what JSON has no number for, such as the bound of a knob without one."""
    if isinstance(value, Mapping):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
