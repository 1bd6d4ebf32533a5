"""Listen once to a pair of files, whatever parts of them are used: their delay, and what no net can learn of them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field

from nam_plugin_wav.audio import Samples
from nam_plugin_wav.delay import Delay
from nam_plugin_wav.latency import listen
from nam_plugin_wav.motion import Motion, find_motion
from nam_plugin_wav.response import Floats
from nam_plugin_wav.tail import rings_on

LISTENED_SECONDS = 600
"""The part of longer recordings that is listened to."""

_REACH_SECONDS, _BEYOND_SECONDS = 1.0, 0.5


@dataclass(frozen=True)
class Recordings:
    """
    Two recordings that can be read; those of the same identity are listened to once.

    :param identity: what tells them from others: files, their state, channels
    :param read: returns input and output, at most ``LISTENED_SECONDS`` of them
    :param sample_rate: in Hz
    :param written: the delay that the config states, in samples, around which it is sought as well
    :param nx: the receptive field of the net, in samples
    """

    identity: tuple[object, ...]
    read: Callable[[], tuple[Samples, Samples]] = field(compare=False)
    sample_rate: int
    written: int
    nx: int


@dataclass(frozen=True)
class Heard:
    """
    What was heard.

    :param motion: what moves by itself
    :param fallen: how far the output has fallen, in dB, once the receptive field of the net is over, where it rings on
    :param response: whitened, its beginning in the middle, (N,)
    """

    delay: Delay
    motion: Motion | None = None
    fallen: float | None = None
    response: Floats | None = None


@functools.lru_cache(maxsize=16)
def hear(recordings: Recordings) -> Heard:
    """Return what is heard in two recordings."""
    x, y = recordings.read()
    rate = recordings.sample_rate
    reach = max(_REACH_SECONDS, abs(recordings.written) / rate + _BEYOND_SECONDS)
    delay, found = listen(x, y, rate, max_delay_seconds=reach)
    if found is None or not delay.trusted:
        return Heard(delay)
    fallen = rings_on(x, y, rate, found, recordings.nx / rate)
    return Heard(delay, find_motion(x, y, rate, found), fallen, found.from_beginning)
