"""Find what is played twice in a recording: passages that correlate with another place of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Signal = npt.NDArray[np.float32] | npt.NDArray[np.float64]

ALIKE = 0.8
"""
The correlation from which a passage is a repetition. A loop, or a copied take, has 1; a riff that is played twice by
hand has less than 0.5, since no two strokes fall together to within a quarter of a wave.
"""

PASSAGE_SECONDS = 1.5
"""A shorter passage could be one held note, and those resemble each other."""

_RATE = 4000.0
_STILL = 1e-3


@dataclass(frozen=True)
class Repeat:
    """
    A place of a recording that is played again.

    :param start: in samples
    :param stop: in samples, the sample after its last
    :param correlation: with the passage that it repeats, 0 to 1
    """

    start: int
    stop: int
    correlation: float


class Repetitions:
    """
    What is played twice in a recording.

    :param samples: (L,)
    :param sample_rate: in Hz
    """

    def __init__(self, samples: Signal, sample_rate: int) -> None:
        self.length = len(samples)
        self._low = _decimated(samples, sample_rate)
        self._rate = len(self._low) * sample_rate / max(self.length, 1)
        self._factor = self.length / max(len(self._low), 1)
        self._size = 1 << (2 * len(self._low) - 1).bit_length()
        self._spectrum = np.fft.rfft(self._low, self._size)
        self._power = np.concatenate(([0.0], np.cumsum(np.square(self._low))))

    def of(self, start: int, stop: int) -> list[Repeat]:
        """
        Return where else the passages of a part are played.

        :param start: of the part, in samples
        :param stop: the sample after its last
        """
        first, last = (round(edge / self._factor) for edge in (start, stop))
        length = min(round(PASSAGE_SECONDS * self._rate), last - first)
        if length < 2:
            return []
        begins = sorted({*range(first, last - length + 1, length), last - length})
        found = [repeat for begin in begins for repeat in self._of_passage(begin, length, first, last)]
        return sorted(found, key=lambda repeat: repeat.start)

    def _of_passage(self, begin: int, length: int, first: int, last: int) -> list[Repeat]:
        passage = self._low[begin : begin + length]
        energy = float(np.dot(passage, passage))
        if energy <= _STILL * length * self._power[-1] / len(self._low):
            return []
        together = np.fft.irfft(self._spectrum * np.conj(np.fft.rfft(passage, self._size)), self._size)
        places = len(self._low) - length + 1
        local = self._power[length : length + places] - self._power[:places]
        alike = np.abs(together[:places]) / np.sqrt(energy * np.maximum(local, _STILL * energy))
        # What overlaps the part itself is no repetition of it.
        alike[max(first - length + 1, 0) : last] = 0.0
        found = []
        while len(alike) and (best := float(alike.max())) >= ALIKE:
            at = int(np.argmax(alike))
            found.append(Repeat(round(at * self._factor), round((at + length) * self._factor), best))
            alike[max(at - length + 1, 0) : at + length] = 0.0
        return found


def _decimated(samples: Signal, sample_rate: int) -> npt.NDArray[np.float64]:
    """Return a signal at about 4 kHz, by its spectrum up to half of that."""
    size = 1 << max(len(samples) - 1, 1).bit_length()
    kept = max(2, round(size * min(1.0, _RATE / sample_rate)) // 2 * 2)
    spectrum = np.fft.rfft(samples, size)[: kept // 2 + 1]
    low: npt.NDArray[np.float64] = np.fft.irfft(spectrum, kept)
    return low[: max(1, round(len(samples) * kept / size))]
