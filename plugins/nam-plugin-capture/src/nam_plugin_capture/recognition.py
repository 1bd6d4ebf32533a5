"""Recognise the older standard signals in a DI: by the file, by its samples, or by how it is laid out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from nam_plugin_capture.layout import Part, Parts
from nam_plugin_capture.standards import STANDARDS, Standard

Samples = npt.NDArray[np.float32] | npt.NDArray[np.float64]

SAME = 0.999
"""The correlation of two parts that are the same but for the rounding of another sample format."""

_LONGER_SECONDS = 10
"""A signal may be followed by as much as this: silence that a workstation adds."""

_ONSET, _STILL, _LOUD = 8, 0.02, 0.5
"""Samples by which a click may begin early or late; what is heard beside clicks, and in each, over the loudest one."""

_SILENT_SECONDS, _SILENCE = 0.4, 1e-3
_WHITE, _TONAL, _FRAME = 0.3, 0.05, 2048


@dataclass(frozen=True)
class Recognised:
    """
    A standard signal that a DI is.

    :param by: what it was recognised by: the published file's hash, the hashes of its samples, or its layout
    :param length: of the signal, in samples; silence may follow it in the DI
    """

    standard: Standard
    by: Literal["file", "samples", "layout"]
    length: int

    @property
    def title(self) -> str:
        """What it is, and how that is known."""
        how = {"file": "the file that was published", "samples": "by its samples", "layout": "by its layout"}
        return f"{self.standard.title}, {how[self.by]}"

    def parts(self, length: int, sample_rate: int) -> Parts | None:
        """
        Return what is trained and what is held out; None where too little of that was recorded.

        :param length: that the DI and the recording have, in samples
        """
        held_out = self.standard.validation_length
        (train, end), (start, stop) = (self.place(part) for part in (self.standard.train, self.standard.validation))
        if min(stop, length) - start < held_out // 2:
            return None
        told = f"the signal's own: {held_out / sample_rate:.0f} s are held out"
        told += ", and what plays them again is not trained" if self.standard.again else ""
        told += "" if self.standard.silence else "; there is no silence to begin after"
        return Parts((train, end), (start, min(stop, length)), self.standard.silence, told)

    def place(self, part: Part) -> Part:
        """Return a part of the signal, counted from the beginning of the DI."""
        return placed(part, self.length)

    def self_error(self, y: Samples, delay: int) -> float | None:
        """
        Return the ESR between the two takes that a recording holds of the same playing; None where there are none.

        :param y: (L,), what came out of the amplifier
        :param delay: samples by which it lags behind the signal
        """
        if self.standard.again is None:
            return None
        places = (self.place(part) for part in (self.standard.validation, self.standard.again))
        takes = [np.asarray(y[max(a + delay, 0) : b + delay], dtype=np.float64) for a, b in places]
        length = min(map(len, takes))
        first, second = (take[:length] for take in takes)
        power = float(np.dot(second, second))
        if length < self.standard.sample_rate or not power:
            return None
        return float(np.dot(first - second, first - second)) / power


def recognise(samples: Samples, sample_rate: int, path: Path | None = None) -> Recognised | None:
    """
    Return which of the older standard signals a DI is, or None.

    Another sample format or level, and silence after the end, do not hinder the recognition; another rate does.

    :param samples: (L,), all of the DI
    :param sample_rate: in Hz
    :param path: of the file, whose hash is looked at first
    """
    known = [standard for standard in STANDARDS if standard.sample_rate == sample_rate]
    if not known:
        return None
    if path is not None:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, _md5).hexdigest()
        for standard in known:
            if standard.file_hash == found:
                return Recognised(standard, "file", len(samples))
    for standard in known:
        if _has_samples(samples, standard):
            return Recognised(standard, "samples", len(samples))
    laid_out = next((standard for standard in known if _has_layout(samples, standard)), None)
    return None if laid_out is None else Recognised(laid_out, "layout", laid_out.length or len(samples))


def hashes(samples: Samples, standard: Standard) -> tuple[str, ...]:
    """Return the MD5 of the parts of a signal by which a standard one is recognised, as 64-bit floats."""
    parts = (samples[start : stop or None] for start, stop in standard.hashed)
    return tuple(_md5(np.ascontiguousarray(part, dtype=np.float64).tobytes()).hexdigest() for part in parts)


def placed(part: Part, length: int) -> Part:
    """Return a part of a signal of some length, counted from its beginning."""
    start, stop = (edge + length if edge < 0 else edge for edge in part)
    return start, length if part[0] < 0 and part[1] == 0 else stop


def _md5(data: bytes = b"") -> Any:
    return hashlib.md5(data, usedforsecurity=False)


def _has_samples(samples: Samples, standard: Standard) -> bool:
    return len(samples) >= standard.noise[1] and hashes(samples, standard) == standard.sample_hashes


def _has_layout(samples: Samples, standard: Standard) -> bool:
    length = standard.length or len(samples)
    after = len(samples) - length
    if not 0 <= after <= _LONGER_SECONDS * standard.sample_rate or length < standard.noise[1]:
        return False
    x = samples[:length]
    return (
        _clicks_alone(x, standard)
        and (standard.again is None or _same(x, standard.validation, standard.again))
        and (not standard.silence or _silent_before(x, standard))
        and _is_white(x[slice(*standard.noise)])
        and _is_tonal(x[slice(*standard.sweep)])
    )


def _clicks_alone(x: Samples, standard: Standard) -> bool:
    """Return whether the beginning is still but for clicks, which are alike, where the layout has them."""
    start, stop = standard.click_part
    level = np.abs(x[start:stop])
    heard = np.zeros(len(level), dtype=bool)
    # What is played just before may ring on; in the signal of Proteus that is a click.
    heard[: standard.click_length] = True
    peaks = []
    for at in standard.clicks[0]:
        around = slice(at - start - _ONSET, at - start + standard.click_length)
        heard[around] = True
        peaks.append(float(level[around].max()))
        if int(np.argmax(level[around] > _LOUD * peaks[-1])) > 2 * _ONSET:
            return False
    loudest = max(peaks)
    return bool(0 < _LOUD * loudest <= min(peaks) and level[~heard].max() <= _STILL * loudest)


def _same(x: Samples, first: Part, second: Part) -> bool:
    """Return whether two parts are the same."""
    a, b = (np.asarray(x[slice(*placed(part, len(x)))], dtype=np.float64) for part in (first, second))
    energy = float(np.dot(a, a) * np.dot(b, b))
    return energy > 0 and float(np.dot(a, b)) >= SAME * energy**0.5


def _silent_before(x: Samples, standard: Standard) -> bool:
    start, _ = placed(standard.validation, len(x))
    silence = x[max(start - round(_SILENT_SECONDS * standard.sample_rate), 0) : start]
    return len(silence) > 0 and float(np.abs(silence).max()) <= _SILENCE * float(np.abs(x).max())


def _is_white(x: Samples) -> bool:
    """Return whether a part is noise of about the same power at all frequencies."""
    return _flatness(np.mean(_spectra(x), axis=0)) >= _WHITE


def _is_tonal(x: Samples) -> bool:
    """Return whether a part is at each moment of few frequencies, wherever it sounds."""
    spectra = _spectra(x)
    power = spectra.sum(axis=1)
    sounding = spectra[power > 1e-4 * power.max()]
    return len(sounding) >= len(spectra) // 2 and float(np.median([_flatness(frame) for frame in sounding])) <= _TONAL


def _spectra(x: Samples) -> npt.NDArray[np.float64]:
    """Return the power of each frame by frequency, the lowest left out: (frames, bins)."""
    frames = np.asarray(x[: len(x) // _FRAME * _FRAME], dtype=np.float64).reshape(-1, _FRAME)
    power: npt.NDArray[np.float64] = np.abs(np.fft.rfft(frames * np.hanning(_FRAME), axis=1)[:, 2:-2]) ** 2
    return power


def _flatness(power: npt.NDArray[np.float64]) -> float:
    """Return the geometric over the arithmetic mean: 1 for a white spectrum, near 0 for a tone."""
    mean = float(power.mean())
    return float(np.exp(np.mean(np.log(power / mean + 1e-12)))) if mean > 0 else 0.0
