"""Each law of a net catches the net that breaks it, and no other law complains of that net."""

import numpy as np
import pytest
import torch
from pydantic import BaseModel
from torch import nn

from kit_verdicts import broken
from nam_kernel import Net, registration
from nam_kernel.interfaces import BaseNet
from nam_devkit import laws_net, laws_net_state
from nam_devkit.conformance import COMPONENT_LAWS
from nam_devkit.examples.net.net import ExampleNet
from nam_devkit.subjects import NetSubject

LAWS = (*laws_net.LAWS, *laws_net_state.LAWS)


@pytest.fixture(autouse=True)
def _forget():
    yield
    registration.forget()


def subject_of(net_class, **facts):
    registration.register(Net(name=net_class.__name__, target=net_class, architectures=(net_class.__name__,)))
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

    def blocks(self, x, *conditions, size=65536):
        yield self(x)


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


class ForgetsBetweenBlocks(Fir):
    def blocks(self, x, *conditions, size=65536):
        with torch.no_grad():
            for piece in x.split(size):
                yield self(piece, pad_start=True)


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
    "blocks_join_to_the_whole": ForgetsBetweenBlocks,
    "gradient_reaches_every_parameter": UnusedParameter,
    "state_dict_round_trip": HiddenGain,
    "document_round_trip": ReadsBackwards,
    "runs_on_cuda_as_on_the_cpu": WrongOnCuda,
}


def test_every_law_has_a_net_that_breaks_it():
    assert [law.__name__ for law in LAWS] == list(BREAKERS)


@pytest.mark.parametrize("law", BREAKERS)
def test_a_broken_net_breaks_its_law_alone(law):
    if "cuda" in law and not torch.cuda.is_available():
        pytest.skip("there is no CUDA device here")
    assert broken(LAWS, subject_of(BREAKERS[law])) == {law}


def test_a_good_net_breaks_none():
    assert broken(LAWS, subject_of(Fir)) == set()


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


class Gru(BaseNet):
    """Recurrent; ``blocks`` is left as it is."""

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


class GruInBlocks(Gru):
    architecture = "GruInBlocks"

    def blocks(self, x, *conditions, size=65536):
        state = None
        with torch.no_grad():
            for piece in x.split(size):
                hidden, state = self.core(piece[None, :, None], state)
                yield self.head(hidden)[0, :, 0]


@pytest.mark.parametrize(
    ("net_class", "laws"),
    [
        (Hollow, {"receptive_field_is_as_declared", "blocks_join_to_the_whole"}),
        (Gru, {"receptive_field_is_as_declared", "blocks_join_to_the_whole"}),
        (GruInBlocks, set()),
        (NotJson, {"document_round_trip"}),
    ],
)
def test_other_breaches(net_class, laws):
    assert broken(LAWS, subject_of(net_class)) == laws


@pytest.mark.parametrize(
    ("net_class", "law"),
    [
        (Shorter, laws_net.output_has_the_promised_length),
        (Dice, laws_net.same_seed_gives_the_same_net),
        (Constant, laws_net.receptive_field_is_as_declared),
    ],
)
def test_breaches_that_show_in_several_laws(net_class, law):
    with pytest.raises(AssertionError):
        law(subject_of(net_class)())


def test_a_net_that_is_not_installed_is_told_where_to_name_its_architecture():
    subject = NetSubject(lambda: Fir(8))
    with pytest.raises(AssertionError, match="'Fir' among the record's architectures"):
        laws_net_state.document_round_trip(subject)


class Driven(Fir):
    condition_names = ("drive",)

    def compute(self, x, drive):
        return super().compute(x) * drive[:, self.receptive_field - 1 :]


class DrivenByAConstant(Fir):
    condition_names = ("drive",)

    def compute(self, x, drive):
        return super().compute(x) * drive


def test_conditions_are_made_from_their_names():
    assert broken(LAWS, subject_of(Driven)) == set()


def test_conditions_of_another_shape_are_a_fact():
    subject = subject_of(DrivenByAConstant, conditions=lambda batch, _: (torch.full((batch, 1), 0.7),))
    assert broken(LAWS, subject) == set()


class Lenient(BaseModel):
    taps: int = 8


def test_a_config_model_that_takes_any_key_is_caught():
    record = Net(name="Fir", target=Fir, config=Lenient)
    laws = COMPONENT_LAWS["net"][:1]
    assert broken(laws, lambda: NetSubject(Fir, record, "here")) == {"config_refuses_unknown_keys"}
