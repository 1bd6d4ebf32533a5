"""
Play a net at all corners of its knobs, and between them, where nobody listened: what runs away, hums or thumps.

The figures of public nets show why: one peaked 156 times too high in a single corner with a clean error over all, and
concatenation nets thump at -15 dBFS when a knob moves within 10 ms.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from nam_kernel import BaseNet, Condition, Finding, accelerate
from nam_kernel.interfaces import Forward
from nam_kernel.run import proof_signal
from nam_plugin_parametric.after.corners import Values, corners, moves
from nam_plugin_parametric.after.excerpts import Excerpt, knob_names, play, rate_of
from nam_plugin_parametric.settings import sentence_of, told

BUDGET = 30.0
"""Seconds that all of it may take, about."""

MOST_CORNERS, MOST_MOVES = 64, 48

RAMPS = (0.01, 0.2)
"""Seconds in which a knob moves."""

RUNS_AWAY = 4.0
"""Times the highest peak of the captures, 12 dB; without captures, of the median corner."""

HUM, OFFSET, THUMP = -60.0, -40.0, -30.0
"""dBFS of the output for silence from which it is told: RMS without DC, DC, and the peak while a knob moves."""

_LOUD, _QUIET, _AROUND = 1.0, 0.25, 0.05
"""Seconds: of a signal that is played, of silence that is judged, and of silence before and after a move."""


@dataclass(frozen=True)
class Corner:
    """
    What a net does at one setting.

    :param peak: of its output for a loud signal, full scale is 1
    :param hum: RMS of its output for silence without DC, in dBFS
    :param offset: DC of that, in dBFS
    """

    values: Values
    peak: float
    hum: float
    offset: float


@dataclass(frozen=True)
class Move:
    """
    What a net does on silence while its knobs move in a straight line.

    :param seconds: that it takes
    :param thump: the highest peak, without the DC from which it begins, in dBFS
    """

    begin: Values
    end: Values
    seconds: float
    thump: float


@dataclass(frozen=True)
class Scan:
    """
    What was played.

    :param count: the number of corners that there are
    :param limit: the peak from which a corner runs away
    :param reference: what ``limit`` is a multiple of, in words
    """

    net: BaseNet
    corners: tuple[Corner, ...]
    moves: tuple[Move, ...]
    count: int
    limit: float
    reference: str

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong with the net, each with the setting at which it is worst."""
        wild = [c for c in self.corners if c.peak > self.limit]
        if wild:
            worst = max(wild, key=lambda c: c.peak)
            sentence = (
                f"the model runs away at {self.spoken(worst.values)}{_more(wild, 'setting')}: its peak is "
                f"{worst.peak * RUNS_AWAY / self.limit:.3g} times {self.reference}"
            )
            remedy = "record this setting, or train longer; do not turn the knobs there until then"
            yield Finding("warning", "scan", sentence, remedy, kind="runs-away", facts={"peak": worst.peak})
        remedy = 'train on more silence: {"name": "silence", "share": 0.05} in the data config\'s joint'
        for name, limit, said in (("hum", HUM, "hums on silence"), ("offset", OFFSET, "has DC on silence")):
            loud = [c for c in self.corners if getattr(c, name) > limit]
            if loud:
                corner = max(loud, key=lambda c: float(getattr(c, name)))
                level = getattr(corner, name)
                sentence = f"the model {said} at {self.spoken(corner.values)}{_more(loud, 'setting')}: {level:.0f} dBFS"
                yield Finding("warning", "scan", sentence, remedy, kind=name, facts={f"{name}_dbfs": level})
        thumps = [m for m in self.moves if m.thump > THUMP]
        if thumps:
            move = max(thumps, key=lambda m: m.thump)
            sentence = (
                f"the model thumps when {self.moved(move)} within {1000 * move.seconds:g} ms{_more(thumps, 'move')}: "
                f"{move.thump:.0f} dBFS on silence"
            )
            remedy = 'turn it slowly while you play, or train on moves: {"name": "moves", "share": 0.1} in joint'
            yield Finding("warning", "scan", sentence, remedy, kind="thump", facts={"thump_dbfs": move.thump})

    def rows(self) -> list[tuple[str, str]]:
        """Return the facts, whether or not anything is wrong."""
        sample = "all" if len(self.corners) >= self.count else f"a sample of {len(self.corners)} of the"
        loudest = max(self.corners, key=lambda c: c.peak)
        noisy, skewed = (max(self.corners, key=lambda c: float(getattr(c, name))) for name in ("hum", "offset"))
        rows = [
            ("Corners that were played", f"{sample} {self.count}, and the defaults"),
            ("Highest peak", f"{_decibels(loudest.peak):.1f} dBFS at {self.spoken(loudest.values)}"),
            ("Loudest on silence", f"{_level(noisy.hum)} RMS at {self.spoken(noisy.values)}"),
            ("Highest DC on silence", f"{_level(skewed.offset)} at {self.spoken(skewed.values)}"),
        ]
        for seconds in RAMPS:
            timed = [m for m in self.moves if m.seconds == seconds]
            if timed:
                worst = max(timed, key=lambda m: m.thump)
                told_ = f"{_level(worst.thump)} when {self.moved(worst)}, of {len(timed)} moves"
                rows.append((f"Loudest thump, {1000 * seconds:g} ms", told_))
        return rows

    def spoken(self, values: Values) -> str:
        """Return a setting in words."""
        return sentence_of(told(self.net, dict(zip(knob_names(self.net), values, strict=True))))

    def moved(self, move: Move) -> str:
        """Return a move in words: ``gain goes from 0 to 10 (tone 5)``."""
        names = knob_names(self.net)
        begin, end = (told(self.net, dict(zip(names, v, strict=True))) for v in (move.begin, move.end))
        moving = [n for n in names if begin[n] != end[n]]
        ways = [
            f"{n} goes from {sentence_of({n: begin[n]})[len(n) + 1 :]} to {sentence_of({n: end[n]})[len(n) + 1 :]}"
            for n in moving
        ]
        still = sentence_of({n: v for n, v in begin.items() if n not in moving})
        return " and ".join(ways) + (f" ({still})" if still else "")


