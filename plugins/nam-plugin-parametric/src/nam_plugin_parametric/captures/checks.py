"""Check captures before a training: everything that is wrong with them, each with a remedy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from nam_kernel import Condition, Finding
from nam_kernel.interfaces import BaseDataset, flatten, plain
from nam_plugin_parametric.augmentation.dataset import Augmented
from nam_plugin_parametric.captures.config import Split
from nam_plugin_parametric.captures.dataset import Captures
from nam_plugin_parametric.captures.floors import floor_findings
from nam_plugin_parametric.captures.labels import label_findings
from nam_plugin_parametric.captures.levels import level_findings
from nam_plugin_parametric.captures.measuring import Measured, measure_all
from nam_plugin_parametric.captures.settings import settings_findings
from nam_plugin_parametric.captures.timing import timing_findings

if TYPE_CHECKING:
    from nam_kernel.run import Prepared


def findings(run: Prepared) -> Iterator[Finding]:
    """Yield what is wrong with the captures of a run; nothing where it has none."""
    parts: dict[Split, list[Captures]] = {"train": captured(run.train), "validation": captured(run.validation)}
    measured = measure(parts)
    if measured:
        datasets = [dataset for part in parts.values() for dataset in part]
        yield from judged(measured, datasets[0].conditions, datasets[0].nx)


def captured(dataset: BaseDataset | None) -> list[Captures]:
    """Return the captures that a dataset is made of."""
    found: list[Captures] = []
    for part in map(plain, flatten(dataset)):
        if isinstance(part, Augmented):
            found += captured(part.dataset)
        elif isinstance(part, Captures):
            found.append(part)
    return found


def measure(parts: dict[Split, list[Captures]]) -> list[Measured]:
    """Return what is measured of every capture."""
    listed = [(split, c) for split, datasets in parts.items() for dataset in datasets for c in dataset.captures]
    rates = [dataset.sample_rate for datasets in parts.values() for dataset in datasets]
    return measure_all(listed, rates[0]) if listed else []


def judged(captures: Sequence[Measured], conditions: Sequence[Condition], nx: int | None) -> Iterator[Finding]:
    """
    Yield what is wrong with captures, and their delays.

    :param nx: the receptive field of the net, in samples; None where there is no net
    """
    yield from settings_findings(captures, conditions)
    yield from timing_findings(captures, nx)
    yield from level_findings(captures, conditions)
    yield from floor_findings(captures)
    yield from label_findings(captures, conditions)
