"""Look at one pair of recordings before a training: what is wrong with it, and what it allows at best."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from nam_plugin_wav import likeness
from nam_plugin_wav.findings import Finding
from nam_plugin_wav.levels import FRAME_SECONDS, Levels, decibels

if TYPE_CHECKING:
    from nam_plugin_wav.dataset import WavDataset

SILENT = 10 ** (-90 / 20)
"""A frame of the input whose peak is below this is silent."""

DECAY_SECONDS = 0.3
"""How long an amplifier and its cabinet may ring after the input fell silent."""

_MANY_SAMPLES_AT_PEAK = 5
_OFFSET = 0.1
_QUIET = 10 ** (-45 / 20)
_BAD_ESR = 1e-3
_ABSURD = 100.0


def look_at(dataset: WavDataset) -> list[Finding]:
    """
    Look at one pair.

    :return: errors where nothing can be learnt, warnings of clipping, offset, silence and noise, and its
        levels
    """
    x, y = dataset.levels("x"), dataset.levels("y")
    names = (dataset.config.x_path.name, dataset.config.y_path.name)
    useless = [*_useless(names[0], "input", x), *_useless(names[1], "output", y)]
    if useless:
        return useless
    findings = [
        *_clipping(names[0], x, "the interface or the export was overloaded; lower its level and record again"),
        *_clipping(names[1], y, "a net cannot tell this from the amplifier's own sound; record at a lower level"),
        *_offset(names[0], x),
        *_offset(names[1], y),
        *_quiet(names[0], x, "record the input at a higher level"),
        *_quiet(names[1], y, "record at a higher level, or set y_scale"),
        *_mostly_silent(names[0], x),
        *_noise(names[1], x, y),
    ]
    if likeness.is_identity(dataset):
        findings.append(Finding("same", "warning", " and ".join(names), "hold the same samples: a net learns a wire"))
    if dataset.pair.heard:
        findings.append(Finding("delay", "info", " -> ".join(names), dataset.pair.heard))
    told = "; ".join(
        f"{side} peak {decibels(levels.peak):.1f} dBFS, RMS {decibels(levels.rms):.1f} dBFS"
        for side, levels in (("input", x), ("output", y))
    )
    return [*findings, Finding("level", "info", " -> ".join(names), told)]


def noise_power(x: Levels, y: Levels) -> float | None:
    """
    Estimate the noise of the output, from stretches where the input is silent.

    The first 0.3 s of every stretch are left to the decay of what was played; of the rest the median frame
    counts, less its offset from zero.

    :return: mean square, or None where the input is never silent for long enough
    """
    quiet = x.frame_peak < SILENT
    decay = round(DECAY_SECONDS / FRAME_SECONDS)
    # A frame counts when it and the ones before it, as long as the decay, are all silent.
    index = np.arange(len(quiet))
    run = index - np.maximum.accumulate(np.where(quiet, -1, index))
    settled = run > decay
    if np.count_nonzero(settled) < 10:
        return None
    # A constant is no noise: a net can learn it. Around it, the mean square is E[y^2] - 2 c E[y] + c^2.
    constant = float(np.median(y.frame_mean[settled]))
    around = y.frame_power[settled] - 2 * constant * y.frame_mean[settled] + constant**2
    return max(float(np.median(around)), 0.0)


def lowest_esr(dataset: WavDataset) -> float | None:
    """
    Say which ESR the noise of the output allows at best.

    :return: noise power over signal power; None where the noise is not known, or cannot be heard
    """
    x, y = dataset.levels("x"), dataset.levels("y")
    power = noise_power(x, y)
    return None if power is None or power < SILENT**2 or y.rms == 0 else power / y.rms**2


def _useless(name: str, what: str, levels: Levels) -> Iterator[Finding]:
    if levels.peak == 0:
        yield Finding(
            "silence",
            "error",
            name,
            f"the {what} is silent throughout, so there is nothing to learn from it; check the file, start and stop",
        )
    elif levels.peak > _ABSURD:
        yield Finding(
            "level",
            "error",
            name,
            f"the {what} exceeds full scale by {decibels(levels.peak):.0f} dB, which is no audio; were integers "
            "written as floats? Export it again",
        )


def _clipping(name: str, levels: Levels, advice: str) -> Iterator[Finding]:
    places = ", ".join(f"{at:.2f}" for at in levels.clipped_at)
    if levels.peak > 1.0 and levels.plateau < _MANY_SAMPLES_AT_PEAK:
        by = decibels(levels.peak)
        over = f"exceeds full scale by {by:.1f} dB ({_samples(levels.clipped)}, at {places} s)"
        yield Finding("clipping", "warning", name, f"{over}; most players and interfaces will clip it: lower its level")
    elif levels.clipped and levels.plateau > 1:
        yield Finding(
            "clipping",
            "warning",
            name,
            f"clips: {_samples(levels.clipped)} at full scale, at {places} s; {advice}",
        )
    elif levels.plateau >= _MANY_SAMPLES_AT_PEAK and levels.peak > 0.1:
        flat = f"{levels.plateau} samples in a row are exactly at its peak of {decibels(levels.peak):.1f} dBFS"
        yield Finding(
            "clipping",
            "warning",
            name,
            f"{flat}, so it was probably clipped before it was turned down; {advice}",
        )


def _offset(name: str, levels: Levels) -> Iterator[Finding]:
    if abs(levels.mean) > _OFFSET * levels.rms:
        offset = abs(levels.mean)
        share = f"{levels.mean:+.4f} ({decibels(offset):.1f} dBFS), {offset / levels.rms:.0%} of its RMS"
        yield Finding(
            "offset",
            "warning",
            name,
            f"has a DC offset of {share}; remove it with a high-pass filter below 20 Hz, or the net will learn it",
        )


def _quiet(name: str, levels: Levels, advice: str) -> Iterator[Finding]:
    if levels.peak < _QUIET:
        yield Finding(
            "level", "warning", name, f"is very quiet, its peak is {decibels(levels.peak):.1f} dBFS; {advice}"
        )


def _mostly_silent(name: str, x: Levels) -> Iterator[Finding]:
    silent = float(np.mean(x.frame_peak < SILENT))
    if silent > 0.5:
        yield Finding(
            "silence",
            "warning",
            name,
            f"is silent for {silent:.0%} of its duration, from which a net learns little; "
            "use a part with playing in it",
        )


def _noise(name: str, x: Levels, y: Levels) -> Iterator[Finding]:
    power = noise_power(x, y)
    if power is None:
        return
    if power < SILENT**2:
        yield Finding("noise", "info", name, "has no audible noise where the input is silent")
        return
    esr = power / y.rms**2
    floor = 10 * math.log10(power)
    text = f"has a noise floor of {floor:.1f} dBFS RMS, so no model can reach an ESR below {esr:.2g}"
    if esr > _BAD_ESR:
        yield Finding("noise", "warning", name, f"{text}; record at a higher level or with less noise for a better one")
    else:
        yield Finding("noise", "info", name, text)


def _samples(count: int) -> str:
    return "1 sample" if count == 1 else f"{count} samples"


def errors_of(train: Any, validation: Any = None) -> list[str]:
    """List what makes training senseless, as sentences that name the file."""
    return [str(f) for f in look(train, validation) if f.severity == "error"]


def look(train: Any, validation: Any = None) -> list[Finding]:
    """
    Look at everything a training is to use: each pair of files, and how they go together.

    :param train: a dataset, or a ``ConcatDataset`` of several; parts that are no audio pairs are passed over
    :param validation: likewise, or None
    :return: what was found; of several findings of one kind about one file, the first
    """
    seen, held_out = audio_pairs(train), audio_pairs(validation)
    findings = [finding for dataset in (*seen, *held_out) for finding in dataset.findings()]
    findings += likeness.overlaps(seen, held_out)
    findings += likeness.duplicates(seen)
    if not any(finding.severity == "error" for finding in findings):
        findings += likeness.strangers(seen, held_out)
    first: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        first.setdefault((finding.kind, finding.where), finding)
    return list(first.values())


def audio_pairs(dataset: Any) -> list[WavDataset]:
    """List the audio pairs that a dataset is made of, those in lists of lists included."""
    from nam_plugin_wav.dataset import WavDataset

    if isinstance(dataset, WavDataset):
        return [dataset]
    return [pair for part in getattr(dataset, "datasets", ()) for pair in audio_pairs(part)]
