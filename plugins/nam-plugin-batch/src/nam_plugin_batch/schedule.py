"""Train the rows of a batch, as many at a time as there is room for, and see every one of them to its end."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from nam_kernel.errors import NamKernelError
from nam_plugin_batch.inputs import Inputs
from nam_plugin_batch.interruption import Interruption
from nam_plugin_batch.outcome import Outcome, outcome_of
from nam_plugin_batch.places import Place, Running
from nam_plugin_batch.record import RowRecord
from nam_plugin_batch.task import Task, job_of, listed, salvaged

RETRIES = 2
"""How often a row goes on whose process was lost, within one batch."""

_PAUSE = 0.1
"""Seconds between two looks at what is running."""


@dataclass(frozen=True)
class News:
    """
    Something that happened to a row.

    :param outcome: how it ended; None for one that begins, or goes on
    :param told: what else there is to say
    """

    name: str
    outcome: Outcome | None = None
    told: str = ""


@dataclass
class Schedule:
    """
    The rows of a batch that need a training.

    :param place: where they are trained
    :param tell: hears what happens
    :param plots: whether the trainings draw
    :param without: names of plugins that they do without
    """

    place: Place
    tell: Callable[[News], None]
    inputs: Inputs = field(default_factory=Inputs)
    plots: bool = True
    without: tuple[str, ...] = ()
    _lost: Counter[str] = field(default_factory=Counter)

    def run(self, tasks: Iterable[Task], interruption: Interruption) -> dict[str, Outcome]:
        """
        Train the rows and return how each ended, by their names.

        A row that fails does not keep the others from being trained. After an interruption none begins any more, and
        those that are running keep their best models.
        """
        waiting, running = deque(tasks), dict[str, tuple[Task, Running]]()
        outcomes: dict[str, Outcome] = {}

        def settle(outcome: Outcome) -> None:
            outcomes[outcome.name] = outcome
            self.tell(News(outcome.name, outcome))

        while running or (waiting and interruption.received is None):
            while waiting and interruption.received is None and self.place.has_room(len(running)):
                task = waiting.popleft()
                try:
                    running[task.row.name] = task, self._start(task)
                except NamKernelError as error:
                    settle(_refused(task, error))
            for name, (task, process) in list(running.items()):
                if interruption.received is not None:
                    process.stop()
                if process.ended():
                    del running[name]
                    outcome = self._outcome(task, process.reason, interrupted=interruption.received is not None)
                    if outcome is not None:
                        settle(outcome)
                    else:
                        waiting.appendleft(replace(task, record=RowRecord.read(task.folder), changed=()))
            time.sleep(_PAUSE)
        for task in waiting:
            settle(Outcome(task.row.name, "waiting"))
        return outcomes

    def _outcome(self, task: Task, reason: str, *, interrupted: bool) -> Outcome | None:
        """
        Return how a row ended; None for one whose process was lost, and that is to go on.

        :param reason: why its process ended, where the record does not say it
        """
        name = task.row.name
        record = RowRecord.read(task.folder) or RowRecord(name=name, state="running")
        if record.state in ("done", "failed", "wrong"):
            return outcome_of(record)
        if interrupted:
            return _interrupted(record, task)
        if self._lost[name] < RETRIES:
            self._lost[name] += 1
            self.tell(News(name, told=f"{reason}; it goes on from its last checkpoint"))
            return None
        return outcome_of(record.write(task.folder, state="failed", told=f"{RETRIES + 1} times {reason}"))

    def _start(self, task: Task) -> Running:
        wishes = {"threads": self.place.threads, "plots": self.plots, "without": self.without}
        job = job_of(task, self.inputs, **wishes)
        started = self.place.start(job)
        anew = f" anew, since {listed(task.changed)} changed" if task.changed else ""
        self.tell(News(task.row.name, told="goes on" if job.resume else f"{self.place.begins}{anew}"))
        return started


def _interrupted(record: RowRecord, task: Task) -> Outcome:
    """Return how a row ended that was interrupted; the best model is kept also where its process could not do it."""
    if record.state != "waiting" and (record.state == "running" or record.file is None):
        record = record.write(task.folder, state="interrupted", file=salvaged(task.folder))
    return outcome_of(record, told="")


def _refused(task: Task, error: NamKernelError) -> Outcome:
    """Return how a row ended that could not begin, written into its record as well."""
    record = RowRecord.read(task.folder) or RowRecord(name=task.row.name)
    return outcome_of(record.write(task.folder, state="wrong" if error.exit_code == 2 else "failed", told=str(error)))
