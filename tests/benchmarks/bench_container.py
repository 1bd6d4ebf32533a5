"""
How much time it saves to train the two sizes of the A2 config in one run instead of one after the other.

``python tests/benchmarks/bench_container.py CASES`` with the folder of the cases. Whole processes, in turn: both sizes
in one run, then each in a run of its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any


def seconds(folder: Path, data: Any, model: Any, learning: Any) -> float:
    """Train in a process of its own, and time it."""
    paths = []
    for name, document in (("data", data), ("model", model), ("learning", learning)):
        paths.append(folder / f"{name}.json")
        paths[-1].write_text(json.dumps(document))
    command = [sys.executable, "-m", "nam_kernel.cli.full", *map(str, paths), str(folder / "out"), "-ns"]
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    """Print the time of each run, and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--epochs", type=int, default=2)
    arguments = parser.parse_args()
    cases: Path = arguments.cases.absolute()
    data = json.loads((cases / "pairs" / "data.json").read_text())
    data["common"] |= {key: str(cases / "pairs" / data["common"][key]) for key in ("x_path", "y_path")}
    both = json.loads((cases / "configs" / "v0.13" / "config_model_packed.json").read_text())
    learning = {
        "train_dataloader": {"batch_size": 16, "shuffle": True, "drop_last": True},
        "trainer": {"accelerator": "cpu", "max_epochs": arguments.epochs},
    }
    sizes = [{**both, "net": {"name": "WaveNet", "config": s["config"]}} for s in both["net"]["config"]["submodels"]]
    with tempfile.TemporaryDirectory() as name:
        together = seconds(Path(name), data, both, learning)
        apart = [seconds(Path(name), data, size, learning) for size in sizes]
    print(f"together {together:.0f} s; one after the other {' + '.join(f'{t:.0f}' for t in apart)} s")
    print(f"ratio {sum(apart) / together:.2f} at {arguments.epochs} epochs")


if __name__ == "__main__":
    main()
