"""Take one channel of a file, and help to choose it where they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import soundfile

from nam_kernel.errors import DataError

if TYPE_CHECKING:
    from nam_plugin_wav.audio import Header, Samples

_BLOCK = 1 << 18


def one_channel(frames: Samples, header: Header, channel: int | None, position: int, key: str) -> Samples:
    """
    Return one channel of some frames.

    :param frames: (L, C)
    :param channel: counted from 1; None for a file whose channels are all equal
    :param position: of the first frame in the file
    :param key: that sets ``channel``, for messages
    :raises DataError: when a channel must be chosen
    """
    if channel is not None:
        return frames[:, channel - 1]
    first = frames[:, 0]
    if header.channels == 1:
        return first
    unequal = _unequal(frames)
    if unequal.any():
        kind = "stereo" if header.channels == 2 else f"a file of {header.channels} channels"
        at = (position + int(unequal.argmax())) / header.sample_rate
        raise DataError(
            f"{header.path.name} is {kind} and its channels differ (first at {at:.3f} s); {_choice(header, key)}, or "
            "export it as mono"
        )
    return first


def silent_channels(header: Header) -> list[int]:
    """Return the channels of a file that never change, counted from 1; all of it is read."""
    lowest, highest = np.full(header.channels, np.inf), np.full(header.channels, -np.inf)
    for block in soundfile.blocks(header.path, _BLOCK, dtype="float32", always_2d=True):
        lowest, highest = np.fmin(lowest, block.min(axis=0)), np.fmax(highest, block.max(axis=0))
    return [channel for channel in range(1, header.channels + 1) if lowest[channel - 1] == highest[channel - 1]]


def _unequal(frames: Samples) -> npt.NDArray[np.bool_]:
    """Return which frames have channels that differ, (L,); what is no number in all of them is no difference."""
    others, first = frames[:, 1:], frames[:, :1]
    unequal: npt.NDArray[np.bool_] = ((others != first) & ~(np.isnan(others) & np.isnan(first))).any(axis=1)
    return unequal


def _choice(header: Header, key: str) -> str:
    """Return which channel to choose, as far as that shows: the others may be silent."""
    silent = silent_channels(header)
    sounding = [channel for channel in range(1, header.channels + 1) if channel not in silent]
    if silent and len(sounding) == 1:
        these = f"channel {silent[0]} is" if len(silent) == 1 else f"channels {', '.join(map(str, silent))} are"
        return f"{these} silent, so set '{key}': {sounding[0]}"
    return f"choose one with '{key}', counted from 1"
