"""Each law of a dataset catches the dataset that breaks it, and no other law complains of that dataset."""

import time

import pytest
import torch

from nam_devkit.examples.dataset.config import ExampleDatasetConfig
from nam_devkit.examples.dataset.dataset import ExampleDataset
from nam_devkit.laws_dataset import LAWS
from nam_devkit.subjects import DatasetSubject
from nam_kernel import Condition
from nam_kernel.errors import HandshakeError, UserError
from nam_kernel.interfaces.adopt import adopt_dataset


class Endless(ExampleDataset):
    def __getitem__(self, index):
        return super().__getitem__(index % len(self))


class Doubles(ExampleDataset):
    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        return x.double(), y


class Holes(ExampleDataset):
    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        return x, torch.cat((y[:-1], torch.tensor([torch.nan])))

    def scale_output(self, factor):
        raise UserError("a hole has no level")


class OfSeveralForms(ExampleDataset):
    """The last item is in the nested form."""

    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        return (x, (y,)) if index == len(self) - 1 else (x, y)


class Turned(ExampleDataset):
    """Two knobs, a constant and a signal."""

    conditions = (Condition("drive", 0, 10), Condition("tone"))

    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        return x, torch.tensor(float(index)), torch.full_like(x, 0.5), y


class TurnedTooFar(Turned):
    conditions = (Condition("drive", 0, 10), Condition("tone", 0, 0.4))


class Hashed(ExampleDataset):
    def fingerprint(self):
        return {"seed": self._config.seed, "rate": self.sample_rate}


class NoRate(ExampleDataset):
    sample_rate = 0.0


class RefusesAll(ExampleDataset):
    def handshake(self, net):
        raise HandshakeError("no net is good enough")


class ScalesTheInputToo(ExampleDataset):
    def scale_output(self, factor):
        super().scale_output(factor)
        self._x = self._x * factor


class OtherEveryTime(ExampleDataset):
    def fingerprint(self):
        return {"read": time.monotonic_ns()}


class TornDownOnce(ExampleDataset):
    def teardown(self):
        del self._x


BREAKERS = {
    "there_are_items": Endless,
    "input_has_the_history": Doubles,
    "samples_are_finite": Holes,
    "items_batch": OfSeveralForms,
    "conditions_of_items_are_as_declared": TurnedTooFar,
    "sample_rate_is_known_or_none": NoRate,
    "net_that_hears_further_is_refused": RefusesAll,
    "scaled_data_is_exact": ScalesTheInputToo,
    "fingerprint_identifies_the_data": OtherEveryTime,
    "teardown_may_come_twice": TornDownOnce,
}


def subject_of(dataset_class):
    config = ExampleDatasetConfig(ny=100, items=3)
    return lambda: DatasetSubject(lambda nx: dataset_class.init_from_config(config, nx=nx))


def test_every_law_has_a_dataset_that_breaks_it():
    assert [law.__name__ for law in LAWS] == list(BREAKERS)


@pytest.mark.parametrize("law", BREAKERS)
def test_a_broken_dataset_breaks_its_law_alone(broken, law):
    assert broken(LAWS, subject_of(BREAKERS[law])) == {law}


@pytest.mark.parametrize("dataset_class", [ExampleDataset, Turned, Hashed])
def test_a_good_dataset_breaks_none(broken, dataset_class):
    assert broken(LAWS, subject_of(dataset_class)) == set()


class WithoutHistory(ExampleDataset):
    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        return x[self.nx - 1 :], y


class DeafToNx(ExampleDataset):
    nx = 1


class Shortening(ExampleDataset):
    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        return (x[:-1], y[:-1]) if index == len(self) - 1 else (x, y)


class OddCondition(ExampleDataset):
    conditions = None

    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        return x, torch.zeros(2, 3), y


class DeclaresOneOfTwo(Turned):
    conditions = (Condition("drive", 0, 10),)


class ScalesNothing(ExampleDataset):
    def scale_output(self, factor):
        pass


@pytest.mark.parametrize(
    ("dataset_class", "law"),
    [
        (WithoutHistory, "input_has_the_history"),
        (DeafToNx, "input_has_the_history"),
        (Shortening, "items_batch"),
        (OddCondition, "conditions_of_items_are_as_declared"),
        (DeclaresOneOfTwo, "conditions_of_items_are_as_declared"),
        (ScalesNothing, "scaled_data_is_exact"),
    ],
)
def test_other_breaches(broken, dataset_class, law):
    assert law in broken(LAWS, subject_of(dataset_class))


class Nested(ExampleDataset):
    conditions = None

    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        return x, (y, torch.zeros(1), torch.zeros_like(x))


class OfManyLengths(ExampleDataset):
    ny = None

    def __init__(self, config, nx):
        super().__init__(config, nx)
        self._lengths = [10 * (index + 1) for index in range(config.items)]

    def __getitem__(self, index):
        if index >= len(self):
            raise IndexError(index)
        length = self._lengths[index]
        return self._x[: length + self.nx - 1], self._y[self.nx - 1 : length + self.nx - 1]


@pytest.mark.parametrize("dataset_class", [Nested, OfManyLengths])
def test_what_is_allowed_too(broken, dataset_class):
    assert broken(LAWS, subject_of(dataset_class)) == set()


class Plain:
    """A dataset of somebody else's: a length and items, and nothing besides."""

    def __init__(self, nx):
        self.x = torch.linspace(-0.5, 0.5, 100 + nx - 1)
        self.y = self.x[nx - 1 :] ** 3

    def __len__(self):
        return 1

    def __getitem__(self, index):
        if index:
            raise IndexError(index)
        return self.x, self.y


def test_a_plain_dataset_is_held_to_the_laws_as_the_kernel_adopts_it(broken):
    assert broken(LAWS, lambda: DatasetSubject(lambda nx: adopt_dataset(Plain(nx), "the test"))) == set()
