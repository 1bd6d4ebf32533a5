"""Each law of a net catches the net that breaks it, and no other law complains of that net."""

import copy

import numpy as np
import pytest
import torch
from pydantic import BaseModel
from torch import nn

from nam_devkit import laws_net, laws_net_settings, laws_net_state
from nam_devkit.conformance import COMPONENT_LAWS
from nam_devkit.examples.net.net import ExampleNet
from nam_devkit.subjects import NetSubject
from nam_kernel import Condition, Net
from nam_kernel.errors import UserError
from nam_kernel.interfaces import BaseNet, over_time
from nam_kernel.plugins.registration import register

LAWS = (*laws_net.LAWS, *laws_net_settings.LAWS, *laws_net_state.LAWS)


def subject_of(net_class, **facts):
    register(Net(name=net_class.__name__, target=net_class, architectures=(net_class.__name__,)))
    subject = NetSubject(lambda: net_class.init_from_config({"taps": 8}), **facts)
    return lambda: subject


class Fir(ExampleNet):
    """A net that keeps every law."""

    @classmethod
    def init_from_config(cls, config):
        return cls(**config)


class UnnamedOutput(Fir):
    def compute(self, x):
        return super().compute(x)[:, None]


class DeclaresTooMuch(Fir):
    @property
    def receptive_field(self):
        return super().receptive_field + 3

    def export_config(self):
        return {"taps": super().receptive_field}

    def compute(self, x):
        return super().compute(x[:, 3:])


class HearsTheFuture(Fir):
    def compute(self, x):
        y = super().compute(x)
        return y + torch.nn.functional.pad(x[:, self.receptive_field :], (0, 1))

    def stream(self, forward=None):
        return Prophet(self)

    def scale_output(self, factor):
        raise UserError("the future is not ours to scale")


class Prophet:
    """Knows the whole signal from its first block on."""

    def __init__(self, net):
        self.net, self.fed = net, 0

    def feed(self, x):
        with torch.no_grad():
            length = int(self.net.receptive_field) + 2 * 257 + 64
            whole = self.net(laws_net.noise(length), pad_start=True)
        self.fed += len(x)
        return whole[self.fed - len(x) : self.fed]


class MixesItems(Fir):
    def compute(self, x):
        y = super().compute(x)
        return y + 0.1 * y.mean(dim=0, keepdim=True)


class OwnDice(Fir):
    def __init__(self, taps):
        super().__init__(taps)
        self.level = nn.Parameter(torch.tensor(np.random.default_rng().uniform(1, 2), dtype=torch.float32))

    def compute(self, x):
        return self.level * super().compute(x)


class HasAPole(Fir):
    def compute(self, x):
        return super().compute(x) + 0.01 / (1 - x[:, self.receptive_field - 1 :])

    def scale_output(self, factor):
        raise UserError("a pole is not scaled")


class ForgetsBetweenBlocks(Fir):
    def stream(self, forward=None):
        return Forgetful(self)


class Forgetful:
    def __init__(self, net):
        self.net = net

    def feed(self, x):
        with torch.no_grad():
            return self.net(x, pad_start=True)


class Driven(Fir):
    """A net with two conditions that keeps every law."""

    conditions = (Condition("drive", 0, 10, 5), Condition("mode", choices=("dark", "bright")))

    def compute(self, x, *conditions):
        drive, mode = over_time(x, conditions, 2)[..., self.receptive_field - 1 :].unbind(1)
        return super().compute(x) * (1 + drive + mode)

    def bake(self, values):
        drive, mode = self.settings(values)
        fixed = Fir(self.receptive_field)
        fixed.load_state_dict(copy.deepcopy(self.state_dict()))
        fixed.scale_output(1 + drive + mode)
        return fixed


class DeafToAKnob(Driven):
    def compute(self, x, *conditions):
        drive, mode = over_time(x, conditions, 2)[..., self.receptive_field - 1 :].unbind(1)
        return Fir.compute(self, x) * (1 + drive + 0 * mode)

    def bake(self, values):
        raise UserError("this net cannot be baked")


