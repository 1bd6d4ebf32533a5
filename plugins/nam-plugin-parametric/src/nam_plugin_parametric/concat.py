"""Nets that hear their knobs as channels beside the audio, of which players with knobs read the files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from nam_kernel import Condition
from nam_kernel.errors import ModelFileError
from nam_kernel.interfaces import BaseNet
from nam_kernel.models import mono_config
from nam_plugin_lstm.config import CatLSTMConfig
from nam_plugin_lstm.fed import FedLSTM
from nam_plugin_parametric.config import ConcatLSTMConfig, ConcatWaveNetConfig, fed
from nam_plugin_parametric.encoded import EncodedNet, conditions_in, params_of
from nam_plugin_parametric.encoding import Encoding
from nam_plugin_wavenet.net import WaveNet


class ConcatWaveNet(EncodedNet):
    """
    A WaveNet whose first stack and mixers hear the knobs beside the audio.

    Its model file is ConcatWaveNet 1.0.0, as published players with knobs read it.
    """

    core: WaveNet

    @classmethod
    def init_from_config(cls, config: ConcatWaveNetConfig) -> ConcatWaveNet:
        """Return a new net."""
        encoding = Encoding(config.conditions)
        return cls(encoding, WaveNet(fed(config.record(), encoding.channels), None, config.sample_rate))

    @classmethod
    def from_exported(cls, config: Mapping[str, Any], sample_rate: float | None) -> ConcatWaveNet:
        """
        Return a net, its weights not yet set, from the ``config`` of a model file.

        :raises ValueError: when it does not describe a net that a player can run
        """
        encoding = Encoding(conditions_in(config))
        return cls(encoding, WaveNet.from_exported(_stock(config, encoding.channels), sample_rate))

    @classmethod
    def count_weights(cls, config: Mapping[str, Any]) -> int:
        """Return the number of weights that belong to the ``config`` of a model file, without building the net."""
        return WaveNet.count_weights(_stock(config, Encoding(conditions_in(config)).channels))

    def export_config(self) -> dict[str, Any]:
        """Return the config of the WaveNet, and the knobs."""
        own = self.core.export_config()
        own.pop("in_channels")
        return {**own, "params": params_of(self.conditions)}

    @torch.no_grad()
    def start_from(self, old: BaseNet) -> None:
        """
        Copy the weights of a net of this architecture, or those of a net for the audio alone.

        With the latter every setting sounds as that net does, to begin with.

        :raises ModelFileError: when they do not fit
        """
        if not isinstance(old, WaveNet) or old.needs_condition or old.condition_dsp is not None:
            super().start_from(old)
            return
        mine, theirs = self.core.network.state_dict(), old.network.state_dict()
        if mine.keys() != theirs.keys() or not all(_grows(theirs[name], tensor) for name, tensor in mine.items()):
            raise ModelFileError("it has other layers; a snapshot to start from has those of the config")
        for name, tensor in mine.items():
            if tensor.shape == theirs[name].shape:
                tensor.copy_(theirs[name])
            else:
                tensor.zero_()[:, :1] = theirs[name]
        self.core.spec = replace(self.core.spec, head_scale=float(self.core.network.head_scale))


class ConcatLSTM(EncodedNet):
    """
    An LSTM whose first layer hears the knobs beside the audio.

    A signal begins in the state that silence leads to at its first setting.
    """

    core: FedLSTM

    @classmethod
    def init_from_config(cls, config: ConcatLSTMConfig) -> ConcatLSTM:
        """Return a new net."""
        encoding = Encoding(config.conditions)
        return cls(encoding, FedLSTM(**config.arguments(), conditions=_raw(encoding)))

    @classmethod
    def from_exported(cls, config: Mapping[str, Any], sample_rate: float | None) -> ConcatLSTM:
        """
        Return a net, its weights not yet set, from the ``config`` of a model file.

        :raises ValueError: when it does not describe one
        """
        encoding = Encoding(conditions_in(config))
        arguments = {**_sizes(config, encoding).arguments(), "conditions": _raw(encoding)}
        return cls(encoding, FedLSTM(**arguments, sample_rate=sample_rate))

    @classmethod
    def count_weights(cls, config: Mapping[str, Any]) -> int:
        """Return the number of weights that belong to the ``config`` of a model file, without building the net."""
        return _sizes(config, Encoding(conditions_in(config))).weight_count()

    def export_config(self) -> dict[str, Any]:
        """Return the sizes, the cuts of the training, and the knobs."""
        core = self.core
        return {
            "hidden_size": core.core.hidden_size,
            "num_layers": core.core.num_layers,
            "train_burn_in": core.train_burn_in or None,
            "train_truncate": core.train_truncate or None,
            "params": params_of(self.conditions),
        }


def _grows(given: Tensor, tensor: Tensor) -> bool:
    """Return whether a tensor is a given one, or one that hears further channels beside the audio."""
    hears_more = given.ndim == 3 and given.shape[1] == 1 and given[:, :, 0].shape == tensor[:, :1, 0].shape
    return given.shape == tensor.shape or hears_more


def _stock(config: Mapping[str, Any], channels: int) -> dict[str, Any]:
    """Return the config of the WaveNet in a file; what its knobs determine may be left out of it."""
    total = 1 + channels
    if config.get("condition_dsp") is not None:
        raise ValueError("it has a condition_dsp, which a ConcatWaveNet cannot have")
    layers = config.get("layers")
    if isinstance(layers, list) and all(isinstance(layer, Mapping) for layer in layers):
        first = [{"input_size": total, **layer} for layer in layers[:1]]
        layers = [{"condition_size": total, **layer} for layer in (*first, *layers[1:])]
    kept = {key: value for key, value in config.items() if key not in ("params", "conditions")}
    return {**kept, "layers": layers, "in_channels": total}


def _sizes(config: Mapping[str, Any], encoding: Encoding) -> CatLSTMConfig:
    """Return the sizes of the LSTM in a file."""
    known = mono_config(config, ("hidden_size", "num_layers", "train_burn_in", "train_truncate"))
    return CatLSTMConfig.model_validate({**known, "input_size": 1 + encoding.channels})


def _raw(encoding: Encoding) -> list[Condition]:
    """Return the channels as conditions, whose defaults are those of the knobs."""
    defaults = encoding.of([condition.default or 0.0 for condition in encoding.conditions])
    return [Condition("", -1.0, 1.0, float(value)) for value in defaults]
