"""The laws of an exporter."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from nam_devkit.law import Law, require, seeded, skip
from nam_devkit.signals import noise, require_equal
from nam_devkit.subjects import ExporterSubject
from nam_kernel.errors import NamKernelError, UserError
from nam_kernel.interfaces import Proof
from nam_kernel.run import Bound, prove

BASENAME = "model"

HOW = "write through nam_kernel.files.atomic_write, which renames a finished file onto the old one"


def files_are_named(subject: ExporterSubject) -> None:
    """It returns the paths of the files that it wrote, the main one first, with the basename that it was given."""
    _, files = _export(subject)
    require(files, "it returns no files; return the list of their paths")
    there = {path for path in subject.folder.rglob("*") if path.is_file()}
    require(
        all(isinstance(f, Path) for f in files) and set(files) == there,
        f"it says that it wrote {_named(files)}, but there are {_named(there)}; return every path, leave nothing else",
    )
    require(
        files[0].name == f"{BASENAME}{subject.suffix}",
        f"the main file is {files[0].name}, not {BASENAME}{subject.suffix}; "
        "the basename and the record's suffix make its name",
    )


def files_can_be_read_back(subject: ExporterSubject) -> None:
    """What it wrote, its reader reads to a net that sounds the same."""
    reader = subject.named("reader")
    if reader is None:
        skip("it has no reader")
    net, files = _export(subject)
    try:
        again = reader(files[0])
    except NamKernelError as error:
        raise AssertionError(f"its reader refuses its own file: {error}") from error
    x = noise(int(net.receptive_field) + 1000)
    with torch.no_grad():
        require_equal(
            again.eval().render(x, *again.settings()),
            net.eval().render(x, *net.settings()),
            "the net that is read back sounds different; write all weights, in the order of the reader",
            tolerance=1e-4,
        )


def files_play_as_the_net_sounds(subject: ExporterSubject) -> None:
    """What it wrote, its runner plays within 1e-5 of the peak, whole and in blocks."""
    if subject.named("runner") is None:
        skip("it names no runner, so that no file of it can be proved")
    net, files = _export(subject)
    proof = _proof(subject, net, files[0])
    require(
        proof.passed,
        f"the proof of {proof.file} ended so: {_ended(proof)}; the runner plays what was written, from a start that "
        "silence precedes, and a stream of it goes on where it stopped",
    )


def nets_are_refused_or_written(subject: ExporterSubject) -> None:
    """Every net is refused beforehand or written, and its runner plays whatever it knows of what is written."""
    refuses = subject.named("refuses")
    nets = subject.nets()
    for name, make in {"of make_net": subject.make_net, **nets}.items():
        with seeded(0):
            net = make().eval()
        reason = refuses(net) if refuses is not None else None
        require(
            reason is None or (isinstance(reason, str) and len(reason) > 10),
            f"of the net {name} refuses() returned {reason!r}; return the reason in a sentence, or None",
        )
        files = _written_or_refused(subject, net, name, reason)
        if files and name in nets:
            proof = _proof(subject, net, files[0])
            require(proof.passed is not False, f"the net {name} is written, and the proof ended so: {_ended(proof)}")


def net_is_left_as_it_was(subject: ExporterSubject) -> None:
    """The net that is written is the same afterwards: weights, mode, and which parameters are trained."""
    for mode in (True, False):
        net = _net(subject)
        net.train(mode)
        before = _state(net)
        _write(subject, net)
        after = _state(net)
        changed = [key for key in before if not _same(before[key], after.get(key))]
        require(
            not changed,
            f"the net's {', '.join(changed)} changed; work on a copy, copy.deepcopy(net), and leave the net",
        )


def failed_rename_leaves_the_old_file(subject: ExporterSubject) -> None:
    """When the finished file cannot be put in place, the old one is intact and nothing else is left."""
    _hold_to_all_or_nothing(subject, _no_rename())


def full_disk_leaves_the_old_file(subject: ExporterSubject) -> None:
    """When writing fails half-way, the old file is intact and nothing else is left."""
    if os.name == "nt":
        skip("Windows has no limit on the size of files with which to try it")
    _, files = _export(subject)
    half = max(file.stat().st_size for file in files) // 2
    _hold_to_all_or_nothing(subject, _files_of_at_most(half), above=half)


LAWS: tuple[Law, ...] = (
    files_are_named,
    files_can_be_read_back,
    files_play_as_the_net_sounds,
    nets_are_refused_or_written,
    net_is_left_as_it_was,
    failed_rename_leaves_the_old_file,
    full_disk_leaves_the_old_file,
)


def _net(subject: ExporterSubject) -> Any:
    with seeded(0):
        return subject.make_net().eval()


def _export(subject: ExporterSubject) -> tuple[Any, list[Path]]:
    net = _net(subject)
    return net, _write(subject, net)


def _write(subject: ExporterSubject, net: Any) -> list[Path]:
    try:
        return list(subject.build()(net, subject.folder, BASENAME, {"name": "conformance"}))
    except UserError as error:
        skip(f"it does not write the net of the kit ({error}); return another from make_net")


def _written_or_refused(subject: ExporterSubject, net: Any, name: str, reason: str | None) -> list[Path]:
    """Return the files of a net that was not refused; none for one that was, and was refused when written too."""
    try:
        files = list(subject.build()(net, subject.folder, BASENAME, {}))
    except UserError as error:
        require(
            reason,
            f"it cannot write the net {name} ({error}), and a user learns that after the training only; say so in "
            "refuses, which is asked before it",
        )
        return []
    except Exception as error:
        raise AssertionError(
            f"writing the net {name} raised {type(error).__name__}: {error}; say in refuses what the format cannot hold"
        ) from error
    require(not reason, f"it refuses the net {name} ({reason}) and writes it all the same; raise a UserError")
    return files


def _proof(subject: ExporterSubject, net: Any, file: Path) -> Proof:
    assert subject.record is not None
    return prove(net, Bound("", subject.source, subject.record, {}), file)


def _ended(proof: Proof) -> str:
    error = "" if proof.error is None else f"it differs by {proof.error:.2g} of the peak, "
    return error + proof.told


def _hold_to_all_or_nothing(
    subject: ExporterSubject, trouble: contextlib.AbstractContextManager[None], above: int = 0
) -> None:
    """
    Write over earlier files while writing fails, and compare the folder before and after.

    :param above: bytes; smaller files are not in trouble, and may be new
    """
    net, _ = _export(subject)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter += 0.25
    before = _content(subject.folder)
    export = subject.build()
    try:
        with trouble:
            export(net, subject.folder, BASENAME, {})
    except Exception:
        failed = True
    else:
        failed = False
    after = _content(subject.folder)
    spoilt = sorted(n for n, content in before.items() if len(content) > above and after.get(n) != content)
    require(not spoilt, f"the write failed and {', '.join(spoilt)} is not what it was; {HOW}")
    left = sorted(set(after) - set(before))
    require(not left, f"the write failed and left {', '.join(left)} behind; {HOW}")
    require(failed, "the write failed and no error was raised; pass the OSError on")


@contextlib.contextmanager
def _no_rename() -> Iterator[None]:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    saved = {name: getattr(os, name) for name in ("replace", "rename", "link")}
    try:
        for name in saved:
            setattr(os, name, refuse)
        yield
    finally:
        for name, function in saved.items():
            setattr(os, name, function)


@contextlib.contextmanager
def _files_of_at_most(size: int) -> Iterator[None]:
    """Have the system refuse to write files of more than ``size`` bytes."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def _state(net: Any) -> dict[str, Any]:
    return {
        **{key: tensor.clone() for key, tensor in net.state_dict().items()},
        "training mode": net.training,
        "sample_rate": net.sample_rate,
        "requires_grad": [p.requires_grad for p in net.parameters()],
    }


def _same(a: Any, b: Any) -> bool:
    return torch.equal(a, b) if isinstance(a, torch.Tensor) else bool(a == b)


def _named(files: Any) -> str:
    return ", ".join(sorted(getattr(f, "name", repr(f)) for f in files)) or "none"
