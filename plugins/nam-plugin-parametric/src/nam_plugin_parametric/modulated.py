"""
Nets whose knobs change the weights of a stock WaveNet: at each setting they are one, and baking is to write it down.

A setting that moves is held for blocks of ``HOLD`` samples, each of which sounds as if the knobs had always stood so.
"""

from __future__ import annotations

import abc
import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, ClassVar, Self

import torch
from pydantic import create_model
from torch import Tensor, nn
from torch.func import functional_call

from nam_kernel import Condition, accelerate
from nam_kernel.config import Config, spelled
from nam_kernel.interfaces import BaseNet, Forward, Weights, over_time, weights_of
from nam_plugin_parametric.config import ModulatedConfig
from nam_plugin_parametric.encoding import Encoding
from nam_plugin_wavenet.net import WaveNet

HOLD = 64
"""Samples; 1.3 ms at 48 kHz, the shortest block in common use."""

Run = Callable[[Tensor], Tensor]
"""From the input, (B, L), to the output, (B, L - R + 1), of the template with the weights that it has just now."""


class Modulated(BaseNet):
    """
    Base of the nets whose knobs change the weights of a template.

    :param encoding: of the conditions
    :param template: a stock WaveNet of the audio alone
    :param hidden_sizes: units of the layers from the channels of the knobs to the features that change the weights
    """

    CONFIG: ClassVar[type[ModulatedConfig]]
    """The model of its config."""

    OWN_KEYS: ClassVar[tuple[str, ...]] = ("hidden_sizes",)
    """Keys of the config beside those of the WaveNet and the conditions."""

    def __init__(self, encoding: Encoding, template: WaveNet, hidden_sizes: Sequence[int]) -> None:
        super().__init__(template.sample_rate)
        self.encoding = encoding
        self.template = template
        self.hidden_sizes = tuple(hidden_sizes)
        layers = [(nn.Linear(a, b), nn.Tanh()) for a, b in pairwise((encoding.channels, *hidden_sizes))]
        self.encoder = nn.Sequential(*(module for pair in layers for module in pair))

    # What a subclass defines

    @abc.abstractmethod
    def changed(self, state: Mapping[str, Tensor], features: Tensor) -> dict[str, Tensor]:
        """
        Return the tensors of the template's network that the knobs change.

        :param state: of the network
        :param features: (F,), what the encoder makes of a setting
        """

    # What they have in common

    @property
    def features(self) -> int:
        """F, the outputs of the encoder."""
        return (self.encoding.channels, *self.hidden_sizes)[-1]

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The knobs, in their own units."""
        return self.encoding.conditions

    @property
    def receptive_field(self) -> int:
        """That of the template."""
        return self.template.receptive_field

    @property
    def file_version(self) -> str | None:
        """The newest of stock files: no player knows this architecture."""
        return "0.7.0"

    @classmethod
    def init_from_config(cls, config: Any) -> Self:
        """Return a new net."""
        template = WaveNet(config.record(), None, config.sample_rate)
        own = {key: getattr(config, key) for key in cls.OWN_KEYS}
        return cls(Encoding(config.conditions), template, **own)

    @classmethod
    def from_exported(cls, config: Mapping[str, Any], sample_rate: float | None) -> Self:
        """
        Return a net, its weights not yet set, from the ``config`` of a model file.

        :raises ValueError: when it does not describe one
        """
        template = WaveNet.from_exported({k: v for k, v in config.items() if k != "conditions"}, sample_rate)
        keys = ("conditions", *cls.OWN_KEYS)
        fields: dict[str, Any] = {key: (f.annotation, f) for key, f in cls.CONFIG.model_fields.items() if key in keys}
        known = create_model("ConfigOfFile", __base__=Config, **fields)(**{key: config[key] for key in keys})
        return cls(Encoding(known.conditions), template, **{key: getattr(known, key) for key in cls.OWN_KEYS})  # type: ignore[attr-defined]

    def export_config(self) -> dict[str, Any]:
        """Return the config of the template, the knobs, and how they act."""
        own = {key: _plain(getattr(self, key)) for key in self.OWN_KEYS}
        return {**self.template.export_config(), "conditions": [spelled(c) for c in self.conditions], **own}

    def export_weights(self) -> Weights:
        """Return the weights of the template in the order of its file, then those of what the knobs act through."""
        own = [p.detach().cpu().reshape(-1).float() for p in self._own_parameters()]
        return torch.cat([torch.from_numpy(self.template.export_weights()), *own]).numpy()

    @torch.no_grad()
    def import_weights(self, weights: Sequence[float] | Weights) -> None:
        """
        Set the weights.

        :raises ModelFileError: when their number does not fit
        """
        given, own = torch.as_tensor(weights_of(weights)), list(self._own_parameters())
        count = len(self.template.export_weights())
        self.require_weight_count(len(given), count + sum(p.numel() for p in own))
        self.template.import_weights(given[:count].numpy())
        for parameter in own:
            parameter.copy_(given[count : count + parameter.numel()].reshape(parameter.shape))
            count += parameter.numel()

    def start_from(self, old: BaseNet) -> None:
        """
        Copy the weights of a net of this architecture, or those of a net for the audio alone into the template.

        :raises ModelFileError: when they do not fit
        """
        if isinstance(old, WaveNet) and not old.conditions:
            self.template.start_from(old)
        else:
            super().start_from(old)

    def scale_output(self, factor: float) -> None:
        """Multiply the output, in the scale of the template's head."""
        self.template.scale_output(factor)

    @torch.no_grad()
    def bake(self, values: Mapping[str, float | str]) -> WaveNet:
        """
        Return the stock WaveNet that this net is at a setting, exactly.

        :param values: by the conditions' names, in their own units; those left out have their defaults
        :raises UserError: when there is no such condition, or a value is out of range
        """
        exact = copy.deepcopy(self).cpu().double()
        channels = self.encoding.of(self.settings(values))
        state = exact.template.network.state_dict()
        baked = WaveNet(self.template.spec, None, self.sample_rate).to(self.template.network.head_scale)
        baked.network.load_state_dict({**state, **exact.changed(state, exact.encoder(channels))})
        return baked.train(self.training)

    def describe(self) -> list[tuple[str, str]]:
        """Return rows for ``nam-kernel info``."""
        return self.template.describe()

    def multiply_adds(self) -> int | None:
        """Return the multiplications of one output sample at a setting."""
        return self.template.multiply_adds()

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        """
        Return the output: (B, L) to (B, L - R + 1).

        :raises ValueError: when it is not given the conditions that it takes
        """
        return self.run(x, conditions, lambda heard: self.template(heard, pad_start=False))

    def run(self, x: Tensor, conditions: Sequence[Tensor], run: Run) -> Tensor:
        """
        Return the output, as ``compute`` does.

        :param run: runs the template
        """
        values = over_time(x, conditions, len(self.conditions))
        if bool((values == values[..., :1]).all()):
            settings, which = torch.unique(values[..., 0], dim=0, return_inverse=True)
            groups = [torch.nonzero(which == i)[:, 0] for i in range(len(settings))]
            outputs = [self._at(setting, x[group], run) for setting, group in zip(settings, groups, strict=True)]
            return torch.cat(outputs)[torch.argsort(torch.cat(groups))]
        return torch.cat([self._moving(item[None], of_item, run) for item, of_item in zip(x, values, strict=True)])

    def _moving(self, x: Tensor, values: Tensor, run: Run) -> Tensor:
        """Return the output, (1, L - R + 1), for knobs that move: (K, L)."""
        history = self.receptive_field - 1
        held = values[:, history::HOLD]
        edges = [
            0,
            *(1 + i for i in range(held.shape[1] - 1) if not torch.equal(held[:, i], held[:, i + 1])),
            held.shape[1],
        ]
        return torch.cat(
            [self._at(held[:, a], x[:, a * HOLD : b * HOLD + history], run) for a, b in pairwise(edges)], dim=1
        )

    def _at(self, setting: Tensor, x: Tensor, run: Run) -> Tensor:
        """Return the output at one setting, (K,)."""
        state = self.template.network.state_dict(keep_vars=True)
        changed = self.changed(state, self.encoder(self.encoding(setting[None])[0]))
        y: Tensor = functional_call(
            _Holder(self.template, run), {f"template.network.{name}": tensor for name, tensor in changed.items()}, (x,)
        )
        return y

    def _own_parameters(self) -> Iterator[nn.Parameter]:
        return (p for name, p in self.named_parameters() if not name.startswith("template."))


