"""The recurrent net with its older constructor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from nam.models._abc import ImportsWeights
from nam.models.base import BaseNet
from nam_plugin_lstm import net
from nam_plugin_lstm.config import LSTMConfig

_LSTMHiddenCellType = tuple[Tensor, Tensor]


class LSTM(BaseNet, net.LSTM, ImportsWeights):  # type: ignore[misc]
    """
    An LSTM with a linear head; the real one is ``nam_plugin_lstm.net.LSTM``.

    :param hidden_size: hidden units of each layer
    :param train_burn_in: first samples whose outputs carry no gradient in training
    :param train_truncate: cut the gradient every so many samples in training
    :param input_size: features a sample; a subclass that makes more than the audio overrides ``_features``
    :param lstm_kwargs: ``num_layers``, ``bias``, ``dropout``
    :raises ValueError: when ``batch_first`` is among them
    """

    _get_initial_state_burn_in = 48_000

    def __init__(
        self,
        hidden_size: int,
        train_burn_in: int | None = None,
        train_truncate: int | None = None,
        input_size: int = 1,
        sample_rate: float | None = None,
        **lstm_kwargs: Any,
    ) -> None:
        if "batch_first" in lstm_kwargs:
            raise ValueError("batch_first cannot be chosen; leave it out")
        super().__init__(
            hidden_size,
            train_burn_in=train_burn_in or 0,
            train_truncate=train_truncate or 0,
            input_size=input_size,
            sample_rate=sample_rate,
            **lstm_kwargs,
        )

    @classmethod
    def __subclasshook__(cls, other: type) -> bool:
        return True if cls is LSTM and net.LSTM in other.__mro__ else NotImplemented

    @classmethod
    def parse_config(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        """
        Give the arguments of the constructor.

        :raises ValueError: when a value is wrong
        """
        given = super().parse_config(config)
        # A net that makes its own features may have more of them than the LSTM of a stock player.
        checked = set(LSTMConfig.known_keys()) - {"input_size"}
        LSTMConfig.model_validate({key: value for key, value in given.items() if key in checked})
        return given

    @property
    def _core(self) -> torch.nn.LSTM:
        return self.core

    @property
    def _head(self) -> torch.nn.Linear:
        return self.head

    @property
    def _input_size(self) -> int:
        return self.core.input_size

    @property
    def input_device(self) -> torch.device:
        """Where the input has to be."""
        return self.initial_hidden.device

    def _get_initial_state(self, inputs: Tensor | None = None) -> _LSTMHiddenCellType:
        """
        Give the state that a player is to start from.

        :param inputs: (1, L, D), after which the state is taken; None: silence until it settles
        :return: hidden and cell state, (layers, 1, H) each
        """
        if inputs is None:
            hidden, cell = self.settled_state()
            return hidden[:, None], cell[:, None]
        state: _LSTMHiddenCellType = self.core(inputs.to(self.input_device), self._initial_state(1))[1]
        return state

    def _exported_state(self) -> _LSTMHiddenCellType:
        with torch.no_grad():
            hidden, cell = self._get_initial_state()
        return hidden[:, 0], cell[:, 0]

    def _features(self, x: Tensor, conditions: tuple[Tensor, ...]) -> Tensor:
        """Take (B, L), or the features of every sample, (B, L, D)."""
        return x if x.ndim == 3 and not conditions else super()._features(x, conditions)
