"""
Measure one thing again and again in the interpreter that runs this: here, or in that of neural-amp-modeler.

``python worker.py SIDE TASK NAME FOLDER``: prints a line when it is ready, and then for each line of its input the
seconds of one training step, or of rendering one second of audio.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from workloads import data, learning, model

AT_LEAST = 1.0
"""Seconds of each measurement."""

BATCH = 16


def main() -> None:
    """Get ready, then measure whenever asked."""
    side, task, name, folder = sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4])
    import torch

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    makers = {("here", "step"): step_here, ("older", "step"): step_older, ("here", "render"): render_here}
    run = makers[side, task](name, folder)
    run()
    run()
    print("ready", flush=True)
    for _ in sys.stdin:
        done, began = 0.0, time.perf_counter()
        while time.perf_counter() - began < AT_LEAST:
            done += run()
        print(json.dumps((time.perf_counter() - began) / done), flush=True)


Run = Callable[[], float]
"""Does something; returns how many steps, or seconds of audio, that was."""


def step_here(name: str, folder: Path) -> Run:
    """Return one step of this project's engine."""
    import nam_kernel
    from nam_plugin_lightning.assembly import make_module
    from nam_plugin_lightning.ledger import Ledger

    run = nam_kernel.check(data(folder), model(name), learning(1, logger=False))
    module = make_module(run.job, Ledger())
    module._accelerated = (nam_kernel.accelerate(run.net),)
    return _step(module, run.train)


def step_older(name: str, folder: Path) -> Run:
    """Return one step of neural-amp-modeler."""
    from nam.data import Split, init_dataset
    from nam.train import lightning_module

    document = model(name)
    packed = document["net"]["name"] == "PackedWaveNet"
    kind = lightning_module.PackedLightningModule if packed else lightning_module.LightningModule
    module = kind.init_from_config(document)
    given = data(folder)
    given["common"]["nx"] = module.net.receptive_field
    dataset = init_dataset(given, Split.TRAIN)
    module.net.sample_rate = dataset.sample_rate
    return _step(module, dataset, module.net.apply_mask if packed else lambda: None)


def _step(module: Any, dataset: Any, after: Callable[[], None] = lambda: None) -> Run:
    from torch.utils.data import DataLoader

    made = module.configure_optimizers()
    optimizer = made["optimizer"] if isinstance(made, dict) else made[0][0] if isinstance(made, tuple) else made
    batch = next(iter(DataLoader(dataset, batch_size=BATCH)))
    module.train()

    def step() -> float:
        optimizer.zero_grad()
        module.training_step(batch, 0).backward()
        optimizer.step()
        after()
        return 1.0

    return step


def render_here(name: str, _folder: Path) -> Run:
    """Return the rendering of a model file, accelerated where something accelerates it."""
    import torch

    import nam_kernel

    net = nam_kernel.read_model(name)
    net = net.at_size(1.0) if net.outputs else net
    faster, seconds = nam_kernel.accelerate(net), 10
    noise = torch.rand(seconds * 48000, generator=torch.Generator().manual_seed(0)) - 0.5

    def render() -> float:
        for _ in net.blocks(noise, forward=faster):
            pass
        return float(seconds)

    return render


if __name__ == "__main__":
    main()
