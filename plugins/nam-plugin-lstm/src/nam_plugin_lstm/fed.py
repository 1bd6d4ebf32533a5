"""An LSTM whose conditions are channels of its input, as newer players feed a file with ``in_channels``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from nam_kernel.interfaces import Forward, Stream
from nam_plugin_lstm.cat import CatLSTM
from nam_plugin_lstm.config import RecurrentConfig
from nam_plugin_lstm.net import LSTM
from nam_plugin_lstm.state import RecurrentStream, State, after_silence, warm_up_samples


class FedLSTM(CatLSTM):
    """
    A CatLSTM that settles on silence at the setting at which a signal begins, as a player lets it.

    In training it begins in the learned state.
    """

    @classmethod
    def _file_config(cls, config: Mapping[str, Any]) -> RecurrentConfig:
        fed, taken = config.get("in_channels"), config.get("input_size")
        if fed != taken:
            raise ValueError(
                f"in_channels is {fed!r} and input_size {taken!r}; a player feeds as many as the net takes"
            )
        return super()._file_config({**config, "in_channels": 1})

    @property
    def architecture(self) -> str:
        """``LSTM``: it differs by its ``in_channels``."""
        return "LSTM"

    @property
    def file_version(self) -> str | None:
        """Older players ignore ``in_channels``, and play noise."""
        return "0.6.0"

    def export_config(self) -> dict[str, Any]:
        """Return the sizes, the number of channels, and the conditions where they have names."""
        return {**super().export_config(), "in_channels": 1 + len(self.conditions)}

    def bake(self, values: Mapping[str, float | str]) -> LSTM:
        """Return the LSTM that this net is at a setting, as ``CatLSTM.bake`` does; it begins where silence leads to."""
        baked = super().bake(values)
        hidden, cell = self._settled_at(self.settings(values))
        baked._begin_in((hidden, cell))
        return baked

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        """Return the output, (B, L) to (B, L): in training from the learned state on, else from the settled one."""
        if self.training:
            return super().compute(x, *conditions)
        features = self._features(x, conditions)
        return self._run(features, self._settled(features[:, :1]))[0]

    def stream(self, forward: Forward | None = None) -> Stream:
        """Return a stream that begins in the state that silence leads to at its first setting."""
        return RecurrentStream(self._features, self._run, self._settled)

    def _settled(self, first: Tensor) -> State:
        """
        Return the state after the silence that a player runs before the first sample.

        :param first: (B, 1, D), the features of that sample
        """
        silence = first.clone()
        silence[:, :, 0] = self.silence
        return after_silence(self._run, self._initial_state(len(first)), warm_up_samples(self.sample_rate), silence)

    def _warm_up(self) -> None:
        """Begin in the state of the file, and know it as that: a player settles at whatever setting a signal begins."""
        state = (self.initial_hidden.detach().cpu().clone(), self.initial_cell.detach().cpu().clone())
        self._read = state, state

    def _exported_state(self) -> State:
        """Return the state of the file while nothing changed it, else the one settled to at the defaults."""
        return self._state_of_file() or self._settled_at(self.settings())

    def _settled_at(self, setting: Sequence[float]) -> State:
        """Return the state that silence leads to at a setting, each part (layers, H)."""
        silence = self.initial_hidden.new_zeros(1, 1)
        knobs = tuple(silence.new_full((1,), value) for value in setting)
        hidden, cell = self._settled(self._features(silence, knobs))
        return hidden[:, 0].detach(), cell[:, 0].detach()
