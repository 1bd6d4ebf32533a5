"""Find captures with an offset from zero, or with so much noise that no net comes near them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from nam_kernel import Finding
from nam_kernel.text import printable
from nam_plugin_parametric.captures.measuring import Measured
from nam_plugin_wav.levels import LARGE_OFFSET, Levels, measure
from nam_plugin_wav.noise import BAD_ESR, lowest_esr, noise_power

MOST_NAMED = 5


def floor_findings(captures: Sequence[Measured]) -> Iterator[Finding]:
    """Yield what is there beside the amplifier, of all captures together, the worst first."""
    inputs: dict[object, Levels] = {}
    offsets: dict[str, float] = {}
    noises: dict[str, tuple[float, float]] = {}
    for m in captures:
        if m.found is None or m.peak == 0:
            continue
        capture = m.capture
        span = capture.recording.pair.span
        part = (capture.recording.input_key, span.x_start, span.x_stop)
        x = inputs.get(part) or measure(capture.x.numpy(), m.sample_rate)
        y = measure(capture.y.numpy(), m.sample_rate, capture.factor)
        inputs[part] = x
        if y.offset > LARGE_OFFSET:
            offsets[m.name] = y.offset
        power = noise_power(x, y)
        esr = 0.0 if power is None else lowest_esr(power, y)
        if power and esr > BAD_ESR:
            noises[m.name] = max((esr, power), noises.get(m.name, (0.0, 0.0)))
    if offsets:
        told = f"{_counted(offsets)} a DC offset, of {max(offsets.values()):.0%} of the RMS at worst: {_named(offsets)}"
        remedy = "remove it with a high-pass filter below 20 Hz, or the net will learn it"
        yield Finding("warning", "captures", told, remedy, kind="offset")
    if noises:
        esr, power = max(noises.values())
        floor = f"{10 * math.log10(power):.0f} dBFS RMS at worst, where no model can reach an ESR below {esr:.2g}"
        told = f"{_counted(noises)} a noise floor, of {floor}: {_named(noises)}"
        remedy = "to get closer, record at a higher level, with less noise, and without reverb"
        yield Finding("warning", "captures", told, remedy, kind="noise", facts={"lowest_esr": esr})


def _counted(found: dict[str, float] | dict[str, tuple[float, float]]) -> str:
    return "one capture has" if len(found) == 1 else f"{len(found)} captures have"


def _named(found: dict[str, float] | dict[str, tuple[float, float]]) -> str:
    worst = sorted(found, key=lambda name: found[name], reverse=True)
    return ", ".join(map(printable, worst[:MOST_NAMED])) + " ..." * (len(worst) > MOST_NAMED)
