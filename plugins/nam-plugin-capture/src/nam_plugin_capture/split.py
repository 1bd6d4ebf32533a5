"""Choose what is trained and what is held out: a quiet point, enough of it, and no riff in both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt

from nam_plugin_capture.layout import Mark, Part
from nam_plugin_capture.recognition import Recognised
from nam_plugin_capture.recordings import Recordings, Samples
from nam_plugin_capture.riffs import PASSAGE_SECONDS, Repeat, Repetitions
from nam_plugin_wav import DEFAULT_PRE_SILENCE

_SHARE, _LEAST_SECONDS, _MOST_SECONDS = 0.17, 0.75, 12.0
_SILENT = 10 ** (-50.5 / 20)
"""A little below what ``require_input_pre_silence`` accepts."""

_FRAME_SECONDS = 0.01
_PLAYING, _NEARLY = 0.4, 10 ** (-12 / 20)
_TRIED = 6
_SHORTEST_SECONDS, _SHORTEST_SAMPLES = 0.6, 16000
"""A shorter part fills no item of the larger nets, whose receptive field is 6347 samples."""

_LEAST_TRAINED = 0.5
_AROUND_SECONDS = PASSAGE_SECONDS / 2
"""Left out around what repeats the validation, since a passage may begin anywhere in a riff."""


@dataclass(frozen=True)
class Split:
    """
    What is trained, and what is held out.

    :param train: parts of the DI, one after the other
    :param validation: the part that is held out
    :param silence: seconds of silence before the validation, as the data config requires it; None where there is none
    :param repeated: the correlation with the most similar passage that is trained, 0 where none was found
    :param left_out: what is played in the validation too, and is therefore not trained
    :param told: how it was chosen, in a sentence
    """

    train: tuple[Part, ...]
    validation: Part
    silence: float | None
    repeated: float
    left_out: tuple[Part, ...]
    told: str


def split(recordings: Recordings, mark: Mark | Recognised | None = None) -> Split:
    """
    Return how a pair of recordings is split, as ``split_input`` does.

    :param mark: where the signal of the command ``signal`` is, which has a validation part of its own
    """
    return split_input(recordings.x[: recordings.length], recordings.sample_rate, mark)


def split_input(x: Samples, sample_rate: int, mark: Mark | Recognised | None = None) -> Split:
    """
    Return how every pair is split that has this input, of which it uses all.

    The validation begins after half a second without playing, as late as possible; its passages are not found
    anywhere else. Where each is, what repeats it is left out of the training, unless too little would remain.

    :param x: (L,), the DI, as long as both recordings are
    :param sample_rate: in Hz
    :param mark: the signal that the DI is, where it is one that has a validation part of its own
    """
    rate = sample_rate
    if mark is not None:
        made = mark.parts(len(x), rate)
        if made is not None:
            silence = DEFAULT_PRE_SILENCE if made.silence else None
            return Split((made.train,), made.validation, silence, 0.0, (), made.told)
    length = round(min(max(_SHARE * len(x) / rate, _LEAST_SECONDS), _MOST_SECONDS) * rate)
    repetitions = Repetitions(x, rate)
    tried: list[tuple[Part, list[Repeat]]] = []
    candidates = (_part(start, length, len(x)) for start in _starts(x, rate, length))
    for part in islice((part for part in candidates if _leaves_enough(part, len(x), rate)), _TRIED):
        tried.append((part, repetitions.of(*part)))
        if not tried[-1][1]:
            break
    quiet = bool(tried)
    if not tried:
        part = (len(x) - length, len(x))
        tried.append((part, repetitions.of(*part)))
    part, repeats = min(tried, key=lambda found: sum(repeat.stop - repeat.start for repeat in found[1]))
    return _around(part, repeats, len(x), rate, quiet=quiet)


def _starts(x: Samples, rate: int, length: int) -> Iterator[int]:
    """Yield the samples that follow a silence and begin enough playing, those that leave the least over first."""
    frame = max(round(_FRAME_SECONDS * rate), 1)
    peaks = np.abs(x[: len(x) // frame * frame]).reshape(-1, frame).max(axis=1)
    playing = peaks > _SILENT * float(peaks.max())
    if not playing.any():
        return
    needed = round(DEFAULT_PRE_SILENCE / _FRAME_SECONDS) + 2
    run = _run_lengths(~playing)
    ends = np.flatnonzero(playing[1:] & (run[:-1] >= needed)) + 1
    loud = float(np.sqrt(np.mean(np.square(peaks[playing]))))
    frames = length // frame
    fitting = [end for end in ends if end >= frames // 2 and len(peaks) - end >= 0.7 * frames]
    for end in sorted(fitting, key=lambda end: abs(len(peaks) - end - frames)):
        held = slice(end, end + frames)
        level = float(np.sqrt(np.mean(np.square(peaks[held]))))
        if playing[held].mean() >= _PLAYING and level >= _NEARLY * loud:
            # The frame before may hold the beginning of the first note.
            yield int(end - 1) * frame


def _run_lengths(flags: npt.NDArray[np.bool_]) -> npt.NDArray[np.int_]:
    """Return for each frame how many in a row, up to it, are true."""
    index = np.arange(len(flags))
    run: npt.NDArray[np.int_] = index - np.maximum.accumulate(np.where(flags, -1, index))
    return run


def _part(start: int, length: int, end: int) -> Part:
    """Return the validation from a start on, up to the end of the recording where little is left there."""
    return (start, end) if end - start < 1.5 * length else (start, start + length)


def _leaves_enough(part: Part, length: int, rate: int) -> bool:
    return _total(_without([(0, length)], [part], rate)) >= _LEAST_TRAINED * length


def _around(part: Part, repeats: list[Repeat], length: int, rate: int, *, quiet: bool) -> Split:
    margin = round(_AROUND_SECONDS * rate)
    whole = _without([(0, length)], [part], rate) or [(0, part[0])]
    again = [(max(repeat.start - margin, 0), min(repeat.stop + margin, length)) for repeat in repeats]
    rest = _without([(0, length)], [part, *again], rate)
    enough = _total(rest) >= _LEAST_TRAINED * _total(whole)
    start, stop = (edge / rate for edge in part)
    told = f"{start:.1f} s to {stop:.1f} s are held out"
    told += ", after a silence" if quiet else "; there is no silence to begin after"
    if repeats and enough:
        told += f"; {(_total(whole) - _total(rest)) / rate:.1f} s that play the same again are not trained"
    elif repeats:
        told += "; everything is played more than once, so the figure of the model flatters"
    left_out = tuple(_merged(again)) if enough else ()
    worst = 0.0 if enough else max((repeat.correlation for repeat in repeats), default=0.0)
    silence = DEFAULT_PRE_SILENCE if quiet else None
    return Split(tuple(rest if enough else whole), part, silence, worst, left_out, told)


def _without(parts: list[Part], holes: list[Part], rate: int) -> list[Part]:
    """Return what is left of parts once others are cut out of them; what is too short to be trained is dropped."""
    for hole in _merged(holes):
        pieces = [piece for a, b in parts for piece in ((a, min(b, hole[0])), (max(a, hole[1]), b))]
        parts = [(a, b) for a, b in pieces if b - a >= max(_SHORTEST_SECONDS * rate, _SHORTEST_SAMPLES)]
    return parts


def _merged(parts: list[Part]) -> list[Part]:
    merged: list[Part] = []
    for start, stop in sorted(parts):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], stop))
        else:
            merged.append((start, stop))
    return merged


def _total(parts: list[Part]) -> int:
    return sum(stop - start for start, stop in parts)
