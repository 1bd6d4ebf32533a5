"""
Training steps and rendering against neural-amp-modeler 0.13 and the C++ player.

``python bench_against.py PYTHON [--player FILE]``: the interpreter of an environment that has the package, and the
program ``benchmodel_bufsize`` of NeuralAmpModelerCore. A process of each package waits for its turn; they take turns
step by step, and medians are told. A step is a forward pass, the squared error, a backward pass and a step of Adam.
With one thread the processor's time is counted, which other work on the machine hardly changes; with two the clock's.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

CONFIGS = Path(__file__).parents[4] / "tests" / "data" / "cases" / "configs" / "v0.13"
RATE = 48000

WORKER = """
import json, sys, time, torch
job = json.loads(sys.argv[1])
torch.set_num_threads(job["threads"])
torch.manual_seed(0)
{make}
net.train()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-4)
x = torch.rand(16, net.receptive_field + 8191) * 2 - 1
y = torch.rand(16, 8192)
clock = time.process_time if job["threads"] == 1 else time.perf_counter
for _ in sys.stdin:
    start = clock()
    optimizer.zero_grad()
    output = forward(x, pad_start=False)
    (output - (y if output.ndim == 2 else y[:, None])).square().mean().backward()
    optimizer.step()
    print(clock() - start, flush=True)
"""

THEIRS = """
from nam.models.factory import init
net = forward = init(job["name"], args=(job["config"],))
"""

OURS = """
import nam_kernel
net = nam_kernel.make_net(job["name"], job["config"])
forward = nam_kernel.accelerate(net)
assert forward is not net
"""


def nets() -> dict[str, dict[str, object]]:
    """Return the name and the config of each net, by what people call it."""
    a1 = json.loads((CONFIGS / "wavenet.json").read_text())["net"]
    a2 = json.loads((CONFIGS / "config_model_packed.json").read_text())["net"]
    lstm = {"hidden_size": 24, "num_layers": 2, "train_burn_in": 4096, "train_truncate": 512}
    return {
        "A1 standard": a1,
        "both A2 sizes": a2,
        "LSTM 2 x 24, burn-in 4096, truncate 512": {"name": "LSTM", "config": lstm},
    }


class Worker:
    """A process that computes one training step whenever it is asked to."""

    def __init__(self, python: str, make: str, job: dict[str, object]) -> None:
        code = WORKER.replace("{make}", make)
        pipe = subprocess.PIPE
        environment = dict(os.environ)
        if python != sys.executable:
            environment.pop("PYTHONPATH", None)
        self._process = subprocess.Popen(
            [python, "-c", code, json.dumps(job)], stdin=pipe, stdout=pipe, text=True, env=environment
        )

    def step(self) -> float:
        """Return the seconds of a step."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def end(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def steps(python: str, pairs: int, counts: list[int]) -> None:
    """Print the table of training steps."""
    print("| training step, batch 16, ny 8192 | threads | 0.13, ms | here, ms | ratio |\n|---|---|---|---|---|")
    for title, net in nets().items():
        for threads in counts:
            job = {**net, "threads": threads}
            workers = [Worker(python, THEIRS, job), Worker(sys.executable, OURS, job)]
            taken: list[list[float]] = [[], []]
            for turn in range(pairs + 6):
                for worker, seconds in zip(workers, taken, strict=True):
                    now = worker.step()
                    if turn >= 6:  # by then the numbers of threads are chosen
                        seconds.append(now)
            for worker in workers:
                worker.end()
            theirs, ours = (statistics.median(s) * 1e3 for s in taken)
            print(f"| {title} | {threads} | {theirs:.0f} | {ours:.0f} | {theirs / ours:.1f} |", flush=True)


def rendering(player: Path, models: list[Path], turns: int) -> None:
    """Print the table of rendering on one core."""
    import torch

    from nam_kernel import accelerate, read_model

    torch.set_num_threads(1)
    print("\n| rendering, one core, times real time | the player | here | ratio |\n|---|---|---|---|")
    for path in models:
        net = read_model(path)
        net = net.at_size(1.0) if net.outputs else net
        net.eval()
        forward = accelerate(net)
        x = torch.rand(10 * RATE) * 2 - 1
        for block in (64, 2048):
            theirs, ours = [], []
            for _ in range(turns):
                theirs.append(20.0 / (spent(player, path, block, 11) - spent(player, path, block, 1)))
                start = time.process_time()
                net.render(x, size=65536, forward=forward)
                ours.append(len(x) / RATE / (time.process_time() - start))
            a, b = statistics.median(theirs), statistics.median(ours)
            print(f"| {path.stem}, the player in blocks of {block} | {a:.1f} | {b:.1f} | {b / a:.1f} |", flush=True)


def spent(player: Path, model: Path, block: int, repetitions: int) -> float:
    """Return the seconds of the processor in which the player plays two seconds of audio so often, and once before."""
    before = os.times()
    subprocess.run([player, model, str(block), str(repetitions)], capture_output=True, check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Compare with neural-amp-modeler 0.13 and the C++ player.")
    parser.add_argument("python", help="interpreter of the other environment")
    parser.add_argument("--pairs", type=int, default=9, help="measurements of each; the median is told")
    parser.add_argument("--player", type=Path, help="the program benchmodel_bufsize")
    parser.add_argument("--threads", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--models", type=Path, nargs="*", default=[], help="model files to render")
    options = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}, medians of {options.pairs}\n")
    steps(options.python, options.pairs, options.threads)
    if options.player:
        rendering(options.player, options.models, options.pairs)


if __name__ == "__main__":
    main()