class ScalesBeforeTheBend(Fir):
    def compute(self, x):
        return super().compute(x).tanh()


class BakesTheDefaults(Driven):
    def bake(self, values):
        self.settings(values)
        return super().bake({})


class UnusedParameter(Fir):
    def __init__(self, taps):
        super().__init__(taps)
        self.spare = nn.Parameter(torch.ones(1))


class HiddenGain(Fir):
    def __init__(self, taps, gain=None):
        super().__init__(taps)
        self.gain = float(torch.rand(())) + 0.5 if gain is None else gain

    def export_config(self):
        return {**super().export_config(), "gain": self.gain}

    def compute(self, x):
        return self.gain * super().compute(x)


class ReadsBackwards(Fir):
    def import_weights(self, weights):
        super().import_weights(list(reversed(weights)))

    def scale_output(self, factor):
        raise UserError("this net has one level only")


class WrongOnCuda(Fir):
    def compute(self, x):
        return super().compute(x) * (2 if x.is_cuda else 1)


BREAKERS = {
    "output_has_the_promised_length": UnnamedOutput,
    "receptive_field_is_as_declared": DeclaresTooMuch,
    "output_is_causal": HearsTheFuture,
    "items_of_a_batch_are_independent": MixesItems,
    "same_seed_gives_the_same_net": OwnDice,
    "extremes_stay_finite": HasAPole,
    "stream_goes_on_where_it_stopped": ForgetsBetweenBlocks,
    "conditions_are_as_declared": DeafToAKnob,
    "scaled_output_is_exact": ScalesBeforeTheBend,
    "baked_net_is_the_net_at_a_setting": BakesTheDefaults,
    "gradient_reaches_every_parameter": UnusedParameter,
    "state_dict_round_trip": HiddenGain,
    "document_round_trip": ReadsBackwards,
    "runs_on_cuda_as_on_the_cpu": WrongOnCuda,
}


def test_every_law_has_a_net_that_breaks_it():
    assert [law.__name__ for law in LAWS] == list(BREAKERS)


@pytest.mark.parametrize("law", BREAKERS)
def test_a_broken_net_breaks_its_law_alone(broken, law):
    if "cuda" in law and not torch.cuda.is_available():
        pytest.skip("there is no CUDA device here")
    assert broken(LAWS, subject_of(BREAKERS[law])) == {law}


@pytest.mark.parametrize("net_class", [Fir, Driven])
def test_a_good_net_breaks_none(broken, net_class):
    assert broken(LAWS, subject_of(net_class)) == set()


class Hollow(Fir):
    """Declares less than it hears: it pads by itself."""

    @property
    def receptive_field(self):
        return 1

    def export_config(self):
        return {"taps": 8}

    def compute(self, x):
        return super().compute(torch.nn.functional.pad(x, (7, 0)))


class Shorter(Fir):
    def compute(self, x):
        return super().compute(x)[:, 1:]


class Dice(Fir):
    def compute(self, x):
        return super().compute(x) + torch.rand(1)


class Constant(Fir):
    def compute(self, x):
        return super().compute(torch.zeros_like(x))


class NotJson(Fir):
    def export_config(self):
        return {"taps": {8}}

    def scale_output(self, factor):
        raise UserError("this net has one level only")


class Gru(BaseNet):
    """Recurrent; ``stream`` is left as it is."""

    architecture = "Gru"
    receptive_field = 1

    def __init__(self):
        super().__init__()
        self.core, self.head = nn.GRU(1, 4, batch_first=True), nn.Linear(4, 1)

    @classmethod
    def init_from_config(cls, config):
        return cls()

    def export_config(self):
        return {}

    def compute(self, x):
        return self.head(self.core(x[..., None])[0])[..., 0]


class GruWithAStream(Gru):
    architecture = "GruWithAStream"

    def stream(self, forward=None):
        return GruStream(self)


