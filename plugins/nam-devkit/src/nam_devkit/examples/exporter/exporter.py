"""The exporter itself, and the reader of its files."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from nam_kernel.errors import ModelFileError, UserError
from nam_kernel.files import atomic_write
from nam_kernel.interfaces import BaseNet, Metadata
from nam_kernel.models import document_of, net_of

SUFFIX = ".example"


def refuses(net: BaseNet) -> str | None:
    """Return why a file cannot hold a net, or None. The kernel asks before the training."""
    outputs = getattr(net, "outputs", ())
    return f"it has {len(outputs)} outputs, and a file holds a net of one" if outputs else None


def export(net: BaseNet, outdir: Path, basename: str, metadata: Metadata, *, compress: bool = True) -> list[Path]:
    """
    Write a NumPy archive of two arrays: the weights, and everything else as JSON text.

    :param compress: make the file smaller
    :raises UserError: when a file cannot hold the net
    """
    reason = refuses(net)
    if reason:
        raise UserError(f"{basename}{SUFFIX} cannot hold the {net.architecture}: {reason}")
    document = document_of(net)
    weights = np.asarray(document.pop("weights"), np.float32)
    text = np.array(json.dumps({**document, "metadata": dict(metadata)}))
    path = outdir / f"{basename}{SUFFIX}"
    save = np.savez_compressed if compress else np.savez
    with atomic_write(path) as temporary, temporary.open("wb") as file:
        save(file, weights=weights, document=text)
    return [path]


def read(path: Path) -> BaseNet:
    """
    Return the net in a file.

    :raises ModelFileError: when it cannot be read
    """
    document = content(path)
    net = net_of({**document, "weights": document["weights"].tolist()})
    net.metadata = document.get("metadata", {})
    return net


def content(path: Path) -> dict[str, Any]:
    """
    Return what a file holds: the document, its weights a float32 array.

    :raises ModelFileError: when it is not a file of this format
    """
    try:
        with np.load(path) as archive:
            return {**json.loads(str(archive["document"])), "weights": archive["weights"]}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise ModelFileError(f"{path} is not a model written by this exporter: {error}") from error
