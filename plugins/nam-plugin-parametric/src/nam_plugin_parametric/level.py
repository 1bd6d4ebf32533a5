"""Train captures at a usual level, all by one factor, so that their levels beside one another stay as they are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from nam_kernel.interfaces import flatten
from nam_plugin_parametric.captures.checks import captured
from nam_plugin_wav import train_at_usual_level

if TYPE_CHECKING:
    from nam_kernel.run import Prepared


def bring_to_usual_level(run: Prepared) -> None:
    """Scale the outputs of a run of captures whose level is far from the usual one."""
    datasets = captured(run.train)
    held_out = captured(run.validation)
    if not datasets or len(datasets) != len(flatten(run.train)) or len(held_out) != len(flatten(run.validation)):
        return
    outputs = [capture.y for dataset in datasets for capture in dataset.captures]
    square = sum(float(y.double().square().sum()) for y in outputs) / max(sum(map(len, outputs)), 1)
    if square > 0:
        train_at_usual_level(run, 10 * math.log10(square), "the captures")
