"""Claims about the whole command, with processes of its own for the rows."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest
from batch_session import EPOCHS, NAMES, Session

from nam_kernel.cli.main import main
from nam_kernel.errors import UserError
from nam_plugin_batch import batch, places
from nam_plugin_batch.board import Board
from nam_plugin_batch.outcome import Outcome


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(tmp_path)


@pytest.mark.slow
def test_good_good_broken_interrupted_and_already_done(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    (session.folder / "broken.wav").write_bytes(b"this is no audio")
    session.train("ready")
    before = (session.out / "ready.nam").stat()
    session.interrupt("cut")
    seen = session.epochs("cut")
    assert 1 <= len(seen) < EPOCHS
    capsys.readouterr()

    assert session.run(*NAMES, more=("--jobs", "2")) == 2
    rows = session.rows()
    assert {name: row["state"] for name, row in rows.items()} == {
        "good": "done",
        "fine": "done",
        "broken": "wrong input",
        "cut": "done",
        "ready": "skipped",
    }
    told = capsys.readouterr()
    assert "broken.wav cannot be read as audio" in told.out
    assert "cut: goes on" in told.err
    # What was interrupted went on: every epoch is there once.
    assert session.epochs("cut") == list(range(1, EPOCHS + 1))
    assert (session.out / "ready.nam").stat() == before
    for name in ("good", "fine", "cut", "ready"):
        model = json.loads((session.out / f"{name}.nam").read_text())
        assert (model["metadata"]["name"], model["metadata"]["gear_make"]) == (name, "Acme")
        assert float(rows[name]["esr"]) == pytest.approx(model["metadata"]["training"]["validation_esr"], rel=1e-4)
        assert f"{name}.nam" in told.out
    assert not (session.out / "broken.nam").exists()
    assert "<table" in (session.out / "batch.html").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_an_interrupted_batch_keeps_the_best_models(tmp_path: Path, number: signal.Signals) -> None:
    slow = Session(tmp_path, epochs=500)
    with slow.start("good", "fine", "cut", more=("--jobs", "2")) as process:
        for name in ("good", "fine"):
            slow.wait_for(name, process)
        process.send_signal(number)
        out, told = process.communicate(timeout=60)
    assert process.returncode == 128 + number, told
    assert {name: row["state"] for name, row in slow.rows().items()} == {
        "good": "interrupted",
        "fine": "interrupted",
        "cut": "waiting",
    }
    assert "To go on, give the same command again" in told
    for name in ("good", "fine"):
        assert json.loads((slow.out / f"{name}.nam").read_text())["architecture"] == "WaveNet"
        assert name in out
    assert not (slow.out / "cut").exists()


@pytest.mark.slow
def test_no_row_goes_on_alone_when_the_batch_is_killed(tmp_path: Path) -> None:
    slow = Session(tmp_path, epochs=100_000)
    with slow.start("good") as process:
        slow.wait_for("good", process)
        process.kill()
        process.communicate()
    worker = json.loads((slow.out / "good" / "batch.json").read_text())["process"]["id"]
    until = time.monotonic() + 30
    while True:
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            break
        assert time.monotonic() < until
        time.sleep(0.05)
    known = json.loads((slow.out / "good" / "batch.json").read_text())
    assert (known["state"], known["file"]) == ("interrupted", "good.nam")


@pytest.mark.slow
def test_two_batches_do_not_write_to_one_folder(session: Session) -> None:
    with session.start("good", "fine") as process:
        session.wait_for("good", process)
        with pytest.raises(UserError, match="another batch is writing there"):
            batch.main(session.command("good", "fine"))
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def test_each_training_has_its_share_of_the_cores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(places, "cores", lambda: 6)
    session = Session(tmp_path, epochs=1)
    extension = Path(os.environ["NAM_HOME"]) / "extensions" / "spy.py"
    extension.parent.mkdir(parents=True)
    extension.write_text(
        "from pathlib import Path\nfrom nam_kernel import hookimpl\n\n\n@hookimpl\ndef nam_started(run):\n"
        "    import os\n    import torch\n\n    told = f\"{torch.get_num_threads()} {os.environ['OMP_NUM_THREADS']}\"\n"
        "    (Path(run.directory) / 'threads.txt').write_text(told)\n"
    )
    assert session.run("good", more=("--jobs", "2")) == 0
    assert (session.out / "good" / "threads.txt").read_text() == "3 3"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--jobs", "0"], "--jobs 0: expected a number above 0"),
        (["--cpus", "2"], "--cpus and --gpus are for a cluster"),
        (["--ray", "auto", "--jobs", "2"], "--jobs is for one computer"),
        (["--size", "tiny"], "--model names the net, and so does --size"),
        (["--di", "gone.wav"], "--di gone.wav: there is no such file"),
    ],
)
def test_options_that_make_no_sense_are_refused(session: Session, given: list[str], told: str) -> None:
    with pytest.raises(UserError, match=told):
        batch.main([*session.command("good"), *given])
    assert not session.out.exists()


def test_the_folder_comes_last_and_one_table_is_enough(session: Session) -> None:
    with pytest.raises(UserError, match="2 tables are given"):
        batch.main([str(session.table("good")), str(session.table("good")), str(session.out)])
    (session.folder / "file").write_text("")
    with pytest.raises(UserError, match="is a file, where the folder of the batch would be"):
        batch.main([*session.command("good")[:-1], str(session.folder / "file")])


def test_a_row_whose_place_is_taken_stops_the_batch_before_anything_begins(session: Session) -> None:
    session.out.mkdir()
    (session.out / "good.nam").write_text("mine")
    with pytest.raises(UserError, match=r"good\.nam is there, and not of a batch"):
        batch.main(session.command("good", "fine"))
    assert [path.name for path in session.out.iterdir()] == ["good.nam"]


def test_the_help_tells_the_columns(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["batch", "--help"])
    told = capsys.readouterr().out
    assert "model.optimizer.lr" in told
    assert "--pattern" in told


def test_the_board_links_the_reports_that_there_are(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "report.html").write_text("")
    board = Board(["a", "b"], tmp_path)
    for name in ("a", "b"):
        board.settle(Outcome(name, "done"))
    assert [outcome.report for outcome in board.outcomes] == ["a/report.html", None]
