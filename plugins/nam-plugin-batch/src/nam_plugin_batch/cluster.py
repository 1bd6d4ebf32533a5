"""An existing Ray cluster as the place where rows are trained: a task a row, with its share of CPUs or of a GPU."""

from __future__ import annotations

import logging
import platform
import sys
import tempfile
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from nam_kernel.errors import UserError
from nam_plugin_batch.job import Job
from nam_plugin_batch.process import RowProcess
from nam_plugin_batch.record import RowRecord

_PAUSE = 0.2
_PATIENCE = 90.0
"""Seconds in which a row that is to stop writes down how it ended; it may be on another computer."""

_AHEAD = 2.0
"""Times what the cluster has room for, the rows that are handed to it: it never lacks work, nor fills up."""

_KEPT = 16
"""Recordings that stay in the object store although no row needs them at the moment."""


class Cluster:
    """
    A Ray cluster, while the block runs.

    Every computer of it has this distribution, and sees the folder of the batch under one path.

    :param address: ``"auto"``, or that of the cluster
    :param cpus: of each row; as many threads does it use
    :param gpus: of each row; 0.25 for four rows a GPU
    """

    begins = "is handed to the cluster"

    def __init__(self, address: str, *, cpus: float = 1.0, gpus: float = 0.0) -> None:
        self.address = address
        self.cpus, self.gpus = cpus, gpus
        self.threads = max(1, int(cpus))
        self._stored: OrderedDict[str, Any] = OrderedDict()

    def __enter__(self) -> Self:
        try:
            import ray
        except ImportError:
            raise UserError("--ray needs Ray; pip install 'nam-plugin-batch[ray]', here and on the cluster") from None
        self._ray = ray
        try:
            ray.init(address=self.address, log_to_driver=False, logging_level=logging.ERROR)
        except Exception as error:
            told = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise UserError(
                f"--ray {self.address}: no cluster answers ({told}); 'ray start --head' starts one"
            ) from None
        self._remote = ray.remote(_train)
        if not any(self._fits(node["Resources"]) for node in ray.nodes() if node["Alive"]):
            share = f"{self.cpus:g} CPUs" + (f" and {self.gpus:g} GPUs" if self.gpus else "")
            print(f"No computer of the cluster has {share}; the rows wait until one has.", file=sys.stderr)
        return self

    def _fits(self, resources: Mapping[str, float]) -> bool:
        """Return whether a computer has what a row needs."""
        return resources.get("CPU", 0.0) >= self.cpus and resources.get("GPU", 0.0) >= self.gpus

    def __exit__(self, *exception: object) -> None:
        self._ray.shutdown()

    def has_room(self, running: int) -> bool:
        """Return whether one more is to be handed to the cluster."""
        resources = self._ray.cluster_resources()
        room: float = resources.get("CPU", 0.0) / self.cpus
        if self.gpus:
            room = min(room, resources.get("GPU", 0.0) / self.gpus)
        return running < max(1, int(_AHEAD * room))

    def start(self, job: Job) -> RayTask:
        """Hand a row to the cluster, with its recordings."""
        options: dict[str, Any] = {"num_cpus": self.cpus, "num_gpus": self.gpus, "max_retries": 0, "name": job.name}
        paths = recordings_of(job)
        # What is an argument is on the computer of the task before that begins, once for all tasks there.
        stored = [self._put(path) for path in paths]
        return RayTask(self._ray, self._remote.options(**options).remote(job, paths, *stored), job)

    def _put(self, path: str) -> Any:
        """Return what stands for a file in the object store; the last few are kept there, so a DI is put once."""
        if path not in self._stored:
            self._stored[path] = self._ray.put(np.fromfile(path, np.uint8))
        self._stored.move_to_end(path)
        if len(self._stored) > _KEPT:
            self._stored.popitem(last=False)
        return self._stored[path]


class RayTask:
    """
    A row that is trained by a cluster.

    :param ray: the module
    :param reference: to the task
    """

    def __init__(self, ray: Any, reference: Any, job: Job) -> None:
        self.job = job
        self.reason = ""
        self._ray = ray
        self._reference = reference
        self._over = False
        self._stopped: float | None = None

    def ended(self) -> bool:
        """Return whether the task has ended; of one that was cancelled, whether it has written down how."""
        if not self._over and self._ray.wait([self._reference], timeout=0)[0]:
            self._over = True
            try:
                self.reason = self._ray.get(self._reference)
            except self._ray.exceptions.RayError as error:
                self.reason = f"its worker was lost ({type(error).__name__})"
        if not self._over or self._stopped is None:
            return self._over
        record = RowRecord.read(self.job.folder)
        at_work = record is not None and record.state == "running"
        return not at_work or time.monotonic() > self._stopped + _PATIENCE

    def stop(self) -> None:
        """Cancel the task; one that has begun keeps its best model."""
        if self._stopped is None:
            self._stopped = time.monotonic()
            self._ray.cancel(self._reference)


def recordings_of(job: Job) -> list[str]:
    """Return the paths of the recordings that the configs of a row name."""
    common = (job.data or {}).get("common", {})
    named = [path or common.get(key) for key, path in (("x_path", job.x_path), ("y_path", job.y_path))]
    return [str(path) for path in named if path is not None and Path(path).is_file()]


def _train(job: Job, paths: Sequence[str], *contents: npt.NDArray[np.uint8]) -> str:
    """
    Train a row on a computer of the cluster: watch over the process that does, and stop it when the task is cancelled.

    :param paths: of the recordings, as the configs name them
    :param contents: their bytes
    :return: why the process ended, where the record of the row does not say it
    """
    if RowRecord.read(job.folder) is None:
        return f"{platform.node()} does not see {job.folder.parent}, which all computers of a cluster have to share"
    with tempfile.TemporaryDirectory(prefix="nam-batch-", ignore_cleanup_errors=True) as folder:
        copies: dict[str, Path] = {}
        for path, content in zip(paths, contents, strict=True):
            copies[path] = _copy(content, Path(folder) / str(len(copies)) / Path(path).name)
        process = RowProcess(job.model_copy(update={"copies": copies, "scratch": Path(folder)}))
        while True:
            try:
                if process.ended():
                    return process.reason
                time.sleep(_PAUSE)
            except KeyboardInterrupt:
                process.stop()


def _copy(content: npt.NDArray[np.uint8], path: Path) -> Path:
    """Write a recording to a file of this computer, from memory that all its tasks share."""
    path.parent.mkdir()
    content.tofile(path)
    return path
