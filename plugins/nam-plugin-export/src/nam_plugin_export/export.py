"""Write a model in another format, and prove that it sounds the same there."""

from __future__ import annotations

import argparse
import copy
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from nam_kernel import plugins
from nam_kernel.config import collect_notes
from nam_kernel.errors import NamKernelError, UserError, owned_by
from nam_kernel.files import writing_to
from nam_kernel.interfaces import Proof
from nam_kernel.run import Bound, make, prove
from nam_plugin_export.models import Source, add_model_options, read_source
from nam_plugin_export.proving import exporter_named, in_words, print_rows
from nam_plugin_nam.outputs import output_path


def main(argv: list[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser("nam-kernel export", description=__doc__)
    parser.add_argument("model", type=Path, help="the directory of a run, a checkpoint in one, or a model file")
    parser.add_argument("--to", required=True, metavar="NAME", help="the exporter; nam-kernel plugins lists them")
    parser.add_argument("output", type=Path, help="the file to write, under exactly this name")
    add_model_options(parser)
    parser.add_argument("--force", action="store_true", help="overwrite the output where it exists")
    arguments = parser.parse_args(argv)
    exporter = exporter_named(arguments.to)
    target = output_path(arguments.output, (arguments.model,), force=arguments.force)
    with collect_notes() as notes:
        source = read_source(arguments.model, arguments.size)
    for told in notes:
        print(f"note: {told}", file=sys.stderr)
    output_path(target, (source.file,), force=True)
    files, proof = write_export(source, exporter, target, force=arguments.force)
    advice = getattr(exporter.record, "advice", "")
    print_rows(
        [
            *(("written", str(file)) for file in files),
            ("of", f"{source.file}, {source.net.architecture}"),
            ("proof", in_words(proof)),
            *([("advice", advice)] if advice else []),
        ]
    )
    return 0


def write_export(source: Source, exporter: Bound, target: Path, *, force: bool = False) -> tuple[list[Path], Proof]:
    """
    Write a model under a name, once its proof has not failed; return the files, the main one first, and the proof.

    Further files of the format are named after it, as the exporter names them after a basename. A file that was proven
    says so in its metadata, and one that was not does not repeat what another file said.

    :raises UserError: when the format cannot hold the net, or a file exists; then nothing is written
    :raises NamKernelError: when what was written does not sound like the net; then nothing is left
    """
    reason = refusal(source, exporter)
    if reason:
        raise UserError(f"{exporter.title} refuses the net of {source.file}: {reason}")
    with (
        writing_to(target.parent),
        tempfile.TemporaryDirectory(prefix=f".{target.stem[:80]}.", suffix=".part", dir=target.parent) as place,
    ):
        folder = Path(place)
        written = _write(source, exporter, folder, target.stem, None)
        proof = prove(source.net, exporter, written[0])
        if proof.passed is False:
            raise NamKernelError(f"{target} is not written: its proof {in_words(proof)}; please report this")
        if proof.passed:
            written = _write(source, exporter, folder, target.stem, proof)
        names = [target, *(target.parent / file.relative_to(folder) for file in written[1:])]
        for name in names[1:]:
            output_path(name, (source.file,), force=force)
        _put(written, names)
    return names, proof


def refusal(source: Source, exporter: Bound) -> str | None:
    """Return why a format cannot hold a net; None where it can."""
    refuses = getattr(exporter.record, "refuses", None)
    if refuses is None:
        return None
    with owned_by(exporter.title):
        reason: str | None = plugins.current().resolve(refuses, exporter.source)(source.net)
    return reason or None


def _write(source: Source, exporter: Bound, folder: Path, basename: str, proof: Proof | None) -> list[Path]:
    """Return the files that an exporter wrote of a model, with its proof in their metadata where there is one."""
    said = {"proof": proof.plain()} if proof else {}
    net, metadata = source.net, {**source.metadata, **said}
    if not source.metadata and net.metadata:
        # It keeps what its own file said of it, but for the proof of that file.
        net = copy.copy(net)
        net.metadata = {**{key: value for key, value in net.metadata.items() if key != "proof"}, **said}
        metadata = {}
    with owned_by(exporter.title):
        written: list[Path] = make(exporter)(net, folder, basename, metadata)
    return written


def _put(files: Sequence[Path], names: Sequence[Path]) -> None:
    """Rename files, the main one last, so that it is there only when all are."""
    for file, name in reversed(list(zip(files, names, strict=True))):
        try:
            os.replace(file, name)
        except OSError as error:
            raise UserError(f"{name} cannot be written ({error.strerror or error})") from error
