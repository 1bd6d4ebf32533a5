"""Find the captures that an entry names: the lines of its table, the files that fit its pattern, or one pair."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nam_kernel.config import note, validate
from nam_kernel.errors import ConfigError, Problem
from nam_kernel.text import suggestion
from nam_plugin_nam.motion import Motion, read_motion
from nam_plugin_nam.table import Table, number, read_table
from nam_plugin_parametric.captures.config import CaptureConfig, CapturesConfig, Split
from nam_plugin_parametric.captures.pattern import files_of

PATHS = ("x_path", "y_path", "knob_data_path")
NUMBERS = ("delay", "input_gain", "y_scale", "start_samples", "stop_samples", "y_preroll")
"""The keys of an entry that may be columns of a table."""

COLUMNS = (*PATHS, *NUMBERS, "teacher", "name", "split")
SPLITS: tuple[Split, ...] = ("train", "validation")

Raw = float | str


@dataclass(frozen=True)
class Row:
    """
    A capture as it is written.

    :param source: the file or the entry that names it
    :param place: in that file, ``line 3``; empty for an entry
    :param written: the values of its knobs, by name
    :param split: for which it is meant; None for both
    :param motion: of the knobs that move
    """

    source: str
    place: str
    name: str
    config: CaptureConfig
    written: Mapping[str, Raw]
    split: Split | None = None
    motion: Motion | None = field(default=None, repr=False)

    @property
    def title(self) -> str:
        """Its place, for messages."""
        return ", ".join(filter(None, (self.source, self.place)))

    @property
    def knobs(self) -> tuple[str, ...]:
        """The knobs of which it has a value, or a motion."""
        moving = self.motion.values if self.motion else ()
        return tuple(dict.fromkeys((*self.written, *moving)))

    def values(self, knob: str) -> tuple[Raw, ...]:
        """Return the values that a knob has in it, one where it stands still."""
        if self.motion is not None and knob in self.motion.values:
            return self.motion.values[knob]
        return (self.written[knob],) if knob in self.written else ()


def rows_of(config: CapturesConfig, source: str = "the entry", declared: Collection[str] = ()) -> tuple[Row, ...]:
    """
    Return the captures of an entry, those of its split.

    :param source: what messages call the entry
    :param declared: the knobs that are declared elsewhere
    :raises ConfigError: with all that is wrong with the table, or the names of the files
    """
    if config.table is not None:
        return _of_table(config, read_table(config.table), {*config.declared, *declared})
    if config.pattern is not None:
        assert config.x_path is not None
        folder = config.folder or config.x_path.parent
        files = files_of(config.pattern, folder, source, config.x_path)
        left_out = config.left_out
        return tuple(
            _row(config, source, path.name, {"y_path": path}, {k: v for k, v in found.items() if k not in left_out})
            for path, found in files
        )
    assert config.y_path is not None
    return (_row(config, source, config.y_path.name, {}, {}, place=""),)


def holds_out(path: Path) -> bool:
    """Return whether lines of a table are for the validation only."""
    table = read_table(path)
    columns = [i for i, name in enumerate(table.columns) if name.casefold() == "split"]
    return any(row[i].casefold() == "validation" for row in table.rows for i in columns)


def _row(
    config: CapturesConfig,
    source: str,
    name: str,
    keys: Mapping[str, Any],
    written: Mapping[str, Raw],
    *,
    place: str | None = None,
    split: Split | None = None,
) -> Row:
    """
    Return one capture: the keys of the entry, and over them its own.

    :raises ConfigError: with what is wrong with its own keys
    """
    place = name if place is None else place
    shared = {k: getattr(config, k) for k in config.model_fields_set if k in CaptureConfig.model_fields}
    own, problems = validate(CaptureConfig, {**shared, **keys}, base=config.table.parent if config.table else None)
    if own is None:
        raise ConfigError(source, [Problem(place, str(problem)) for problem in problems])
    motion = None if own.knob_data_path is None else read_motion(own.knob_data_path, config.left_out)
    return Row(source, place, name, own, {**config.values, **written}, split, motion)


def _of_table(config: CapturesConfig, table: Table, declared: Collection[str]) -> tuple[Row, ...]:
    source = str(table.path)
    roles = _roles(config, table, declared)
    keys = set(roles.values())
    if "y_path" not in keys:
        near = suggestion("y_path", [c for c in table.columns if roles[c] == "knob"])
        guess = f"; {near}" if "did you mean" in near else ""
        raise ConfigError(
            source, [Problem("line 1", f"the column y_path is missing, the output of each capture{guess}")]
        )
    if "x_path" not in keys and config.x_path is None:
        told = "the column x_path is missing, the input of each capture; add it, or x_path to the data config"
        raise ConfigError(source, [Problem("line 1", told)])
    rows: list[Row] = []
    problems: list[Problem] = []
    for line, cells in zip(table.lines, table.rows, strict=True):
        try:
            rows.append(_of_line(config, table, roles, f"line {line}", cells))
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(source, problems)
    kept = tuple(row for row in rows if config.split is None or row.split in (None, config.split))
    if not kept:
        told = f"no line is for {config.split}: write {config.split}, or nothing, into the column split of some"
        raise ConfigError(source, [told])
    return kept


def _roles(config: CapturesConfig, table: Table, declared: Collection[str]) -> dict[str, str]:
    """Return what each column is: a key of an entry, ``knob``, or empty for what is no matter of ours."""
    folded = {column: column.casefold() for column in table.columns}
    roles = {}
    for column, plain in folded.items():
        knob = column in declared or column in config.values
        if not column or column.startswith("_") or column in config.left_out:
            roles[column] = ""
        elif plain in COLUMNS and not knob:
            roles[column] = "y_path" if plain == "teacher" else plain
        elif plain == "gain" and declared and not knob:
            roles[column] = "input_gain"
        else:
            roles[column] = "knob"
    if "gain" in roles and roles["gain"] == "knob" and not declared:
        note(
            f"{table.path.name}: the column gain is taken for a knob; "
            "the level of the input in dB is the column input_gain"
        )
    return roles


def _of_line(config: CapturesConfig, table: Table, roles: Mapping[str, str], place: str, cells: tuple[str, ...]) -> Row:
    """
    Return the capture of one line.

    :raises ConfigError: with all that is wrong with it
    """
    keys: dict[str, Any] = {}
    written: dict[str, Raw] = {}
    problems = []
    split: Split | None = None
    for column, cell in zip(table.columns, cells, strict=True):
        role = roles[column]
        if role == "knob":
            if cell:
                written[column] = cell if table.separator == "," else _decimal_point(cell)
            elif column not in config.values:
                problems.append(Problem(place, f"{column} is empty; write the knob's value"))
        elif not cell or role in ("", "name"):
            continue
        elif role == "split":
            split = next((name for name in SPLITS if name == cell.casefold()), None)
            if split is None:
                told = f"split is '{cell}'; write train, validation, or nothing for both ({suggestion(cell, SPLITS)})"
                problems.append(Problem(place, told))
        elif role in NUMBERS and not (role == "delay" and cell.casefold() == "auto"):
            keys[role] = table.number(cell)
            if keys[role] is None:
                problems.append(Problem(place, f"{column} is '{cell}'; write a number"))
        else:
            keys[role] = cell.casefold() if role == "delay" else cell
    if "y_path" not in keys:
        problems.append(Problem(place, "y_path is empty; write the path of the output"))
    if problems:
        raise ConfigError(str(table.path), problems)
    named = dict(zip(map(str.casefold, table.columns), cells, strict=True)).get("name")
    name = named or str(keys["y_path"]).replace("\\", "/").rsplit("/", 1)[-1]
    return _row(config, str(table.path), name, keys, written, place=place, split=split)


def _decimal_point(cell: str) -> str:
    pointed = cell.replace(",", ".", 1)
    return cell if number(pointed) is None else pointed
