"""Claims about what a person sees of an engine that shows nothing itself, and a program of any engine."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nam_kernel.interfaces import Progress, Result
from nam_kernel.run import Options
from nam_plugin_report import trainings_panel
from nam_plugin_report.hooks import nam_finished, nam_progress, nam_started


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def follow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what is written to stdout and stderr of a run with ten epochs of 25 s."""

    def followed(style: str | None = None, *, terminal: bool = False, shows: bool = False) -> tuple[str, str]:
        clock, streams = Clock(), (io.StringIO(), io.StringIO())
        monkeypatch.setattr("nam_plugin_report.people.time", clock)
        monkeypatch.setattr(streams[1], "isatty", lambda: terminal, raising=False)
        monkeypatch.setattr(sys, "stdout", streams[0])
        monkeypatch.setattr(sys, "stderr", streams[1])
        trainer = SimpleNamespace(plan=lambda job: [("steps", "10")], shows_progress=shows)
        options = Options(plots=False, progress=style)  # type: ignore[arg-type]
        net = SimpleNamespace(architecture="Gain")
        run: Any = SimpleNamespace(directory=tmp_path, net=net, trainer=trainer, job=None, options=options)
        nam_started(run)
        for epoch in range(1, 11):
            clock.now += 25.0
            nam_progress(run, Progress(epoch, 5 * epoch, {"ESR": 0.5 / epoch}, epochs=10, steps=50))
        nam_finished(run, Result(net=net, directory=tmp_path, epochs=10))  # type: ignore[arg-type]
        return streams[0].getvalue(), streams[1].getvalue()

    return followed


def test_json_on_stdout_is_what_the_file_holds_and_nothing_else_is_shown(follow: Any, tmp_path: Path) -> None:
    out, err = follow("json", terminal=True)
    assert out == (tmp_path / "progress.jsonl").read_text()
    assert [json.loads(line)["event"] for line in out.splitlines()] == ["started", *["validated"] * 10, "finished"]
    assert err == ""


def test_a_log_gets_one_line_a_minute_of_any_engine(follow: Any) -> None:
    out, err = follow()
    assert out == ""
    # Validations at 25, 50 ... 250 s: the first, one a minute after it, and the last.
    assert [line.split("  ")[0] for line in err.splitlines()] == [f"epoch {n}/10" for n in (1, 4, 7, 10)]
    assert err.splitlines()[1] == "epoch 4/10  40 %  2 min 30 s left  ESR 0.125  best 0.125"


def test_a_terminal_gets_a_bar_of_any_engine(follow: Any) -> None:
    _, err = follow(terminal=True)
    assert err.count("\n") == 1
    assert err.split("\r")[5].startswith("##########..........  epoch 5/10  50 %  2 min 5 s left")


@pytest.mark.parametrize("style", [None, "bar", "lines"])
def test_an_engine_that_shows_its_progress_is_left_alone(follow: Any, style: str | None) -> None:
    assert follow(style, terminal=True, shows=True) == ("", "")


def test_the_trainings_of_two_runs_stand_side_by_side(follow: Any, tmp_path: Path) -> None:
    follow("json")
    panel = trainings_panel({"A": tmp_path, "B": tmp_path / "nowhere"})
    assert panel is not None
    assert panel.table[:4] == (
        ("", "A"),
        ("Best ESR in its own validation", "0.05"),
        ("In epoch", "10"),
        ("Epochs", "10"),
    )


def test_runs_that_nobody_followed_have_no_such_panel(tmp_path: Path) -> None:
    (tmp_path / "progress.jsonl").write_text('{"event": "validated", "metrics"')
    assert trainings_panel({"A": tmp_path}) is None