def scan(net: BaseNet, captures: Sequence[Excerpt] = (), clock: Callable[[], float] = time.monotonic) -> Scan:
    """
    Return what a net with knobs does at its corners and between them, within ``BUDGET``.

    :param captures: whole; a loud second of them is played, and their peak is what the net's are compared with.
        Without any it is the signal with which the kernel proves files.
    """
    net = net.eval()
    rate, conditions = rate_of(net), net.conditions or ()
    forward, begin = accelerate(net), clock()
    settings, count = corners(conditions, MOST_CORNERS)
    signal = _signal(net, captures, rate)
    quiet = torch.zeros(net.receptive_field - 1 + round((_QUIET + (0.0 if net.receptive_field > 1 else 1.0)) * rate))
    judged = round(_QUIET * rate)
    found: list[Corner] = []
    for values in settings:
        if found and clock() - begin > BUDGET / 2:
            break
        peak = float(play(net, forward, signal, values).abs().max())
        silence = play(net, forward, quiet, values)[-judged:]
        offset = float(silence.mean())
        hum = float((silence - offset).square().mean().sqrt())
        found.append(Corner(values, peak, _decibels(hum), _decibels(abs(offset))))
    begin = clock()
    ramps: list[Move] = []
    for a, b in moves([c.values for c in found], MOST_MOVES):
        if ramps and clock() - begin > BUDGET / 2:
            break
        ramps += [_move(net, forward, conditions, a, b, seconds, rate) for seconds in RAMPS]
    peaks = sorted(c.peak for c in found)
    recorded = max((float(e.y.abs().max()) for e in captures), default=0.0)
    limit = RUNS_AWAY * max(recorded or peaks[len(peaks) // 2], 1e-3)
    reference = "the highest of all captures" if recorded else "that of the median corner"
    return Scan(net, tuple(found), tuple(ramps), count, limit, reference)


def ramp(conditions: Sequence[Condition], a: Values, b: Values, before: int, length: int, after: int) -> list[Any]:
    """
    Return knobs that move along their curves, as ``net.render`` takes them; a switch jumps half-way.

    :param before: samples for which they stand still first
    :return: one tensor (before + length + after,) for each condition
    """
    share = torch.cat((torch.zeros(before), torch.linspace(0, 1, max(length, 1)), torch.ones(after)))
    signals: list[Tensor] = []
    for condition, one, other in zip(conditions, a, b, strict=True):
        if condition.choices:
            signals.append(torch.where(share < 0.5, one, other))
        elif condition.curve == "log":
            signals.append(torch.exp((1 - share) * math.log(one) + share * math.log(other)))
        else:
            signals.append((1 - share) * one + share * other)
    return signals


def _move(
    net: BaseNet, forward: Forward, conditions: Sequence[Condition], a: Values, b: Values, seconds: float, rate: float
) -> Move:
    settling = net.receptive_field - 1 + round((_AROUND if net.receptive_field > 1 else 1.0) * rate)
    length, after = round(seconds * rate), net.receptive_field - 1 + round(_AROUND * rate)
    signals = ramp(conditions, a, b, settling, length, after)
    played = play(net, forward, torch.zeros(settling + length + after), signals)
    still = float(played[max(settling - round(_AROUND * rate / 2), 0) : settling].mean())
    return Move(a, b, seconds, _decibels(float((played[settling:] - still).abs().max())))


def _signal(net: BaseNet, captures: Sequence[Excerpt], rate: float) -> Tensor:
    if not captures:
        return torch.from_numpy(proof_signal(rate))
    loud = max(captures, key=lambda e: float(e.x.abs().max()))
    return loud.cut(_LOUD, rate, net.receptive_field - 1).x


def _decibels(value: float) -> float:
    return 20 * math.log10(max(value, 1e-8))


def _level(value: float) -> str:
    return "digital silence" if value <= -150 else f"{value:.0f} dBFS"


def _more(found: Sequence[object], what: str) -> str:
    more = len(found) - 1
    return f" and {more} more {what}{'s' * (more > 1)}" if more else ""
