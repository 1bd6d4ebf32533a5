"""Each law of an accelerator catches the one that breaks it, and no other law complains of it."""

from unittest import SkipTest

import pytest
import torch
from torch import nn

from nam_devkit.examples.net.net import ExampleNet
from nam_devkit.laws_accelerator import LAWS
from nam_devkit.subjects import AcceleratorSubject
from nam_kernel.interfaces import BaseNet


class Unfolded:
    """The FIR filter as a product of matrices; the net's own parameters, read in each call."""

    def __init__(self, net):
        self.net = net

    def __call__(self, x, *conditions, pad_start=None):
        weight, bias = self.net.filter.weight[0, 0], self.net.filter.bias
        return x.unfold(-1, len(weight), 1) @ weight + bias


class Frozen(Unfolded):
    """Keeps a copy of the parameters, to which no gradient goes."""

    def __init__(self, net):
        super().__init__(net)
        self.weight, self.bias = net.filter.weight[0, 0].detach().clone(), net.filter.bias.detach().clone()

    def __call__(self, x, *conditions, pad_start=None):
        return x.unfold(-1, len(self.weight), 1) @ self.weight + self.bias


class Forgetful(Unfolded):
    def stream(self):
        return self

    def feed(self, x):
        heard = torch.nn.functional.pad(x, (self.net.receptive_field - 1, 0))
        with torch.no_grad():
            return self(heard[None])[0]


BREAKERS = {"accelerated_net_computes_the_same": Frozen, "accelerated_blocks_join_to_the_whole": Forgetful}


def subject_of(accelerator, nets=None):
    def offer(net, device):
        return accelerator(net) if isinstance(net, ExampleNet) else None

    return lambda: AcceleratorSubject(offer, nets or {"ExampleNet": lambda: ExampleNet(8), "Gru": Gru})


class Gru(BaseNet):
    receptive_field = 1

    def __init__(self):
        super().__init__()
        self.core = nn.GRU(1, 1, batch_first=True)

    @classmethod
    def init_from_config(cls, config):
        return cls()

    def export_config(self):
        return {}

    def compute(self, x):
        return self.core(x[..., None])[0][..., 0]


def test_every_law_has_an_accelerator_that_breaks_it():
    assert [law.__name__ for law in LAWS] == list(BREAKERS)


@pytest.mark.parametrize("law", BREAKERS)
def test_a_broken_accelerator_breaks_its_law_alone(broken, law):
    assert broken(LAWS, subject_of(BREAKERS[law])) == {law}


def test_a_good_accelerator_breaks_none(broken):
    assert broken(LAWS, subject_of(Unfolded)) == set()


class CachesTheWeights(Unfolded):
    """Right at first, with gradients, and wrong once the optimizer has moved the parameters."""

    def __init__(self, net):
        super().__init__(net)
        self.offset = net.filter.bias.detach().clone()

    def __call__(self, x, *conditions, pad_start=None):
        bias = self.net.filter.bias
        return super().__call__(x) - bias + (bias - bias.detach() + self.offset)


def test_parameters_that_are_kept_from_the_first_call_are_caught(broken):
    assert broken(LAWS[:1], subject_of(CachesTheWeights)) == {"accelerated_net_computes_the_same"}


def test_an_accelerator_that_raises_for_a_net_that_it_does_not_know_is_caught(broken):
    def offer(net, device):
        return Unfolded(net) if net.filter is not None else None

    subject = AcceleratorSubject(offer, {"Gru": Gru})
    assert broken(LAWS[:1], lambda: subject) == {"accelerated_net_computes_the_same"}


def test_one_that_knows_none_of_the_nets_is_skipped_with_the_way_out():
    with pytest.raises(SkipTest, match="make_nets"):
        LAWS[0](subject_of(Unfolded, {"Gru": Gru})())
