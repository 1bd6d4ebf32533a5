"""What can be downloaded of a run: its model, and what the other installed exporters make of it."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import Any

from nam_kernel import Exporter, plugins
from nam_kernel.errors import DataError, NamKernelError
from nam_kernel.files import atomic_write, writing_to
from nam_plugin_export import exporter_named, in_words, read_source, refusal, write_export
from nam_plugin_studio.names import basename
from nam_plugin_studio.projects import Project

Json = dict[str, Any]

OWN = "nam"
"""The exporter of the model that every training writes."""

_FOLDER = "exports"


def offers(project: Project) -> list[Json]:
    """
    Return the formats, the model's own first: ``name``, ``suffix``, ``told``, and ``refused`` with the reason or None.

    :raises DataError: when there is no model yet
    """
    source = read_source(_model(project))
    found = []
    for name in plugins.current().offers("exporter"):
        try:
            exporter = exporter_named(name)
        except NamKernelError:
            # It only reads.
            continue
        record = exporter.record
        assert isinstance(record, Exporter)
        try:
            reason = None if name == OWN else refusal(source, exporter)
        except NamKernelError as error:
            reason = str(error)
        told = record.summary.rstrip(".")
        found.append({"name": name, "suffix": record.suffix, "told": told, "refused": reason})
    return sorted(found, key=lambda offer: (offer["name"] != OWN, offer["refused"] is not None, offer["name"]))


def exported(project: Project, name: str) -> Path:
    """
    Return a file to download; it was proved before it was kept.

    Several files are one archive. What was exported of the same model before is used again.

    :raises UserError: when the format cannot hold the model
    """
    model = _model(project)
    called = basename(project.facts().name)
    if name == OWN:
        return model
    exporter = exporter_named(name)
    place = project.folder / _FOLDER / exporter.record.name
    fresh = place / f"{called}-{model.stat().st_mtime_ns}"
    told = fresh / "proof.txt"
    if not told.is_file():
        with writing_to(project.folder):
            shutil.rmtree(place, ignore_errors=True)
            fresh.mkdir(parents=True)
            suffix = getattr(exporter.record, "suffix", "")
            written, proof = write_export(read_source(model), exporter, fresh / f"{called}{suffix}")
            if len(written) > 1:
                _pack(written, fresh / f"{called}.zip")
            told.write_text(in_words(proof), encoding="utf-8")
    archive = fresh / f"{called}.zip"
    files = [archive] if archive.is_file() else [file for file in sorted(fresh.iterdir()) if file != told]
    return files[0]


def download_name(project: Project, file: Path) -> str:
    """Return what the browser should call a download."""
    return f"{basename(project.facts().name)}{file.suffix}"


def _pack(files: list[Path], archive: Path) -> None:
    with atomic_write(archive) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in files:
            packed.write(file, file.name)


def _model(project: Project) -> Path:
    if project.model is None:
        raise DataError("there is no model yet; it comes with the first measured epoch")
    return project.model