class _Holder(nn.Module):
    """What ``functional_call`` lends other weights to: the template, run by whatever runs it."""

    def __init__(self, template: WaveNet, run: Run) -> None:
        super().__init__()
        self.template = template
        self._run = run

    def forward(self, x: Tensor) -> Tensor:
        return self._run(x)


class FastModulated:
    """
    A net whose knobs change a template that something accelerates.

    :param net: changes the weights
    :param forward: in place of the template
    """

    def __init__(self, net: Modulated, forward: Forward) -> None:
        self._net, self._forward = net, forward
        self._twin = copy.copy(net)
        self._twin.compute = self._compute  # type: ignore[method-assign]

    def __call__(self, x: Tensor, *conditions: Tensor | float, pad_start: bool | None = None) -> Tensor:
        """Return what ``net.forward`` does."""
        self._twin.training = self._net.training
        return self._twin.forward(x, *conditions, pad_start=pad_start)

    def _compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        return self._net.run(x, conditions, lambda heard: self._forward(heard, pad_start=False))


def accelerated(net: BaseNet, device: str) -> Forward | None:
    """Return a faster callable for a net whose template can be accelerated, or None."""
    if not isinstance(net, Modulated):
        return None
    forward = accelerate(net.template, device)
    return None if forward is net.template else FastModulated(net, forward)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
