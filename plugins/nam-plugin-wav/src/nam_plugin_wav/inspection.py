"""Inspect the recordings of a training: what is wrong with each pair, with all of them together, and what is known."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from nam_kernel import Finding
from nam_kernel.interfaces import BaseDataset, plain
from nam_plugin_wav import likeness
from nam_plugin_wav.counts import samples
from nam_plugin_wav.dataset import WavDataset
from nam_plugin_wav.levels import LARGE_OFFSET, LOUDEST_DB, QUIETEST_DB, Levels, decibels
from nam_plugin_wav.noise import BAD_ESR, SILENT, lowest_esr, noise_power
from nam_plugin_wav.timing import timing

_MANY_SAMPLES_AT_PEAK = 5
_QUIET = 10 ** (-45 / 20)
_FROM_THE_WORST = ("error", "warning", "note", "info")


def inspect_all(train: BaseDataset, validation: BaseDataset | None = None) -> list[Finding]:
    """
    Return what is wrong with the recordings of a training, and what is known of them.

    :param train: one dataset, or a ``ConcatDataset`` of several; those that are no audio pairs are passed over
    :param validation: likewise
    """
    seen, held_out = audio_pairs(train), audio_pairs(validation)
    findings = [finding for pair in seen for finding in inspect_pair(pair)]
    findings += [finding for pair in held_out for finding in inspect_pair(pair, held_out=True)]
    findings += likeness.overlaps(seen, held_out)
    findings += likeness.duplicates(seen)
    if not any(finding.severity == "error" for finding in findings):
        findings += likeness.unlike_training(seen, held_out)
    return [*_merged(findings), *(finding for pair in seen for finding in _left_over(pair))]


def inspect_pair(pair: WavDataset, *, held_out: bool = False) -> list[Finding]:
    """
    Return what is wrong with one pair, and its levels.

    A recording from which nothing can be learned is an error; clipping, an offset, silence and noise are warnings.

    :param held_out: whether it is used for the validation, whose noise limits the ESR that is measured
    """
    x, y = pair.levels("x"), pair.levels("y")
    x_name, y_name = pair.config.x_path.name, pair.config.y_path.name
    part = _part(pair, held_out)
    useless = [*_useless(x_name, f"the input{part}", x), *_useless(y_name, f"the output{part}", y)]
    if useless:
        return useless
    timed = list(timing(pair))
    # What still rings, or another performance, would be taken for noise.
    clean = not {"reverb", "exchanged", "strangers"} & {finding.kind for finding in timed}
    return [
        *_clipping(x_name, x, "the interface or the export was overloaded; lower its level and record again"),
        *_clipping(y_name, y, "a net cannot tell it from the amplifier's own sound; record at a lower level"),
        *_offset(x_name, x),
        *_offset(y_name, y),
        *_quiet(x_name, x, "record the input at a higher level"),
        *_quiet(y_name, y, "record at a higher level, or set y_scale"),
        *_mostly_silent(x_name, x),
        *(_noise(y_name, x, y, held_out) if clean else ()),
        *likeness.identity(pair),
        *_lossy(pair),
        *timed,
        _levels(pair, x, y),
    ]


def audio_pairs(dataset: BaseDataset | None) -> list[WavDataset]:
    """Return the audio pairs that a dataset is made of, those in lists of lists included."""
    inner = plain(dataset)
    if isinstance(inner, WavDataset):
        return [inner]
    return [pair for part in getattr(inner, "datasets", ()) for pair in audio_pairs(part)]


def _part(pair: WavDataset, held_out: bool) -> str:
    """Return which part of the files a pair is, where it is not all of them."""
    span, rate = pair.pair.span, pair.sample_rate
    whole = span.samples + abs(pair.delay) >= min(pair.pair.frames) - (pair.config.y_preroll or 0)
    name = "validation" if held_out else "training"
    return "" if whole else f" of the {name} part ({span.x_start / rate:.3f} s to {span.x_stop / rate:.3f} s)"


def _useless(name: str, what: str, levels: Levels) -> Iterator[Finding]:
    if levels.peak == 0:
        told = f"{what} is silent throughout, so there is nothing to learn from it"
        yield Finding("error", name, told, "check the file, start and stop, and the channel", kind="silence")
    elif decibels(levels.peak) > LOUDEST_DB:
        told = f"{what} exceeds full scale by {decibels(levels.peak):.0f} dB, which is not audio"
        yield Finding("error", name, told, "were integers written as floats? Export it again", kind="level")
    elif decibels(levels.peak) < QUIETEST_DB:
        told = f"{what} has a peak of {decibels(levels.peak):.0f} dBFS, which is less than the smallest step of 24 bits"
        yield Finding("error", name, told, "check the file; record or export it again", kind="level")


def _lossy(pair: WavDataset) -> Iterator[Finding]:
    for header in (pair.pair.x, pair.pair.y):
        if header.lossy:
            told = f"holds {header.subtype.replace('_', ' ')} data, which is compressed with loss"
            remedy = "a net learns what the compression left of the sound; export it as PCM, from the original"
            yield Finding("warning", header.path.name, told, remedy, kind="lossy")


def _clipping(name: str, levels: Levels, remedy: str) -> Iterator[Finding]:
    places = ", ".join(f"{at:.2f}" for at in levels.clipped_at)
    if levels.peak > 1.0 and levels.plateau < _MANY_SAMPLES_AT_PEAK:
        by = decibels(levels.peak)
        told = f"exceeds full scale by {by:.1f} dB ({samples(levels.clipped)}, at {places} s)"
        remedy = "lower its level, because most players and interfaces clip it"
    elif levels.clipped and levels.plateau > 1:
        told = f"clips: {samples(levels.clipped)} at full scale, at {places} s"
    elif levels.plateau >= _MANY_SAMPLES_AT_PEAK and levels.peak > 0.1:
        flat = f"{samples(levels.plateau)} in a row are exactly at its peak of {decibels(levels.peak):.1f} dBFS"
        told = f"{flat}, so it was probably clipped before it was turned down"
    else:
        return
    yield Finding("warning", name, told, remedy, kind="clipping")


def _offset(name: str, levels: Levels) -> Iterator[Finding]:
    if levels.offset > LARGE_OFFSET:
        size = f"{levels.mean:+.4f} ({decibels(abs(levels.mean)):.1f} dBFS), {levels.offset:.0%} of its RMS"
        remedy = "remove it with a high-pass filter below 20 Hz, or the net will learn it"
        yield Finding("warning", name, f"has a DC offset of {size}", remedy, kind="offset")


def _quiet(name: str, levels: Levels, remedy: str) -> Iterator[Finding]:
    if levels.peak < _QUIET:
        told = f"is very quiet, its peak is {decibels(levels.peak):.1f} dBFS"
        yield Finding("warning", name, told, remedy, kind="level")


def _mostly_silent(name: str, x: Levels) -> Iterator[Finding]:
    silent = float(np.mean(x.frame_peak < SILENT))
    if silent > 0.5:
        told = f"is silent for {silent:.0%} of its duration, from which a net learns little"
        yield Finding("warning", name, told, "use a part with more playing in it", kind="silence")


def _noise(name: str, x: Levels, y: Levels, held_out: bool) -> Iterator[Finding]:
    power = noise_power(x, y)
    if power is None:
        return
    if power < SILENT**2:
        yield Finding("info", name, "has no audible noise where the input is silent", kind="noise")
        return
    esr = lowest_esr(power, y)
    told = f"has a noise floor of {10 * math.log10(power):.1f} dBFS RMS, so no model can reach an ESR below {esr:.2g}"
    facts = {"lowest_esr": esr} if held_out else {}
    if esr > BAD_ESR:
        remedy = "to get closer, record at a higher level or with less noise"
        yield Finding("warning", name, told, remedy, kind="noise", facts=facts)
    else:
        yield Finding("info", name, told, kind="noise", facts=facts)


def _levels(pair: WavDataset, x: Levels, y: Levels) -> Finding:
    told = "; ".join(
        f"{side} peak {decibels(levels.peak):.1f} dBFS, RMS {decibels(levels.rms):.1f} dBFS"
        for side, levels in (("input", x), ("output", y))
    )
    return Finding("info", pair.title, told, kind="level")


def _left_over(pair: WavDataset) -> Iterator[Finding]:
    count = pair.left_over
    if count:
        seconds = count / pair.sample_rate
        which = "the last sample" if count == 1 else f"the last {count} samples"
        told = (
            f"{which} ({seconds:.3f} s) fill{'s' * (count == 1)} no item and {'is' if count == 1 else 'are'} left out"
        )
        yield Finding("info", pair.title, told, kind="left_over", facts={"samples": count})


def _merged(findings: Iterable[Finding]) -> list[Finding]:
    """
    Return one finding of each kind about each place, the worst of them.

    Several parts of one file may be used. Of the numbers behind the findings the largest are kept.
    """
    merged: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        before = merged.setdefault((finding.kind, finding.where), finding)
        worst = min(before, finding, key=lambda f: _FROM_THE_WORST.index(f.severity))
        names = {*before.facts, *finding.facts}
        facts = {name: max(f.facts[name] for f in (before, finding) if name in f.facts) for name in sorted(names)}
        merged[finding.kind, finding.where] = replace(worst, facts=facts)
    return list(merged.values())
