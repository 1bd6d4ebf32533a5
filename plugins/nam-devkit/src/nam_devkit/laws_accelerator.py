"""The laws of an accelerator: what it returns computes what the net computes, gradients and blocks included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from nam_devkit.law import Law, require, seeded, skip
from nam_devkit.signals import noise, require_equal, stir
from nam_devkit.subjects import AcceleratorSubject
from nam_kernel.run.acceleration import differs

BLOCKS = (64, 257)
"""Sizes of the blocks in which it renders, in samples."""


def accelerated_net_computes_the_same(subject: AcceleratorSubject) -> None:
    """Outputs and gradients are those of the net, and follow its parameters."""
    for name, net, faster in _accelerated(subject):
        for when in ("", " once its parameters have changed"):
            wrong = differs(net, faster, torch.device("cpu"))
            require(
                not wrong,
                f"the accelerated {name} is not the net{when}: {wrong}; compute with the net's own parameters, in each "
                "call anew",
            )
            stir(list(net.parameters()), 1)


def accelerated_blocks_join_to_the_whole(subject: AcceleratorSubject) -> None:
    """Rendered block by block it sounds as the net does."""
    for name, net, faster in _accelerated(subject):
        net.eval()
        x = noise(int(net.receptive_field) + 2 * BLOCKS[-1])
        expected = net.render(x, *net.settings())
        for size in BLOCKS:
            require_equal(
                net.render(x, *net.settings(), size=size, forward=faster),
                expected,
                f"in blocks of {size} the accelerated {name} sounds different; a net with a state needs a stream() "
                "that hands it on",
            )


LAWS: tuple[Law, ...] = (accelerated_net_computes_the_same, accelerated_blocks_join_to_the_whole)


def _accelerated(subject: AcceleratorSubject) -> Iterator[tuple[str, Any, Any]]:
    """Yield each net that it accelerates: its name, the net, and the callable."""
    count = 0
    for name, make in subject.nets.items():
        with seeded(0):
            net = make()
        try:
            faster = subject.offer(net=net, device="cpu")
        except Exception as error:
            raise AssertionError(
                f"of the net {name} nam_accelerate raised {type(error).__name__}: {error}; return None for a net that "
                "it does not know"
            ) from error
        if faster is not None:
            count += 1
            yield name, net, faster
    if not count:
        skip(f"it accelerates none of {', '.join(subject.nets)} on the CPU; return others from make_nets")
