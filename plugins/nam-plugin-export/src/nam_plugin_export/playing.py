"""What is compared: a model that plays, or a recording that is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import torch

from nam_kernel import BaseNet
from nam_kernel.errors import DataError, UserError
from nam_kernel.files import expanded
from nam_plugin_demo.sound import RATE, guitar
from nam_plugin_export.models import read_source

Signal = npt.NDArray[np.float64]

SECONDS = 6.0
"""Of the computed guitar that models are compared with."""

LONGEST = 2**27
"""Samples of a recording, all channels together: most of an hour at 48 kHz."""


@dataclass(frozen=True)
class Side:
    """
    One of the two.

    :param signal: of a recording, (L,)
    :param sample_rate: in Hz; None for a model that does not know it
    """

    path: Path
    net: BaseNet | None
    signal: Signal | None
    sample_rate: float | None

    @property
    def is_run(self) -> bool:
        """Whether it is the directory of a run."""
        return self.path.is_dir()

    @property
    def name(self) -> str:
        """What people call it: the name of the folder, or of the file without its suffix."""
        return self.path.name if self.is_run else self.path.stem

    def played(self, di: Signal) -> Signal:
        """
        Return what it sounds like.

        :param di: what a model hears, (L,)
        """
        if self.net is None:
            assert self.signal is not None
            return self.signal
        played: Signal = self.net.render(torch.from_numpy(di).float(), *self.net.settings()).double().numpy()
        return played


def read_side(path: Path) -> Side:
    """
    Return a model, or the recording in an audio file.

    :raises UserError: when it is neither
    """
    path = expanded(path)
    if path.suffix.lower()[1:].upper() in soundfile.available_formats():
        signal, rate = read_recording(path)
        return Side(path, None, signal, rate)
    net = read_source(path).net
    if net.conditions is None:
        raise DataError(f"{path} does not say which conditions it takes beside the audio, so it cannot be played")
    return Side(path, net, None, net.sample_rate)


def read_recording(path: Path) -> tuple[Signal, float]:
    """
    Return a recording, (L,), and its sample rate in Hz.

    :raises DataError: when it cannot be read, is empty, or has channels that differ
    """
    path = expanded(path)
    if not path.is_file():
        raise DataError(f"{path}: there is no such file")
    try:
        size = soundfile.info(path)
        if size.frames * size.channels > LONGEST:
            raise DataError(f"{path} is longer than can be compared at once ({size.frames} samples); cut it")
        samples, rate = soundfile.read(path, dtype="float64", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise DataError(f"{path} is not an audio file that can be read ({error})") from None
    if not len(samples) or not np.isfinite(samples).all():
        raise DataError(f"{path} is empty, or holds samples that are not numbers; export it again")
    if (samples != samples[:, :1]).any():
        raise DataError(f"{path} has {samples.shape[1]} different channels; export one of them")
    return np.ascontiguousarray(samples[:, 0]), float(rate)


def signal_for(sides: Sequence[Side], di: Path | None) -> tuple[Signal, float]:
    """
    Return what the models hear, (L,), and the sample rate of the comparison in Hz.

    :param sides: everything that is compared

    :raises UserError: when they are for different sample rates, or a recording has no DI
    """
    given = None if di is None else read_recording(di)
    if given is None and any(side.net is None for side in sides):
        raise UserError("a recording is compared with what a model makes of its DI; name that with --di")
    rates = {str(side.path): side.sample_rate for side in sides if side.sample_rate is not None}
    rates |= {str(di): given[1]} if given else {}
    if len(set(rates.values())) > 1:
        told = ", ".join(f"{name} {rate:g} Hz" for name, rate in rates.items())
        raise UserError(f"the sample rates differ ({told}); convert the recordings to that of the model")
    if given is not None:
        return given
    return guitar(SECONDS), next(iter(rates.values()), float(RATE))
