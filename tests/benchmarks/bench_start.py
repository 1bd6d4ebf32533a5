"""
How long the commands take to answer, against another package's.

``python tests/benchmarks/bench_start.py PYTHON`` with the interpreter of an environment that has neural-amp-modeler;
the two are timed in turn, and the ratios are taken pair by pair.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

OURS = {"nam_full --help": ["nam_full", "--help"], "nam-kernel plugins list": ["nam-kernel", "plugins", "list"]}


def seconds(command: list[str]) -> float:
    """Time a command as a whole process."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    """Print the medians and the ratio of each of our commands."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("python", type=Path, help="interpreter of the other environment")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    theirs = [str(arguments.python.with_name("nam-full")), "--help"]
    seconds(theirs)
    for title, (program, *rest) in OURS.items():
        ours = [str(Path(sys.executable).with_name(program)), *rest]
        seconds(ours)
        pairs = [(seconds(ours), seconds(theirs)) for _ in range(arguments.runs)]
        mine, other = (statistics.median(side) for side in zip(*pairs, strict=True))
        ratio = statistics.median(b / a for a, b in pairs)
        print(f"{title}: {mine:.2f} s; nam-full --help: {other:.2f} s; ratio {ratio:.0f}")


if __name__ == "__main__":
    main()
