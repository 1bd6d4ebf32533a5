"""
How much faster the two sizes of the standard A2 config train together than one after the other.

One step is the forward, the loss, the backward and the optimizer. The three trainings take turns within one run, and
each is judged by its fastest step, so that other programs on the machine weigh less.

On a CPU the gain comes from a second core, so beside it stand its bound, which the larger size sets, and a control:
what two threads gain on this machine, now, with matrix products that have nothing in common. Run it as a program.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import torch

from nam_kernel import plugins
from nam_kernel.build import build

KERNELS = [6] * 14 + [15] * 2 + [6] * 7
DILATIONS = [1, 3, 7, 17, 41, 101, 239] * 2 + [1, 13] + [1, 3, 7, 17, 41, 101, 239]


def wavenet(channels):
    stack = {
        "input_size": 1,
        "condition_size": 1,
        "channels": channels,
        "kernel_sizes": KERNELS,
        "dilations": DILATIONS,
        "activation": "LeakyReLU",
        "head": {"out_channels": 1, "kernel_size": 16, "bias": True},
    }
    return {"layers_configs": [stack], "head_scale": 0.01}


def training(name, config, x, y):
    """Give a function that trains a net for one step."""
    net = build("net", name, config).train().to(x.device)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.004)

    def step():
        optimizer.zero_grad()
        preds = net(x[:, x.shape[1] - y.shape[1] - net.receptive_field + 1 :], pad_start=False)
        rows = preds.unbind(dim=1) if preds.ndim == 3 else [preds]
        torch.stack([(row - y).square().mean() for row in rows]).sum().backward()
        optimizer.step()
        if x.is_cuda:
            torch.cuda.synchronize()

    return step


def fastest(steps, rounds):
    """Take turns, and give the fastest step of each in seconds."""
    best = dict.fromkeys(steps, float("inf"))
    for _ in range(rounds + 2):
        for (name, threads), step in steps.items():
            torch.set_num_threads(threads)
            start = time.perf_counter()
            step()
            best[name, threads] = min(best[name, threads], time.perf_counter() - start)
    return best


def measure(batch=2, ny=8192, rounds=8, device="cpu"):
    """
    Give the seconds of a step by what is trained and torch's number of threads.

    What is trained is ``channels_3``, ``channels_8``, or ``together``.
    """
    configs = {f"channels_{c}": wavenet(c) for c in (3, 8)}
    packed = {"submodels": [{"name": n, "config": c} for n, c in configs.items()]}
    x = 0.1 * torch.randn(batch, ny + 6346, device=device)
    y = 0.1 * torch.randn(batch, ny, device=device)
    steps = {name: training("WaveNet", config, x, y) for name, config in configs.items()}
    steps["together"] = training("PackedWaveNet", packed, x, y)
    counts = sorted({1, torch.get_num_threads()})
    return fastest({(name, count): step for name, step in steps.items() for count in counts}, rounds)


def control(rounds=12):
    """Give how much faster two threads multiply matrices than one thread twice; 2 on two idle cores."""
    torch.set_num_threads(1)
    matrix = torch.randn(400, 400)

    def work(_=None):
        for _ in range(30):
            torch.mm(matrix, matrix)

    with ThreadPoolExecutor(2, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        steps = {("one", 1): work, ("two", 1): lambda: list(pool.map(work, range(2)))}
        best = fastest(steps, rounds)
    return 2 * best["one", 1] / best["two", 1]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--ny", type=int, default=8192)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    missing = {"WaveNet", "PackedWaveNet"} - plugins.current().offers("net").keys()
    if missing:
        sys.exit(f"no installed plugin offers {' and '.join(sorted(missing))}")
    seconds = measure(**vars(options))
    for (name, threads), value in seconds.items():
        print(f"{name:12} {threads:3} threads {1000 * value:8.1f} ms a step")
    counts = sorted({threads for _, threads in seconds})
    alone = min(seconds["channels_3", n] + seconds["channels_8", n] for n in counts)
    together = min(seconds["together", n] for n in counts)
    bound = alone / max(min(seconds[name, n] for n in counts) for name in ("channels_3", "channels_8"))
    print(f"one after the other / together, each with its best number of threads: {alone / together:.2f}")
    print(f"bound, with a core for each size: {bound:.2f}; two threads of this machine gain {control():.2f}")


if __name__ == "__main__":
    main()
