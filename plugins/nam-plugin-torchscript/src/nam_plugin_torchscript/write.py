"""Write a net as a TorchScript file."""

from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from nam_kernel.errors import NamKernelError, UserError
from nam_kernel.files import atomic_write
from nam_kernel.interfaces import BaseNet, Metadata
from nam_plugin_torchscript.building import player_of, quiet, script

FACTS = "metadata.json"
"""The extra file in the archive that says what the model is; ``torch.jit.load`` reads it into ``_extra_files``."""


def export(net: BaseNet, outdir: Path, basename: str, metadata: Metadata) -> list[Path]:
    """
    Write ``basename.ts``, all of it or nothing.

    :param metadata: what the user and the run say of the model; when empty, a net that was read from a file keeps
        what that file said
    :raises UserError: when the net cannot be written, or the metadata is not of JSON types
    """
    player = player_of(net)
    facts = json_of(facts_of(net, metadata or net.metadata))
    buffer = io.BytesIO()
    with quiet():
        torch.jit.save(script(player), buffer, _extra_files={FACTS: facts})
    path = outdir / f"{basename}.ts"
    with atomic_write(path) as temporary:
        temporary.write_bytes(without_sources(buffer))
    return [path]


def refuses(net: BaseNet) -> str | None:
    """Return why a net cannot be written, or None."""
    try:
        player = player_of(net)
        script(player)
    except NamKernelError as error:
        return str(error)
    except RuntimeError as error:
        return f"torch cannot compile it: {(str(error).strip() or 'no reason given').splitlines()[0]}"
    return None


def without_sources(archive: io.BytesIO) -> bytes:
    """Return an archive without the sources of its code, which name folders of this computer; it plays the same."""
    kept = io.BytesIO()
    with zipfile.ZipFile(archive) as whole, zipfile.ZipFile(kept, "w", zipfile.ZIP_STORED) as rest:
        for entry in whole.infolist():
            if not entry.filename.endswith(".debug_pkl"):
                rest.writestr(zipfile.ZipInfo(entry.filename), whole.read(entry))
    return kept.getvalue()


def facts_of(net: BaseNet, metadata: Metadata) -> dict[str, Any]:
    """Return what a file says of its model: how to play it, and the metadata."""
    training = metadata.get("training")
    return {
        "name": metadata.get("name"),
        "architecture": net.architecture,
        "sample_rate": net.sample_rate,
        "receptive_field": net.receptive_field,
        "conditions": [asdict(condition) for condition in net.conditions or ()],
        "esr": training.get("validation_esr") if isinstance(training, Mapping) else None,
        "proof": metadata.get("proof"),
        "metadata": dict(metadata),
    }


def json_of(facts: Mapping[str, Any]) -> str:
    """
    Return facts as JSON.

    :raises UserError: when JSON has no form for them
    """
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
