"""Claims about the course of a training, by files as a training writes them; and about names and pictures."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nam_plugin_studio import job, jobs, progress
from nam_plugin_studio.listening import loudest
from nam_plugin_studio.names import basename, file_name, folder_name, title
from nam_plugin_studio.projects import Project, Projects
from nam_plugin_studio.waves import close_up, envelope


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Projects(tmp_path).new("Amp")


def tell(project: Project, *lines: dict[str, Any]) -> None:
    """Write the lines of a training; the last one is cut, as a reader may find it."""
    project.training.mkdir(exist_ok=True)
    (project.training / "run.json").write_text("{}")
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (project.training / "progress.jsonl").write_text(text + '{"event": "valid')


def validated(moment: float, epoch: int, esr: float, steps: int = 100, **outputs: float) -> dict[str, Any]:
    sizes = {name: {"ESR": value} for name, value in outputs.items()}
    return {
        "time": moment,
        "event": "validated",
        "epoch": epoch,
        "epochs": 10,
        "step": 10 * epoch,
        "steps": steps,
        "metrics": {"ESR": esr},
        "outputs": sizes,
    }


def running(monkeypatch: pytest.MonkeyPatch, began: float, **facts: Any) -> None:
    told = {"running": True, "process": 1, "began": began, "code": None, "stopping": False, **facts}
    monkeypatch.setattr(jobs, "state", lambda project: jobs.Job(**told))


def test_the_remaining_time_is_that_of_the_remaining_steps_at_the_pace_so_far(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "time", lambda: now + 1)
    running(monkeypatch, now - 25)
    tell(project, {"time": now - 20, "event": "started"}, validated(now - 10, 1, 0.5), validated(now, 2, 0.4))
    told = progress.status(project)
    # Two of ten epochs took 20 s, and one second of the next has passed.
    assert told["remaining"] == pytest.approx(79, abs=0.2)
    assert (told["state"], told["epoch"], told["epochs"]) == ("training", 2, 10)
    assert told["seconds"] == 26


def test_a_resumed_training_counts_its_own_steps_only_and_repeats_no_point(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "time", lambda: now)
    running(monkeypatch, now - 12)
    before = [{"time": 1.0, "event": "started"}, validated(2.0, 1, 0.5), validated(3.0, 2, 0.4)]
    tell(project, *before, {"time": now - 10, "event": "started"}, validated(now - 5, 2, 0.41), validated(now, 3, 0.3))
    told = progress.status(project)
    assert [(point["epoch"], point["esr"]) for point in told["points"]] == [(1, 0.5), (2, 0.41), (3, 0.3)]
    # Ten steps took 10 s: the second epoch was there before.
    assert told["remaining"] == pytest.approx(70)


def test_what_an_earlier_process_told_is_not_taken_for_this_one(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    running(monkeypatch, 500.0)
    tell(project, {"time": 400.0, "event": "started"}, validated(410.0, 10, 0.5))
    assert progress.status(project)["state"] == "preparing"


def test_of_several_sizes_the_largest_counts(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    running(monkeypatch, 1.0)
    tell(project, {"time": 1.0, "event": "started"}, validated(2.0, 1, 0.9, small=0.6, large=0.02))
    told = progress.status(project)
    assert told["best"]["esr"] == 0.02
    assert told["verdict"]["word"] == "close"


def test_a_figure_that_is_no_number_is_no_best(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    running(monkeypatch, 1.0)
    tell(project, {"time": 1.0, "event": "started"}, validated(2.0, 1, None), validated(3.0, 2, 0.7))  # type: ignore[arg-type]
    assert progress.status(project)["best"]["epoch"] == 2


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({"running": False, "code": 0}, "done"),
        ({"running": False, "code": 143}, "stopped"),
        ({"running": False, "code": None, "stopping": True}, "stopped"),
        ({"running": False, "code": None}, "cut"),
        ({"running": False, "code": 1}, "failed"),
        ({"stopping": True}, "stopping"),
    ],
)
def test_the_state_is_that_of_the_process(
    project: Project, monkeypatch: pytest.MonkeyPatch, facts: dict[str, Any], state: str
) -> None:
    running(monkeypatch, 1.0, **facts)
    tell(project, {"time": 1.0, "event": "started"}, validated(2.0, 1, 0.5))
    told = progress.status(project)
    assert (told["state"], told["resumable"]) == (state, state != "stopping")


def test_a_training_that_failed_says_why(project: Project) -> None:
    (project.folder / job.FILE).write_text(json.dumps({"process": 1, "began": 1.0, "ended": 2.0, "code": 2}))
    (project.folder / jobs.LOG).write_text("DI  di.wav\nnam-kernel: error: the disk is full; make room\n")
    told = progress.status(project)
    assert (told["state"], told["error"]) == ("failed", "the disk is full; make room")


@pytest.mark.parametrize(
    ("given", "folder", "file"),
    [
        ("../../etc/passwd", "etc-passwd", "passwd"),
        ("C:\\takes\\amp.wav", "c-takes-amp-wav", "amp.wav"),
        ("Fender Blües\u202e.wav", "fender-blues-wav", "Fender Blües_.wav"),
        ("...", "capture", "recording.wav"),
        ("con", "capture-con", "_con"),
        ("nul.wav", "nul-wav", "_nul.wav"),
        ("a\x00b\n.wav", "a-b-wav", "a_b_.wav"),
        ("日本.wav", "wav", "日本.wav"),
        ("x" * 500 + ".wav", "x" * 60, "x" * 60 + ".wav"),
    ],
)
def test_names_are_made_fit(given: str, folder: str, file: str) -> None:
    assert folder_name(given) == folder
    assert file_name(given) == file


@pytest.mark.parametrize(
    ("name", "file"), [("AC/DC 2.5 <hot>", "AC_DC 2.5 _hot_"), ("..", "model"), ("aux", "_aux"), ("Jimmy's", "Jimmy_s")]
)
def test_a_model_is_called_as_its_run_as_far_as_a_file_can_be(name: str, file: str) -> None:
    assert basename(name) == file


def test_a_title_is_one_printable_line() -> None:
    assert title("  My\n\tAmp\x07 \u202e 2 ") == "My Amp 2"


def test_runs_of_one_name_get_folders_of_their_own(tmp_path: Path) -> None:
    projects = Projects(tmp_path)
    made = [projects.new("Amp") for _ in range(3)]
    assert [project.key for project in made] == ["amp", "amp-2", "amp-3"]
    assert [project.facts().name for project in made] == ["Amp", "Amp 2", "Amp 3"]


def test_an_envelope_keeps_every_peak() -> None:
    samples = np.zeros(10_007, np.float32)
    samples[5003], samples[9999] = 0.75, -0.5
    drawn = np.array(envelope(samples, 100))
    assert drawn.shape == (100, 2)
    assert (drawn.max(), drawn.min()) == (0.75, -0.5)
    assert np.array(envelope(samples[:3], 100)).shape == (3, 2)


@pytest.mark.parametrize("delay", [0, 480, -300])
def test_a_close_up_undoes_the_delay(delay: int) -> None:
    rate, at = 48000, 30_000
    x = np.zeros(rate, np.float32)
    x[at : at + 2000] = np.linspace(0.5, 0.0, 2000)
    y = np.roll(x, delay) * 0.1
    drawn = close_up(x, y, delay, rate)
    assert drawn is not None
    assert drawn["x"] == pytest.approx(drawn["y"], abs=2e-3)
    assert 0 < at / rate - drawn["seconds"] < 0.01


def test_the_loudest_part_is_found() -> None:
    signal = np.zeros(1000, np.float32)
    signal[400:500] = 1.0
    assert loudest(signal, 100) == 400
    assert loudest(signal, 2000) == 0
