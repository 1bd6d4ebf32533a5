"""The LSTM of the plugin in the steps that a subclass of the older one may override."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nam.models._renamed import LoadsOlder, Renamed
from nam_kernel.interfaces import Weights
from nam_plugin_lstm import net

_LSTMHiddenCellType = tuple[Tensor, Tensor]


class OlderLSTM(LoadsOlder, Renamed, net.LSTM):
    """Runs through ``_initial_state``, ``_core`` and ``_apply_head``, and is written cell by cell."""

    OLDER = {
        "_core": "core",
        "_head": "head",
        "_initial_cell": "initial_cell",
        "_initial_hidden": "initial_hidden",
        "_train_burn_in": "train_burn_in",
        "_train_truncate": "train_truncate",
    }
    OLDER_KEYS = ((r"^_(core|head|initial_cell|initial_hidden)\b", r"\1"),)

    def _warm_up(self) -> None:
        """Leave the state as it was imported; the net begins with it."""

    def export_weights(self) -> Weights:
        """Return the weights as one array, cell by cell, then those of the head."""
        with torch.no_grad():
            states = zip(*self._get_initial_state(), strict=True)
            cells = [self._export_cell_weights(i, hidden, cell) for i, (hidden, cell) in enumerate(states)]
        flat: Weights = np.concatenate([*cells, self._head.export_weights()]).astype(np.float32)
        return flat

    def _get_initial_state(self, inputs: Tensor | None = None) -> _LSTMHiddenCellType:
        raise NotImplementedError

    def _export_cell_weights(self, i: int, hidden_state: Tensor, cell_state: Tensor) -> npt.NDArray[Any]:
        """Return the weights of a layer: the two matrices side by side, the sum of the biases, the state."""
        size = 4 * self._core.hidden_size
        matrices = torch.cat([getattr(self._core, f"weight_{kind}_l{i}") for kind in ("ih", "hh")], dim=1)
        biases = [getattr(self._core, f"bias_{kind}_l{i}") for kind in ("ih", "hh")] if self._core.bias else []
        parts = (matrices, sum(biases, matrices.new_zeros(size)), hidden_state, cell_state)
        return np.concatenate([part.detach().cpu().numpy().reshape(-1) for part in parts])

    def _initial_state(self, n: int | None) -> _LSTMHiddenCellType:
        """Return the state that the net starts from: (layers, n, H) each, or for None the parameters, (layers, H)."""
        return (self.initial_hidden, self.initial_cell) if n is None else super()._initial_state(n)

    def _apply_head(self, features: Tensor) -> Tensor:
        """Return the audio: (B, L, H) to (B, L)."""
        y: Tensor = self._head(features)[:, :, 0]
        return y

    def compute(self, x: Tensor, initial_state: _LSTMHiddenCellType | None = None) -> Tensor:  # type: ignore[override]
        """Return the output of the net: (B, L), or the features of every sample, (B, L, D), to (B, L)."""
        features = x if x.ndim == 3 else x[..., None]
        state = self._initial_state(len(x)) if initial_state is None else initial_state
        learns = self.training and (self.train_burn_in or self.train_truncate)
        if learns and x.shape[1] > self.train_burn_in:
            return self._run_for_training(features, state)
        return self._run(features, state)[0]

    def _features(self, x: Tensor, conditions: tuple[Tensor, ...]) -> Tensor:
        return x if x.ndim == 3 and not conditions else super()._features(x, conditions)

    def _run(self, features: Tensor, state: _LSTMHiddenCellType) -> tuple[Tensor, _LSTMHiddenCellType]:
        if features.shape[1] > net.LONGEST:
            return super()._run(features, state)
        hidden, state = self._core(features, state)
        return self._apply_head(hidden), state
