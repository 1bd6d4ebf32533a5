"""Each law of an exporter catches the exporter that breaks it, and no other law complains of that exporter."""

import contextlib
import shutil
import tempfile
from pathlib import Path
from unittest import SkipTest

import pytest
import torch

from nam_devkit.examples.exporter.exporter import SUFFIX, export, read, refuses
from nam_devkit.examples.exporter.player import Player, runner
from nam_devkit.laws_exporter import LAWS, files_are_named, full_disk_leaves_the_old_file
from nam_devkit.subjects import ExporterSubject, example_net
from nam_kernel import Exporter
from nam_kernel.errors import UserError
from nam_kernel.files import atomic_write


def leaves_a_note(net, outdir, basename, metadata):
    (outdir / "note.txt").write_text("done")
    return export(net, outdir, basename, metadata)


def reads_louder(path):
    net = read(path)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter *= 2
    return net


def leaves_eval_mode(net, outdir, basename, metadata):
    return export(net.eval(), outdir, basename, metadata)


def copies_into_place(net, outdir, basename, metadata):
    with tempfile.TemporaryDirectory() as place:
        (path,) = export_elsewhere(net, Path(place), basename)
        shutil.copyfile(path, outdir / path.name)
    return [outdir / path.name]


def moves_the_old_away(net, outdir, basename, metadata):
    path = outdir / f"{basename}{SUFFIX}"
    content = export_in_memory(net)
    with contextlib.suppress(FileNotFoundError):
        path.rename(outdir / "old")
    path.write_bytes(content)
    (outdir / "old").unlink(missing_ok=True)
    return [path]


def export_elsewhere(net, folder, basename):
    """Export without a rename, so that only what comes after it can fail."""
    path = folder / f"{basename}{SUFFIX}"
    path.write_bytes(export_in_memory(net))
    return [path]


def export_in_memory(net):
    import io
    import json

    import numpy as np

    from nam_kernel.models import document_of

    if refuses(net):
        raise UserError("several outputs do not fit")
    document, file = document_of(net), io.BytesIO()
    np.savez(file, weights=np.float32(document.pop("weights")), document=np.array(json.dumps(document)))
    return file.getvalue()


class Late(Player):
    """Forgets what it heard between two blocks."""

    def feed(self, x):
        self._heard = self._heard * 0
        return super().feed(x)

    def stream(self):
        return Late(self._taps, self._offset)


def plays_late(path):
    player = runner(path)
    return Late(player._taps, player._offset)


def refuses_none(net):
    return None


BREAKERS = {
    "files_are_named": {"target": leaves_a_note},
    "files_can_be_read_back": {"reader": reads_louder},
    "files_play_as_the_net_sounds": {"runner": plays_late},
    "nets_are_refused_or_written": {"refuses": refuses_none},
    "net_is_left_as_it_was": {"target": leaves_eval_mode},
    "failed_rename_leaves_the_old_file": {"target": copies_into_place},
    "full_disk_leaves_the_old_file": {"target": moves_the_old_away},
}


class Several(torch.nn.Module):
    """A net of two outputs, which the format refuses."""

    outputs = ("small", "large")
    architecture = "Several"
    conditions = ()


def subject_of(folder, **changed):
    named = {"target": export, "reader": read, "refuses": refuses, "runner": runner, **changed}
    record = Exporter(name="example", suffix=SUFFIX, **named)
    net_class = example_net()

    def new():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return ExporterSubject(
            lambda: record.target,
            record,
            make_net=lambda: net_class(64),
            folder=folder,
            nets=lambda: {"Several": Several, "short": lambda: net_class(1)},
        )

    return new


def test_every_law_has_an_exporter_that_breaks_it():
    assert [law.__name__ for law in LAWS] == list(BREAKERS)


@pytest.mark.parametrize("law", BREAKERS)
def test_a_broken_exporter_breaks_its_law_alone(broken, law, tmp_path):
    assert broken(LAWS, subject_of(tmp_path / "out", **BREAKERS[law])) == {law}


def test_a_good_exporter_breaks_none(broken, tmp_path):
    assert broken(LAWS, subject_of(tmp_path / "out")) == set()


def test_one_that_promises_less_breaks_none(broken, tmp_path):
    """Without refuses it has to write all nets, without a reader and a runner nothing is compared."""
    subject = subject_of(tmp_path / "out", reader=None, runner=None)
    assert broken(LAWS, subject) == set()


@pytest.mark.parametrize("answer", ["", "no", 7])
def test_a_refusal_is_a_sentence(broken, tmp_path, answer):
    subject = subject_of(tmp_path / "out", refuses=lambda net: answer)
    assert broken(LAWS, subject) == {"nets_are_refused_or_written"}


def test_a_net_that_is_refused_and_written_is_caught(broken, tmp_path):
    subject = subject_of(tmp_path / "out", refuses=lambda net: "it has more taps than I like")
    assert broken(LAWS, subject) == {"nets_are_refused_or_written"}


def test_an_error_may_be_told_as_a_users_mistake(broken, tmp_path):
    def translates(net, outdir, basename, metadata):
        try:
            return export(net, outdir, basename, metadata)
        except OSError as error:
            raise UserError("the disk is full; make room") from error

    assert broken(LAWS, subject_of(tmp_path / "out", target=translates)) == set()


def test_a_small_file_beside_the_main_one_may_be_new_already(broken, tmp_path):
    def with_a_card(net, outdir, basename, metadata):
        files, card = export(net, outdir, basename, metadata), outdir / f"{basename}.txt"
        with atomic_write(card) as temporary:
            temporary.write_text(str(net.filter.bias.item()))
        return [*files, card]

    assert broken(LAWS, subject_of(tmp_path / "out", target=with_a_card)) == set()


def test_an_error_that_is_swallowed_is_caught(tmp_path):
    def swallows(net, outdir, basename, metadata):
        with contextlib.suppress(OSError):
            export(net, outdir, basename, metadata)
        return [outdir / f"{basename}{SUFFIX}"]

    with pytest.raises(AssertionError, match="pass the OSError on"):
        full_disk_leaves_the_old_file(subject_of(tmp_path / "out", target=swallows)())


def test_a_format_that_cannot_hold_the_net_is_skipped_with_the_way_out(tmp_path):
    def only_lstm(net, outdir, basename, metadata):
        raise UserError("only an LSTM")

    with pytest.raises(SkipTest, match="make_net"):
        files_are_named(subject_of(tmp_path / "out", target=only_lstm)())
