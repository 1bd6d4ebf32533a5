"""Each law of a dataset catches the dataset that breaks it, and no other law complains of that dataset."""

import pytest
import torch

from kit_verdicts import broken
from nam_kernel import registration
from nam_kernel.errors import HandshakeError
from nam_devkit.examples.dataset.dataset import ExampleDataset
from nam_devkit.laws_dataset import LAWS
from nam_devkit.subjects import DatasetSubject


@pytest.fixture(autouse=True)
def _forget():
    yield
    registration.forget()


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


class OddCondition(ExampleDataset):
    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        return x, torch.zeros(2, 3), y


class NoRate(ExampleDataset):
    sample_rate = 0.0


class RefusesAll(ExampleDataset):
    def handshake(self, net):
        raise HandshakeError("no net is good enough")


class TornDownOnce(ExampleDataset):
    def teardown(self):
        del self._x


BREAKERS = {
    "there_are_items": Endless,
    "input_has_the_history": Doubles,
    "samples_are_finite": Holes,
    "items_batch": OddCondition,
    "sample_rate_is_known_or_none": NoRate,
    "net_that_hears_further_is_refused": RefusesAll,
    "teardown_may_come_twice": TornDownOnce,
}


def subject_of(dataset_class):
    config = {"ny": 100, "items": 3}
    return lambda: DatasetSubject(lambda nx: dataset_class.init_from_config({**config, "nx": nx}))


def test_every_law_has_a_dataset_that_breaks_it():
    assert [law.__name__ for law in LAWS] == list(BREAKERS)


@pytest.mark.parametrize("law", BREAKERS)
def test_a_broken_dataset_breaks_its_law_alone(law):
    assert broken(LAWS, subject_of(BREAKERS[law])) == {law}


def test_a_good_dataset_breaks_none():
    assert broken(LAWS, subject_of(ExampleDataset)) == set()


class WithoutHistory(ExampleDataset):
    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        return x[self.nx - 1 :], y


class DeafToNx(ExampleDataset):
    nx = 1


class Uneven(ExampleDataset):
    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        return (x[:-1], y[:-1]) if index == len(self) - 1 else (x, y)


@pytest.mark.parametrize(
    ("dataset_class", "law"),
    [
        (WithoutHistory, "input_has_the_history"),
        (DeafToNx, "input_has_the_history"),
        (Uneven, "items_batch"),
    ],
)
def test_breaches_that_show_in_several_laws(dataset_class, law):
    assert law in broken(LAWS, subject_of(dataset_class))


class Nested(ExampleDataset):
    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        return x, (y, torch.zeros(1), torch.zeros_like(x))


def test_conditions_in_the_nested_form_are_understood():
    assert broken(LAWS, subject_of(Nested)) == set()
