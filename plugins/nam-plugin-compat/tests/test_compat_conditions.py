"""What a net written for ``nam`` takes beside the audio: told by its signature, given in the form that it expects."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import nam_kernel
from nam.data import Dataset, register_dataset_initializer
from nam.models import ConvNet
from nam.models.base import BaseNet
from nam.models.factory import register
from nam.models.recurrent import LSTM
from nam.train.lightning_module import LightningModule
from nam_kernel.errors import HandshakeError


class Echo(BaseNet):
    """``y[n] = x[n] + x[n - 2]``."""

    receptive_field = 3

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.factor = torch.nn.Parameter(torch.ones(()))

    def _forward(self, x: Tensor) -> Tensor:
        return self.factor * (x[:, 2:] + x[:, :-2])

    def _export_config(self) -> dict[str, Any]:
        return {}


class Louder(Echo):
    """The same times a knob that is a constant of each item, (B,)."""

    def forward(self, audio_input: Tensor, gain_param: Tensor) -> Tensor:
        return Echo._forward(self, audio_input) * gain_param[:, None]


class Moving(Echo):
    """The same times a knob over time, (B, L), or a constant, (B,)."""

    def _forward(self, x: Tensor, gain: Tensor) -> Tensor:
        return super()._forward(x) * (gain[:, None] if gain.ndim == 1 else gain[:, 2:])


class Starred(Echo):
    def forward(self, *args: Any, pad_start: bool | None = None, **kwargs: Any) -> Tensor:
        return super().forward(*args, pad_start=pad_start, **kwargs)


class Keyworded(Echo):
    def forward(self, x: Tensor, pad_start: bool | None = None, **kwargs: Any) -> Tensor:
        return super().forward(x, pad_start=pad_start, **kwargs)


class Leaky(BaseNet):
    """``y[n] = x[n] + 0.9 y[n - 1]``, with a state inside of a call."""

    receptive_field = 1

    def _forward(self, x: Tensor) -> Tensor:
        y, rows = torch.zeros(len(x)), []
        for sample in x.unbind(1):
            y = sample + 0.9 * y
            rows.append(y)
        return torch.stack(rows, dim=1)


class Nominal(LSTM):
    def _at_nominal_settings(self, x: Tensor) -> Tensor:
        return x


@pytest.mark.parametrize(
    ("net", "conditions"),
    [
        (Echo(), ()),
        (Keyworded(), ()),
        (ConvNet(2, [1]), ()),
        (LSTM(2), ()),
        (Louder(), None),
        (Moving(), None),
        (Starred(), None),
        (Nominal(2), None),
        (LSTM(2, input_size=3), None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_net_that_takes_the_audio_alone_declares_that(net: BaseNet, conditions: Any) -> None:
    assert net.conditions == conditions


class WithKnob(Dataset):
    """Items with a knob between input and output."""

    def __getitem__(self, idx: int) -> Any:
        x, y = super().__getitem__(idx)
        return x, torch.tensor(0.5), y


@pytest.mark.parametrize(("kind", "starts"), [(Echo, False), (Louder, True)])
def test_data_with_a_knob_is_refused_by_a_net_that_takes_none(
    kind: type[Echo], starts: bool, data: dict[str, Any], model: dict[str, Any], learning: dict[str, Any]
) -> None:
    register("Own", lambda config: kind())
    register_dataset_initializer("with_knob", WithKnob.init_from_config)
    configs = {**data, "type": "with_knob"}, {**model, "net": {"name": "Own"}}, learning
    if starts:
        nam_kernel.check(*configs).teardown()
    else:
        with pytest.raises(HandshakeError, match="the net takes 0 conditions, and the data records 1 condition"):
            nam_kernel.check(*configs)


X = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0])


GAINS = [0.5, Fraction(1, 2), np.float32(0.5), np.array(0.5), torch.tensor(0.5), torch.tensor(0.5, dtype=torch.float64)]


@pytest.mark.parametrize("gain", GAINS, ids=lambda gain: f"{type(gain).__name__} {getattr(gain, 'dtype', '')}")
def test_a_knob_may_be_a_number_also_beside_audio_of_one_dimension(gain: Any) -> None:
    for kind in (Louder, Moving):
        net = kind()
        module = LightningModule(net)
        assert net(X, gain, pad_start=True).tolist() == [0.5, 1.0, 2.0, 3.0, 4.0]
        assert net(X.expand(2, -1), gain, pad_start=False).tolist() == [[2.0, 3.0, 4.0]] * 2
        assert module(X, gain, pad_start=False).tolist() == [2.0, 3.0, 4.0]


def test_a_knob_that_moves_may_be_an_array_beside_audio_of_one_dimension() -> None:
    for slow in (torch.linspace(0, 1, 5), np.linspace(0, 1, 5)):
        assert Moving()(X, slow, pad_start=False).tolist() == [2.0, 4.5, 8.0]
        assert Moving()(X[None], slow[None], pad_start=False).tolist() == [[2.0, 4.5, 8.0]]


@pytest.mark.parametrize("number", [2, np.int64(2)], ids=["int", "int64"])
def test_a_whole_number_is_a_knob_and_a_bool_is_not(number: Any) -> None:
    assert Moving()(X, number, pad_start=False).tolist() == [8.0, 12.0, 16.0]
    assert Echo()(X, False).tolist() == [4.0, 6.0, 8.0]
    assert Echo()(X, True).tolist() == [1.0, 2.0, 4.0, 6.0, 8.0]


@pytest.mark.parametrize("size", [1, 2, 4, 100])
def test_a_net_plays_in_blocks_what_it_plays_at_once(size: int) -> None:
    ramp = torch.arange(1.0, 12.0)
    echo = ramp + torch.cat((torch.zeros(2), ramp[:-2]))
    slow = torch.linspace(0, 1, len(ramp))
    for net, conditions, expected in (
        (Echo(), (), echo),
        (Louder(), (0.5,), 0.5 * echo),
        (Moving(), (0.5,), 0.5 * echo),
        (Moving(), (slow,), slow * echo),
    ):
        torch.testing.assert_close(net.render(ramp, *conditions, size=size), expected)


@pytest.mark.parametrize("size", [1, 3, 100])
def test_a_net_with_a_state_inside_of_a_call_goes_on_from_block_to_block(size: int) -> None:
    impulse = torch.eye(20)[0]
    torch.testing.assert_close(Leaky().render(impulse, size=size), 0.9 ** torch.arange(20.0))
