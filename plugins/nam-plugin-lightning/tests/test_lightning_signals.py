"""Signals end a training in seconds with its best model; a kill loses nothing but the current epoch."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from lightning_parts import SendSignal, fit, named

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


HOOKS = ["on_train_batch_start", "on_validation_batch_start", "on_validation_end", "on_train_epoch_end"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("hook", HOOKS)
def test_a_signal_ends_with_the_best_model_so_far(training, number, hook):
    before = signal.getsignal(number)
    sender = named(SendSignal, number=int(number), hook=hook, epoch=2)
    result = fit(training(learning={"trainer": {"callbacks": [sender]}}))
    assert result.interrupted == number
    assert 2 <= len(result.history) <= 3
    assert result.metrics["ESR"] == min(p.metrics["ESR"] for p in result.history)
    assert signal.getsignal(number) is before


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
@pytest.mark.parametrize("turn", range(4))
def test_killed_and_resumed_is_uninterrupted(tmp_path, turn):
    learning = {"trainer": {"max_epochs": 60, "val_check_interval": 0.5}}
    whole = start(tmp_path / "whole", learning=learning, items=64)
    assert finish(whole)[1].count("Traceback") == 0
    parts = tmp_path / "parts"
    kills = 0
    for attempt in range(3):
        process = start(parts, learning=learning, items=64, resume=attempt > 0)
        assert process.stdout.readline() == "training\n"
        time.sleep(1.5 + random.Random(10 * turn + attempt).random() * 2)
        kills += process.poll() is None
        process.kill()
        process.communicate()
    _, err = finish(start(parts, learning=learning, items=64, resume=True))
    assert "Traceback" not in err
    assert kills
    assert result_of(parts) == result_of(tmp_path / "whole")
    one, other = (torch.load(folder / "result.pt") for folder in (parts, tmp_path / "whole"))
    assert torch.equal(one["conv.weight"], other["conv.weight"])


@pytest.mark.slow
def test_workers_and_their_end(tmp_path):
    loader = {"batch_size": 4, "shuffle": True, "num_workers": 2}
    with_workers = start(tmp_path / "workers", learning={"train_dataloader": loader})
    _, err = finish(with_workers)
    assert len(err.splitlines()) == 3, err
    without = start(tmp_path / "none", learning={"train_dataloader": {**loader, "num_workers": 0}})
    finish(without)
    assert result_of(tmp_path / "workers") == result_of(tmp_path / "none")
    killed = start(tmp_path / "killed", learning={"train_dataloader": loader}, killed_worker=True)
    _, err = finish(killed)
    assert "a worker of the data loader died" in err
    assert "num_workers" in err.splitlines()[-1]
