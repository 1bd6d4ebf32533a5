"""
One set of weights, trained at several sizes, from which smaller nets are cut.

A smaller net uses the first rows and columns of every weight (https://arxiv.org/abs/2511.07470). So it is the
same network built with fewer channels, whose weights are slices of the whole ones; a skeleton has the shapes.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.func import functional_call

from nam_plugin_wavenet.network import Network
from nam_plugin_wavenet.spec import Spec

Shapes = Mapping[str, torch.Size]


def edges_of(spec: Spec) -> list[float]:
    """
    Return the positions of the size control at which the net changes, ascending, 0 and 1 included.

    With several slimmable stacks, each changes where its own number of sizes says so.
    """
    counts = {len(stack.slimmable.allowed_channels) for stack in spec.stacks if stack.slimmable}
    return sorted({i / count for count in counts for i in range(count + 1)})


def cut(tensor: Tensor, shape: torch.Size) -> Tensor:
    """Return the first rows and columns, as many as ``shape`` says."""
    return tensor[tuple(slice(0, n) for n in shape)]


def _shapes(network: nn.Module) -> dict[str, torch.Size]:
    return {name: tensor.shape for name, tensor in network.state_dict().items()}


class Slimming:
    """
    The sizes of a slimmable net.

    :param spec: of the whole net
    :param condition_reach: as in ``Network``
    """

    def __init__(self, spec: Spec, condition_reach: int) -> None:
        self.edges = edges_of(spec)
        middles = [(low + high) / 2 for low, high in zip(self.edges, self.edges[1:], strict=False)]
        self.skeletons = [Network(spec.at_size(middles[0]), condition_reach)]
        # The others have shapes only: their weights are always slices of the whole ones.
        with torch.device("meta"):
            self.skeletons += [Network(spec.at_size(middle), condition_reach) for middle in middles[1:]]
        self.shapes: list[Shapes] = [_shapes(skeleton) for skeleton in self.skeletons]
        records = [stack.slimmable for stack in spec.stacks if stack.slimmable]
        self.boosting = any(record.boosting for record in records)
        self.strategies = {record.init for record in records}

    def forward_at(self, index: int, network: Network, x: Tensor, condition: Tensor) -> Tensor:
        """
        Return the output of the net at one of its sizes, for training.

        With boosting the weights that the next smaller size has, too, get no gradient.
        """
        weights = {n: self._slice(index, n, t) for n, t in network.state_dict(keep_vars=True).items()}
        result: Tensor = functional_call(self.skeletons[index], weights, (x, condition))
        return result

    def random_index(self) -> int:
        """Return the size that a player's control would choose at a random position."""
        position = float(torch.rand(()))
        return sum(position >= edge for edge in self.edges[1:-1])

    def initialise(self, network: Network) -> None:
        """Apply the initialisation strategies to a new net."""
        if "smallest_and_zeros" in self.strategies:
            _start_as_smallest(network, self.skeletons[0], self.shapes[0])
        elif "channel_causal" in self.strategies:
            _hide_later_inputs(network, self.shapes)

    def _slice(self, index: int, name: str, tensor: Tensor) -> Tensor:
        used = cut(tensor, self.shapes[index][name])
        if not self.boosting or index == 0:
            return used
        smaller = self.shapes[index - 1][name]
        if smaller == used.shape:
            return used.detach()
        frozen = torch.zeros_like(used, dtype=torch.bool)
        cut(frozen, smaller).fill_(True)
        return torch.where(frozen, used.detach(), used)


@torch.no_grad()
def _hide_later_inputs(network: Network, shapes: list[Shapes]) -> None:
    """Zero what leads from the channels that a size lacks to those that it has."""
    for name, tensor in network.state_dict().items():
        for shape in (s[name] for s in shapes):
            if len(shape) > 1 and shape[0] < tensor.shape[0] and shape[1] < tensor.shape[1]:
                tensor[: shape[0], shape[1] :] = 0.0


@torch.no_grad()
def _start_as_smallest(network: Network, smallest: Network, shapes: Shapes) -> None:
    """
    Start every size as the smallest: its weights as on its own, and zeros from the channels that it lacks.

    Those channels compute something from the start, which nothing uses yet. Were their own weights zero as
    well, no gradient would ever reach them: both factors of every product with them would be zero.
    """
    initial = smallest.state_dict()
    for name, tensor in network.state_dict().items():
        shape = shapes[name]
        if len(shape) > 1 and shape[1] < tensor.shape[1]:
            tensor[: shape[0], shape[1] :] = 0.0
        cut(tensor, shape).copy_(initial[name])
