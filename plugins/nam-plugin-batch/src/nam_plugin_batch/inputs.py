"""Analyse every DI of a batch once, however many rows share it: what is played twice, and what is held out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nam_plugin_batch.record import Recording
from nam_plugin_capture import Mark, Recognised, Split, find_mark, recognise, split_input
from nam_plugin_wav import read_audio, read_header

_SHORTEST_SECONDS = 1.0


@dataclass(frozen=True)
class Input:
    """
    A DI that was read.

    :param samples: (L,)
    :param mark: the signal with a validation part of its own that it is, or holds
    """

    samples: npt.NDArray[np.float32]
    sample_rate: int
    mark: Mark | Recognised | None


class Inputs:
    """
    The DIs of a batch; the last one that was read is kept, and of the others how they are split.

    Rows that share a DI and are equally long share its analysis. Each training reads its own samples of it, which the
    system has in memory by then: that takes hundredths of a second.
    """

    def __init__(self) -> None:
        self._kept: tuple[tuple[Path, int | None], Input] | None = None
        self._splits: dict[tuple[Path, int | None, int], Split | None] = {}
        self._recordings: dict[Path, Recording] = {}

    def recording(self, path: Path) -> Recording:
        """
        Return what a file is now; its bytes are read again only when it has changed meanwhile.

        :raises OSError: when it cannot be read
        """
        known = self._recordings.get(path)
        if known is None or not known.is_still(path):
            self._recordings[path] = Recording.of(path)
        return self._recordings[path]

    def split(self, di: Path, amplifier: Path, channel: int | None = None) -> Split | None:
        """
        Return how a pair is split, by what is played in the DI; None where there is too little of it to be split.

        :param channel: of the DI, counted from 1
        :raises DataError: when a file cannot be read
        """
        length = min(read_header(di).frames, read_header(amplifier).frames)
        key = (di, channel, length)
        if key not in self._splits:
            found = self._input(di, channel)
            enough = length >= _SHORTEST_SECONDS * found.sample_rate
            samples = found.samples[:length]
            self._splits[key] = split_input(samples, found.sample_rate, found.mark) if enough else None
        return self._splits[key]

    def _input(self, di: Path, channel: int | None) -> Input:
        if self._kept is None or self._kept[0] != (di, channel):
            audio = read_audio(di, channel, key="data.common.x_channel")
            mark = find_mark(audio.samples, audio.sample_rate) or recognise(audio.samples, audio.sample_rate, di)
            self._kept = ((di, channel), Input(audio.samples, audio.sample_rate, mark))
        return self._kept[1]
