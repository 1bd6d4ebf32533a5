"""Where rows are trained: what a batch asks of such a place, and this computer as one."""

from __future__ import annotations

import os
from typing import Protocol

from nam_plugin_batch.job import Job
from nam_plugin_batch.process import RowProcess


class Running(Protocol):
    """A row that is being trained somewhere."""

    @property
    def reason(self) -> str:
        """Why it ended, where the record of the row does not say it."""

    def ended(self) -> bool:
        """Return whether it has ended, without waiting for it."""

    def stop(self) -> None:
        """Ask it to stop, and to keep its best model."""


class Place(Protocol):
    """Where rows are trained."""

    threads: int
    """That each training may use."""

    begins: str
    """What is said of a row that is handed to it."""

    def has_room(self, running: int) -> bool:
        """Return whether one more can be started, with so many running."""

    def start(self, job: Job) -> Running:
        """Begin a row."""


class ThisComputer:
    """
    Trains rows in processes of their own, a number of them at a time, which share the cores.

    :param jobs: how many at a time
    """

    begins = "begins"

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self.threads = threads_of(jobs)

    def has_room(self, running: int) -> bool:
        """Return whether fewer are running than may."""
        return running < self.jobs

    def start(self, job: Job) -> RowProcess:
        """Start the process of a row."""
        return RowProcess(job)


def threads_of(jobs: int) -> int:
    """Return how many threads each of several trainings gets: its share of the cores, at most ``OMP_NUM_THREADS``."""
    share = max(1, cores() // jobs)
    wish = os.environ.get("OMP_NUM_THREADS", "")
    return min(share, int(wish)) if wish.isdigit() and int(wish) > 0 else share


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
