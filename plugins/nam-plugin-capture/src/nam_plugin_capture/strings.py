"""
Compute plucked strings.

The strings are those of Karplus and Strong (Computer Music Journal 7(2), 1983), picked at a place of their length as
Jaffe and Smith describe (Computer Music Journal 7(2), 1983): the pick leaves out the harmonics that have a node there.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Signal = npt.NDArray[np.float64]

OPEN_STRINGS = (82.41, 110.0, 146.83, 196.0, 246.94, 329.63)
"""E A D G B E, in Hz."""

CHORDS = (
    (0, 2, 2, 1, 0, 0),
    (3, 2, 0, 0, 0, 3),
    (None, 0, 2, 2, 2, 0),
    (0, 2, 2, 0, 0, 0),
    (None, 3, 2, 0, 1, 0),
    (None, None, 0, 2, 3, 2),
)
"""Frets from the lowest string up, None for a string that is not played: E, G, A, E minor, C and D."""

_DAMPING = 0.4985
_PALM = 0.485
_FADE_SECONDS = 0.02


def pluck(
    pitch: float, seconds: float, rate: int, dice: np.random.Generator, *, strength: float = 1.0, muted: bool = False
) -> Signal:
    """
    Return a plucked string.

    :param pitch: in Hz, rounded to a whole number of samples a period
    :param dice: for the noise of the pick
    :param strength: 0 to 1; a soft stroke is duller as well
    :param muted: by the palm
    :return: (seconds * rate,)
    """
    length, period = round(seconds * rate), max(round(rate / pitch), 4)
    line = dice.uniform(-1.0, 1.0, period)
    line -= np.roll(line, max(round(period * dice.uniform(0.1, 0.25)), 1))
    for _ in range(round(4 * (1 - strength))):
        line = 0.5 * (line + np.roll(line, 1))
    line -= line.mean()
    damping = _PALM if muted else _DAMPING
    turns = np.empty((length // period + 1, period))
    for turn in turns:
        turn[:] = line
        line = damping * (line + np.roll(line, 1))
    note: Signal = strength * turns.reshape(-1)[:length]
    fade = min(round(_FADE_SECONDS * rate), length)
    note[length - fade :] *= np.linspace(1.0, 0.0, fade)
    return note


def chord(frets: Sequence[int | None], seconds: float, rate: int, dice: np.random.Generator, strength: float) -> Signal:
    """Return a strummed chord: (seconds * rate,)."""
    together = np.zeros(round(seconds * rate))
    down = dice.random() < 0.7
    order = range(6) if down else range(5, -1, -1)
    for place, string in enumerate(order):
        fret = frets[string]
        if fret is not None:
            late = round(0.009 * place * rate)
            note = pluck(pitch_of(string, fret), seconds - late / rate, rate, dice, strength=strength)
            together[late : late + len(note)] += note[: len(together) - late]
    return together / 2.5


def pitch_of(string: int, fret: int) -> float:
    """Return the pitch of a fret, in Hz; the lowest string is 0."""
    return float(OPEN_STRINGS[string] * 2 ** (fret / 12))


def playing(seconds: float, rate: int, seed: int) -> Signal:
    """
    Return chords, single notes and palm mutes, soft and hard, one after the other.

    :param seed: of everything; no seed plays what another one does
    :return: (seconds * rate,), which ends in a rest of a tenth of a second
    """
    dice = np.random.default_rng(seed)
    played = np.zeros(round(seconds * rate))
    moment = 0.0
    while moment < seconds - 0.3:
        strength = float(dice.uniform(0.15, 1.0))
        length = float(dice.choice([0.15, 0.25, 0.5, 1.0, 1.8]))
        kind = dice.random()
        if kind < 0.4:
            frets = CHORDS[int(dice.integers(len(CHORDS)))]
            sound = chord(frets, 1.4 * length + 0.1, rate, dice, strength)
        else:
            pitch = pitch_of(int(dice.integers(6)), int(dice.integers(13)))
            sound = pluck(pitch, 1.2 * length + 0.1, rate, dice, strength=strength, muted=kind > 0.8)
        at = round(moment * rate)
        piece = played[at : at + len(sound)]
        piece += sound[: len(piece)]
        moment += length
    rest = round(0.1 * rate)
    played[len(played) - 2 * rest : len(played) - rest] *= np.linspace(1.0, 0.0, rest)
    played[len(played) - rest :] = 0.0
    return played
