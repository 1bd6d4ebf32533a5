"""
Before a run is validated: find out which knobs its captures have, and tell every entry, and the net.

``common`` is merged below the entries as a whole, so that the values under the ``knobs`` of an entry would hide what
``common`` says of them. Afterwards each entry of captures has its values under ``knobs``, and all of them the same
``conditions``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field

from nam_kernel import Condition, plugins
from nam_kernel.config import Conditions, Config, RunConfig, collect_notes, note, spelled, validate
from nam_kernel.errors import ConfigError, NamKernelError, Problem
from nam_plugin_parametric.captures.config import CapturesConfig, Knob, KnobConfig, Split
from nam_plugin_parametric.captures.knobs import conditions_of, settings_of
from nam_plugin_parametric.captures.rows import SPLITS, Row, holds_out, rows_of
from nam_plugin_parametric.captures.sense import refuse_duplicates, refuse_still_knobs

NAME = "Captures"

T = TypeVar("T")


@dataclass(frozen=True)
class Entry:
    """
    An entry of the data config that names captures.

    :param place: in the document, ``train[1]``
    :param own: what is written there, which is edited
    """

    place: str
    split: Split
    own: dict[str, Any]


class _Knobs(Config):
    """What ``common`` and an entry may say of knobs."""

    knobs: dict[str, Knob] = Field(default_factory=dict)
    conditions: Conditions | None = None

    @property
    def declared(self) -> dict[str, KnobConfig]:
        return {name: spec for name, spec in self.knobs.items() if isinstance(spec, KnobConfig)}


def configure(config: RunConfig) -> None:
    """
    Write the knobs of the captures into their entries, and into a net that takes them and names none.

    Documents without captures are left as they are.

    :raises ConfigError: naming the file and the line, or the key
    """
    entries = list(entries_of(config.data))
    source = config.sources.get("data", "the data config")
    if not entries:
        _refuse_misspelled(config.data, source)
        return
    declared = _declare(config.data, entries, source)
    if _complete(declared):
        # A run whose recordings are elsewhere by now still tells its net.
        _tell(config, entries, tuple(spec.condition(name, ()) for name, spec in declared.items()))
    rows = _rows(config.data, entries, declared, source, config.bases.get("data"))
    if rows is None:
        return
    conditions = conditions_of(declared, [row for found in rows.values() for row in found])
    _for_each([row for found in rows.values() for row in found], lambda row: settings_of(row, conditions))
    for split in SPLITS:
        found = [row for place, rs in rows.items() for row in rs if place.startswith(split)]
        refuse_duplicates(found, conditions)
        if split == "train":
            refuse_still_knobs(found, conditions)
        if any(row.motion is not None for row in found):
            for entry in entries:
                entry.own.update({"over_time": True} if entry.split == split else {})
    _tell(config, entries, conditions)


def entries_of(data: Mapping[str, Any]) -> Iterator[Entry]:
    """Yield the entries of captures in a data config; what has not the form of one is passed over."""
    for kind, entry in _typed(data):
        if isinstance(kind, str) and kind.rpartition(":")[2] == NAME:
            yield entry


def _typed(data: Mapping[str, Any]) -> Iterator[tuple[Any, Entry]]:
    """Yield every entry of a data config with its type."""
    common = data.get("common", {})
    if not isinstance(common, Mapping):
        return
    for split in SPLITS:
        given = data.get(split)
        listed = given if isinstance(given, list) else [given]
        for index, own in enumerate(listed):
            if not isinstance(own, dict):
                continue
            kind = own.get("type", common.get("type", data.get("type")))
            yield kind, Entry(f"{split}[{index}]" if isinstance(given, list) else split, split, own)


def _refuse_misspelled(data: Mapping[str, Any], source: str) -> None:
    """
    Refuse a type that means captures, before a net complains that it has no knobs.

    :raises ConfigError: with the right spelling
    """
    for kind, entry in _typed(data):
        meant = isinstance(kind, str) and kind.casefold().rstrip("s") == NAME.casefold().rstrip("s")
        if meant and kind not in plugins.current().offers("dataset"):
            told = f"there is no dataset '{kind}'; did you mean '{NAME}'?"
            raise ConfigError(source, [Problem(f"{entry.place}.type", told)])


def _declare(data: Mapping[str, Any], entries: Sequence[Entry], source: str) -> dict[str, KnobConfig]:
    """
    Return what is said of the knobs, wherever it stands, and leave their values in the entries.

    :raises ConfigError: when it is wrong, or said twice
    """
    common = data.get("common", {})
    shared = _knobs(common, "common", source)
    declared = shared.declared
    written = {name: value for name, value in common.get("knobs", {}).items() if name not in declared}
    left_out = {name: None for name, value in written.items() if value is None}
    for entry in entries:
        own = _knobs(entry.own, entry.place, source)
        for name, spec in own.declared.items():
            if declared.setdefault(name, spec) != spec:
                told = f"'{name}' is declared otherwise elsewhere; declare it once, under 'knobs' in 'common'"
                raise ConfigError(source, [Problem(f"{entry.place}.knobs.{name}", told)])
        for condition in own.conditions or shared.conditions or ():
            declared.setdefault(condition.name, KnobConfig.of(condition))
        astray = [name for name in entry.own if name in declared and name not in CapturesConfig.model_fields]
        if astray:
            told = f'\'{astray[0]}\' is a knob; write its value under knobs: "knobs": {{"{astray[0]}": ...}}'
            raise ConfigError(source, [Problem(f"{entry.place}.{astray[0]}", told)])
        values = {name: value for name, value in entry.own.get("knobs", {}).items() if name not in own.declared}
        entry.own["knobs"] = {**written, **values, **left_out}
        entry.own.setdefault("split", entry.split)
    return declared


def _complete(declared: Mapping[str, KnobConfig]) -> bool:
    """Return whether the recordings have nothing to add to what is said of the knobs."""
    return bool(declared) and all(spec.complete for spec in declared.values())


def _knobs(place: Mapping[str, Any], where: str, source: str) -> _Knobs:
    given = {key: place[key] for key in _Knobs.model_fields if key in place}
    checked, problems = validate(_Knobs, given, path=where)
    if checked is None:
        raise ConfigError(source, problems)
    return checked


def _rows(
    data: Mapping[str, Any],
    entries: Sequence[Entry],
    declared: Mapping[str, KnobConfig],
    source: str,
    base: Path | None,
) -> dict[str, tuple[Row, ...]] | None:
    """
    Return the captures of each entry; None where an entry is wrong, which the kernel tells later.

    :raises ConfigError: when nobody would tell it later, because a net lacks the knobs
    """
    rows: dict[str, tuple[Row, ...]] = {}
    common = {key: value for key, value in data.get("common", {}).items() if key != "type"}
    problems: list[Problem] = []
    for entry in entries:
        own = {key: value for key, value in entry.own.items() if key != "type"}
        with collect_notes():
            checked, found = validate(CapturesConfig, {**common, **own}, path=entry.place, base=base)
        problems += found
        if checked is not None:
            rows[entry.place] = rows_of(checked, f"{source}: {entry.place}", declared)
            if data.get("validation") is None and checked.table is not None and holds_out(checked.table):
                note(f'{checked.table.name}: its lines for validation are not used; add "validation": {{}}')
    if problems and not _complete(declared):
        raise ConfigError(source, problems)
    return None if problems else rows


def _tell(config: RunConfig, entries: Sequence[Entry], conditions: Sequence[Condition]) -> None:
    """Write the knobs into the entries, and into the config of a net whose record has a place for them."""
    told = [spelled(condition) for condition in conditions]
    for entry in entries:
        entry.own["conditions"] = told
    net = config.model.get("net")
    if not isinstance(net, dict) or not isinstance(net.get("name"), str) or not conditions:
        return
    own = net.setdefault("config", {})
    try:
        source, record = plugins.current().component("net", net["name"])
        model = plugins.current().resolve(record.config, source) if record.config is not None else None
    except NamKernelError:
        # The kernel tells it, with everything else that is wrong.
        return
    if "conditions" in getattr(model, "model_fields", {}) and isinstance(own, dict) and "conditions" not in own:
        own["conditions"] = told


def _for_each(rows: Sequence[Row], act: Callable[[Row], T]) -> None:
    """
    Do something with every capture, also after one of them was refused.

    :raises ConfigError: with all that is wrong
    """
    errors: list[ConfigError] = []
    for row in rows:
        try:
            act(row)
        except ConfigError as error:
            errors.append(error)
    if not errors:
        return
    sources = {error.source for error in errors}
    if len(sources) == 1:
        raise ConfigError(errors[0].source, [problem for error in errors for problem in error.problems])
    told = [Problem(": ".join(filter(None, (e.source, p.where))), p.what) for e in errors for p in e.problems]
    raise ConfigError("the captures", told)
