"""The recurrent net with its older constructor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nam._core import stands_for
from nam.models._abc import ImportsWeights
from nam.models._configs import checked
from nam.models._lstm import OlderLSTM, _LSTMHiddenCellType
from nam.models.base import BaseNet
from nam_kernel import Condition, interfaces
from nam_plugin_lstm import net
from nam_plugin_lstm.config import LSTMConfig

SETTLING = 48_000


class _Linear(torch.nn.Linear):
    """A head that returns and sets its weights: the matrix row by row, then the bias."""

    @classmethod
    def sharing(cls, other: torch.nn.Linear) -> _Linear:
        """Return a head with the parameters of another layer."""
        made = cls(other.in_features, other.out_features, device="meta")
        made.weight, made.bias = other.weight, other.bias
        return made

    def export_weights(self) -> npt.NDArray[Any]:
        """Return the weights as one array."""
        return np.concatenate([p.detach().cpu().numpy().reshape(-1) for p in (self.weight, self.bias)])

    def import_weights(self, weights: npt.NDArray[Any]) -> None:
        """Set the weights from what ``export_weights`` returned."""
        matrix, bias = np.split(np.asarray(weights, np.float32), [self.weight.numel()])
        with torch.no_grad():
            self.weight.copy_(torch.from_numpy(matrix).view_as(self.weight))
            self.bias.copy_(torch.from_numpy(bias).view_as(self.bias))


@stands_for(net.LSTM)
class LSTM(BaseNet, OlderLSTM, ImportsWeights):  # type: ignore[misc]
    """
    An LSTM with a linear head: ``nam_plugin_lstm.net.LSTM``, whose instances count as this one's.

    :param hidden_size: hidden units of each layer
    :param train_burn_in: the number of first samples whose outputs carry no gradient in training
    :param train_truncate: the number of samples after which the gradient is cut in training, again and again
    :param input_size: features of each sample; a subclass that makes more of the audio overrides ``_forward``
    :param lstm_kwargs: ``num_layers``, ``bias``, ``dropout``
    :raises ValueError: when ``batch_first`` is among them
    """

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
        self._get_initial_state_burn_in = SETTLING
        own_head = type(self)._init_head is not LSTM._init_head
        self._head = self._init_head(hidden_size) if own_head else _Linear.sharing(self.head)

    @classmethod
    def parse_config(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        """
        Return the arguments of the constructor.

        :raises ValueError: when a value is wrong
        """
        given = super().parse_config(config)
        # A net that makes its own features may have more of them than the LSTM of a stock player.
        checked(LSTMConfig, given, leave_out=("input_size",))
        return given

    @property
    def conditions(self) -> tuple[Condition, ...] | None:
        """None, which is undeclared, for an LSTM whose input holds more than the audio."""
        return super().conditions if self._input_size == 1 else None

    @property
    def _train_burn_in(self) -> int | None:
        return self.train_burn_in or None

    @property
    def _train_truncate(self) -> int | None:
        return self.train_truncate or None

    @property
    def _input_size(self) -> int:
        return self.core.input_size

    @property
    def input_device(self) -> torch.device:
        """The device on which the input has to be."""
        return self.initial_hidden.device

    def scale_output(self, factor: float) -> None:
        """
        Multiply the weights and the bias of the head.

        :raises UserError: when a subclass has a head of its own, of which nobody can tell what that does
        """
        own_head = any(getattr(type(self), step) is not getattr(LSTM, step) for step in ("_init_head", "_apply_head"))
        if own_head and self.conditions is None:
            interfaces.BaseNet.scale_output(self, factor)
        super().scale_output(factor)

    def _init_head(self, hidden_size: int) -> torch.nn.Module:
        """Return the head, from (B, L, H) to (B, L, 1); one that is to be written to a file has ``export_weights``."""
        return _Linear(hidden_size, 1)

    def _get_initial_state(self, inputs: Tensor | None = None) -> _LSTMHiddenCellType:
        """
        Return the state that a player is to start from: hidden and cell state, (layers, 1, H) each.

        :param inputs: (1, L, D), after which the state is taken; None for silence until it settles
        """
        if inputs is None and self._get_initial_state_burn_in == SETTLING:
            hidden, cell = self.settled_state()
            return hidden[:, None], cell[:, None]
        if inputs is None:
            inputs = torch.zeros(1, self._get_initial_state_burn_in, self._input_size)
        state: _LSTMHiddenCellType = self._core(inputs.to(self.input_device))[1]
        return state
