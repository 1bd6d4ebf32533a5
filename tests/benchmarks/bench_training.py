"""
How good and how fast a training is, against neural-amp-modeler 0.13 in the same set-up.

``python tests/benchmarks/bench_training.py PYTHON CASES`` with the interpreter of an environment that has that package,
and the folder of the cases. The same recordings, net, batches, epochs and seeds; the two packages take turns.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

THEIRS = """
import json, sys, torch
from pathlib import Path
from nam.train import full
data, model, learning = (json.loads(Path(p).read_text()) for p in sys.argv[1:4])
torch.manual_seed(int(sys.argv[5]))
full.main(data, model, learning, Path(sys.argv[4]), no_show=True, make_plots=False)
from nam.data import Split, init_dataset
from nam.models._from_nam import init_from_nam
net = init_from_nam(json.loads((Path(sys.argv[4]) / "model.nam").read_text())).eval()
data["common"]["nx"] = net.receptive_field
split = init_dataset(data, Split.VALIDATION)
with torch.no_grad():
    y = net(split.x, pad_start=True)[-len(split.y):]
print("ESR", float((y - split.y).square().sum() / split.y.square().sum()))
"""

OURS = """
import sys, nam_kernel
result = nam_kernel.train(*sys.argv[1:4], sys.argv[4], plots=False)
print("ESR", result.metrics["ESR"])
"""


def write(folder: Path, name: str, document: object) -> str:
    """Write a config; give its path."""
    path = folder / f"{name}.json"
    path.write_text(json.dumps(document))
    return str(path)


def run(python: str, code: str, arguments: list[str]) -> tuple[float, float]:
    """Train in a process; give the validation ESR and the seconds."""
    start = time.perf_counter()
    environment = {**os.environ, "NAM_PLUGINS_OFF": "report"}
    done = subprocess.run([python, "-c", code, *arguments], capture_output=True, text=True, env=environment)
    took = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(done.stderr)
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("ESR ")]
    return float(line.split()[1]), took


def main() -> None:
    """Print each run, then the medians and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("python", help="interpreter of the other environment")
    parser.add_argument("cases", type=Path)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    cases: Path = arguments.cases.absolute()
    data = json.loads((cases / "pairs" / "data.json").read_text())
    data["common"] |= {key: str(cases / "pairs" / data["common"][key]) for key in ("x_path", "y_path")}
    learning = {
        "train_dataloader": {"batch_size": 16, "shuffle": True, "drop_last": True},
        "val_dataloader": {},
        "trainer": {"accelerator": "cpu", "devices": 1, "max_epochs": arguments.epochs},
    }
    configs = {
        "ours": cases / "configs" / "v0.10" / "wavenet.json",
        "theirs": cases / "configs" / "v0.13" / "wavenet.json",
    }
    results: dict[str, list[tuple[float, float]]] = {"ours": [], "theirs": []}
    for seed in range(arguments.seeds):
        for side, python, code in (("ours", sys.executable, OURS), ("theirs", arguments.python, THEIRS)):
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                given = {**learning, **({"seed": seed} if side == "ours" else {})}
                documents = [write(folder, "data", data), str(configs[side]), write(folder, "learning", given)]
                esr, took = run(python, code, [*documents, name, *([] if side == "ours" else [str(seed)])])
            results[side].append((esr, took))
            print(f"{side}: seed {seed}: ESR {esr:.4f}, {took:.0f} s", flush=True)
    for index, title in ((0, "ESR"), (1, "seconds")):
        ours, theirs = (statistics.median(r[index] for r in results[side]) for side in ("ours", "theirs"))
        print(f"{title}: ours {ours:.4g}, theirs {theirs:.4g}, ratio {ours / theirs:.3f}")


if __name__ == "__main__":
    main()
