"""An LSTM that takes conditioning signals, concatenated to the audio as further input features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from nam_kernel.errors import HandshakeError
from nam_kernel.interfaces import unpack_batch
from nam_plugin_lstm.config import CatLSTMConfig
from nam_plugin_lstm.net import LSTM, State


class CatLSTM(LSTM):
    """
    An LSTM of the audio and its conditions.

    A condition is one feature, (B, L) over time. A tensor of several channels over time, (B, C, L), or of
    several constants, (B, K), is as many conditions. The parameters are those of ``LSTM``, and:

    :param conditions: the names of the conditions, in the order in which they are given
    """

    def __init__(self, hidden_size: int, num_layers: int = 1, *, conditions: Sequence[str], **arguments: Any) -> None:
        super().__init__(hidden_size, num_layers, input_size=1 + len(conditions), **arguments)
        self._condition_names = tuple(conditions)

    FILE_KEYS = (*LSTM.FILE_KEYS, "conditions")

    @property
    def condition_names(self) -> tuple[str, ...]:
        """The names of the conditions, one for each feature after the audio."""
        return self._condition_names

    @classmethod
    def init_from_config(cls, config: Mapping[str, Any]) -> CatLSTM:
        """Make a net from a ``CatLSTMConfig``."""
        checked = CatLSTMConfig.model_validate(dict(config))
        return cls(conditions=checked.names(), **checked.arguments())

    def export_config(self) -> dict[str, Any]:
        """Give the sizes, and the names of the conditions."""
        return {**super().export_config(), "conditions": list(self.condition_names)}

    def describe(self) -> list[tuple[str, str]]:
        """Tell the size of the layers, and the conditions."""
        return [*super().describe(), ("conditions", ", ".join(self.condition_names))]

    def handshake(self, dataset: Any) -> None:
        """Refuse a dataset whose items have another number of conditions."""
        super().handshake(dataset)
        for part in getattr(dataset, "datasets", (dataset,)):
            given = _count(*unpack_batch(part[0])[:2])
            if given != len(self.condition_names):
                raise HandshakeError(
                    f"the dataset gives {given} conditions, but this CatLSTM takes "
                    f"{len(self.condition_names)} ({', '.join(self.condition_names)}); "
                    "name as many conditions in the model config as the dataset has"
                )

    def _features(self, x: Tensor, conditions: tuple[Tensor, ...]) -> Tensor:
        features = torch.cat([x[:, None], *(_over_time(c, x.shape[1]) for c in conditions)], dim=1)
        if features.shape[1] != self.core.input_size:
            raise ValueError(
                f"got {features.shape[1] - 1} conditions, but this CatLSTM takes {len(self.condition_names)} "
                f"({', '.join(self.condition_names)})"
            )
        return features.transpose(1, 2)

    def _warm_up(self) -> None:
        """Begin with the learned state, which the file holds."""

    def _exported_state(self) -> State:
        """Give the learned state: where silence leads to depends on conditions that a file does not know."""
        return self.initial_hidden, self.initial_cell


def _count(x: Tensor, conditions: Sequence[Tensor]) -> int:
    """Count the conditions of one item, x being (L,)."""
    try:
        return sum(_over_time(c[None], len(x)).shape[1] for c in conditions)
    except ValueError as error:
        raise HandshakeError(f"a condition of the dataset cannot be used: {error}") from error


def _over_time(condition: Tensor, length: int) -> Tensor:
    """Bring a condition, in any of its three forms, to (B, C, L)."""
    if condition.ndim == 3:
        return condition
    if condition.ndim != 2:
        raise ValueError(
            f"a condition is (B, L), (B, C, L) or (B, K), not of shape {tuple(condition.shape)}; "
            "give a constant as a tensor of one number"
        )
    return condition[:, None] if condition.shape[1] == length else condition[..., None].expand(-1, -1, length)
