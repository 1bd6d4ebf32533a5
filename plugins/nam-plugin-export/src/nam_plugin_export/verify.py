"""Prove that a file sounds like the model that it was made of."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from nam_kernel import Exporter
from nam_kernel.config import collect_notes
from nam_kernel.errors import ModelFileError, UserError
from nam_kernel.files import expanded
from nam_kernel.run import prove
from nam_plugin_export.models import add_model_options, read_source
from nam_plugin_export.proving import exporter_for, in_words, print_rows


def main(argv: list[str]) -> int:
    """Run the command; the exit code is 1 for a file that is not proven."""
    parser = argparse.ArgumentParser("nam-kernel verify", description=__doc__)
    parser.add_argument("file", type=Path, help="the file to play with its independent player")
    told = "what it has to sound like: the directory of a run, a checkpoint in one, or a model file; without it, "
    parser.add_argument("--against", type=Path, metavar="MODEL", help=f"{told}what the file itself describes")
    named = "the exporter of its format, where its name does not tell"
    parser.add_argument("--as", dest="exporter", metavar="NAME", help=named)
    add_model_options(parser)
    arguments = parser.parse_args(argv)
    file = expanded(arguments.file)
    if not file.is_file():
        raise ModelFileError(f"{file}: there is no such file")
    exporter = exporter_for(file, arguments.exporter)
    assert isinstance(exporter.record, Exporter)
    if arguments.against is None and exporter.record.reader is None:
        raise UserError(
            f"{file}: {exporter.title} does not read files; name the model that it was made of with --against MODEL"
        )
    with collect_notes() as notes:
        source = read_source(arguments.against or file, arguments.size)
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
    proof = prove(source.net, exporter, file)
    print_rows([("file", str(file)), ("against", str(source.file)), ("proof", in_words(proof))])
    return 0 if proof.passed else 1
