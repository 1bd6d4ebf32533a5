"""The size at which a slimmable network runs; it goes with the network, so that all that share this share that."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor, nn

from nam_plugin_wavenet.network import Network
from nam_plugin_wavenet.slimming import Slimming


class Slimmable(nn.Module):
    """A module around a ``network`` that may have several sizes."""

    network: Network
    slimming: Slimming | None

    def is_slimmable(self) -> bool:
        """Whether it has more than one size."""
        return self.slimming is not None

    def set_slimming(self, value: float) -> None:
        """Choose the size: 0 is the smallest, 1 the whole."""
        self.network.slimming_value = value  # type: ignore[assignment]

    @contextmanager
    def context_adjust_to_random(self) -> Iterator[None]:
        """Run at a random size for a while."""
        self.set_slimming(random.uniform(0.0, 1.0))
        try:
            yield
        finally:
            self.set_slimming(1.0)


def run_at_size(network: Network, slimming: Slimming | None, x: Tensor, condition: Tensor) -> Tensor:
    """
    Run a network at the size that was chosen.

    :param x: (B, C, L)
    :param condition: (B, Cc, L), or as much shorter as the conditioning model makes it
    """
    value = getattr(network, "slimming_value", 1.0)
    if slimming is None or value >= 1.0:
        y: Tensor = network(x, condition)
        return y
    return slimming.forward_at(sum(value >= edge for edge in slimming.edges[1:-1]), network, x, condition)
