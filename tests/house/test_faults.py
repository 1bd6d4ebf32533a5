"""
Faults in real processes: whatever happens to a training, nothing that it had learned is lost.

After each fault there is a whole model on disk or none, no half-written file, one message and the right exit code; and
``--resume`` ends with the very weights of a run that nothing happened to.
"""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from material import documents

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")]

EPOCHS = 40
LEARNING: dict[str, Any] = {
    "train_dataloader": {"batch_size": 4, "shuffle": True},
    "trainer": {"accelerator": "cpu", "max_epochs": EPOCHS, "logger": False},
}


class Run:
    """A training in a process of its own, in ``folder``."""

    def __init__(self, folder: Path, *arguments: object, before: Callable[[], None] | None = None) -> None:
        self.folder = folder
        command = [sys.executable, "-m", "nam_kernel.cli.full", *map(str, arguments), "-np", "--progress", "json"]
        self.process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=before
        )

    def wait_for_epochs(self, count: int) -> None:
        """Read the progress until so many epochs are done."""
        assert self.process.stdout is not None
        seen = 0
        for line in self.process.stdout:
            seen += json.loads(line)["event"] == "validated"
            if seen >= count:
                return
        raise AssertionError(f"it ended after {seen} epochs")

    def end(self) -> tuple[int, str]:
        """Wait for the end; give the exit code and the rest of what it printed."""
        out, err = self.process.communicate(timeout=120)
        return self.process.returncode, out + err


def directory_of(folder: Path) -> Path:
    (directory,) = (folder / "out").iterdir()
    return directory


def weights(directory: Path) -> list[float]:
    found: list[float] = json.loads((directory / "model.nam").read_text())["weights"]
    return found


def expect_nothing_half(directory: Path) -> None:
    assert list(directory.rglob("*.part")) == []
    if (directory / "model.nam").exists():
        assert len(weights(directory)) > 0
    json.loads((directory / "run.json").read_text())


def resume_to_the_end(folder: Path, directory: Path) -> None:
    code, told = Run(folder, "--resume", directory).end()
    assert code == 0, told
    assert json.loads((directory / "run.json").read_text())["state"] == "done"


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[float]:
    """The weights of a run that nothing happened to."""
    folder = tmp_path_factory.mktemp("undisturbed")
    os.environ["OMP_NUM_THREADS"] = "1"
    code, told = Run(folder, *documents(folder, learning=LEARNING), "out").end()
    assert code == 0, told
    return weights(directory_of(folder))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_at_a_random_moment(
    tmp_path: Path, undisturbed: list[float], seed: int, number: int, code: int
) -> None:
    dice = random.Random(100 * number + seed)
    run = Run(tmp_path, *documents(tmp_path, learning=LEARNING), "out")
    run.wait_for_epochs(dice.randint(1, 10))
    time.sleep(dice.uniform(0.0, 0.3))
    start = time.monotonic()
    run.process.send_signal(number)
    ended, told = run.end()
    assert time.monotonic() - start < 20
    assert ended == code, told
    assert "Traceback" not in told
    assert "--resume" in told
    directory = directory_of(tmp_path)
    expect_nothing_half(directory)
    assert weights(directory)
    assert json.loads((directory / "run.json").read_text())["state"] == "interrupted"
    resume_to_the_end(tmp_path, directory)
    assert weights(directory) == undisturbed


@pytest.mark.parametrize("seed", range(4))
def test_kill_9_at_a_random_moment(tmp_path: Path, undisturbed: list[float], seed: int) -> None:
    dice = random.Random(seed)
    run = Run(tmp_path, *documents(tmp_path, learning=LEARNING), "out")
    run.wait_for_epochs(dice.randint(1, 12))
    time.sleep(dice.uniform(0.0, 0.3))
    run.process.kill()
    run.end()
    directory = directory_of(tmp_path)
    assert weights(directory)
    resume_to_the_end(tmp_path, directory)
    assert weights(directory) == undisturbed


def test_killed_and_resumed_three_times(tmp_path: Path, undisturbed: list[float]) -> None:
    run = Run(tmp_path, *documents(tmp_path, learning=LEARNING), "out")
    for turn in range(3):
        run.wait_for_epochs(4 + turn)
        run.process.kill()
        run.end()
        run = Run(tmp_path, "--resume", directory_of(tmp_path))
    code, told = run.end()
    assert code == 0, told
    assert weights(directory_of(tmp_path)) == undisturbed


@pytest.mark.parametrize("limit", [200, 3000, 12000])
def test_a_disk_that_takes_no_more(tmp_path: Path, limit: int) -> None:
    paths = documents(tmp_path, learning=LEARNING)

    def fill() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

    code, told = Run(tmp_path, *paths, "out", before=fill).end()
    assert code in (1, 2), told
    assert "Traceback" not in told
    assert "error:" in told
    for directory in (tmp_path / "out").glob("*"):
        assert list(directory.rglob("*.part")) == []
        if (directory / "model.nam").exists():
            assert weights(directory)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a file system that nobody may write to")
def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    paths = documents(tmp_path, learning=LEARNING)
    before = sorted(tmp_path.rglob("*"))
    code, told = Run(tmp_path, *paths, "/proc/runs").end()
    assert code == 2, told
    assert "cannot be made" in told
    assert sorted(tmp_path.rglob("*")) == before


def test_a_worker_that_is_killed(tmp_path: Path) -> None:
    learning = {**LEARNING, "train_dataloader": {"batch_size": 4, "num_workers": 1}}
    run = Run(tmp_path, *documents(tmp_path, learning=learning), "out")
    run.wait_for_epochs(3)
    children = Path(f"/proc/{run.process.pid}/task/{run.process.pid}/children").read_text().split()
    for child in children:
        if b"multiprocessing" in Path(f"/proc/{child}/cmdline").read_bytes() or len(children) == 1:
            os.kill(int(child), signal.SIGKILL)
    code, told = run.end()
    assert code == 1, told
    assert "Traceback" not in told
    expect_nothing_half(directory_of(tmp_path))
    assert weights(directory_of(tmp_path))
    resume_to_the_end(tmp_path, directory_of(tmp_path))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_sample_that_is_no_number(tmp_path: Path, value: float) -> None:
    paths = documents(tmp_path, learning=LEARNING)
    y, rate = soundfile.read(tmp_path / "amp.wav")
    y[31415] = value
    soundfile.write(tmp_path / "amp.wav", y, rate, subtype="FLOAT")
    code, told = Run(tmp_path, *paths, "out").end()
    assert code == 2
    assert "amp.wav" in told
    assert "31415" in told
    assert not (tmp_path / "out").exists()


def test_a_training_that_diverges(tmp_path: Path) -> None:
    model = {"optimizer": {"class": "SGD", "lr": 1e30}}
    code, told = Run(tmp_path, *documents(tmp_path, learning=LEARNING, model=model), "out").end()
    assert "Traceback" not in told
    assert "lr" in told
    directory = directory_of(tmp_path)
    expect_nothing_half(directory)
    assert code == (0 if (directory / "model.nam").exists() else 1), told
