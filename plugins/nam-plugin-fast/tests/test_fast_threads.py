"""The number of threads is measured, is never more than allowed, and changes nothing else."""

import pytest
import torch

from nam_plugin_fast import threads
from nam_plugin_fast.threads import TRIES, Threads


@pytest.fixture
def clock(monkeypatch):
    """A clock that only the work moves."""
    now = [0.0]
    monkeypatch.setattr(threads.time, "perf_counter", lambda: now[0])
    return now


def counts_used(clock, seconds, most, calls=40):
    """Return the counts with which work is called that takes so many seconds with each of them."""
    chooser, used = Threads(), []

    def work(count):
        used.append(count)
        clock[0] += seconds[count]
        return 1

    for _ in range(calls):
        assert chooser.measured("shape", most, work) == (1, used[-1])
    return used


@pytest.mark.parametrize(
    ("seconds", "best"),
    [
        ({1: 8.0, 2: 4.0, 4: 2.0}, 4),
        ({1: 8.0, 2: 4.0, 4: 5.0}, 2),
        ({1: 1.0, 2: 1.3, 4: 1.5}, 1),
        ({1: 1.0, 2: 0.99, 4: 0.98}, 1),
    ],
)
def test_fastest_is_used_once_each_was_tried(clock, seconds, best):
    used = counts_used(clock, seconds, 4)
    tried = used[: 3 * TRIES]
    assert {count: tried.count(count) for count in seconds} == dict.fromkeys(seconds, TRIES)
    assert set(used[3 * TRIES :]) == {best}


def test_no_more_than_allowed_are_used(clock):
    assert max(counts_used(clock, dict.fromkeys(range(1, 7), 1.0), 6)) == 6
    assert set(counts_used(clock, {1: 1.0}, 1)) == {1}


def test_user_allows_them_as_in_torch():
    torch.set_num_threads(3)
    try:
        assert threads.allowed() == 3
    finally:
        torch.set_num_threads(1)


def test_one_slow_measurement_decides_nothing(clock):
    chooser, used = Threads(), []

    def work(count):
        used.append(count)
        clock[0] += 50.0 if len(used) == 1 else 4.0 / count
        return 1

    for _ in range(20):
        chooser.measured("shape", 2, work)
    assert used[-1] == 2
