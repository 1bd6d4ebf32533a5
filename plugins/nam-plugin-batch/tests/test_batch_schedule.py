"""Claims about the order of a batch: failures, lost processes and interruptions; with trainings that are made up."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from batch_session import configs, one_second, record

from nam_kernel.errors import UserError
from nam_plugin_batch import places
from nam_plugin_batch.interruption import Interruption
from nam_plugin_batch.job import Job
from nam_plugin_batch.outcome import Outcome, exit_code
from nam_plugin_batch.places import threads_of
from nam_plugin_batch.record import RowRecord, State
from nam_plugin_batch.rows import Row
from nam_plugin_batch.schedule import RETRIES, News, Schedule
from nam_plugin_batch.task import task_of
from nam_plugin_batch.templates import read_templates

Script = dict[str, Sequence[State]]
"""How each training of a row ends, one after the other; ``running`` for one whose process is lost."""


class Ended:
    """A training that ends as it is told to, or when it is asked to stop."""

    reason = "its process was ended by signal 9"

    def __init__(self, job: Job, state: State) -> None:
        self.job, self.state = job, state

    def ended(self) -> bool:
        known = RowRecord.read(self.job.folder) or RowRecord(name=self.job.name)
        known.write(self.job.folder, state=self.state)
        return self.state != "waiting"

    def stop(self) -> None:
        self.state = "interrupted"


class Theatre:
    """A place where trainings end by a script."""

    threads = 1
    begins = "begins"

    def __init__(self, script: Script, room: int = 1) -> None:
        self.script = {name: list(states) for name, states in script.items()}
        self.room = room
        self.started: list[tuple[str, bool]] = []
        self.most = 0

    def has_room(self, running: int) -> bool:
        self.most = max(self.most, running)
        return running < self.room

    def start(self, job: Job) -> Ended:
        self.started.append((job.name, job.resume))
        return Ended(job, self.script[job.name].pop(0))


def played(
    folder: Path, place: Theatre, interruption: Interruption | None = None
) -> tuple[dict[str, Outcome], list[News]]:
    di = record(folder, *place.script, seconds=1.0)
    templates = read_templates(one_second(folder), *configs(folder), size="tiny", epochs=None)
    rows = [Row(name, di, folder / f"{name}.wav", {"name": name}) for name in place.script]
    tasks = [task_of(row, templates.of(row), folder / "out") for row in rows]
    news: list[News] = []
    outcomes = Schedule(place, news.append, plots=False).run(tasks, interruption or Interruption())
    return outcomes, news


def endings(outcomes: dict[str, Outcome]) -> dict[str, str]:
    return {name: outcome.ending for name, outcome in outcomes.items()}


def test_a_row_that_fails_does_not_keep_the_others_from_being_trained(tmp_path: Path) -> None:
    outcomes, _ = played(tmp_path, Theatre({"a": ["failed"], "b": ["wrong"], "c": ["done"]}))
    assert endings(outcomes) == {"a": "failed", "b": "wrong input", "c": "done"}


def test_a_row_whose_process_is_lost_goes_on_where_it_was(tmp_path: Path) -> None:
    place = Theatre({"a": ["running", "interrupted", "done"], "b": ["done"]})
    outcomes, news = played(tmp_path, place)
    assert endings(outcomes) == {"a": "done", "b": "done"}
    assert place.started == [("a", False), ("a", True), ("a", True), ("b", False)]
    assert "its process was ended by signal 9; it goes on from its last checkpoint" in [n.told for n in news]


def test_a_row_whose_process_is_lost_every_time_has_failed(tmp_path: Path) -> None:
    place = Theatre({"a": ["running"] * 9, "b": ["done"]})
    outcomes, _ = played(tmp_path, place)
    assert endings(outcomes) == {"a": "failed", "b": "done"}
    assert len(place.started) == 1 + RETRIES + 1
    assert outcomes["a"].told == "3 times its process was ended by signal 9"


def test_as_many_rows_are_trained_at_a_time_as_there_is_room_for(tmp_path: Path) -> None:
    place = Theatre({name: ["done"] for name in "abcde"}, room=2)
    assert set(endings(played(tmp_path, place)[0]).values()) == {"done"}
    assert place.most == 2


def test_an_interruption_stops_what_runs_and_begins_nothing(tmp_path: Path) -> None:
    interruption = Interruption()
    place = Theatre({"a": ["waiting"], "b": ["done"]})
    start = place.start

    def interrupt(job: Job) -> Ended:
        interruption.received = 2
        return start(job)

    place.start = interrupt  # type: ignore[method-assign]
    outcomes, _ = played(tmp_path, place, interruption)
    assert endings(outcomes) == {"a": "interrupted", "b": "waiting"}
    assert exit_code(outcomes.values(), interruption.received) == 130


def test_a_place_that_cannot_begin_is_the_failure_of_that_row(tmp_path: Path) -> None:
    place = Theatre({"a": ["done"], "b": ["done"]})
    start = place.start

    def refuse(job: Job) -> Ended:
        if job.name == "a":
            raise UserError("no")
        return start(job)

    place.start = refuse  # type: ignore[method-assign]
    assert endings(played(tmp_path, place)[0]) == {"a": "wrong input", "b": "done"}


@pytest.mark.parametrize(
    ("ended", "signal", "code"),
    [
        (("done", "skipped", "changed"), None, 0),
        (("done", "wrong input"), None, 2),
        (("wrong input", "failed"), None, 1),
        (("interrupted", "failed"), 15, 143),
    ],
)
def test_the_exit_code_is_as_the_rows_deserve(ended: Sequence[str], signal: int | None, code: int) -> None:
    assert exit_code([Outcome("a", ending) for ending in ended], signal) == code  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cores", "jobs", "wish", "threads"), [(8, 1, "", 8), (8, 3, "", 2), (2, 4, "", 1), (8, 2, "1", 1), (8, 4, "6", 2)]
)
def test_rows_at_a_time_share_the_cores(
    monkeypatch: pytest.MonkeyPatch, cores: int, jobs: int, wish: str, threads: int
) -> None:
    monkeypatch.setattr(places, "cores", lambda: cores)
    monkeypatch.setitem(os.environ, "OMP_NUM_THREADS", wish)
    assert threads_of(jobs) == threads
