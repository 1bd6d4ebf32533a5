"""One take that all sides of a comparison play: of a DI, of the validation of a run, or of a computed guitar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nam_kernel import BaseNet
from nam_kernel.errors import DataError, NamKernelError, UserError
from nam_kernel.run.build import bind, dataset_of
from nam_kernel.run.record import RunRecord
from nam_plugin_export.checkpoints import documents_of
from nam_plugin_export.playing import Side, Signal, read_recording, signal_for
from nam_plugin_report import choose_passage

LARGEST_SHIFT = 16
"""Samples by which the lengths of a recording and its DI may differ."""

VALIDATION = 60.0
"""Seconds of a run's validation that are played, at most: the loudest of a longer one."""


@dataclass(frozen=True)
class Take:
    """
    What is compared, all of one length.

    :param dry: what went in, (L,)
    :param a: what the first makes of it, (L,)
    :param b: the second, (L,)
    :param target: what both are to sound like, (L,); None where nobody knows, or where the second is itself that
    :param rate: in Hz
    :param origin: of what went in, in words
    :param target_name: which recording the target is, in words
    :param notes: what whoever reads the figures has to know
    """

    dry: Signal
    a: Signal
    b: Signal
    target: Signal | None
    rate: float
    origin: str
    target_name: str = ""
    notes: tuple[str, ...] = field(default=())


def take_of(a: Side, b: Side, di: Path | None, target: Path | None) -> Take:
    """
    Return the take for a comparison.

    Two runs play what the second was validated on, unless a DI is named.

    :param target: a recording of the gear, of the same DI
    :raises UserError: when the two cannot be compared
    """
    if a.net is None and b.net is None:
        raise UserError("both are recordings; name at least one model")
    if target is not None and (di is None or a.net is None or b.net is None):
        raise UserError("--target is for two models, and needs the DI that it was recorded with: name that with --di")
    notes: tuple[str, ...] = ()
    if di is None and a.net is not None and b.net is not None and a.is_run and b.is_run:
        try:
            return _validation_take(a, b, a.net, b.net)
        except NamKernelError as error:
            notes = (f"The recordings of {b.name} cannot be read, so the models play a computed guitar ({error})",)
    dry, rate = signal_for((a, b), di)
    played = [(str(side.path), side.played(dry)) for side in (a, b)]
    if target is not None:
        recorded, recorded_rate = read_recording(target)
        if recorded_rate != rate:
            raise UserError(f"{target} has {recorded_rate:g} Hz and {di} {rate:g} Hz; convert one of them")
        played.append((str(target), recorded))
    first, second, *rest = _cut(played)
    origin = di.name if di else "a computed guitar"
    return Take(dry[: len(first)], first, second, rest[0] if rest else None, rate, origin, str(target or ""), notes)


def _cut(played: Sequence[tuple[str, Signal]]) -> list[Signal]:
    """Return signals at the length of the shortest; each comes with the name of whose it is."""
    longest, shortest = (choose(played, key=lambda pair: len(pair[1])) for choose in (max, min))
    if len(longest[1]) - len(shortest[1]) > LARGEST_SHIFT:
        raise DataError(
            f"{longest[0]} has {len(longest[1])} samples and {shortest[0]} {len(shortest[1])}; "
            "give the DI that the recording was made with"
        )
    return [signal[: len(shortest[1])] for _, signal in played]


def _validation_take(a: Side, b: Side, first: BaseNet, second: BaseNet) -> Take:
    """
    Return what two runs make of the second's validation.

    :raises NamKernelError: when that has none, or it cannot be read or played
    """
    _, data = documents_of(b.path)
    base = Path(RunRecord.read(b.path).facts.bases.get("data", b.path))
    entries = [
        bind("dataset", entry.get("type"), _without_type(entry), where=where, name_key="type", config_key="", base=base)
        for where, entry in data.entries("validation")
    ]
    if not entries:
        raise DataError(f"{b.path} has no validation")
    dataset = dataset_of(entries, max(int(first.receptive_field), int(second.receptive_field)))
    try:
        rates = {net.sample_rate or dataset.sample_rate for net in (first, second)} | {dataset.sample_rate}
        if len(rates) > 1 or dataset.conditions:
            raise DataError("its recordings are at another sample rate, or of several settings of a knob")
        passages = [choose_passage(net, dataset, VALIDATION) for net in (first, second)]
    finally:
        dataset.teardown()
    one, other = passages
    if one is None or other is None:
        raise DataError("there is not one sample")
    played = [passage.predictions[""] for passage in (one, other)]
    if not one.rate:
        raise DataError("nobody knows the sample rate")
    origin = f"the validation of {b.name}"
    told = "the recording that it was validated on"
    return Take(one.dry, played[0], played[1], one.target, one.rate, origin, told, tuple(_other_data(a, b)))


def _without_type(entry: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in entry.items() if key != "type"}


def _other_data(a: Side, b: Side) -> list[str]:
    """Return a warning where the first run was not validated on what is played."""
    known = [RunRecord.read(side.path).facts.recordings for side in (a, b)]
    validations = [{k: v for k, v in one.items() if k.startswith("validation")} for one in known]
    if validations[0] == validations[1]:
        return []
    return [f"{a.name} was trained and validated on other recordings, or on other parts of them, than are played here."]
