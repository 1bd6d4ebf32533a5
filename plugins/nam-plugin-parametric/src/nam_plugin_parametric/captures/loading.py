"""Bring the samples of all captures into memory: each input once, the outputs and moving knobs side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from nam_kernel import Condition
from nam_plugin_parametric.captures.recordings import Recording, for_each, input_of, output_of
from nam_plugin_parametric.captures.serving import Places, Samples


class Place(NamedTuple):
    """
    Where a capture is.

    :param x: among all inputs
    :param y: among all outputs
    :param items: among all items
    """

    x: slice
    y: slice
    items: range


def load(
    recordings: Sequence[Recording],
    settings: Sequence[Mapping[str, float]],
    conditions: Sequence[Condition],
    *,
    moves: bool,
) -> tuple[Samples, Places]:
    """
    Return the samples of all captures, and where the items are among them.

    :param settings: the knobs that stand still, by name
    :param moves: give every knob as a signal
    :raises DataError: naming the captures whose files are damaged
    """
    # One input of all captures stays where it is, shared with other datasets.
    inputs = _distinct(for_each(recordings, input_of))
    x = inputs[0] if len(inputs) == 1 else torch.cat(inputs)
    places = laid_out(recordings)
    y = torch.empty(places[-1].y.stop)
    outputs = {id(r): y[place.y] for r, place in zip(recordings, places, strict=True)}
    for_each(recordings, lambda recording: outputs[id(recording)].copy_(output_of(recording)))
    still = [[s.get(c.name, float("nan")) for c in conditions] for s in settings]
    constant = torch.tensor(still, dtype=torch.float32).reshape(len(recordings), len(conditions))
    signals = _signals(recordings, constant, conditions, places) if moves else None
    return Samples(x, y, constant, signals), _places(recordings, places)


def laid_out(recordings: Sequence[Recording]) -> list[Place]:
    """Return where each capture is, in the order in which they are given."""
    begins: dict[tuple[object, ...], int] = {}
    places: list[Place] = []
    x_stop = y_stop = item = 0
    for recording in recordings:
        span, key = recording.pair.span, recording.input_key
        if key not in begins:
            begins[key] = x_stop
            x_stop += recording.pair.frames[0]
        x = slice(begins[key] + span.x_start, begins[key] + span.x_stop)
        items = range(item, item + len(recording.starts))
        places.append(Place(x, slice(y_stop, y_stop + span.samples), items))
        y_stop, item = y_stop + span.samples, items.stop
    return places


def _distinct(inputs: Sequence[Tensor]) -> list[Tensor]:
    return list({id(x): x for x in inputs}.values())


def _places(recordings: Sequence[Recording], places: Sequence[Place]) -> Places:
    starts = [torch.from_numpy(recording.starts) for recording in recordings]
    counts = torch.tensor([len(start) for start in starts])
    return Places(
        x=torch.cat([start + place.x.start for start, place in zip(starts, places, strict=True)]),
        y=torch.cat([start + place.y.start for start, place in zip(starts, places, strict=True)]),
        capture=torch.arange(len(starts)).repeat_interleave(counts),
        ny=torch.tensor([recording.ny for recording in recordings]).repeat_interleave(counts),
    )


def _signals(
    recordings: Sequence[Recording], constant: Tensor, conditions: Sequence[Condition], places: Sequence[Place]
) -> Tensor:
    """Return every knob beside the outputs, (K, L)."""
    signals = torch.empty(len(conditions), places[-1].y.stop)
    for recording, still, place in zip(recordings, constant, places, strict=True):
        motion, span = recording.row.motion, recording.pair.span
        held = recording.row.config.knob_data == "held"
        for signal, condition, value in zip(signals, conditions, still, strict=True):
            if motion is None or condition.name not in motion.values:
                signal[place.y] = value
            else:
                moved = motion.signal(condition, span.x_start, span.x_stop, recording.pair.sample_rate, held=held)
                signal[place.y] = torch.from_numpy(moved)
    return signals
