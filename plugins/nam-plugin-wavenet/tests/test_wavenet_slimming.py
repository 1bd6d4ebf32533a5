"""One set of weights, several sizes: what training does with them, and what a player makes of the file."""

from __future__ import annotations

import pytest
import torch

from nam_kernel import make_net
from nam_kernel.errors import UserError
from nam_kernel.models import document_of, net_of


def slimmable_net(allowed=(2, 4, 6), **kwargs):
    torch.manual_seed(3)
    slimmable = {"method": "slice_channels_uniform", "kwargs": {"allowed_channels": list(allowed), **kwargs}}
    stack = {
        "input_size": 1,
        "condition_size": 1,
        "channels": allowed[-1],
        "kernel_size": 3,
        "dilations": [1, 2],
        "activation": "LeakyReLU",
        "head": {"out_channels": 1, "kernel_size": 1, "bias": True},
        "slimmable": slimmable,
    }
    return make_net("WaveNet", {"layers_configs": [stack], "head_scale": 1.0})


def audio(length=40):
    return torch.randn(2, length, generator=torch.Generator().manual_seed(4))


def trained_at(net, index):
    x = audio()[:, None]
    return net._slimming.forward_at(index, net.network, x, x)[:, 0]


@pytest.mark.parametrize(("size", "channels"), [(0, 2), (0.33, 2), (0.34, 4), (0.5, 4), (0.67, 6), (1, 6)])
def test_every_allowed_count_has_an_equal_share_of_the_size_control(size, channels):
    assert slimmable_net().at_size(size).spec.stacks[0].channels == channels


def test_training_runs_exactly_the_nets_that_a_player_will_run():
    net = slimmable_net()
    for index, size in enumerate((0.0, 0.5, 1.0)):
        slim = net.at_size(size).eval()
        torch.testing.assert_close(trained_at(net, index), slim(audio(), pad_start=False))


def test_training_visits_every_size_and_evaluation_only_the_whole():
    net = slimmable_net().train()
    lengths = {index: 0 for index in range(3)}
    for _ in range(300):
        lengths[net._slimming.random_index()] += 1
    assert all(70 < count < 130 for count in lengths.values())
    net.eval()
    assert torch.equal(net(audio()), net(audio()))


def test_boosting_trains_only_what_the_next_smaller_size_lacks():
    net = slimmable_net(boosting=True)
    trained_at(net, 1).square().sum().backward()
    weight = net.network.stacks[0].layers[0].conv.weight.grad
    assert not weight[:2, :2].any()
    assert weight[2:4, :4].any()
    assert weight[:2, 2:4].any()
    assert not weight[4:].any()
    assert not weight[:, 4:].any()


def test_without_boosting_a_larger_size_trains_all_that_it_uses():
    net = slimmable_net()
    trained_at(net, 1).square().sum().backward()
    assert net.network.stacks[0].layers[0].conv.weight.grad[:2, :2].any()


def test_smallest_and_zeros_starts_every_size_as_the_smallest():
    net = slimmable_net(init_strategy="smallest_and_zeros").eval()
    smallest = net.at_size(0)(audio())
    torch.testing.assert_close(net.at_size(0.5)(audio()), smallest)
    torch.testing.assert_close(net(audio()), smallest)


def test_smallest_and_zeros_leaves_no_channel_that_cannot_learn():
    net = slimmable_net((3, 6), init_strategy="smallest_and_zeros", boosting=True)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    before = [p.detach().clone() for p in net.parameters()]
    for _ in range(3):
        optimizer.zero_grad()
        (trained_at(net, 0) - 1).square().mean().backward()
        (trained_at(net, 1) + 1).square().mean().backward()
        optimizer.step()
    assert all((p != q).all() for p, q in zip(net.parameters(), before, strict=True))


def test_channel_causal_lets_no_later_channel_into_an_earlier_one():
    net = slimmable_net(init_strategy="channel_causal")
    weight = net.network.stacks[0].layers[0].conv.weight
    assert not weight[:2, 2:].any()
    assert not weight[:4, 4:].any()
    assert weight[4:].all()


def test_the_file_lists_the_sizes_and_asks_for_the_newest_player():
    net = slimmable_net()
    (layer,) = net.export_config()["layers"]
    assert layer["slimmable"] == {"method": "slice_channels_uniform", "kwargs": {"allowed_channels": [2, 4, 6]}}
    assert net.file_version == "0.7.0"
    assert net.at_size(0.5).file_version is None


@pytest.mark.parametrize("size", [-0.1, 1.1, float("nan")])
def test_a_size_outside_of_the_control_is_refused(size):
    with pytest.raises(UserError, match="between 0"):
        slimmable_net().at_size(size)


def test_a_net_of_one_size_has_no_other():
    with pytest.raises(UserError, match="one size only"):
        slimmable_net().at_size(1).at_size(0.5)


@pytest.mark.parametrize("size", [0.0, 0.5, 1.0])
def test_every_size_of_a_scaled_net_is_louder_by_the_factor(size):
    net = slimmable_net().eval()
    before = net.at_size(size)(audio()).detach()
    net.scale_output(-3.0)
    torch.testing.assert_close(net.at_size(size)(audio()), -3.0 * before)
    torch.testing.assert_close(net_of(document_of(net)).at_size(size)(audio()), -3.0 * before)
    torch.testing.assert_close(trained_at(net, round(2 * size)), net.at_size(size)(audio(), pad_start=False))
