"""
Compare what a batch costs here with what it costs in neural-amp-modeler 0.13.

    python tests/benchmarks/bench_serving.py PYTHON

``PYTHON`` is an interpreter in which ``neural-amp-modeler`` is installed. Both serve the same two minutes of audio
through a ``DataLoader``, on one thread; the fastest of several epochs counts.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

SHAPES = ((4093, 8192, 16), (4093, 2048, 64), (1, 512, 64))
"""Receptive field, output samples of an item, batch size."""

EPOCHS = 7


def main() -> None:
    """Write the audio, let both serve it, print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("python", help="interpreter with neural-amp-modeler 0.13")
    parser.add_argument("--measure", choices=("nam", "nam_plugin_wav"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(arguments.measure, Path(arguments.python))))
        return
    with tempfile.TemporaryDirectory() as folder:
        write_pair(Path(folder))
        theirs = run(arguments.python, "nam", folder)
        ours = run(sys.executable, "nam_plugin_wav", folder)
    for shape, before, after in zip(SHAPES, theirs, ours, strict=True):
        nx, ny, batch = shape
        told = f"nx {nx}, ny {ny}, batch {batch}: {1e6 * before:.0f} us before, {1e6 * after:.0f} us now"
        print(f"{told}, {before / after:.1f} times as fast")


def write_pair(folder: Path) -> None:
    """Write two minutes of noise in 24 bits."""
    import numpy as np
    import soundfile

    random = np.random.default_rng(0)
    for name in ("x", "y"):
        soundfile.write(folder / f"{name}.wav", random.uniform(-0.5, 0.5, 120 * 48000), 48000, subtype="PCM_24")


def run(python: str, package: str, folder: str) -> list[float]:
    """Measure in an interpreter of its own."""
    command = [python, __file__, folder, "--measure", package]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH" or python == sys.executable}
    printed = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    seconds: list[float] = json.loads(printed.splitlines()[-1])
    return seconds


def measure(package: str, folder: Path) -> list[float]:
    """Return the seconds of a batch for each shape."""
    import torch
    from torch.utils.data import DataLoader

    torch.set_num_threads(1)
    paths = {f"{side}_path": str(folder / f"{side}.wav") for side in ("x", "y")}
    results = []
    for nx, ny, batch in SHAPES:
        loader = DataLoader(dataset_of(package, paths, nx, ny), batch_size=batch, shuffle=True)
        results.append(min(seconds_of_a_batch(loader) for _ in range(EPOCHS)))
    return results


def dataset_of(package: str, paths: dict[str, str], nx: int, ny: int) -> Any:
    """Return the pair as a dataset of the package."""
    if package == "nam":
        from nam.data import Dataset

        return Dataset.init_from_config({**paths, "nx": nx, "ny": ny})
    from nam_plugin_wav.config import WavConfig
    from nam_plugin_wav.dataset import WavDataset

    return WavDataset(WavConfig.model_validate({**paths, "ny": ny}), nx)


def seconds_of_a_batch(loader: Any) -> float:
    """Serve one epoch."""
    start = time.perf_counter()
    for _ in loader:
        pass
    return (time.perf_counter() - start) / len(loader)


if __name__ == "__main__":
    main()
