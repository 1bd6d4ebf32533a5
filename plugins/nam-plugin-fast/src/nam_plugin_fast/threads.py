"""How many threads compute a batch fastest: measured on the first batches of a shape, within what the user allows."""

import time
from collections.abc import Callable, Hashable

import torch

TRIES = 3
"""Measurements of each count; the shortest counts, because other work on the machine only ever takes longer."""

WORTH = 0.95
"""More threads must take no more than this part of the time, or they stay free for other work."""


def allowed() -> int:
    """Return how many threads the user allows, by ``OMP_NUM_THREADS`` or ``torch.set_num_threads``."""
    return torch.get_num_threads()


class Threads:
    """The choice for one net. Results do not depend on it."""

    def __init__(self) -> None:
        self._seconds: dict[Hashable, dict[int, list[float]]] = {}
        self._chosen: dict[Hashable, int] = {}

    def measured(self, shape: Hashable, most: int, work: Callable[[int], int]) -> tuple[int, int]:
        """
        Return what ``work`` returned, and the number of threads with which it was called.

        :param shape: of the batch: what decides how long it takes
        :param most: threads that are of use and allowed
        :param work: computes the batch with so many threads
        """
        if most <= 1:
            return work(1), 1
        key = (shape, most)
        chosen = self._chosen.get(key)
        if chosen is not None:
            return work(chosen), chosen
        seconds = self._seconds.setdefault(key, {count: [] for count in _counts(most)})
        count = min(seconds, key=lambda c: (len(seconds[c]), -c))
        start = time.perf_counter()
        done = work(count)
        seconds[count].append(time.perf_counter() - start)
        if all(len(s) >= TRIES for s in seconds.values()):
            self._chosen[key] = _fastest({c: min(s) for c, s in seconds.items()})
            self._seconds.pop(key, None)
        return done, count


def _counts(most: int) -> list[int]:
    """Return the numbers that are tried: all, half of them, and so on to one."""
    counts = [most]
    while counts[-1] > 1:
        counts.append((counts[-1] + 1) // 2)
    return counts


def _fastest(seconds: dict[int, float]) -> int:
    """Return the count that takes the least time, of those that are worth their threads."""
    best = min(seconds)
    for count in sorted(seconds)[1:]:
        if seconds[count] <= WORTH * seconds[best]:
            best = count
    return best
