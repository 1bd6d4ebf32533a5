"""
Measure everything against neural-amp-modeler 0.13, pair by pair in one run, and print the table of the documentation.

``python tests/benchmarks/bench.py PYTHON [ROW ...]`` with the interpreter of an environment that has that package, or
``nox -s bench``, which makes one. The two sides take turns; the figures are medians, the ratios medians of the ratios
of the pairs. With the path of the C++ player's ``benchmodel`` (a tool of NeuralAmpModelerCore) in the environment
variable ``NAM_BENCHMODEL``, rendering is compared with it; without, those rows are left out.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import workloads

HERE = Path(__file__).parent
PLAYER = "NAM_BENCHMODEL"

OLDER = """
import json, sys, torch
from pathlib import Path
from nam.train import full
data, model, learning = (json.loads(Path(p).read_text()) for p in sys.argv[1:4])
torch.manual_seed(0)
full.main(data, model, learning, Path(sys.argv[4]), no_show=True, make_plots=False)
"""


@dataclass(frozen=True)
class Row:
    """
    One row of the table: medians, and the median of the ratios.

    :param unit: of both figures
    """

    title: str
    older: float
    here: float
    ratio: float
    unit: str

    def markdown(self) -> str:
        """Return it as a line of a table."""
        return f"| {self.title} | {shown(self.older)} {self.unit} | {shown(self.here)} {self.unit} | {self.ratio:.2f} |"


Figure = Callable[[], float]
"""Measures once."""


def shown(value: float) -> str:
    """Return a figure with three digits."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def compared(title: str, older: Figure, here: Figure, pairs: int, unit: str, factor: float = 1.0) -> Row:
    """
    Measure both sides in turn.

    :param factor: that turns what is measured into the unit
    """
    measured = []
    for number in range(pairs):
        # Whoever comes first has the machine as the other left it; so they swap.
        if number % 2:
            there, ours = older(), here()
        else:
            ours, there = here(), older()
        measured.append((there * factor, ours * factor))
    there, ours = (statistics.median(side) for side in zip(*measured, strict=True))
    row = Row(title, there, ours, statistics.median(a / b for a, b in measured), unit)
    print(row.markdown(), file=sys.stderr, flush=True)
    return row


