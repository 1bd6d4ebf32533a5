"""Find captures with an offset from zero, or with so much noise that no net comes near them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nam_kernel import Finding
from nam_plugin_parametric.captures.measuring import Measured
from nam_plugin_parametric.wording import named
from nam_plugin_wav.levels import LARGE_OFFSET, Levels, measure
from nam_plugin_wav.noise import BAD_ESR, lowest_esr, noise_power


def floor_findings(captures: Sequence[Measured]) -> Iterator[Finding]:
    """Yield what is there beside the amplifier, of all captures together, the worst first."""
    inputs: dict[object, Levels] = {}
    offsets: dict[str, float] = {}
    noises: dict[str, tuple[float, float]] = {}
    for m in captures:
        if m.found is None or m.peak == 0:
            continue
        capture = m.capture
        pair = capture.recording.pair
        part = (capture.recording.input_key, pair.span.x_start, pair.span.x_stop)
        if part not in inputs:
            inputs[part] = measure(capture.x.numpy(), m.sample_rate, 10 ** (pair.config.input_gain / 20))
        x, y = inputs[part], measure(capture.y.numpy(), m.sample_rate, capture.factor)
        if y.offset > LARGE_OFFSET:
            offsets[m.name] = y.offset
        power = noise_power(x, y)
        esr = 0.0 if power is None else lowest_esr(power, y)
        if power and esr > BAD_ESR:
            noises[m.name] = max((esr, power), noises.get(m.name, (0.0, 0.0)))
    if offsets:
        worst = named(_from_the_worst(offsets))
        told = f"{_have(len(offsets))} a DC offset, of {max(offsets.values()):.0%} of the RMS at worst: {worst}"
        remedy = "remove it with a high-pass filter below 20 Hz, or the net will learn it"
        yield Finding("warning", "captures", told, remedy, kind="offset")
    if noises:
        esr, power = max(noises.values())
        floor = f"{10 * math.log10(power):.0f} dBFS RMS at worst, where no model can reach an ESR below {esr:.2g}"
        told = f"{_have(len(noises))} a noise floor, of {floor}: {named(_from_the_worst(noises))}"
        remedy = "to get closer, record at a higher level, with less noise, and without reverb"
        yield Finding("warning", "captures", told, remedy, kind="noise", facts={"lowest_esr": esr})


def _have(count: int) -> str:
    return "one capture has" if count == 1 else f"{count} captures have"


def _from_the_worst(found: Mapping[str, Any]) -> list[str]:
    return sorted(found, key=lambda name: found[name], reverse=True)
