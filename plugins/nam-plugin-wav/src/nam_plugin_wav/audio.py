"""Read audio files as float32, a block at a time, and write them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

from nam_kernel.errors import DataError
from nam_kernel.files import atomic_write
from nam_plugin_wav.channels import one_channel
from nam_plugin_wav.counts import samples as in_words

Samples = npt.NDArray[np.float32]
PathLike = str | os.PathLike[str]

BLOCK = 1 << 18
"""Frames read at a time; reading needs the memory of a few of these beside the result."""

LOSSLESS = {
    "PCM_S8",
    "PCM_U8",
    "PCM_16",
    "PCM_24",
    "PCM_32",
    "FLOAT",
    "DOUBLE",
    "ALAC_16",
    "ALAC_20",
    "ALAC_24",
    "ALAC_32",
}
"""The sample formats that keep what was recorded; by their names in libsndfile."""

_FLOATING = {"FLOAT", "DOUBLE", "VORBIS", "OPUS", "MPEG_LAYER_I", "MPEG_LAYER_II", "MPEG_LAYER_III"}


@dataclass(frozen=True)
class Header:
    """
    The format and length of a file.

    :param frames: samples per channel
    :param sample_rate: in Hz
    :param subtype: the sample format by its name in libsndfile, ``"PCM_24"``
    """

    path: Path
    frames: int
    sample_rate: int
    channels: int
    subtype: str

    @property
    def seconds(self) -> float:
        """The duration."""
        return self.frames / self.sample_rate

    @property
    def lossy(self) -> bool:
        """Whether the samples are compressed with loss, as MP3 data is, which a WAV file may hold as well."""
        return self.subtype not in LOSSLESS

    @property
    def length(self) -> str:
        """The duration for people: ``96000 samples (2.000 s)``."""
        return f"{in_words(self.frames)} ({self.seconds:.3f} s)"


@dataclass(frozen=True)
class Recording:
    """
    The samples of one channel.

    :param samples: (L,), full scale is 1
    :param sample_rate: in Hz
    :param subtype: the sample format of the file by its name in libsndfile
    :param channels: of the file
    """

    samples: Samples
    sample_rate: int
    path: Path
    subtype: str
    channels: int


def read_header(path: PathLike) -> Header:
    """
    Return the format and length of a file, without reading any samples.

    :raises DataError: when there is no such file, it is not audio, or it is empty
    """
    with _open(Path(path)) as file:
        return _header(Path(path), file)


def read_audio(
    path: PathLike, channel: int | None = None, *, start: int = 0, stop: int | None = None, key: str = "channel"
) -> Recording:
    """
    Return one channel of a file, or of a part of it.

    :param channel: counted from 1; None for a file whose channels are all equal
    :param start: the first frame
    :param stop: the frame after the last, or None for the end of the file
    :param key: the config key that sets ``channel``, for messages
    :raises DataError: when it is not audio, is empty or cut short, holds NaN or infinity, or a channel must
        be chosen
    """
    path = Path(path)
    with _open(path) as file:
        header = _header(path, file)
        require_channel(header, channel, key)
        stop = header.frames if stop is None else stop
        samples = np.empty(stop - start, np.float32)
        filled = 0
        for block in _blocks(file, header, channel, start, stop, key):
            samples[filled : filled + len(block)] = block
            filled += len(block)
    return Recording(samples, header.sample_rate, path, header.subtype, header.channels)


def iterate_audio(
    path: PathLike, channel: int | None = None, *, start: int = 0, stop: int | None = None, key: str = "channel"
) -> Iterator[Samples]:
    """
    Yield what ``read_audio`` returns, one block after the other.

    A block is valid until the next one is asked for.
    """
    path = Path(path)
    with _open(path) as file:
        header = _header(path, file)
        require_channel(header, channel, key)
        yield from _blocks(file, header, channel, start, header.frames if stop is None else stop, key)


def require_channel(header: Header, channel: int | None, key: str = "channel") -> None:
    """
    Refuse a channel that the file does not have.

    :raises DataError: naming the key
    """
    if channel is not None and not 1 <= channel <= header.channels:
        has = "is mono" if header.channels == 1 else f"has {header.channels} channels"
        raise DataError(
            f"{header.path.name} {has}, so there is no channel {channel} in it; set '{key}' to a number "
            f"from 1 to {header.channels} (x_channel and y_channel choose for one file only)"
        )


def write_wav(path: PathLike, samples: npt.ArrayLike, sample_rate: int) -> None:
    """
    Write a mono wav file of 32-bit floats, atomically.

    :param samples: (L,)
    :param sample_rate: in Hz
    """
    with atomic_write(path) as temporary:
        soundfile.write(temporary, np.asarray(samples, np.float32), sample_rate, subtype="FLOAT", format="WAV")


def _open(path: Path) -> soundfile.SoundFile:
    if path.is_dir():
        raise DataError(f"{path} is a folder; name the audio file in it")
    if not path.exists():
        raise DataError(f"there is no file {path}; check the path, and that the drive is there")
    if not os.access(path, os.R_OK):
        raise DataError(f"{path} may not be read; check its permissions")
    if path.stat().st_size == 0:
        raise DataError(f"{path} is empty (0 bytes); export the recording again")
    try:
        return soundfile.SoundFile(path)
    except (soundfile.SoundFileError, OSError, RuntimeError, TypeError) as error:
        cause = str(getattr(error, "error_string", error)).rstrip(". ")
        raise DataError(f"{path} cannot be read as audio ({cause}); use a WAV, FLAC or AIFF file") from None


def _header(path: Path, file: Any) -> Header:
    if file.frames >= 2**48:
        raise DataError(f"{path} does not state its length; convert it to WAV")
    if file.frames <= 0:
        raise DataError(f"{path} contains no samples; export the recording again")
    return Header(path, int(file.frames), int(file.samplerate), int(file.channels), str(file.subtype))


def _blocks(file: Any, header: Header, channel: int | None, start: int, stop: int, key: str) -> Iterator[Samples]:
    buffer = np.empty((min(BLOCK, max(stop - start, 1)), header.channels), np.float32)
    try:
        file.seek(start)
        for position in range(start, stop, BLOCK):
            frames = file.read(out=buffer[: min(BLOCK, stop - position)])
            if len(frames) < min(BLOCK, stop - position):
                raise DataError(
                    f"{header.path} ends after {in_words(position + len(frames))} although its header states "
                    f"{header.frames}; the file is truncated: copy or export it again"
                )
            block = one_channel(frames, header, channel, position, key)
            if header.subtype in _FLOATING:
                _require_finite(block, header, position)
            yield block
    except (soundfile.SoundFileError, RuntimeError) as error:
        raise DataError(f"{header.path} is damaged ({error}); copy or export it again") from None


def _require_finite(block: Samples, header: Header, position: int) -> None:
    finite = np.isfinite(block)
    if finite.all():
        return
    first = int((~finite).argmax())
    at = position + first
    raise DataError(
        f"{header.path} holds {block[first]} at sample {at} ({at / header.sample_rate:.3f} s), which is not a finite "
        "number; export the recording again"
    )
