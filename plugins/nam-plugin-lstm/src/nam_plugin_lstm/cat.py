"""An LSTM with knobs: its conditions are concatenated to the audio as further input features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor

from nam_kernel import Condition
from nam_kernel.config import spelled
from nam_kernel.interfaces import over_time
from nam_plugin_lstm.config import CatLSTMConfig, RecurrentConfig
from nam_plugin_lstm.net import LSTM
from nam_plugin_lstm.state import State


class CatLSTM(LSTM):
    """
    An LSTM of the audio and its conditions, each of them one feature.

    The other parameters are those of ``LSTM``.

    :param conditions: in the order of the features; a string is the name of one from 0 to 1
    """

    FILE_KEYS: ClassVar[tuple[str, ...]] = (*LSTM.FILE_KEYS, "conditions")
    CONFIG: ClassVar[type[RecurrentConfig]] = CatLSTMConfig

    def __init__(
        self, hidden_size: int, num_layers: int = 1, *, conditions: Sequence[Condition | str], **arguments: Any
    ) -> None:
        super().__init__(hidden_size, num_layers, input_size=1 + len(conditions), **arguments)
        self._conditions = tuple(Condition(c) if isinstance(c, str) else c for c in conditions)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """One for each feature after the audio."""
        return self._conditions

    def export_config(self) -> dict[str, Any]:
        """Return the sizes, and the conditions where they have names."""
        named = [spelled(condition) for condition in self.conditions if condition.name]
        return {**super().export_config(), **({"conditions": named} if named else {})}

    def describe(self) -> list[tuple[str, str]]:
        """Return the size of the layers, and the conditions."""
        names = ", ".join(condition.name for condition in self.conditions if condition.name)
        return [*super().describe(), ("conditions", names or f"{len(self.conditions)}, without names")]

    def bake(self, values: Mapping[str, float | str]) -> LSTM:
        """
        Return the LSTM that this net is at a setting, exactly: constant features add to the biases of the gates.

        It begins in the learned state, as this net does. Its model file holds the state to which it settles on
        silence at that setting.

        :param values: by the conditions' names, in their own units; those left out have their defaults
        :raises UserError: when there is no such condition, or a value is out of range
        """
        core, state = self.core, self.state_dict()
        matrix = state["core.weight_ih_l0"]
        knobs = torch.tensor(self.settings(values), dtype=torch.float64)
        baked = LSTM(
            core.hidden_size,
            core.num_layers,
            train_burn_in=self.train_burn_in,
            train_truncate=self.train_truncate,
            dropout=core.dropout,
            sample_rate=self.sample_rate,
        ).to(matrix)
        for key, tensor in baked.state_dict().items():
            state.setdefault(key, torch.zeros_like(tensor))  # the biases of a net that has none
        bias = state["core.bias_ih_l0"]
        state["core.bias_ih_l0"] = (bias.cpu().double() + matrix[:, 1:].cpu().double() @ knobs).to(bias)
        state["core.weight_ih_l0"] = matrix[:, :1]
        baked.load_state_dict(state)
        return baked.train(self.training)

    def _features(self, x: Tensor, conditions: tuple[Tensor, ...]) -> Tensor:
        joined = over_time(x, conditions, len(self.conditions))
        return torch.cat((x[:, None], joined), dim=1).transpose(1, 2)

    def _warm_up(self) -> None:
        """Begin with the learned state, which the file holds."""

    def _exported_state(self) -> State:
        """Return the learned state: where silence leads to depends on conditions that a file does not know."""
        return self.initial_hidden, self.initial_cell
