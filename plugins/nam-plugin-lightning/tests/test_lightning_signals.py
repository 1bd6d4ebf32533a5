"""Signals end a training in seconds with its best model; a kill loses nothing but the current epoch."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from lightning_parts import Filtered, SendSignal, fit, named

PROGRAM = Path(__file__).with_name("lightning_program.py")


def start(folder: Path, **options) -> subprocess.Popen[str]:
    folder.mkdir(exist_ok=True)
    search_path = os.pathsep.join(path for path in sys.path if path)
    return subprocess.Popen(
        [sys.executable, str(PROGRAM), str(folder), json.dumps(options)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": search_path},
        start_new_session=True,
    )


def wait_for(path: Path, process: subprocess.Popen[str], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not path.exists():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < end
        time.sleep(0.02)


def finish(process: subprocess.Popen[str], seconds: float = 60) -> tuple[str, str]:
    out, err = process.communicate(timeout=seconds)
    return out, err


def result_of(folder: Path) -> dict:
    return json.loads((folder / "result.json").read_text())


NUMBERS = [signal.SIGINT, signal.SIGTERM]
HOOKS = ["on_train_batch_start", "on_validation_batch_start", "on_validation_end", "on_train_epoch_end"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("hook", HOOKS)
def test_a_signal_ends_with_the_best_model_so_far(training, number, hook):
    sender = named(SendSignal, number=int(number), hook=hook, epoch=2)
    result = fit(training(learning={"trainer": {"callbacks": [sender]}}))
    assert result.interrupted == number
    assert 2 <= len(result.history) <= 3
    assert result.metrics["ESR"] == min(p.metrics["ESR"] for p in result.history)


@pytest.fixture(autouse=True)
def heard():
    """The signals that the program hears outside of the training; afterwards its handlers are what they were."""
    numbers: list[int] = []
    before = {number: signal.signal(number, lambda n, _: numbers.append(n)) for number in NUMBERS}
    yield numbers
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("again", NUMBERS)
def test_an_impatient_signal_after_the_end_means_the_same_until_there_was_a_pause(training, monkeypatch, heard, again):
    sender = named(SendSignal, number=int(signal.SIGINT), hook="on_validation_end", epoch=1)
    before = {number: signal.getsignal(number) for number in NUMBERS}
    assert fit(training(learning={"trainer": {"callbacks": [sender]}})).interrupted == signal.SIGINT
    for _ in range(3):
        signal.raise_signal(again)
    assert heard == []
    monkeypatch.setattr("nam_plugin_lightning.callbacks.signal_handler.IMPATIENCE", 0.0)
    signal.raise_signal(again)
    assert heard == [again]
    assert {number: signal.getsignal(number) for number in NUMBERS} == before


def test_a_training_that_ends_by_itself_leaves_the_signals_as_they_were(training):
    before = {number: signal.getsignal(number) for number in NUMBERS}
    assert fit(training()).interrupted is None
    assert {number: signal.getsignal(number) for number in NUMBERS} == before


class Obstinate(Filtered):
    """Data that takes any interruption for a failure of its own."""

    def __getitem__(self, index):
        if index == 5:
            try:
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.01)
            except BaseException:
                raise ValueError("it was disturbed") from None
        return super().__getitem__(index)


def test_a_component_that_answers_a_signal_with_a_failure_is_interrupted_all_the_same(training):
    result = fit(training(train=Obstinate(), validation=None))
    assert result.interrupted == signal.SIGINT
    assert "it was disturbed" in (result.directory / "training.log").read_text(encoding="utf-8")


def test_what_a_kill_left_half_written_is_removed_when_the_run_begins_again(training):
    asked = training()
    (asked.directory / "checkpoints").mkdir()
    parts = [asked.directory / ".model.nam.x1.part", asked.directory / "checkpoints" / ".last.ckpt.y2.part"]
    kept = [asked.directory / "notes.part", asked.directory / ".hidden"]
    for path in (*parts, *kept):
        path.write_text("half")
    fit(asked)
    assert [path.exists() for path in (*parts, *kept)] == [False, False, True, True]


def test_a_signal_waits_until_the_model_is_written(training):
    written = []

    def observe(progress, best):
        os.kill(os.getpid(), signal.SIGTERM)
        written.append(progress)
        return True

    result = fit(training(observe=observe))
    assert len(written) == 1
    assert result.interrupted == signal.SIGTERM
    assert (result.directory / "checkpoints" / "best.ckpt").exists()


def test_a_signal_before_the_first_validation_leaves_no_metrics(training):
    at_once = named(SendSignal, number=int(signal.SIGINT), hook="on_train_batch_start", epoch=0)
    result = fit(training(learning={"trainer": {"callbacks": at_once}}))
    assert result.interrupted == signal.SIGINT
    assert result.history == ()
    assert result.metrics == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_ends_the_training_with_the_best_model(tmp_path, name):
    process = start(tmp_path, learning={"trainer": {"max_epochs": 100000}})
    wait_for(tmp_path / "model.pt", process)
    time.sleep(random.random() * 0.3)
    process.send_signal(getattr(signal, name))
    began = time.monotonic()
    _, err = finish(process)
    assert time.monotonic() - began < 8
    assert process.returncode == 0, err
    assert "Traceback" not in err
    result = result_of(tmp_path)
    assert result["interrupted"] == getattr(signal, name)
    assert result["metrics"]["ESR"] == min(p["metrics"]["ESR"] for p in result["history"])
    model, best = torch.load(tmp_path / "model.pt"), torch.load(tmp_path / "result.pt")
    assert torch.equal(model["conv.weight"], best["conv.weight"])


@pytest.mark.slow
@pytest.mark.parametrize("turn", range(12))
def test_signals_at_random_moments_and_several_of_them(tmp_path, turn):
    options = {
        "learning": {"trainer": {"max_epochs": 100000}, "train_dataloader": {"batch_size": 4, "num_workers": turn % 2}}
    }
    process = start(tmp_path, **options)
    assert process.stdout.readline() == "training\n"
    time.sleep(1 + random.Random(turn).random() * 5)
    numbers = [(signal.SIGINT, signal.SIGTERM)[turn % 2], signal.SIGINT, signal.SIGTERM]
    for number in numbers[: 1 + turn % 3]:
        process.send_signal(number)
        time.sleep(0.01)
    _, err = finish(process)
    assert "Traceback" not in err
    result = result_of(tmp_path)
    assert result["interrupted"] in numbers
    if result["history"]:
        model, best = torch.load(tmp_path / "model.pt"), torch.load(tmp_path / "result.pt")
        assert torch.equal(model["conv.weight"], best["conv.weight"])
    assert list(tmp_path.rglob("*.part")) == []


@pytest.mark.slow
@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_twenty_signals_within_a_second_are_one(tmp_path, workers, method):
    loader = {"batch_size": 4, "num_workers": workers, "multiprocessing_context": method if workers else None}
    process = start(
        tmp_path, learning={"trainer": {"max_epochs": 100000}, "train_dataloader": loader}, default_signals=True
    )
    wait_for(tmp_path / "model.pt", process)
    for _ in range(20):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.05)
    _, err = finish(process)
    assert "Traceback" not in err
    assert result_of(tmp_path)["interrupted"] == signal.SIGINT
    assert list(tmp_path.rglob(".*.part")) == []


@pytest.mark.slow
@pytest.mark.parametrize("turn", range(4))
def test_killed_and_resumed_is_uninterrupted(tmp_path, turn):
    learning = {"trainer": {"max_epochs": 60, "val_check_interval": 0.5}}
    whole = start(tmp_path / "whole", learning=learning, items=64)
    assert whole.stdout.readline() == "training\n"
    began = time.monotonic()
    assert finish(whole)[1].count("Traceback") == 0
    length = time.monotonic() - began
    parts = tmp_path / "parts"
    kills = 0
    for attempt in range(3):
        process = start(parts, learning=learning, items=64, resume=attempt > 0)
        assert process.stdout.readline() == "training\n"
        time.sleep(length * (0.1 + 0.5 * random.Random(10 * turn + attempt).random()))
        kills += process.poll() is None
        process.kill()
        process.communicate()
    _, err = finish(start(parts, learning=learning, items=64, resume=True))
    assert "Traceback" not in err
    assert kills
    # A run that was killed at its very end has nothing left to do, and says so.
    results = [{**result_of(folder), "stopped": None} for folder in (parts, tmp_path / "whole")]
    assert results[0] == results[1]
    one, other = (torch.load(folder / "result.pt") for folder in (parts, tmp_path / "whole"))
    assert torch.equal(one["conv.weight"], other["conv.weight"])


@pytest.mark.slow
def test_workers_and_their_end(tmp_path):
    loader = {"batch_size": 4, "shuffle": True, "num_workers": 2}
    with_workers = start(tmp_path / "workers", learning={"train_dataloader": loader})
    _, err = finish(with_workers)
    assert [line.split("  ")[0] for line in err.splitlines()] == ["epoch 1/3", "epoch 3/3"], err
    without = start(tmp_path / "none", learning={"train_dataloader": {**loader, "num_workers": 0}})
    finish(without)
    assert result_of(tmp_path / "workers") == result_of(tmp_path / "none")
    killed = start(tmp_path / "killed", learning={"train_dataloader": loader}, killed_worker=True)
    _, err = finish(killed)
    # Whether torch hears of the signal or finds the process gone is a race.
    assert re.search("a worker of the data loader (died|ended)", err)
    assert "num_workers" in err.splitlines()[-1]
