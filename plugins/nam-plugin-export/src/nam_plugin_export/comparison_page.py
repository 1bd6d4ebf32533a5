"""The page of a comparison: heard, seen, and in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from nam_kernel.quality import band_of
from nam_plugin_export.playing import Side, Signal
from nam_plugin_export.takes import Take
from nam_plugin_export.verdict import Verdict
from nam_plugin_report import (
    Comparison,
    Player,
    ReportPanel,
    aliasing_of,
    aliasing_panel,
    common_gain,
    listening_page,
    loudest,
    peak,
    spectrum_panel,
    trainings_panel,
    wav_bytes,
    worst_panel,
)

LISTENED = 10.0
"""Seconds that are heard, at most: the loudest."""

MOST = 10.0
"""The factor, at most, by which a side is turned up to match the levels: more would make all others inaudible."""


_NOTE = "All but the guitar are turned down together. Louder is easily taken for better: match the levels."


def comparison_page(a: Side, b: Side, take: Take, found: Comparison, verdict: Verdict | None) -> str:
    """
    Return the page as HTML.

    :param found: the first against the second
    :param verdict: which one is closer to the recording; None where there is none to be close to
    """
    if verdict is not None:
        word, sentences = verdict.word, verdict.sentences()
    else:
        band = band_of(found.esr)
        word = band.word.capitalize() if band else "Cannot be compared"
        sentences = [f"A is to B, the reference, {band.word}: {band.meaning}."] if band else []
        if a.net is not None and b.net is not None:
            sentences.append(
                "Which one is better is not known without a recording of the gear: name it with --target, and what was "
                "played into it with --di."
            )
    sentences.append(f"What is played: {take.origin}, {len(take.a) / take.rate:.1f} s.")
    signals = _named(take)
    return listening_page(
        f"{a.name} and {b.name}",
        kind="Comparison",
        verdict=word,
        sentences=[*sentences, *take.notes],
        heard=_players(take, signals, (a.name, b.name)),
        notes=[_NOTE],
        shown=[panel for panel in _panels(a, b, take, found, verdict, signals) if panel is not None],
    )


def _named(take: Take) -> dict[str, Signal]:
    named = {"A": take.a, "B": take.b}
    return named if take.target is None else {"Recording": take.target, **named}


def _players(take: Take, signals: Mapping[str, Signal], names: tuple[str, str]) -> list[Player]:
    length = min(round(LISTENED * take.rate), len(take.a))
    reference = signals.get("Recording", take.b)
    start = loudest(reference, length)
    heard = {name: np.nan_to_num(signal[start : start + length]) for name, signal in signals.items()}
    dry = take.dry[start : start + length]
    loud = _rms(heard.get("Recording", heard["B"]))
    matched = {name: min(loud / _rms(signal), MOST) if _rms(signal) > 0 else 1.0 for name, signal in heard.items()}
    # Matched, the loudest peak must not clip either.
    gain = common_gain(max(max(peak(signal), matched[name] * peak(signal)) for name, signal in heard.items()))
    explained = {
        "Recording": "The real gear: what both are to sound like.",
        "A": f"The first: {names[0]}.",
        "B": f"The second: {names[1]}.",
    }
    players = []
    for name, signal in heard.items():
        players.append(Player(name, wav_bytes(gain * signal, take.rate), explained[name], matched[name]))
    pairs = [("B", "A")] if take.target is None else [("Recording", "A"), ("Recording", "B")]
    for first, second in pairs:
        difference = gain * (heard[first] - heard[second])
        players.append(Player(f"{first} minus {second}", wav_bytes(difference, take.rate), "At its real level."))
    players.append(Player("Guitar", wav_bytes(dry * common_gain(peak(dry)), take.rate), "What went in."))
    return players


def _panels(
    a: Side, b: Side, take: Take, found: Comparison, verdict: Verdict | None, signals: Mapping[str, Signal]
) -> Iterator[ReportPanel | None]:
    yield ReportPanel("Figures", table=_figures(a, b, found, verdict))
    if a.is_run and b.is_run:
        yield trainings_panel({"A": a.path, "B": b.path})
    if take.target is None:
        yield worst_panel(take.b, take.a, take.rate, ("B", "A"), "Where they differ most")
    else:
        yield worst_panel(take.target, take.a, take.rate, ("Recording", "A"), "The worst second of A")
        yield worst_panel(take.target, take.b, take.rate, ("Recording", "B"), "The worst second of B")
    yield spectrum_panel(signals, "B" if take.target is None else "Recording", take.rate)
    steps = {name: aliasing_of(side.net) for name, side in (("A", a), ("B", b)) if side.net is not None}
    yield aliasing_panel({name: found for name, found in steps.items() if found is not None})


def _figures(a: Side, b: Side, found: Comparison, verdict: Verdict | None) -> tuple[tuple[str, ...], ...]:
    names = (a.name, b.name) if a.name != b.name else (str(a.path), str(b.path))
    rows: list[tuple[str, ...]] = [("", "A", "B"), ("Name", *names)]
    sides, against = ([found], "B") if verdict is None else ([verdict.a, verdict.b], "the recording")
    empty = ("",) * (2 - len(sides))
    rows.append((f"ESR against {against}", *(f"{side.esr:.3g}" for side in sides), *empty))
    rows.append((f"Level against {against}", *(f"{side.level_db:+.2f} dB" for side in sides), *empty))
    rows.append((f"Null depth against {against}", *(f"{side.null_db:.1f} dB" for side in sides), *empty))
    nets = [side.net for side in (a, b)]
    rows.append(("Net", *("a recording" if net is None else net.architecture for net in nets)))
    rows.append(("Parameters", *("" if net is None else f"{net.parameter_count():,}" for net in nets)))
    return tuple(rows)


def _rms(signal: Signal) -> float:
    return float(np.sqrt(np.mean(signal**2))) if len(signal) else 0.0
