"""The exporter that a command is about, and its proof in words."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from nam_kernel import Exporter, plugins
from nam_kernel.errors import UserError
from nam_kernel.interfaces import Proof
from nam_kernel.run import Bound, bind


def exporter_named(name: str) -> Bound:
    """
    Return an exporter by its name.

    :raises UserError: when there is none, or it does not write
    """
    found = bind("exporter", name, {}, name_key="--to")
    if found.record.target is None:
        raise UserError(f"{found.title} only reads files; name another one")
    return found


def exporter_for(file: Path, name: str | None) -> Bound:
    """
    Return the exporter whose format a file has, by its name or by the file's suffix, of two the longer one.

    :raises UserError: when there is none, or several
    """
    if name is not None:
        return bind("exporter", name, {}, name_key="--as")
    offers = plugins.current().offers("exporter")
    written = [
        (record.suffix, f"{source}:{record.name}" if len(listed) > 1 else record.name)
        for listed in offers.values()
        for source, record in listed
        if isinstance(record, Exporter) and record.suffix and file.name.lower().endswith(record.suffix)
    ]
    longest = max((suffix for suffix, _ in written), key=len, default="")
    fitting = [name for suffix, name in written if suffix == longest]
    if len(fitting) != 1:
        told = f"several exporters write {file.suffix}" if fitting else f"no installed exporter writes {file.suffix!r}"
        known = ", ".join(fitting or sorted(offers)) or "none is installed"
        raise UserError(f"{file}: {told}; name the one of its format with --as: {known}")
    return bind("exporter", fitting[0], {})


def in_words(proof: Proof) -> str:
    """Return what a proof says, as a sentence."""
    if proof.passed is None:
        return proof.told
    if proof.error is None:
        return f"failed: {proof.told}"
    verdict = "passed" if proof.passed else "failed"
    return f"{verdict}: it differs from the model by {proof.error:.1e} of the peak at most, played {proof.told}"


def print_rows(rows: Iterable[tuple[str, str]]) -> None:
    """Print rows (label, value) as a table."""
    listed = list(rows)
    width = max(len(label) for label, _ in listed)
    for label, value in listed:
        print(f"{label.ljust(width)}  {value}".rstrip())
