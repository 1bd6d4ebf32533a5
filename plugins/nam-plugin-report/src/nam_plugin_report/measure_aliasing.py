"""
Write the table of the aliasing panel: ``python -m nam_plugin_report.measure_aliasing "NAME=MODEL.nam" ...``.

The models are measured as those of a run are, and beside them two curves without a memory, which anyone can compute.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from nam_kernel import read_model
from nam_plugin_report.aliasing import Play, ratio, sweep
from nam_plugin_report.folding import TABLE, aliasing_of
from nam_plugin_report.passage import USUAL_RATE

CURVES: Mapping[str, Play] = {
    "hard clipping (gain 10)": lambda x: np.clip(10 * x, -1.0, 1.0),
    "tanh (gain 10)": lambda x: np.tanh(10 * x),
    "tanh (gain 1)": np.tanh,
}
"""Without oversampling, at 48 kHz."""


def table(models: Mapping[str, Path]) -> list[dict[str, str | float]]:
    """Return ``name`` and ``db`` of each model and curve, in dB to one digit, the one that folds most first."""
    found = {name: ratio(sweep(curve, USUAL_RATE)) for name, curve in CURVES.items()}
    for name, path in models.items():
        steps = aliasing_of(read_model(path))
        if steps is None:
            raise ValueError(f"{path} does not say which conditions it takes beside the audio")
        found[name] = ratio(steps)
    ordered = sorted(found.items(), key=lambda pair: pair[1], reverse=True)
    return [{"name": name, "db": round(value, 1)} for name, value in ordered]


def main(arguments: Sequence[str]) -> None:
    """Measure, and write the table into this package."""
    named = [argument.partition("=") for argument in arguments]
    measured = table({name: Path(path) for name, _, path in named})
    text = json.dumps({"models": measured}, indent=2) + "\n"
    Path(__file__).with_name(TABLE).write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main(sys.argv[1:])
