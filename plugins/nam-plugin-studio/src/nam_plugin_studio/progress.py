"""How far the training of a run is: from its process, and from what ``progress.jsonl`` tells programs."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from nam_kernel.quality import ESR, band_of
from nam_plugin_studio import jobs
from nam_plugin_studio.jobs import Job
from nam_plugin_studio.projects import Project

Json = dict[str, Any]

PROGRESS = "progress.jsonl"

_STOPPED = (130, 143)
"""The exit codes of a training that was asked to end."""


def status(project: Project) -> Json:
    """
    Return the state of a run, for its page.

    ``state`` is ``new`` (recordings are missing), ``ready``, ``preparing``, ``training``, ``finishing``, ``stopping``,
    ``done``, ``stopped``, ``failed``, or ``cut`` where the process ended without a word.
    """
    facts = project.facts()
    job, lines = jobs.state(project), _lines(project)
    current = _current(lines, job)
    points = _points(lines)
    best = min((p for p in points if p["esr"] is not None), key=lambda p: p["esr"], default=None)
    now = _state(project, job, current, ready={"di", "amp"} <= facts.recordings.keys())
    told: Json = {
        "state": now,
        "running": job is not None and job.running,
        "points": points,
        "best": best,
        "verdict": _verdict(best),
        "model": None if project.model is None else project.model.stat().st_mtime_ns,
        "resumable": project.begun and now in ("done", "stopped", "failed", "cut"),
        "report": project.own(project.training / "report.html") is not None,
    }
    if current:
        last = current[-1]
        told |= {key: last.get(key) for key in ("epoch", "epochs", "step", "steps")} if "epoch" in last else {}
        told["stopped"] = last.get("stopped")
    if job is not None:
        told["seconds"] = round((time.time() if job.running else _end(current, job)) - job.began, 1)
        told["remaining"] = _remaining(lines, current) if job.running else None
    if now == "failed":
        told["error"] = _error(project)
    return told


def _state(project: Project, job: Job | None, current: Sequence[Json], *, ready: bool) -> str:
    if job is None:
        return "ready" if ready else "new"
    if job.running:
        if job.stopping:
            return "stopping"
        if not current:
            return "preparing"
        last = current[-1]
        over = last["event"] == "finished" or (bool(last.get("epochs")) and last.get("epoch") == last["epochs"])
        return "finishing" if over else "training"
    if job.stopping or job.code in _STOPPED:
        return "stopped" if project.begun else "ready"
    if job.code is None:
        return "cut"
    return "done" if job.code == 0 else "failed"


def _lines(project: Project) -> list[Json]:
    """Return what the training told so far; a line that is being written is left for the next time."""
    file = project.own(project.training / PROGRESS)
    if file is None:
        return []
    lines = []
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            told = json.loads(line)
        except ValueError:
            continue
        if isinstance(told, dict) and "event" in told:
            lines.append(told)
    return lines


def _current(lines: Sequence[Json], job: Job | None) -> list[Json]:
    """Return what the last process told: from its beginning on."""
    if job is None:
        return []
    began = max((i for i, line in enumerate(lines) if line["event"] == "started"), default=None)
    # The clock of the file is rounded.
    if began is None or float(lines[began]["time"]) < job.began - 0.01:
        return []
    return list(lines[began:])


def _points(lines: Sequence[Json]) -> list[Json]:
    """Return the validations in their order; what a resumed training repeats counts once."""
    points: dict[float, Json] = {}
    for line in lines:
        if line["event"] == "validated":
            sizes = {name: metrics.get(ESR) for name, metrics in line.get("outputs", {}).items()}
            # As the model file does: the figure of several sizes is that of the last, the largest.
            esr = next(reversed(sizes.values()), line["metrics"].get(ESR))
            points[line["step"]] = {"epoch": line["epoch"], "step": line["step"], "esr": esr, "sizes": sizes}
    return [points[step] for step in sorted(points)]


def _remaining(lines: Sequence[Json], current: Sequence[Json]) -> float | None:
    """Return the seconds that are left, by the pace since the process began to train; None where that is not known."""
    validated = [line for line in current if line["event"] == "validated"]
    if not validated or not validated[-1].get("steps"):
        return None
    before = [line["step"] for line in lines if line["event"] == "validated" and line["time"] < current[0]["time"]]
    last = validated[-1]
    first = max((step for step in before if step < last["step"]), default=0)
    if last["step"] <= first:
        return None
    pace: float = (last["time"] - current[0]["time"]) / (last["step"] - first)
    left: float = (last["steps"] - last["step"]) * pace - (time.time() - last["time"])
    return round(max(left, 0.0), 1)


def _end(current: Sequence[Json], job: Job) -> float:
    return float(current[-1]["time"]) if current else job.began


def _verdict(best: Mapping[str, Any] | None) -> Json | None:
    band = None if best is None else band_of(best["esr"])
    return None if band is None else {"word": band.word, "meaning": band.meaning}


def _error(project: Project) -> str:
    """Return what the process said last, without the program's name."""
    lines = [line.strip() for line in jobs.last_words(project).splitlines() if line.strip()]
    told = next((line for line in reversed(lines) if ": error: " in line), lines[-1] if lines else "")
    return told.rpartition(": error: ")[2] or "the training ended without a word; start it again"
