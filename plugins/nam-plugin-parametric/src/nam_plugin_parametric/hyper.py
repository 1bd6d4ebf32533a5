"""A WaveNet to whose weights the knobs add: a low-rank matrix to each matrix, a vector to each bias."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from nam_plugin_parametric.config import HyperWaveNetConfig, ModulatedConfig
from nam_plugin_parametric.encoding import Encoding
from nam_plugin_parametric.modulated import Modulated
from nam_plugin_wavenet.net import WaveNet


class HyperWaveNet(Modulated):
    """
    A hypernetwork (Ha, Dai and Le, 2016) of low rank (Hu et al., 2021).

    To a weight of C_out outputs and D further numbers each it adds ``U V``, (C_out, rank) and (rank, D), both of them
    affine in the features of the knobs. At first U is zero.

    Its files are its own. Those of the HyperWaveNet 1.0.0 that others publish are refused: the order of their weights
    depends on the names of modules in the program that wrote them, and a part of the state is in no file.

    :param rank: at most
    """

    CONFIG: ClassVar[type[ModulatedConfig]] = HyperWaveNetConfig
    OWN_KEYS: ClassVar[tuple[str, ...]] = ("hidden_sizes", "rank")

    def __init__(self, encoding: Encoding, template: WaveNet, hidden_sizes: Sequence[int], rank: int) -> None:
        super().__init__(encoding, template, hidden_sizes)
        self.rank = rank
        self._shapes = {name: p.shape for name, p in template.network.named_parameters()}
        self._ranks = {n: min(rank, s[0], math.prod(s[1:])) for n, s in self._shapes.items() if _is_matrix(s)}
        lefts = [s[0] * self._ranks[n] if n in self._ranks else s.numel() for n, s in self._shapes.items()]
        rights = [self._ranks[n] * math.prod(s[1:]) for n, s in self._shapes.items() if n in self._ranks]
        self._splits = lefts, rights
        self.left = nn.Linear(self.features, sum(lefts))
        self.right = nn.Linear(self.features, sum(rights))
        nn.init.zeros_(self.left.weight)
        nn.init.zeros_(self.left.bias)

    @property
    def architecture(self) -> str:
        """A name of its own, so that nobody takes the file for one of the HyperWaveNets that players know."""
        return "LowRankWaveNet"

    @classmethod
    def from_exported(cls, config: Mapping[str, Any], sample_rate: float | None) -> HyperWaveNet:
        """
        Return a net, its weights not yet set, from the ``config`` of a model file.

        :raises ValueError: when it does not describe one, or is that of somebody else's HyperWaveNet
        """
        if "hypernet" in config or "params" in config:
            raise ValueError(
                "a HyperWaveNet 1.0.0 cannot be read: the order of its weights depends on the program that wrote it; "
                "have that program bake it, or train one here"
            )
        return super().from_exported(config, sample_rate)

    def changed(self, state: Mapping[str, Tensor], features: Tensor) -> dict[str, Tensor]:
        """Return every weight with what the knobs add to it, as ``Modulated.changed`` does."""
        lefts = iter(self.left(features).split(self._splits[0]))
        rights = iter(self.right(features).split(self._splits[1]))
        changed = {}
        for name, shape in self._shapes.items():
            left, rank = next(lefts), self._ranks.get(name)
            added = left if rank is None else left.view(shape[0], rank) @ next(rights).view(rank, -1)
            changed[name] = state[name] + added.view(shape)
        return changed


def _is_matrix(shape: torch.Size) -> bool:
    return len(shape) > 1 and math.prod(shape[1:]) > 1 and shape[0] > 1
