"""What has to hold before the workers of a data loader can be processes that start afresh."""

from __future__ import annotations

import ast
import multiprocessing
import multiprocessing.spawn
import pickle
import sys
import tokenize
from collections.abc import Iterator, Mapping
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import torch

from nam_kernel.interfaces import Finding, Job
from nam_plugin_lightning.config import LightningConfig
from nam_plugin_lightning.items import unsendable

GUARD = 'if __name__ == "__main__":'

_TELLS_PROCESSES_APART = ("__name__", "current_process", "parent_process")


def start_method(loader: Mapping[str, Any]) -> str | None:
    """
    Return how the workers of a loader are started: ``"fork"``, ``"spawn"`` or ``"forkserver"``; None without workers.

    :param loader: the parameters of a ``DataLoader``
    """
    if not loader.get("num_workers"):
        return None
    given = loader.get("multiprocessing_context")
    if given is None:
        default: str = multiprocessing.get_start_method(allow_none=True) or multiprocessing.get_all_start_methods()[0]
        return default
    return given if isinstance(given, str) else str(given.get_start_method())


def spawn_findings(job: Job, config: LightningConfig) -> Iterator[Finding]:
    """Yield why workers that start afresh, as they do on Windows and macOS, could not start, or would not end."""
    loaders = (("train", config.train_dataloader, job.train), ("val", config.val_dataloader, job.validation))
    for name, loader, dataset in loaders:
        if dataset is None or start_method(loader) in (None, "fork"):
            continue
        error = sending_error(dataset)
        if error is not None:
            yield Finding("error", f"{name}_dataloader.num_workers", unsendable(dataset, error), kind="workers")
        script = unguarded_script()
        if script is not None:
            path, line = script
            yield Finding(
                "error",
                f"{name}_dataloader.num_workers",
                f"{path} starts the training in line {line}, outside of a guard, so that every worker, which imports "
                "the script, would start it again",
                f"put that line below {GUARD} in the script, or set num_workers to 0",
                kind="guard",
            )


def sending_error(dataset: Any) -> Exception | None:
    """Return why a dataset cannot be sent to another process, or None when it can; its samples are passed over."""
    try:
        _Probe(_Nowhere()).dump(dataset)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        return error
    except Exception:
        # Locks and the like may be sent to a process that is being started, and only then.
        return None
    return None


def unguarded_script() -> tuple[Path, int] | None:
    """
    Return the script, and its line, that called this function where every process that imports it would do the same.

    None where no script did, or the line is below ``if __name__ == "__main__"``.
    """
    main = sys.modules.get("__main__")
    path = getattr(main, "__file__", None)
    name = getattr(getattr(main, "__spec__", None), "name", "")
    if path is None or name.endswith("__main__"):
        return None
    frame: FrameType | None = sys._getframe()
    while frame is not None and not (frame.f_globals is vars(main) and frame.f_code.co_name == "<module>"):
        frame = frame.f_back
    if frame is None:
        return None
    try:
        with tokenize.open(path) as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, ValueError):
        return None
    line = frame.f_lineno
    guarded = any(
        node.lineno <= line <= (node.end_lineno or line) and _tells_processes_apart(node.test)
        for node in ast.walk(tree)
        if isinstance(node, ast.If)
    )
    return None if guarded else (Path(path), line)


def _tells_processes_apart(test: ast.expr) -> bool:
    names = (getattr(node, "id", getattr(node, "attr", "")) for node in ast.walk(test))
    return any(name in _TELLS_PROCESSES_APART for name in names)


class _Probe(ForkingPickler):
    def reducer_override(self, obj: Any) -> Any:
        return (int, ()) if isinstance(obj, (torch.Tensor, np.ndarray)) else NotImplemented


class _Nowhere:
    def write(self, data: bytes) -> int:
        return len(data)
