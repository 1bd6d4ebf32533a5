"""A recording session that is computed: a DI of seconds, amplifiers, and configs that train them in no time."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from nam_kernel.cli.guard import guarded
from nam_plugin_batch import batch
from nam_plugin_batch.given import rows_from_table
from nam_plugin_batch.inputs import Inputs
from nam_plugin_batch.summary import CSV
from nam_plugin_batch.task import job_of, task_of
from nam_plugin_batch.templates import read_templates
from nam_plugin_batch.train import train_row

RATE = 8000
"""In Hz; low, so that a training lasts a second."""

NAMES = ("good", "fine", "broken", "cut", "ready")
EPOCHS = 30

Samples = np.ndarray


def guitar(seconds: float, seed: int = 0) -> Samples:
    """Return notes that are struck hard and soft and die away, with half a second of silence before the last third."""
    dice = np.random.default_rng(seed)
    count = round(seconds * RATE)
    played = np.zeros(count)
    for start in range(0, count, RATE // 4):
        note = dice.standard_normal(RATE // 2) * np.exp(-np.arange(RATE // 2) / (0.05 * RATE))
        piece = played[start : start + len(note)]
        piece += dice.uniform(0.1, 0.3) * note[: len(piece)]
    quiet = round(2 * count / 3)
    played[quiet - RATE // 2 : quiet] = 0.0
    return 0.6 * played / np.abs(played).max()


def amplifier(x: Samples, drive: float) -> Samples:
    """Return what a saturation and a filter make of a signal; they answer at once."""
    return 0.5 * np.convolve(np.tanh(drive * x), 0.5 ** np.arange(1, 12))[: len(x)]


def record(folder: Path, *names: str, seconds: float = 4.0) -> Path:
    """Write ``di.wav`` and a recording of each amplifier; return the DI."""
    folder.mkdir(exist_ok=True)
    x = guitar(seconds)
    for drive, name in enumerate(names, 2):
        soundfile.write(folder / f"{name}.wav", amplifier(x, drive), RATE, subtype="PCM_24")
    soundfile.write(folder / "di.wav", x, RATE, subtype="PCM_24")
    return folder / "di.wav"


def write_table(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def configs(folder: Path, epochs: int = 2) -> tuple[Path, Path]:
    """Write a model config of a very small net, and a learning config of a few epochs; return their paths."""
    layers = {"input_size": 1, "condition_size": 1, "channels": 2, "head_size": 1, "kernel_size": 3, "head_bias": True}
    layers |= {"dilations": [1, 2], "activation": "Tanh", "gated": False}
    model: dict[str, Any] = {
        "net": {"name": "WaveNet", "config": {"layers_configs": [layers], "head_scale": 0.5}},
        "optimizer": {"lr": 0.01},
        "loss": {"val_loss": "esr"},
    }
    trainer = {"max_epochs": epochs, "accelerator": "cpu", "logger": False, "enable_progress_bar": False}
    learning = {"train_dataloader": {"batch_size": 4, "shuffle": True}, "trainer": trainer}
    paths = folder / "model.json", folder / "learning.json"
    for path, document in zip(paths, (model, learning), strict=True):
        path.write_text(json.dumps(document))
    return paths


def one_second(folder: Path) -> Path:
    """Write a data config for recordings of a second; return its path."""
    half = RATE // 2
    data = {
        "train": {"stop_samples": half, "ny": 1000},
        "validation": {"start_samples": half, "ny": None},
        "common": {"delay": 0, "require_input_pre_silence": None},
    }
    (folder / "data.json").write_text(json.dumps(data))
    return folder / "data.json"


class Session:
    """Five recordings in a folder, a table of them, and the command that trains the table."""

    def __init__(self, folder: Path, epochs: int = EPOCHS) -> None:
        self.folder = folder
        record(folder, *NAMES, seconds=1.0)
        self.paths = one_second(folder), *configs(folder, epochs)
        options = zip(("--data", "--model", "--learning"), self.paths, strict=True)
        self.configs = [part for option in options for part in option]
        self.out = folder / "out"

    def table(self, *names: str) -> Path:
        lines = (f"{name},di.wav,{name}.wav,Acme" for name in names)
        return write_table(self.folder / "table.csv", "name,x_path,y_path,gear_make", *lines)

    def command(self, *names: str, more: tuple[str, ...] = ()) -> list[str]:
        return [str(part) for part in (self.table(*names), *self.configs, "-np", *more, self.out)]

    def run(self, *names: str, more: tuple[str, ...] = ()) -> int:
        return guarded("nam-kernel", lambda: batch.main(self.command(*names, more=more)))

    def start(self, *names: str, more: tuple[str, ...] = ()) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "nam_kernel.cli.main", "batch", *self.command(*names, more=more)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def train(self, name: str) -> None:
        """Train a row in this process."""
        templates = read_templates(*self.paths, size="tiny", epochs=None)
        (row,) = rows_from_table(self.table(name), templates, None)
        train_row(job_of(task_of(row, templates.of(row), self.out), Inputs(), plots=False))

    def interrupt(self, name: str) -> None:
        """Leave a run of a row that was interrupted after its first validation."""

        def press() -> None:
            until = time.monotonic() + 30
            while not (self.out / name / "metrics.csv").exists() and time.monotonic() < until:
                time.sleep(0.001)
            signal.raise_signal(signal.SIGINT)

        before = signal.getsignal(signal.SIGINT)
        ctrl_c = threading.Thread(target=press)
        ctrl_c.start()
        self.train(name)
        ctrl_c.join()
        signal.signal(signal.SIGINT, before)

    def wait_for(self, name: str, process: subprocess.Popen[str], seconds: float = 90.0) -> None:
        """Wait until a row was validated."""
        until = time.monotonic() + seconds
        while not (self.out / name / "metrics.csv").exists():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < until
            time.sleep(0.02)

    def epochs(self, name: str) -> list[int]:
        """Return the epochs of a row that were validated, in their order."""
        with (self.out / name / "metrics.csv").open(newline="") as file:
            return [int(line["epoch"]) for line in csv.DictReader(file)]

    def rows(self) -> dict[str, dict[str, str]]:
        with (self.out / CSV).open(newline="", encoding="utf-8") as file:
            return {row["name"]: row for row in csv.DictReader(file)}
