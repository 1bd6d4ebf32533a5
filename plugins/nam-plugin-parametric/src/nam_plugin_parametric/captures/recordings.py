"""Read captures: find their delays, check them by their headers, share the inputs, have models play."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import torch
from torch import Tensor

from nam_kernel import read_model
from nam_kernel.config import note
from nam_kernel.errors import DataError
from nam_plugin_parametric.captures.rows import Row
from nam_plugin_parametric.captures.segments import Positions, item_starts
from nam_plugin_wav import Delay, Pair, estimate_delay, open_pair

LISTENED_SECONDS = 60
"""The part of longer captures that is listened to for their delay."""

MOST_TOLD = 8
"""The problems that one message tells."""


class Titled(Protocol):
    """What a message can name."""

    @property
    def title(self) -> str:
        """For messages."""


S = TypeVar("S", bound=Titled)
T = TypeVar("T")

_inputs: weakref.WeakValueDictionary[tuple[object, ...], Tensor] = weakref.WeakValueDictionary()
"""The inputs in memory, which all captures of them share as long as one of them is there."""


@dataclass(frozen=True)
class Recording:
    """
    The files of a capture, checked.

    :param pair: the input and the output; of a model that plays the input, the input twice
    :param starts: where each of its items begins in the part that is used, (I,)
    :param ny: output samples of each
    :param found: the delay that was found, where it was asked for
    :param shift: by how many samples it was changed, so that it agrees with those of other captures
    """

    row: Row
    pair: Pair
    starts: Positions
    ny: int
    found: Delay | None = None
    shift: int = 0

    @property
    def title(self) -> str:
        """Where it is written, for messages."""
        return self.row.title

    @functools.cached_property
    def input_key(self) -> tuple[object, ...]:
        """What tells its input from others: the file, its state, and how it is read."""
        state = self.pair.x.path.stat()
        channel, _ = self.pair.config.channel_of("x")
        how = (self.pair.sample_rate, self.pair.config.resample, channel, self.pair.config.input_gain)
        return (self.pair.x.path.absolute(), state.st_mtime_ns, state.st_size, *how)


def open_recording(row: Row, nx: int, *, listen: bool = True, shift: int = 0) -> Recording:
    """
    Return the files of a capture, checked by their headers.

    :param nx: the receptive field of the net, in samples
    :param listen: find the delay where the config says ``"auto"``; otherwise it counts as 0
    :param shift: by how many samples to change the delay that was found
    :raises DataError: when they do not fit each other or the config, or no item fits between two seams
    """
    config = row.config
    found = None
    if config.teacher:
        channel, _ = config.channel_of("x")
        played = {"y_path": config.x_path, "y_channel": channel, "x_channel": channel, "delay": 0, "y_preroll": None}
        config = config.model_copy(update=played)
    elif config.delay == "auto" and listen:
        pair = open_pair(config, nx, listen=False)
        found = _required(pair)
        delay = found.within(pair.span.x_start, pair.span.x_stop) + shift - config.delay_margin
        config = config.model_copy(update={"delay": delay})
    pair = open_pair(config, nx, listen=False)
    begins = pair.span.x_start
    starts, ny = item_starts(pair.span.samples, nx, config.ny, segment=row.config.segment_samples, begins=begins)
    return Recording(row, pair, starts, ny, found, shift)


def _required(pair: Pair) -> Delay:
    try:
        return heard(pair).require()
    except DataError as error:
        raise DataError(f"delay: {pair.x.path.name} -> {pair.y.path.name}: {error}") from None


@dataclass(frozen=True)
class _Files:
    """The input and the output of a capture, whichever part of them is used; listened to once."""

    identity: tuple[object, ...]
    pair: Pair = field(compare=False)


def heard(pair: Pair) -> Delay:
    """Return the delay between the files of a pair, the same one for every part of them that is used."""
    states = [(header, header.path.stat().st_mtime_ns) for header in (pair.x, pair.y)]
    config = pair.config
    channels = [config.channel_of("x")[0], config.channel_of("y")[0]]
    how = (pair.sample_rate, config.resample, config.y_preroll, config.input_gain, config.y_scale)
    return _listened(_Files((*states, *channels, *how), pair))


@functools.lru_cache(maxsize=1024)
def _listened(files: _Files) -> Delay:
    pair, preroll = files.pair, files.pair.config.y_preroll or 0
    count = min(pair.frames[0], pair.frames[1] - preroll, LISTENED_SECONDS * pair.sample_rate)
    return estimate_delay(pair.samples("x", 0, count), pair.samples("y", preroll, preroll + count), pair.sample_rate)


def for_each(captures: Iterable[S], act: Callable[[S], T]) -> list[T]:
    """
    Return what is made of every capture, also after one of them was refused.

    :raises DataError: with all that is wrong, each once, and the captures it is wrong with
    """
    made: list[T] = []
    refused: dict[str, list[str]] = {}
    for capture in captures:
        try:
            made.append(act(capture))
        except DataError as error:
            refused.setdefault(str(error), []).append(capture.title)
    if refused:
        told = [f"{_listed(titles)}: {what}" for what, titles in refused.items()]
        told[MOST_TOLD:] = [f"and {len(told) - MOST_TOLD} more"] * (len(told) > MOST_TOLD)
        raise DataError("\n  - ".join([f"{len(refused)} problems with the captures:"] * (len(told) > 1) + told))
    return made


def input_of(recording: Recording) -> Tensor:
    """
    Return the whole input of a capture, one tensor for all that share it.

    :return: (L,), at ``input_gain``
    :raises DataError: when the file is damaged
    """
    found = _inputs.get(recording.input_key)
    if found is None:
        found = torch.from_numpy(recording.pair.samples("x", 0, recording.pair.frames[0]))
        _inputs[recording.input_key] = found
    return found


def output_of(recording: Recording) -> Tensor:
    """
    Return the part of the output that is used; a model plays it.

    :return: (L,), with ``y_scale`` applied
    :raises DataError: when a file is damaged, or the model cannot play this input
    """
    recording.pair.require_silence()
    span = recording.pair.span
    if recording.row.config.teacher:
        return _played(recording, input_of(recording)[: span.x_stop])[span.x_start :]
    return torch.from_numpy(recording.pair.samples("y", span.y_start, span.y_stop))


def same_rate(recordings: Sequence[Recording]) -> int:
    """
    Return the sample rate of all captures, in Hz.

    :raises DataError: when they differ
    """
    rates: dict[int, str] = {}
    for recording in recordings:
        rates.setdefault(recording.pair.sample_rate, recording.row.title)
    if len(rates) > 1:
        told = ", ".join(f"{title} has {rate} Hz" for rate, title in rates.items())
        raise DataError(
            f"the captures have different sample rates ({told}); export all at one, or set resample to true"
        )
    return next(iter(rates))


def _played(recording: Recording, x: Tensor) -> Tensor:
    """Return what the model of a capture makes of an input."""
    path, rate = recording.row.config.y_path, recording.pair.sample_rate
    net = read_model(path).eval()
    if net.sample_rate is not None and net.sample_rate != rate:
        raise DataError(
            f"{path.name} is made for {net.sample_rate:g} Hz, but {recording.pair.x.path.name} has {rate} Hz; "
            f"convert the input (sample_rate: {net.sample_rate:g} with resample: true)"
        )
    if net.conditions:
        raise DataError(f"{path.name} has knobs of its own; bake it at one setting first (nam-kernel bake)")
    with torch.no_grad():
        y = net.render(x)
    if y.ndim != 1:
        raise DataError(f"{path.name} has several sizes, and so several outputs; export one of them to a file first")
    note("models play the captures that name one as their output; such a capture is as good as its model")
    return y * recording.row.config.y_scale


def _listed(titles: Sequence[str]) -> str:
    return titles[0] if len(titles) == 1 else f"{titles[0]} and {len(titles) - 1} more"
