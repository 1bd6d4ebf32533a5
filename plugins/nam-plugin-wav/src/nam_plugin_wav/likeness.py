"""Compare datasets: training and validation that share samples, captures that are twice the same, parts
unlike the rest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nam_plugin_wav.audio import Samples
from nam_plugin_wav.findings import Finding

if TYPE_CHECKING:
    from nam_plugin_wav.dataset import WavDataset

LEVEL_LIMIT, SHAPE_LIMIT = 18.0, 12.0
"""
dB. Parts of one recording differ by 3 and 4, two guitars by 7 and 9, one guitar before and after a high-gain
amplifier by 16 and 7, a guitar and white noise by 5 and 18, a guitar and a test tone by more than 30.
"""

_WINDOW, _WINDOWS = 4096, 200
_BANDS = tuple(40.0 * 2**octave for octave in range(9))
_BOTTOM = 1e-10
_PROBES, _PROBE = 64, 4096


def overlaps(train: Sequence[WavDataset], validation: Sequence[WavDataset]) -> Iterator[Finding]:
    """Find validation parts that are in the training as well."""
    for held_out in validation:
        for seen in train:
            seconds = _shared_seconds(seen, held_out)
            if seconds > 0:
                yield Finding(
                    "overlap",
                    "warning",
                    _pair(held_out),
                    f"{seconds:.2f} s of the validation are in the training too, "
                    "so it cannot show whether the net has learnt by heart; give them separate parts",
                )


def is_identity(dataset: WavDataset) -> bool:
    """Tell whether the output is a copy of the input."""
    return _fingerprint(dataset.x.numpy()) == _fingerprint(dataset.y.numpy())


def duplicates(datasets: Sequence[WavDataset]) -> Iterator[Finding]:
    """Find captures with the same output under two names, and entries that are there twice."""
    prints = [_fingerprint(dataset.y.numpy()) for dataset in datasets]
    for (one, a), (other, b) in combinations(zip(datasets, prints, strict=True), 2):
        if a != b:
            continue
        if one.config.y_path.samefile(other.config.y_path):
            yield Finding(
                "duplicate",
                "warning",
                _pair(one),
                "is there twice with the same part; leave one of the entries out",
            )
        else:
            told = f"{one.config.y_path.name} and {other.config.y_path.name}"
            yield Finding(
                "duplicate",
                "warning",
                told,
                "hold the same recording under two names; was one exported twice?",
            )


def strangers(train: Sequence[WavDataset], validation: Sequence[WavDataset]) -> Iterator[Finding]:
    """Find validation parts that resemble nothing in the training, by the level of eight octave bands."""
    seen = {side: [band_levels(_side(d, side), d.sample_rate) for d in train] for side in ("x", "y")}
    for held_out in validation:
        for side, name in (("x", held_out.config.x_path.name), ("y", held_out.config.y_path.name)):
            bands = band_levels(_side(held_out, side), held_out.sample_rate)
            distances = [_distance(bands, other) for other in seen[side]]
            if not distances:
                continue
            level, shape = min(distances, key=lambda d: max(abs(d[0]) / LEVEL_LIMIT, d[1] / SHAPE_LIMIT))
            if abs(level) > LEVEL_LIMIT or shape > SHAPE_LIMIT:
                how = f"the nearest part is {abs(level):.0f} dB away in level, {shape:.0f} dB in spectrum"
                yield Finding(
                    "unlike",
                    "warning",
                    name,
                    f"this validation part resembles nothing in the training ({how}); "
                    "check that it is the right file and has playing in it",
                )


def band_levels(samples: Samples, sample_rate: float) -> npt.NDArray[np.float64]:
    """
    Measure where something is played: windows within 30 dB of the loudest tenth, at most 200 of them.

    :param samples: (L,)
    :return: the power in eight octave bands from 40 Hz up, in dB, (8,)
    """
    count = max(len(samples) // _WINDOW, 1)
    windows = [samples[i * _WINDOW : (i + 1) * _WINDOW] for i in range(count)]
    power = np.array([float(np.dot(w, w)) for w in windows])
    loud = np.flatnonzero(power >= np.percentile(power, 90) * 1e-3)
    chosen = loud[np.linspace(0, len(loud) - 1, min(_WINDOWS, len(loud))).astype(int)]
    taper = np.hanning(_WINDOW)
    spectra = [np.abs(np.fft.rfft(windows[i] * taper[: len(windows[i])], _WINDOW)) ** 2 for i in chosen]
    spectrum = np.mean(spectra, axis=0) / np.sum(taper) ** 2
    band = np.digitize(np.fft.rfftfreq(_WINDOW, 1 / sample_rate), _BANDS)
    return np.array([10 * np.log10(_sum(spectrum, band == i) + _BOTTOM) for i in range(1, len(_BANDS))])


def _sum(spectrum: npt.NDArray[np.float64], which: npt.NDArray[np.bool_]) -> float:
    return float(spectrum[which].sum())


def _distance(bands: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Give the difference of level, and the root mean square of what is left of it in the bands."""
    difference = bands - other
    level = float(np.median(difference))
    return level, float(np.sqrt(np.mean((difference - difference.mean()) ** 2)))


def _shared_seconds(one: WavDataset, other: WavDataset) -> float:
    """Measure how much of both files two parts have in common, in seconds."""
    same = one.config.x_path.samefile(other.config.x_path) and one.config.y_path.samefile(other.config.y_path)
    if not same or one.config.channel_of("y")[0] != other.config.channel_of("y")[0]:
        return 0.0
    (a, b), (c, d) = ((p.pair.span.y_start / p.sample_rate, p.pair.span.y_stop / p.sample_rate) for p in (one, other))
    return min(b, d) - max(a, c)


def _fingerprint(samples: Samples) -> tuple[int, bytes]:
    """Hash 64 stretches spread evenly, which tell two takes of anything but silence apart."""
    digest = hashlib.blake2b(digest_size=16)
    for start in np.linspace(0, max(len(samples) - _PROBE, 0), _PROBES).astype(int):
        digest.update(samples[start : start + _PROBE].tobytes())
    return len(samples), digest.digest()


def _side(dataset: WavDataset, side: str) -> Samples:
    samples: Samples = (dataset.x if side == "x" else dataset.y).numpy()
    return samples


def _pair(dataset: WavDataset) -> str:
    return f"{dataset.config.x_path.name} -> {dataset.config.y_path.name}"