class Bench:
    """
    The measurements.

    :param python: interpreter of the other environment
    :param folder: with the recordings
    :param pairs: of each row
    :param threads: the numbers of threads with which training steps are measured
    """

    def __init__(self, python: str, folder: Path, pairs: int, threads: Sequence[int] = (1, 2)) -> None:
        self.python = python
        self.folder = folder
        self.pairs = pairs
        self.threads = threads

    def rows(self, names: list[str]) -> Iterator[Row]:
        """Yield the rows whose keys are named, or all."""
        table: dict[str, Callable[[], Iterator[Row]]] = {
            "help": self.help,
            "process": self.process,
            "memory": self.memory,
            "a1": lambda: self.steps("a1", "training step, A1 standard"),
            "a2": lambda: self.steps("a2", "training step, both A2 sizes in one run"),
            "lstm": lambda: self.steps("lstm", "training step, LSTM 2 x 24, best thread count of each", best=True),
            "render": self.render,
        }
        for name in names or table:
            yield from table[name]()

    def steps(self, name: str, title: str, best: bool = False) -> Iterator[Row]:
        """Yield the time of a training step, for each number of threads or with the best of each side."""
        with ExitStack() as stack:
            workers = {
                (side, count): stack.enter_context(self._worker(side, "step", name, count))
                for side in ("older", "here")
                for count in self.threads
            }
            if not best:
                for count in self.threads:
                    told = f"{title}, {count} thread{'s' * (count > 1)}"
                    yield compared(told, workers["older", count], workers["here", count], self.pairs, "ms", 1000)
                return
            chosen = {}
            for side in ("older", "here"):
                speeds = {count: min(workers[side, count]() for _ in range(2)) for count in self.threads}
                chosen[side] = min(speeds, key=lambda count: speeds[count])
            older, here = (workers[side, chosen[side]] for side in ("older", "here"))
            told = f"{title} ({chosen['older']}; {chosen['here']})"
            yield compared(told, older, here, self.pairs, "ms", 1000)

    def render(self) -> Iterator[Row]:
        """Yield the speed of rendering against the C++ player, where there is one."""
        player = os.environ.get(PLAYER)
        if not player:
            print(f"no rendering: {PLAYER} names no benchmodel of the C++ player", file=sys.stderr)
            return
        for name in ("a1", "a2"):
            path = str(self._model_file(name))

            def play(path: str = path) -> float:
                # Exact activations, as the net has them; it plays two seconds in blocks of 64.
                command = [player, "--no-fast-tanh", *(["--slim", "1.0"] if name == "a2" else []), path]  # noqa: B023
                printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                return float(re.findall(r"([\d.]+)ms", printed)[-1]) / 1000 / 2

            with self._worker("here", "render", path, 1) as here:
                title = f"rendering a second of audio, {name.upper()}, one thread, against the C++ player"
                yield compared(title, play, here, self.pairs, "ms", 1000)

    def process(self) -> Iterator[Row]:
        """Yield the time of a whole training of a net that takes no time, and of the imports that both have."""
        older, here = self._trainings("small", 2)
        title = "whole process, two epochs of a net of 152 parameters on 52 s, one thread"
        yield compared(title, lambda: seconds(older), lambda: seconds(here), self.pairs, "s")
        floor = ["-c", "import torch, pytorch_lightning"]
        title = "`import torch, pytorch_lightning`, in each environment"
        yield compared(
            title, lambda: seconds([self.python, *floor]), lambda: seconds([sys.executable, *floor]), self.pairs, "s"
        )

    def help(self) -> Iterator[Row]:
        """Yield the time of ``--help``."""
        older = [str(Path(self.python).with_name("nam-full")), "--help"]
        here = [sys.executable, "-m", "nam_kernel.cli.full", "--help"]
        yield compared("`--help`", lambda: seconds(older), lambda: seconds(here), self.pairs, "s")

    def memory(self) -> Iterator[Row]:
        """Yield the peak memory of a training."""
        older, here = self._trainings("a1", 1, limit_train_batches=4)
        title = "peak memory of a training, A1 standard"
        yield compared(title, lambda: peak(older), lambda: peak(here), 2, "MB", 1e-6)

    def _trainings(self, name: str, epochs: int, **trainer: int) -> tuple[list[str], list[str]]:
        """Return the commands that train, there and here."""
        documents = [
            workloads.write(self.folder, "data", workloads.data(self.folder)),
            workloads.write(self.folder, f"model_{name}", workloads.model(name)),
            workloads.write(self.folder, f"learning_{name}", workloads.learning(epochs, **trainer)),
        ]
        out = [str(self.folder / f"out-{side}") for side in ("older", "here")]
        Path(out[0]).mkdir(exist_ok=True)
        here = [sys.executable, "-m", "nam_kernel.cli.full", *documents, out[1], "-ns", "-np"]
        return [self.python, "-c", OLDER, *documents, out[0]], here

    def _model_file(self, name: str) -> Path:
        import nam_kernel

        document = workloads.model(name)["net"]
        net = nam_kernel.make_net(document["name"], document["config"]).eval()
        net.sample_rate = float(workloads.RATE)
        return nam_kernel.write_model(net, self.folder / f"{name}.nam")

    @contextmanager
    def _worker(self, side: str, task: str, name: str, threads: int) -> Iterator[Figure]:
        """Start a process that measures, and yield what asks it to."""
        python = self.python if side == "older" else sys.executable
        command = [python, str(HERE / "worker.py"), side, task, name, str(self.folder)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        with subprocess.Popen(command, env=environment(python, threads), **pipes) as process:  # type: ignore[call-overload]

            def answer() -> str:
                while line := process.stdout.readline():
                    if line.startswith("ready") or line[0].isdigit():
                        return str(line)
                raise SystemExit(f"{' '.join(command)} ended with {process.wait()}")

            def ask() -> float:
                process.stdin.write("go\n")
                process.stdin.flush()
                return float(answer())

            answer()
            yield ask
            process.stdin.close()


def environment(python: str, threads: int = 1) -> dict[str, str]:
    """Return the environment of a process: no search path of this one where the interpreter is another."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONPATH" or python == sys.executable}
    return {**kept, "OMP_NUM_THREADS": str(threads)}


def seconds(command: list[str]) -> float:
    """Return the time of a whole process."""
    start = time.perf_counter()
    _run(command)
    return time.perf_counter() - start


def peak(command: list[str]) -> float:
    """Return the peak memory of a whole process, in bytes."""
    return _run(command) * (1 if sys.platform == "darwin" else 1024)


def _run(command: list[str]) -> int:
    """Run a command; return its largest resident set, in the system's unit."""
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(command, stdout=told, stderr=told, env=environment(command[0]))
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if status:
            told.seek(0)
            raise SystemExit(told.read().decode(errors="replace"))
    return usage.ru_maxrss


def machine() -> str:
    """Return in a sentence on what was measured."""
    import torch

    from nam_kernel import plugins

    names = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.+)", names.read_text()) if names.exists() else None
    cpu = found.group(1) if found else platform.processor()
    titles = ", ".join(title for title, _ in plugins.current().each("nam_accelerate")) or "none"
    versions = f"Python {platform.python_version()}, torch {torch.__version__}"
    return f"{cpu}, {os.cpu_count()} cores, {versions}; accelerators: {titles}"


def main() -> None:
    """Print the rows as they come, and then the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("python", help="interpreter with neural-amp-modeler 0.13")
    parser.add_argument("rows", nargs="*", help="some of: help process memory a1 a2 lstm render")
    parser.add_argument("--pairs", type=int, default=5, help="measured for each row (%(default)s)")
    parser.add_argument("--threads", type=int, nargs="+", default=(1, 2), help="of the training steps (1 2)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        workloads.write_recordings(folder)
        rows = [*Bench(arguments.python, folder, arguments.pairs, arguments.threads).rows(arguments.rows)]
    print(f"{machine()}\n")
    print("| what | 0.13 | here | ratio |\n|---|---|---|---|")
    for row in rows:
        print(row.markdown())


if __name__ == "__main__":
    main()
