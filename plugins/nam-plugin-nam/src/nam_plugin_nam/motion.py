"""Knobs that move while something is recorded or played: values over time, from a CSV file."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from nam_kernel import Condition
from nam_kernel.errors import ConfigError, Problem
from nam_kernel.text import suggestion
from nam_plugin_nam.table import read_table

Signal = npt.NDArray[np.float32]
Unit = Literal["seconds", "samples"]
UNITS: tuple[Unit, ...] = ("seconds", "samples")


@dataclass(frozen=True)
class Motion:
    """
    Values of knobs over time, as they are written.

    :param times: in ``unit``, from the beginning of the input file, rising
    :param values: by knob, one for each time: numbers as text, or names of choices
    :param lines: of the file, one for each time
    """

    path: Path
    unit: Unit
    times: tuple[float, ...]
    values: Mapping[str, tuple[str, ...]]
    lines: tuple[int, ...]

    def signal(self, condition: Condition, start: int, stop: int, sample_rate: float, *, held: bool) -> Signal:
        """
        Return a knob at each of some samples of the input.

        Before the first time it has the first value, after the last one the last. A switch is held always.

        :param start: the first sample
        :param stop: the sample after the last
        :param held: until the next time, instead of moving there in a straight line
        :return: (stop - start,), in the knob's own unit
        """
        values = np.array([condition.value(value) for value in self.values[condition.name]])
        times = np.array(self.times) * (sample_rate if self.unit == "seconds" else 1)
        samples = np.arange(start, stop)
        if held or condition.choices:
            # What is written in seconds may fall beside its sample by a rounding error.
            at = np.searchsorted(times, samples + 1e-6, side="right") - 1
            return np.asarray(values[np.maximum(at, 0)], np.float32)
        return np.asarray(np.interp(samples, times, values), np.float32)


def read_motion(path: Path, left_out: Collection[str] = ()) -> Motion:
    """
    Return what a file of values over time holds.

    :param left_out: columns that are no knobs; those that begin with ``_`` are none either
    :raises ConfigError: naming the file and the line
    """
    table = read_table(path, "a table of values over time")
    first, *names = table.columns
    unit = next((known for known in UNITS if known == first.casefold()), None)
    if unit is None:
        told = f"the first column is '{first}'; it is the time, and is named seconds or samples"
        raise ConfigError(str(path), [Problem("line 1", told)])
    kept = [(i, name) for i, name in enumerate(names, 1) if name not in left_out and not name.startswith("_")]
    if not kept:
        told = f"there is no column beside {unit}; add one for each knob"
        raise ConfigError(str(path), [Problem("line 1", told)])
    problems: list[Problem] = []
    times: list[float] = []
    for line, row in zip(table.lines, table.rows, strict=True):
        time = table.number(row[0])
        if time is None or time < 0:
            problems.append(Problem(f"line {line}", f"{unit} is '{row[0]}'; write the time as a number"))
        elif times and time <= times[-1]:
            problems.append(
                Problem(f"line {line}", f"{unit} is {row[0]}, not after the line before it; sort the lines")
            )
        else:
            times.append(time)
        empty = [name for i, name in kept if not row[i]]
        if empty:
            problems.append(Problem(f"line {line}", f"{empty[0]} is empty; write its value"))
    if problems:
        raise ConfigError(str(path), problems)
    values = {name: tuple(_plain(row[i], table.separator) for row in table.rows) for i, name in kept}
    return Motion(path, unit, tuple(times), values, table.lines)


def problems_of(motion: Motion, conditions: tuple[Condition, ...]) -> list[Problem]:
    """Return what is wrong with the values of a motion, with their lines; unknown columns are told elsewhere."""
    problems = []
    for condition in conditions:
        for line, value in zip(motion.lines, motion.values.get(condition.name, ()), strict=False):
            try:
                condition.value(value)
            except ValueError as error:
                guess = f"; {suggestion(value, condition.choices)}" if condition.choices else ""
                problems.append(Problem(f"line {line}", f"{error}{guess}"))
    return problems


def _plain(cell: str, separator: str) -> str:
    return cell if separator == "," else cell.replace(",", ".", 1)
