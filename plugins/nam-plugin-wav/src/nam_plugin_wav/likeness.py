"""Compare recordings: one that is a copy of the other, training and validation that share samples or nothing at all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Literal

import numpy as np
import numpy.typing as npt

from nam_kernel import Finding
from nam_plugin_wav.audio import Samples
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
_ROUNDING = 1e-6

_SIDES: tuple[Literal["x", "y"], ...] = ("x", "y")

Bands = npt.NDArray[np.float64]


def overlaps(train: Sequence[WavDataset], validation: Sequence[WavDataset]) -> Iterator[Finding]:
    """Yield the validation parts that are in the training as well."""
    for held_out in validation:
        for seen in train:
            seconds = _shared_seconds(seen, held_out)
            if seconds > 0:
                told = (
                    f"{seconds:.2f} s of the validation are in the training too, "
                    "so it cannot show whether the net has learned by heart"
                )
                yield Finding("warning", held_out.title, told, "use separate parts", kind="overlap")


def identity(pair: WavDataset) -> Iterator[Finding]:
    """Yield whether both files are one, or hold the same samples, wherever ``input_gain``, ``y_scale`` put them."""
    config = pair.config
    channels = [config.channel_of(side)[0] for side in _SIDES]
    if config.x_path.samefile(config.y_path) and channels[0] == channels[1]:
        where, told = config.x_path.name, "is both the input and the output, so the net would learn a straight wire"
    elif _identical(pair):
        where = f"{config.x_path.name} and {config.y_path.name}"
        told = "are identical, so the net would learn a straight wire"
    else:
        return
    yield Finding("warning", where, told, "check which file is the output of the amplifier", kind="same")


def _identical(pair: WavDataset) -> bool:
    x, y = _probed(_side(pair, "x")) / pair.x_factor, _probed(_side(pair, "y")) / pair.y_factor
    peak = np.abs(x).max()
    return bool(peak > 0 and np.abs(x - y).max() <= _ROUNDING * peak)


def duplicates(pairs: Sequence[WavDataset]) -> Iterator[Finding]:
    """Yield the captures with the same output under two names, and the entries that are there twice."""
    hashes = [_hash(_side(pair, "y")) for pair in pairs]
    for (one, a), (other, b) in combinations(zip(pairs, hashes, strict=True), 2):
        if a != b:
            continue
        if one.config.y_path.samefile(other.config.y_path):
            told, remedy = "is there twice with the same part", "leave one of the entries out"
            yield Finding("warning", one.title, told, remedy, kind="duplicate")
        else:
            where = f"{one.config.y_path.name} and {other.config.y_path.name}"
            told, remedy = "hold the same recording under two names", "check whether one of them was exported twice"
            yield Finding("warning", where, told, remedy, kind="duplicate")


def unlike_training(train: Sequence[WavDataset], validation: Sequence[WavDataset]) -> Iterator[Finding]:
    """Yield the validation parts that resemble nothing in the training, by the level of eight octave bands."""
    if not train or not validation:
        return
    seen = {side: [band_levels(_side(pair, side), pair.sample_rate) for pair in train] for side in _SIDES}
    for held_out in validation:
        for side, path in zip(_SIDES, (held_out.config.x_path, held_out.config.y_path), strict=True):
            bands = band_levels(_side(held_out, side), held_out.sample_rate)
            distances = [_distance(bands, other) for other in seen[side]]
            level, shape = min(distances, key=lambda d: max(abs(d[0]) / LEVEL_LIMIT, d[1] / SHAPE_LIMIT))
            if abs(level) > LEVEL_LIMIT or shape > SHAPE_LIMIT:
                how = f"the nearest part is {abs(level):.0f} dB away in level, {shape:.0f} dB in spectrum"
                told = f"this validation part resembles nothing in the training ({how})"
                remedy = "check that it is the right file and has playing in it"
                yield Finding("warning", path.name, told, remedy, kind="unlike")


def band_levels(samples: Samples, sample_rate: float) -> Bands:
    """
    Return the power in octave bands where something is played.

    At most 200 windows count, of those within 30 dB of the loudest tenth.

    :param samples: (L,)
    :return: in eight bands from 40 Hz up, in dB, (8,)
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


def _distance(bands: Bands, other: Bands) -> tuple[float, float]:
    """Return the difference of level, and the RMS of what is left of it in the bands."""
    difference = bands - other
    level = float(np.median(difference))
    return level, float(np.sqrt(np.mean((difference - difference.mean()) ** 2)))


def _shared_seconds(one: WavDataset, other: WavDataset) -> float:
    """Return how much of both files two parts have in common, in seconds; negative where they are apart."""
    same = one.config.x_path.samefile(other.config.x_path) and one.config.y_path.samefile(other.config.y_path)
    if not same or one.config.channel_of("y")[0] != other.config.channel_of("y")[0]:
        return 0.0
    (a, b), (c, d) = ((p.pair.span.y_start / p.sample_rate, p.pair.span.y_stop / p.sample_rate) for p in (one, other))
    return min(b, d) - max(a, c)


def _hash(samples: Samples) -> tuple[int, bytes]:
    """Return what tells two takes of anything but silence apart."""
    return len(samples), hashlib.blake2b(_probed(samples).tobytes(), digest_size=16).digest()


def _probed(samples: Samples) -> Samples:
    """Return 64 stretches, spread evenly, one after the other."""
    starts = np.linspace(0, max(len(samples) - _PROBE, 0), _PROBES).astype(int)
    return np.concatenate([samples[start : start + _PROBE] for start in starts])


def _side(pair: WavDataset, side: Literal["x", "y"]) -> Samples:
    samples: Samples = (pair.x if side == "x" else pair.y).numpy()
    return samples
