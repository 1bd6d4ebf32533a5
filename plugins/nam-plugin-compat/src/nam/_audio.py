"""Audio files, read and written as the older functions do."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile
import torch
from torch import Tensor

from nam._errors import DoubleRequirementError, FileKindError, NotMonoError
from nam_kernel.errors import DataError
from nam_kernel.files import atomic_write
from nam_plugin_wav.audio import read_audio, read_header

Audio = npt.NDArray[Any]
File = str | PathLike[str]

_WIDTHS = {"PCM_U8": 1, "PCM_S8": 1, "PCM_16": 2, "PCM_24": 3, "PCM_32": 4}
_SUBTYPES = {1: "PCM_U8", 2: "PCM_16", 3: "PCM_24", 4: "PCM_32"}


@dataclass
class WavInfo:
    """
    The format of a file.

    :param sampwidth: bytes per sample, or None for samples that are not integers
    :param rate: in Hz
    """

    sampwidth: int | None
    rate: int


class AudioShapeMismatchError(ValueError, DataError):
    """
    Two files are not equally long.

    :param shape_expected: (samples, channels)
    :param shape_actual: (samples, channels)
    """

    def __init__(self, shape_expected: tuple[int, ...], shape_actual: tuple[int, ...], *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._shapes = shape_expected, shape_actual

    @property
    def shape_expected(self) -> tuple[int, ...]:
        """The shape that was required: (samples, channels)."""
        return self._shapes[0]

    @property
    def shape_actual(self) -> tuple[int, ...]:
        """The shape that was found: (samples, channels)."""
        return self._shapes[1]


def wav_to_np(
    filename: File,
    rate: int | None = None,
    require_match: File | None = None,
    required_shape: tuple[int, ...] | None = None,
    required_wavinfo: WavInfo | None = None,
    preroll: int | None = None,
    info: bool = False,
) -> Any:
    """
    Return the samples of a mono file, (L,), full scale being 1; with ``info`` a tuple of them and a ``WavInfo``.

    :param rate: the rate that it must have, in Hz
    :param require_match: a file whose rate and length it must have, in place of the next two
    :param required_shape: the shape that it must have: (samples, 1)
    :param required_wavinfo: of a file whose rate it must have
    :param preroll: samples to drop from its beginning
    :raises FileNotFoundError: when there is no such file
    :raises DataError: when it is not audio, or not mono
    :raises RuntimeError: when its rate is not ``rate``
    :raises ValueError: when its rate is not that of the file that it must match
    :raises AudioShapeMismatchError: when its length is wrong
    """
    if not Path(filename).exists():
        raise FileNotFoundError(f"there is no file {filename}; check the path")
    _require_mono(filename)
    if require_match is not None:
        if required_shape is not None or required_wavinfo is not None:
            raise DoubleRequirementError("require_match states the shape and the rate; leave the other two out")
        header = read_header(require_match)
        required_shape, required_wavinfo = (header.frames, header.channels), WavInfo(None, header.sample_rate)
    recording = read_audio(filename)
    if rate is not None and recording.sample_rate != rate:
        raise RuntimeError(f"{filename} has {recording.sample_rate} Hz, but {rate} Hz were asked for")
    if required_wavinfo is not None and recording.sample_rate != required_wavinfo.rate:
        raise ValueError(f"{filename} has {recording.sample_rate} Hz, but the other file {required_wavinfo.rate} Hz")
    exact = np.float64 if recording.subtype in _WIDTHS else np.float32
    samples = recording.samples[preroll:].astype(exact)
    shape = (len(samples), 1)
    if required_shape is not None and shape != tuple(required_shape):
        raise AudioShapeMismatchError(
            required_shape, shape, f"{filename} has the shape (samples, channels) {shape}, expected {required_shape}"
        )
    return (samples, WavInfo(_WIDTHS.get(recording.subtype), recording.sample_rate)) if info else samples


def _require_mono(filename: File) -> None:
    try:
        channels = read_header(filename).channels
    except DataError as error:
        raise FileKindError(str(error)) from error
    if channels != 1:
        raise NotMonoError(f"{filename} has {channels} channels; export it as a mono file")


def wav_to_tensor(filename: File, *args: Any, info: bool = False, **kwargs: Any) -> Any:
    """Return what ``wav_to_np`` does, the samples as a tensor of float32."""
    samples, told = wav_to_np(filename, *args, **{**kwargs, "info": True})
    tensor = torch.from_numpy(samples.astype(np.float32))
    return (tensor, told) if info else tensor


def tensor_to_wav(x: Tensor, *args: Any, **kwargs: Any) -> None:
    """Write a file as ``np_to_wav`` does."""
    np_to_wav(x.detach().cpu().numpy(), *args, **kwargs)


def np_to_wav(
    x: Audio, filename: File, rate: float = 48_000, sampwidth: int = 3, scale: Any = None, **kwargs: Any
) -> None:
    """
    Write a wav file of integers, atomically; what exceeds full scale is clipped.

    :param x: (L,) or (L, channels), full scale being 1
    :param rate: in Hz, a whole number
    :param sampwidth: bytes per sample
    :param scale: accepted for older calls and ignored; samples are never normalised
    :raises ValueError: when the rate is not a whole number
    """
    if rate != int(rate):
        raise ValueError(f"a wav file has a whole number of samples per second, got a rate of {rate}")
    bits = 8 * sampwidth
    highest = 2 ** (bits - 1)
    # The file's integer is the upper part of the 32 bits that libsndfile takes.
    whole = np.clip(np.trunc(np.asarray(x, np.float64) * highest), -highest, highest - 1)
    with atomic_write(filename) as temporary:
        integers = (whole * 2.0 ** (32 - bits)).astype(np.int32)
        soundfile.write(temporary, integers, int(rate), subtype=_SUBTYPES[sampwidth], format="WAV")
