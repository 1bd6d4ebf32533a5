"""
What a law is: a function of a subject whose docstring is the law in one sentence.

A law that does not hold raises ``AssertionError`` with what was seen and what to do; one that cannot be checked here
raises ``unittest.SkipTest`` with the reason, which pytest understands too.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, NoReturn
from unittest import SkipTest

Law = Callable[[Any], None]


def require(holds: object, sentence: str) -> None:
    """
    Raise unless something holds.

    :param sentence: what is wrong and what to do
    :raises AssertionError: with the sentence
    """
    __tracebackhide__ = True
    if not holds:
        raise AssertionError(sentence)


def skip(reason: str) -> NoReturn:
    """
    Leave the law out.

    :raises unittest.SkipTest: with the reason
    """
    raise SkipTest(reason)


def sentence(law: Law) -> str:
    """Return the law in words."""
    return " ".join((law.__doc__ or law.__name__).replace("``", "'").split())


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed torch's random numbers while the block runs; afterwards they go on as before."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
