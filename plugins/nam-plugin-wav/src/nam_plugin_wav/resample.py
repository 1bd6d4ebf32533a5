"""Convert a file to another sample rate while it is read, block by block."""

from __future__ import annotations

import numpy as np
import soxr

from nam_plugin_wav.audio import Header, Samples, iterate_audio


def resampled_length(frames: int, sample_rate: int, wanted: int) -> int:
    """Return how many samples ``frames`` samples become: the nearest whole number, halves up."""
    return frames if sample_rate == wanted else (2 * frames * wanted + sample_rate) // (2 * sample_rate)


def read_resampled(
    header: Header,
    sample_rate: int,
    channel: int | None = None,
    *,
    start: int = 0,
    stop: int | None = None,
    key: str = "channel",
    quality: str = "VHQ",
) -> Samples:
    """
    Return one channel at another sample rate.

    The file is converted from its beginning, so that a part has the same samples as in the whole.

    :param sample_rate: to convert to, in Hz
    :param start: the first sample, counted at the new rate
    :param stop: the sample after the last, counted at the new rate, or None for the end
    :param quality: of the soxr resampler, ``"HQ"`` or ``"VHQ"``
    :return: (stop - start,)
    :raises DataError: as ``read_audio``
    """
    total = resampled_length(header.frames, header.sample_rate, sample_rate)
    stop = total if stop is None else stop
    stream = soxr.ResampleStream(header.sample_rate, sample_rate, 1, dtype="float32", quality=quality)
    samples = np.zeros(stop - start, np.float32)
    made = read = 0
    for block in iterate_audio(header.path, channel, key=key):
        read += len(block)
        piece = stream.resample_chunk(np.ascontiguousarray(block), last=read >= header.frames)
        first, last = max(made, start), min(made + len(piece), stop)
        if last > first:
            samples[first - start : last - start] = piece[first - made : last - made]
        made += len(piece)
        if made >= stop:
            break
    return samples
