"""How many times faster than real time a runtime plays, block by block."""

from __future__ import annotations

import statistics
import time

import numpy as np

from nam_plugin_bench.hookspecs import Feed

BLOCKS = (32, 64, 128, 256, 512, 1024, 2048)
"""Samples; what audio interfaces and hosts ask for at once."""

ROUNDS = 5
"""Measured one after the other; their median counts, so that one disturbance does not."""


def times_real_time(feed: Feed, block: int, rate: float, seconds: float) -> float:
    """
    Return how many seconds of audio are played in a second.

    :param block: samples that are fed at once
    :param rate: of the audio, in Hz
    :param seconds: that the measurement takes, after one block that is not counted
    """
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, block).astype(np.float32)
    feed(noise)
    return statistics.median(_round(feed, noise, rate, seconds / ROUNDS) for _ in range(ROUNDS))


def _round(feed: Feed, noise: np.ndarray[tuple[int], np.dtype[np.float32]], rate: float, seconds: float) -> float:
    fed, began = 0, time.perf_counter()
    while True:
        feed(noise)
        fed += len(noise)
        took = time.perf_counter() - began
        if took >= seconds:
            return fed / rate / took
