"""Claims about nets, streams, conditions and datasets as such."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from nam_kernel import BaseNet, Condition
from nam_kernel.errors import HandshakeError, UserError
from nam_kernel.interfaces import ConcatDataset, WeightedLoss, flatten, over_time, unpack_batch
from nam_kernel.interfaces.adopt import AdoptedDataset, adopt, adopt_dataset, plain
from nam_kernel.interfaces.conditions import count_of, in_order, matching
from nam_kernel.interfaces.dataset import Batch
from parts import GainConfig, GainNet, NoiseConfig, NoiseDataset


class Delay(BaseNet):
    """y[n] = x[n - 4] + 10 k[n - 4]: whatever a stream forgets is heard."""

    @property
    def receptive_field(self) -> int:
        return 5

    @property
    def conditions(self) -> tuple[Condition, ...]:
        return (Condition("k"),)

    @classmethod
    def init_from_config(cls, config: Any) -> Delay:
        return cls()

    def export_config(self) -> dict[str, Any]:
        return {}

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        return x[:, :-4] + 10 * over_time(x, conditions, 1)[:, 0, :-4]


@pytest.mark.parametrize("size", [1, 2, 4, 5, 7, 64])
def test_a_stream_goes_on_where_it_stopped(size: int) -> None:
    net = Delay().eval()
    x, k = torch.randn(64), torch.randn(64)
    expected = torch.cat((torch.zeros(4) + 10 * k[0], x[:-4] + 10 * k[:-4]))
    stream = net.stream()
    pieces = [stream.feed(x[i : i + size], k[i : i + size]) for i in range(0, 64, size)]
    assert torch.allclose(torch.cat(pieces), expected, atol=1e-6)
    assert torch.allclose(net.render(x, k, size=size), expected, atol=1e-6)
    assert torch.allclose(net(x, k, pad_start=True), expected, atol=1e-6)


def test_a_constant_is_a_condition_that_never_moves() -> None:
    net = Delay().eval()
    x = torch.randn(30)
    expected = torch.cat((torch.zeros(4), x[:-4])) + 5
    assert torch.allclose(net.render(x, 0.5, size=7), expected, atol=1e-6)
    assert torch.allclose(net(x, 0.5, pad_start=True), expected, atol=1e-6)
    assert torch.allclose(net(x, torch.tensor(0.5), pad_start=True), expected, atol=1e-6)
    batch = net(x.expand(3, -1), torch.tensor([0.5, 0.5, 0.5]), pad_start=True)
    assert torch.allclose(batch, expected.expand(3, -1), atol=1e-6)


X = torch.arange(12.0).reshape(2, 6)


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ([torch.tensor([1.0, 2.0])], [[[1.0] * 6], [[2.0] * 6]]),
        (
            [torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])],
            [[[1.0] * 6, [2.0] * 6, [3.0] * 6], [[4.0] * 6, [5.0] * 6, [6.0] * 6]],
        ),
        ([X], X[:, None].tolist()),
        ([X, torch.tensor([1.0, 2.0])], torch.stack([X, torch.tensor([[1.0], [2.0]]).expand(2, 6)], 1).tolist()),
        ([torch.stack([X, -X], 1)], torch.stack([X, -X], 1).tolist()),
        ([torch.tensor(3.0)], [[[3.0] * 6], [[3.0] * 6]]),
    ],
    ids=["constant", "constants", "signal", "both", "signals", "number"],
)
def test_conditions_of_every_form_become_channels(conditions: list[Tensor], expected: list[Any]) -> None:
    joined = over_time(X, conditions, len(expected[0]))
    assert joined.tolist() == expected
    with pytest.raises(ValueError, match="was given"):
        over_time(X, conditions, len(expected[0]) + 1)


@pytest.mark.parametrize(
    ("condition", "count"),
    [(torch.tensor(1.0), 1), (torch.ones(6), 1), (torch.ones(3), 3), (torch.ones(2, 6), 2), (1.5, 1)],
)
def test_the_conditions_of_an_item_are_counted(condition: Any, count: int) -> None:
    assert count_of(X[0], (condition,)) == count


def test_a_condition_of_another_length_is_refused() -> None:
    with pytest.raises(HandshakeError, match=r"shape \(2, 5\) beside an input of 6 samples"):
        count_of(X[0], (torch.ones(2, 5),))


def test_conditions_are_put_into_order() -> None:
    assert [float(c) for c in in_order(X[0], (torch.tensor([1.0, 2.0]), torch.tensor(3.0)), (2, 0, 1))] == [
        3.0,
        1.0,
        2.0,
    ]


def named(*names: str) -> list[Condition]:
    return [Condition(name) for name in names]


def test_conditions_match_by_name_or_where_there_are_none_by_position() -> None:
    assert matching(named("a", "b", "c"), named("c", "a", "b")) == (1, 2, 0)
    assert matching(named("", ""), named("b", "a")) == (0, 1)
    assert matching(named("b", "a"), named("", "")) == (0, 1)
    with pytest.raises(HandshakeError):
        matching(named("", ""), named("a"))
    with pytest.raises(HandshakeError, match="the data lacks a; the net lacks b"):
        matching(named("a"), named("b"))


def test_a_condition_knows_its_values() -> None:
    knob = Condition("gain", 0, 10, 5, unit="dB")
    assert (knob.default, knob.value(7), knob.value("7.5")) == (5, 7.0, 7.5)
    with pytest.raises(ValueError, match="gain is 11; it goes from 0 to 10 dB"):
        knob.value(11)
    with pytest.raises(ValueError, match="gain is 'loud'; expected a number"):
        knob.value("loud")
    switch = Condition("mode", choices=("clean", "lead"))
    assert (switch.low, switch.high, switch.default, switch.value("lead")) == (0.0, 1.0, 0.0, 1.0)
    with pytest.raises(ValueError, match="expected one of clean, lead"):
        switch.value("crunch")
    with pytest.raises(ValueError, match="low comes first"):
        Condition("x", 2, 1)


def test_settings_are_in_the_nets_order_with_defaults_filled_in() -> None:
    net = GainNet(GainConfig(knobs=["gain", "tone"]))
    assert net.settings({"tone": 3}) == (0.0, 3.0)
    with pytest.raises(UserError, match="no knob 'volume'; it has: gain, tone"):
        net.settings({"volume": 1})
    with pytest.raises(UserError, match="tone is 30"):
        net.settings({"tone": 30})


@pytest.mark.parametrize(
    "refusal",
    [
        lambda net: net.scale_output(2.0),
        lambda net: net.bake({}),
        lambda net: net.at_size(1.0),
        lambda net: net.output_state("large"),
    ],
)
def test_what_a_net_cannot_do_it_refuses_in_words(refusal: Callable[[BaseNet], Any]) -> None:
    with pytest.raises(UserError, match="Delay"):
        refusal(Delay())


class Plain(nn.Module):
    receptive_field = 2

    def forward(self, x: Tensor) -> Tensor:
        return x[:, 1:]


class PlainWithKnob(Plain):
    def forward(self, x: Tensor, knob: Tensor, pad_start: bool = False) -> Tensor:  # type: ignore[override]
        assert not pad_start
        return x[:, 1:] * knob[:, None]


def test_a_plain_module_is_adopted_and_its_conditions_are_undeclared_where_it_takes_more() -> None:
    assert adopt(Plain(), "somebody").conditions == ()
    net = adopt(PlainWithKnob(), "somebody")
    assert net.conditions is None
    assert net(torch.ones(4), 3.0, pad_start=True).tolist() == [3.0] * 4
    assert isinstance(plain(net), PlainWithKnob)


def test_a_plain_dataset_is_adopted_and_what_it_has_shines_through() -> None:
    class Items(torch.utils.data.Dataset[Any]):
        nx, extra = 2, "x"

        def __len__(self) -> int:
            return 1

        def __getitem__(self, index: int) -> Any:
            return torch.ones(5), (torch.ones(4), torch.tensor(2.0))

    dataset = adopt_dataset(Items(), "somebody")
    assert (dataset.nx, dataset.ny, dataset.sample_rate, dataset.conditions) == (2, None, None, None)
    assert dataset.extra == "x"  # type: ignore[attr-defined]
    assert unpack_batch(dataset[0]).conditions[0] == 2.0
    dataset.teardown()
    with pytest.raises(UserError, match="cannot change the level"):
        dataset.scale_output(2.0)


def test_a_dataset_serves_its_conditions_in_another_order_also_to_workers() -> None:
    inner = NoiseDataset(NoiseConfig(knobs={"gain": 1.0, "tone": 2.0}), nx=2)
    dataset = pickle.loads(pickle.dumps(AdoptedDataset(inner, (1, 0))))
    assert [c.name for c in dataset.conditions] == ["tone", "gain"]
    swapped, straight = unpack_batch(dataset[0]), unpack_batch(inner[0])
    assert swapped.conditions == straight.conditions[::-1]
    assert torch.equal(swapped.x, straight.x)


def test_a_list_of_datasets_is_flattened_and_torn_down_also_when_one_fails(caplog: pytest.LogCaptureFixture) -> None:
    parts = [NoiseDataset(NoiseConfig(), nx=2) for _ in range(3)]
    nested = ConcatDataset([parts[0], ConcatDataset(parts[1:])])
    assert flatten(nested) == parts
    assert len(nested) == 12
    assert torch.equal(nested[-1][0], parts[2][3][0])
    parts[1].teardown = lambda: 1 / 0  # type: ignore[method-assign, assignment, return-value]
    nested.teardown()
    assert "the teardown of NoiseDataset failed: ZeroDivisionError" in caplog.text
    assert (parts[0].torn_down, parts[2].torn_down) == (1, 1)


def test_a_loss_gets_the_batch_only_where_it_asks_for_it() -> None:
    batch = Batch(X, (), X)
    plain_loss = WeightedLoss("a", lambda preds, targets: preds.sum(), 1.0)
    asking = WeightedLoss("b", lambda preds, targets, batch: batch.x.sum(), 1.0)
    assert plain_loss(X, X, batch) == asking(X, X, batch) == X.sum()
