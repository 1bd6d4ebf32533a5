"""
A run for programs that follow it, one JSON object a line: in ``progress.jsonl`` of the run directory, and on stdout
where the user asked for ``--progress json``.

``event`` is ``started``, ``validated`` or ``finished``; ``time`` is in seconds since 1970. A resumed run goes on
in the same file, and repeats the validations that it repeats.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nam_kernel.interfaces import Progress, Result
    from nam_kernel.run import Prepared

FILE = "progress.jsonl"


def append(run: Prepared, line: Mapping[str, Any]) -> None:
    """Add a line to the file of a run, flushed, so that a reader sees whole lines only; print it if asked to."""
    assert run.directory is not None
    text = json.dumps({"time": round(time.time(), 3), **line})
    with (run.directory / FILE).open("a", encoding="utf-8") as file:
        file.write(text + "\n")
    if run.options.progress == "json":
        print(text, flush=True)


def beginning(run: Prepared) -> dict[str, Any]:
    """Return the line with what is about to happen."""
    return {
        "event": "started",
        "directory": str(run.directory),
        "architecture": run.net.architecture,
        "plan": dict(run.trainer.plan(run.job)),
    }


def validation(progress: Progress) -> dict[str, Any]:
    """Return the line of one validation."""
    return {
        "event": "validated",
        "epoch": progress.epoch,
        "epochs": progress.epochs,
        "step": progress.step,
        "steps": progress.steps,
        "best": progress.best,
        "metrics": finite(progress.metrics),
        "outputs": {name: finite(metrics) for name, metrics in progress.outputs.items()},
    }


def ending(result: Result) -> dict[str, Any]:
    """Return the line with what came out."""
    return {
        "event": "finished",
        "epochs": result.epochs,
        "interrupted": result.interrupted,
        "stopped": result.stopped,
        "metrics": finite(result.metrics),
        "files": [file.name for file in result.files],
    }


def finite(metrics: Mapping[str, float]) -> dict[str, float | None]:
    """Return metrics for JSON, in which there is no NaN and no infinity."""
    return {label: value if math.isfinite(value) else None for label, value in metrics.items()}
