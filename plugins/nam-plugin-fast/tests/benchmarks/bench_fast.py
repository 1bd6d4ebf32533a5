"""
How long a training step and a rendering take with the compiled code, and without.

``python bench_fast.py`` in a checkout. The two take turns, pair by pair, and medians are told: a machine that does
other work at the same time slows both down. Times are of the wall clock; ``--cpu`` counts the processor's time instead,
which says more on a busy machine for one thread, and nothing for two, which wait for each other busily in torch.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import torch

from nam_kernel import accelerate, make_net
from nam_kernel.interfaces import BaseNet, Forward
from nam_plugin_fast.library import load

CONFIGS = Path(__file__).parents[4] / "tests" / "data" / "cases" / "configs" / "v0.13"
BATCH, SAMPLES, RATE = 16, 8192, 48000


def nets() -> Iterator[tuple[str, BaseNet]]:
    """Yield the nets, by what people call them."""
    a1 = json.loads((CONFIGS / "wavenet.json").read_text())["net"]
    a2 = json.loads((CONFIGS / "config_model_packed.json").read_text())["net"]
    yield "WaveNet, A1 standard", make_net(a1["name"], a1["config"])
    for size in a2["config"]["submodels"]:
        yield f"WaveNet, A2, {size['name'].removeprefix('channels_')} channels", make_net("WaveNet", size["config"])
    yield "both sizes of A2 in one run", make_net(a2["name"], a2["config"])
    lstm = {"hidden_size": 24, "num_layers": 2, "train_burn_in": 4096, "train_truncate": 512}
    yield "LSTM 2 x 24 (burn-in 4096, truncate 512)", make_net("LSTM", lstm)
    yield "ConvNet 32 x 4", make_net("ConvNet", {})


def step(forward: Forward, net: BaseNet, x: torch.Tensor) -> None:
    """Compute an output and its gradients."""
    net.zero_grad()
    forward(x).square().mean().backward()  # type: ignore[no-untyped-call]


def render(forward: Forward, net: BaseNet, x: torch.Tensor, size: int) -> None:
    """Render a signal in blocks."""
    net.render(x, size=size, forward=None if forward is net else forward)


def compare(
    work: Callable[[Forward], None], net: BaseNet, pairs: int, clock: Callable[[], float]
) -> tuple[float, float]:
    """Return the medians of the seconds that the plain net takes, and the accelerated one, in turns."""
    fast = accelerate(net)
    assert fast is not net
    seconds: dict[Forward, list[float]] = {net: [], fast: []}
    # In the first calls, compiled code measures how many threads are of use.
    forwards: list[Forward] = [net, *[fast] * 6]
    for forward in forwards:
        work(forward)
    for _ in range(pairs):
        for forward in (net, fast):
            start = clock()
            work(forward)
            seconds[forward].append(clock() - start)
    plain, accelerated = (statistics.median(s) for s in seconds.values())
    return plain, accelerated


def steps(chosen: list[tuple[str, BaseNet]], options: argparse.Namespace, clock: Callable[[], float]) -> None:
    """Print the table of training steps."""
    print(f"| training step, batch {BATCH}, ny {SAMPLES} | threads | plain, ms | fast, ms | ratio |")
    print("|---|---|---|---|---|")
    for name, net in chosen:
        net.train()
        x = torch.rand(BATCH, net.receptive_field + SAMPLES - 1) * 2 - 1
        for threads in options.threads:
            torch.set_num_threads(threads)
            plain, fast = compare(partial(step, net=net, x=x), net, options.pairs, clock)
            print(f"| {name} | {threads} | {plain * 1e3:.0f} | {fast * 1e3:.0f} | {plain / fast:.1f} |", flush=True)
    print()


def rendering(chosen: list[tuple[str, BaseNet]], options: argparse.Namespace, clock: Callable[[], float]) -> None:
    """Print the table of rendering."""
    print("| rendering, one thread, times real time | block | plain | fast | ratio |\n|---|---|---|---|---|")
    torch.set_num_threads(1)
    x = torch.rand(int(options.seconds * RATE)) * 2 - 1
    for name, net in chosen:
        net.eval()
        for size in (64, 512, 65536):
            some = x if size > 64 else x[: len(x) // 8]
            pairs = max(3, options.pairs // 3)
            plain, fast = compare(partial(render, net=net, x=some, size=size), net, pairs, clock)
            real = len(some) / RATE
            print(f"| {name} | {size} | {real / plain:.1f} | {real / fast:.1f} | {plain / fast:.1f} |", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Compare the compiled code with the plain nets.")
    parser.add_argument("--pairs", type=int, default=9, help="measurements of each; the median is told")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--seconds", type=float, default=4.0, help="of audio to render")
    parser.add_argument("--cpu", action="store_true", help="count the processor's time")
    parser.add_argument("--only", default="", help="nets whose name contains this")
    parser.add_argument("--skip", nargs="*", default=[], choices=["steps", "rendering"])
    options = parser.parse_args()
    clock = time.process_time if options.cpu else time.perf_counter
    chosen = [(name, net) for name, net in nets() if options.only in name]
    busy = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    target = load().nam_fast_target().decode()
    print(f"{target}, load {busy}, torch {torch.__version__}, medians of {options.pairs}\n")
    for table in (steps, rendering):
        if table.__name__ not in options.skip:
            table(chosen, options, clock)


if __name__ == "__main__":
    main()
