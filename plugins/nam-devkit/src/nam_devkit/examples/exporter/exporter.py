"""The exporter itself, and the reader of its files."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np

from nam_kernel.errors import ModelFileError
from nam_kernel.files import atomic_write
from nam_kernel.interfaces import BaseNet, Metadata
from nam_kernel.models import document_of, net_of

SUFFIX = ".example"


def export(net: BaseNet, outdir: Path, basename: str, metadata: Metadata, *, compress: bool = True) -> list[Path]:
    """
    Write a NumPy archive of two arrays: the weights, and everything else as JSON text.

    :param compress: make the file smaller
    """
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
    Make the net of a file.

    :raises ModelFileError: when it cannot be read
    """
    try:
        with np.load(path) as archive:
            document = json.loads(str(archive["document"]))
            weights = archive["weights"].tolist()
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise ModelFileError(f"{path} is not a model written by this exporter: {error}") from error
    net = net_of({**document, "weights": weights})
    net.metadata = document.get("metadata", {})
    return net
