"""Find captures that are shifted or inverted against the rest, and tell all delays at once."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence

from nam_kernel import Finding
from nam_plugin_parametric.captures.measuring import TOLERANCE_SECONDS, Measured
from nam_plugin_parametric.wording import named

HOPELESS_SECONDS = 0.02
"""What no net can foresee; nor remember beyond its receptive field, but that of one with a state is 1."""

MOST_NAMED = 40


def timing_findings(captures: Sequence[Measured], nx: int | None) -> Iterator[Finding]:
    """
    Yield what is wrong with the alignment of captures, and their delays.

    :param nx: the receptive field of the net, in samples; None where there is no net
    """
    yield from _strange(captures)
    trusted = [m for m in captures if m.trusted]
    yield from _shifted(trusted, nx)
    yield from _inverted(trusted)
    yield from _lengths(captures)
    if captures:
        yield Finding("info", "delays", _table(captures), kind="delay")


def _strange(captures: Sequence[Measured]) -> Iterator[Finding]:
    for m in captures:
        if m.found is None or m.found.trusted or m.peak == 0:
            continue
        severe = m.found.kind in ("strangers", "exchanged") and m.found.certain
        stops = severe and not m.capture.recording.row.config.anyway
        yield Finding(
            "error" if stops else "warning",
            m.capture.title,
            f"{m.name}: {m.found.sentence}",
            m.found.remedy,
            kind=m.found.kind,
        )


def _shifted(trusted: Sequence[Measured], nx: int | None) -> Iterator[Finding]:
    if not trusted:
        return
    rate = trusted[0].sample_rate
    tolerance = max(TOLERANCE_SECONDS * rate, 2)
    usual = statistics.median([m.lag for m in trusted])
    apart = [m for m in trusted if abs(m.lag - usual) > tolerance]
    if len(apart) > len(trusted) / 3 and len(trusted) > 1:
        low, high = min(m.lag for m in trusted), max(m.lag for m in trusted)
        told = f"the captures are not aligned: beyond the delays that are written, they lag by {low} to {high} samples"
        hopeless = _hopeless(low, high, nx, rate)
        remedy = 'set "delay" to "auto", which finds it for each'
        yield Finding("error" if hopeless else "warning", "delay", told, remedy, kind="shifted")
        return
    if abs(usual) > tolerance:
        hopeless = _hopeless(usual, usual, nx, rate)
        told = f"all captures {'lag' if usual > 0 else 'lead'} by {abs(usual):.0f} samples beyond the delays written"
        facts = {"lag": float(usual)}
        remedy = 'correct "delay", or set it to "auto"'
        yield Finding("error" if hopeless else "warning", "delay", told, remedy, kind="shifted", facts=facts)
    for m in apart if len(trusted) > 2 else ():
        off = round(m.lag - usual)
        way = "lags" if off > 0 else "leads"
        told = f"{m.name} {way} against the rest by {abs(off)} samples ({abs(off) / rate * 1000:.1f} ms)"
        remedy = f"write {m.capture.delay + off} as its delay, or auto"
        yield Finding("warning", m.capture.title, told, remedy, kind="shifted", facts={"lag": off})


def _hopeless(low: float, high: float, nx: int | None, sample_rate: float) -> bool:
    """Return whether nothing can be learned of captures that lag by so many samples."""
    reach = HOPELESS_SECONDS * sample_rate
    return nx is not None and (high >= max(nx, reach) or -low > reach)


def _inverted(trusted: Sequence[Measured]) -> Iterator[Finding]:
    if len(trusted) < 3:
        return
    inverted = [m for m in trusted if m.inverted]
    usual = len(inverted) > len(trusted) / 2
    odd = [m for m in trusted if (m in inverted) != usual]
    if not odd:
        return
    if len(odd) > len(trusted) / 3:
        told = (
            f"{len(odd)} of {len(trusted)} captures seem to be inverted against the rest: {named(m.name for m in odd)}"
        )
        yield Finding("warning", "polarity", told, "listen to them; y_scale: -1 turns a capture over", kind="inverted")
        return
    for m in odd:
        remedy = "turn it over (-1 in a column y_scale), or correct the cabling and record it again"
        yield Finding("warning", m.capture.title, f"{m.name} is inverted against the rest", remedy, kind="inverted")


def _lengths(captures: Sequence[Measured]) -> Iterator[Finding]:
    lengths = {m.frames[1] for m in captures if m.found is not None}
    if len(lengths) > 1:
        rate = captures[0].sample_rate
        spread = max(lengths) - min(lengths)
        told = f"the outputs differ in length by up to {spread} samples ({spread / rate:.3f} s)"
        remedy = "they are trimmed, for which allow_unequal_lengths has to be true; make sure that all begin together"
        yield Finding("note", "captures", told, remedy, kind="lengths", facts={"samples": spread})


def _table(captures: Sequence[Measured]) -> str:
    """Return the delay of every capture in words, those of one delay together."""
    groups: dict[int, list[Measured]] = {}
    for m in captures:
        groups.setdefault(m.capture.delay, []).append(m)
    shifts = [m.capture.recording.shift for m in captures]
    agreed = f"; what was found for each was changed by {_range(shifts)}, so that they agree" if any(shifts) else ""
    if len(groups) == 1:
        lags = [m.lag for m in captures if m.trusted]
        found = f", beyond which {_range(lags)} was found" if lags and any(lags) else ""
        return f"{next(iter(groups))} samples for all {len(captures)} captures{found}{agreed}"
    shown = [f"{named(m.name for m in group)} {delay}" for delay, group in sorted(groups.items())]
    more = f"; and {len(shown) - MOST_NAMED} more" if len(shown) > MOST_NAMED else ""
    return f"removed, in samples: {'; '.join(shown[:MOST_NAMED])}{more}{agreed}"


def _range(lags: Sequence[int]) -> str:
    return f"{min(lags)}" if min(lags) == max(lags) else f"{min(lags)} to {max(lags)}"
