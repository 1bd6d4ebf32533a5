"""The passage that people see and hear is the right one, and the model's part in it is aligned."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from nam_kernel import Condition
from nam_kernel.interfaces import BaseDataset, BaseNet, ConcatDataset, over_time
from nam_plugin_report.passage import LONGEST, choose_passage, esr, liveliest, loudest

RATE = 1000


class Echo(BaseNet):
    """Output n is input n - 3."""

    receptive_field = 4

    def compute(self, x, *conditions):
        return x[:, :-3]

    @classmethod
    def init_from_config(cls, config):
        return cls()

    def export_config(self):
        return {}


class Mixer(Echo):
    """Output n is input n - 3, times the first condition, plus the second one."""

    conditions = (Condition("level"), Condition("bias", -9.0, 9.0))

    def compute(self, x, *conditions):
        level, bias = over_time(x, conditions, 2)[..., 3:].unbind(1)
        return x[:, :-3] * level + bias


class Undeclared(Mixer):
    """The same, as a plain module does it whose conditions nobody knows."""

    conditions = None


class Settling(BaseNet):
    """A recurrent net: a one-pole low-pass, which takes some hundred samples to forget where it started."""

    receptive_field = 1

    def compute(self, x):
        state, out = torch.zeros(len(x)), []
        for sample in x.unbind(1):
            state = 0.98 * state + 0.02 * sample
            out.append(state)
        return torch.stack(out, 1)

    @classmethod
    def init_from_config(cls, config):
        return cls()

    def export_config(self):
        return {}


class Items(BaseDataset):
    """Cuts a signal into items; says nothing of the whole."""

    nx = 4
    sample_rate = RATE

    def __init__(self, x, y, ny=None, conditions=(), nested=False):
        self._x, self._y, self._ny, self._conditions, self._nested = x, y, ny or len(y), conditions, nested

    @property
    def ny(self):
        return self._ny

    def __len__(self):
        return len(self._y) // self._ny

    def __getitem__(self, i):
        start, stop = i * self._ny, (i + 1) * self._ny
        last = stop + len(self._x) - len(self._y)
        conditions = tuple(c[start:last] if c.shape == self._x.shape else c for c in self._conditions)
        x, y = self._x[start:last], self._y[start:stop]
        return (x, (y, *conditions)) if self._nested else (x, *conditions, y)

    @classmethod
    def init_from_config(cls, config, *, nx):
        raise NotImplementedError


def noise(length, seed=0):
    return torch.randn(length, generator=torch.Generator().manual_seed(seed))


def test_a_perfect_model_leaves_no_difference():
    x = noise(5003)
    passage = choose_passage(Echo(), Items(x, x[:5000]))
    np.testing.assert_array_equal(passage.predictions[""], passage.target)
    np.testing.assert_array_equal(passage.dry, x[3:].double())
    assert passage.rate == RATE


@pytest.mark.parametrize("ny", [20000, 7000, 100])
def test_the_loudest_passage_is_taken_however_the_recording_is_cut_into_items(ny):
    x = 0.01 * noise(21003)
    x[9000:17000] *= 50
    passage = choose_passage(Echo(), Items(x, x[:21000], ny))
    assert len(passage.target) == LONGEST * RATE
    np.testing.assert_array_equal(passage.target, x[9000:17000].double())
    np.testing.assert_array_equal(passage.predictions[""], passage.target)


@pytest.mark.parametrize("ny", [12000, 500])
def test_a_recurrent_net_is_warm_when_the_passage_begins(ny):
    x = torch.full((12000,), 0.5)
    x[:3000] *= 0.5
    passage = choose_passage(Settling(), Items(x, Settling()(x).detach(), ny))
    np.testing.assert_allclose(passage.predictions[""], passage.target, atol=1e-5)


def test_short_items_make_one_passage():
    x = noise(5003)
    passage = choose_passage(Echo(), Items(x, x[:5000], 100))
    np.testing.assert_array_equal(passage.target, x[:5000].double())
    np.testing.assert_array_equal(passage.predictions[""], passage.target)


@pytest.mark.parametrize("net", [Mixer, Undeclared])
@pytest.mark.parametrize("ny", [12000, 2500, 100])
@pytest.mark.parametrize("nested", [False, True])
def test_conditions_reach_the_net_and_those_that_move_are_cut_along(net, ny, nested):
    x, moving = noise(12003), noise(12003, seed=1)
    y = 0.5 * x[:12000] + moving[3:]
    passage = choose_passage(net(), Items(x, y, ny, (torch.tensor(0.5), moving), nested))
    assert len(passage.target) == LONGEST * RATE
    np.testing.assert_allclose(passage.predictions[""], passage.target, atol=1e-6)


def test_a_constant_may_differ_from_item_to_item():
    class Turned(Items):
        def __getitem__(self, i):
            x, y = super().__getitem__(i)
            return x, torch.tensor(float(i)), torch.tensor(0.0), i * y

    x = noise(5003)
    passage = choose_passage(Mixer(), Turned(x, x[:5000], 100))
    np.testing.assert_allclose(passage.predictions[""], passage.target, atol=1e-5)
    assert passage.target[4900:].std() == pytest.approx(49 * x[4900:5000].std(unbiased=False).item(), rel=1e-5)


def test_an_accelerator_plays_the_passage(monkeypatch):
    lengths = []

    def forward(x, *conditions, pad_start=None):
        lengths.append(x.shape[1])
        return x[:, :-3]

    monkeypatch.setattr("nam_plugin_report.passage.accelerate", lambda net: forward)
    x = noise(503)
    choose_passage(Echo(), Items(x, x[:500], 100))
    # Five items of 103 samples are one signal, which three samples of silence precede.
    assert lengths == [3 + 5 * 103]


def test_a_list_of_datasets_shares_the_time():
    parts = [noise(9003, seed) for seed in range(4)]
    passage = choose_passage(Echo(), ConcatDataset([Items(x, x[:9000]) for x in parts]))
    assert len(passage.target) == LONGEST * RATE
    np.testing.assert_array_equal(passage.predictions[""], passage.target)


def test_the_outputs_of_a_net_keep_their_names():
    class Sizes(Echo):
        outputs = ("small", "large")

        def compute(self, x, *conditions):
            return torch.stack((0 * x[:, :-3], x[:, :-3]), dim=1)

    x = noise(103)
    passage = choose_passage(Sizes(), Items(x, x[:100]))
    assert list(passage.predictions) == ["small", "large"]
    assert not passage.predictions["small"].any()
    np.testing.assert_array_equal(passage.predictions["large"], passage.target)


def test_no_items_give_no_passage():
    assert choose_passage(Echo(), Items(noise(53), noise(50), 100)) is None


def test_an_unknown_sample_rate_stays_unknown():
    dataset = Items(noise(103), noise(100))
    dataset.sample_rate = None
    assert choose_passage(Echo(), dataset).rate is None


def test_the_loudest_place_is_found_despite_what_is_not_a_number():
    signal = np.zeros(1000)
    signal[100] = np.nan
    signal[600:700] = 1
    assert loudest(signal, 100) == 600


def test_the_liveliest_place_is_a_struck_string_not_a_hum():
    time = np.arange(4000) / RATE
    signal = 0.5 * np.sin(2 * np.pi * 5 * time)
    signal[2000:2400] = 0.5 * np.sin(2 * np.pi * 110 * time[:400])
    assert 1900 <= liveliest(signal, 200) <= 2300


def test_esr_of_a_model_that_is_silent_is_one():
    target = np.sin(np.arange(100.0))
    assert esr(0 * target, target) == pytest.approx(1)
    assert esr(0.9 * target, target) == pytest.approx(0.01)


def test_esr_over_silence_is_not_a_number():
    assert math.isnan(esr(np.ones(10), np.zeros(10)))
