"""Claims about ``progress.jsonl``: whole lines of valid JSON, from the beginning of a run to its end."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from nam_kernel.interfaces import Progress, Result
from nam_kernel.run import Options
from nam_plugin_report.hooks import nam_finished, nam_progress, nam_started


@pytest.fixture
def run(tmp_path: Path) -> Any:
    trainer = SimpleNamespace(plan=lambda job: [("steps", "10")], shows_progress=True)
    net = SimpleNamespace(architecture="Gain")
    return SimpleNamespace(directory=tmp_path, net=net, trainer=trainer, job=None, options=Options(plots=False))


def lines(run: Any) -> list[dict[str, Any]]:
    text = (run.directory / "progress.jsonl").read_text()
    assert text.endswith("\n")
    return [json.loads(line, parse_constant=lambda c: pytest.fail(c)) for line in text.splitlines()]


def test_a_run_is_followed_from_its_beginning_to_its_end(run: Any) -> None:
    nam_started(run)
    nam_progress(run, Progress(1, 5, {"ESR": 0.5}, {"small": {"ESR": 0.6}}, best=True, epochs=2, steps=10))
    assert [line["event"] for line in lines(run)] == ["started", "validated"]
    nam_progress(run, Progress(2, 10, {"ESR": math.nan}, epochs=2, steps=10))
    nam_finished(run, Result(net=torch.nn.Identity(), directory=run.directory, epochs=2, files=[Path("a/model.nam")]))  # type: ignore[arg-type]
    started, first, second, finished = lines(run)
    assert started["plan"] == {"steps": "10"}
    assert (first["epoch"], first["epochs"], first["best"]) == (1, 2, True)
    assert first["outputs"] == {"small": {"ESR": 0.6}}
    assert second["metrics"] == {"ESR": None}
    assert (finished["epochs"], finished["interrupted"], finished["files"]) == (2, None, ["model.nam"])
    assert started["time"] <= finished["time"]


def test_a_resumed_run_goes_on_in_the_same_file(run: Any) -> None:
    nam_started(run)
    nam_started(run)
    assert [line["event"] for line in lines(run)] == ["started", "started"]