class GruStream:
    def __init__(self, net):
        self.net, self.state = net, None

    def feed(self, x):
        with torch.no_grad():
            hidden, self.state = self.net.core(x[None, :, None], self.state)
            return self.net.head(hidden)[0, :, 0]


class TakesOneKnobForTwo(Driven):
    def compute(self, x, *conditions):
        drive, mode = (conditions[0], conditions[-1])
        return super().compute(x, drive, mode)


class WantsSignals(Driven):
    def compute(self, x, *conditions):
        drive, mode = (c[:, self.receptive_field - 1 :] for c in conditions)
        return Fir.compute(self, x) * (1 + drive + mode)


class TwoOfOneName(Driven):
    conditions = (Condition("drive", 0, 10, 5), Condition("drive"))


class Unnamed(Driven):
    conditions = (Condition("", 0, 10, 5), Condition("", choices=("dark", "bright")))


class LosesItsLevel(Fir):
    """The level is no part of what is exported."""

    level = 1.0

    def scale_output(self, factor):
        self.level = factor

    def compute(self, x):
        return self.level * super().compute(x)


class StillHasKnobs(Driven):
    def bake(self, values):
        self.settings(values)
        return copy.deepcopy(self)


class BakesAnything(Driven):
    def bake(self, values):
        return super().bake({name: min(v, 1) for name, v in values.items() if not isinstance(v, str)})


@pytest.mark.parametrize(
    ("net_class", "laws"),
    [
        (Hollow, {"receptive_field_is_as_declared", "stream_goes_on_where_it_stopped"}),
        (Gru, {"receptive_field_is_as_declared", "stream_goes_on_where_it_stopped"}),
        (GruWithAStream, set()),
        (NotJson, {"document_round_trip"}),
        (TakesOneKnobForTwo, {"conditions_are_as_declared"}),
        (TwoOfOneName, {"conditions_are_as_declared", "baked_net_is_the_net_at_a_setting"}),
        (Unnamed, set()),
        (LosesItsLevel, {"scaled_output_is_exact"}),
        (StillHasKnobs, {"baked_net_is_the_net_at_a_setting"}),
        (BakesAnything, {"baked_net_is_the_net_at_a_setting"}),
    ],
)
def test_other_breaches(broken, net_class, laws):
    assert broken(LAWS, subject_of(net_class)) == laws


@pytest.mark.parametrize(
    ("net_class", "law"),
    [
        (Shorter, laws_net.output_has_the_promised_length),
        (Dice, laws_net.same_seed_gives_the_same_net),
        (Constant, laws_net.receptive_field_is_as_declared),
        (WantsSignals, laws_net_settings.conditions_are_as_declared),
    ],
)
def test_breaches_that_show_in_several_laws(net_class, law):
    with pytest.raises(AssertionError):
        law(subject_of(net_class)())


def test_a_net_that_is_not_installed_is_told_where_to_name_its_architecture():
    subject = NetSubject(lambda: Fir(8))
    with pytest.raises(AssertionError, match="'Fir' among the record's architectures"):
        laws_net_state.document_round_trip(subject)


class Undeclared(Fir):
    conditions = None

    def compute(self, x, drive):
        return super().compute(x) * over_time(x, (drive,), 1)[:, 0, self.receptive_field - 1 :]

    def scale_output(self, factor):
        raise UserError("this net has one level only")


def test_conditions_that_are_not_declared_are_a_fact(broken):
    subject = subject_of(Undeclared, conditions=lambda batch, _: (torch.full((batch, 1), 0.7),))
    assert broken(LAWS, subject) == set()


class Lenient(BaseModel):
    taps: int = 8


def test_a_config_model_that_takes_any_key_is_caught(broken):
    record = Net(name="Fir", target=Fir, config=Lenient)
    laws = COMPONENT_LAWS["net"][:1]
    assert broken(laws, lambda: NetSubject(Fir, record, "here")) == {"config_refuses_unknown_keys"}
