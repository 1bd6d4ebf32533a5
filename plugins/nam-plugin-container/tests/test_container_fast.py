"""Claims about a container of which a size is accelerated: it is, and means the same."""

from __future__ import annotations

import pytest
import torch

from nam_kernel import accelerate, make_net, plugins
from nam_plugin_container.fast import FastContainer

pytest.importorskip("nam_plugin_linear")
pytest.importorskip("nam_plugin_lstm")

LONG = {"name": "Linear", "config": {"receptive_field": 300, "bias": True}}
LONGER = {"name": "Linear", "config": {"receptive_field": 350}}
SHORT = {"name": "Linear", "config": {"receptive_field": 3}}
CELLS = {"name": "LSTM", "config": {"hidden_size": 3}}


def container(*nets):
    torch.manual_seed(0)
    net = make_net("Container", {"submodels": [{"name": f"{i}", "net": net} for i, net in enumerate(nets)]})
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.normal_(std=0.3)
    return net


@pytest.mark.parametrize("nets", [[LONG], [CELLS, LONG], [LONG, SHORT, LONGER]])
def test_it_is_run_by_what_accelerates_its_sizes(nets):
    net = container(*nets)
    faster = accelerate(net)
    assert isinstance(faster, FastContainer)
    x = torch.randn(2, 1000)
    for mode in (True, False):
        net.train(mode)
        for heard in (x, x[0]):
            for pad_start in (None, True, False):
                expected = net(heard, pad_start=pad_start)
                torch.testing.assert_close(faster(heard, pad_start=pad_start), expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("nets", [[SHORT], [CELLS, SHORT], [CELLS, CELLS]])
def test_where_nothing_is_faster_it_runs_as_it_is(nets):
    net = container(*nets)
    plugins.use(None, without=["fast"])
    try:
        assert accelerate(net) is net
    finally:
        plugins.use(None)


@pytest.mark.parametrize("nets", [[CELLS, LONG], [LONG, SHORT, LONGER]])
@pytest.mark.parametrize("size", [1, 64, 65536])
def test_rendered_in_blocks_it_sounds_the_same(nets, size):
    net, x = container(*nets).eval(), torch.randn(200)
    expected = net(x).detach()
    torch.testing.assert_close(net.render(x, size=size, forward=accelerate(net)), expected, atol=1e-4, rtol=0)


def test_it_refuses_what_the_net_refuses():
    faster = accelerate(container(CELLS, LONG))
    with pytest.raises(ValueError, match="takes no conditions"):
        faster(torch.zeros(2, 400), torch.zeros(2))
    with pytest.raises(ValueError, match="fewer than the receptive field"):
        faster(torch.zeros(2, 299), pad_start=False)


def test_gradients_reach_every_size():
    net = container(CELLS, LONG)
    accelerate(net)(torch.randn(2, 400), pad_start=False).square().sum().backward()
    assert all(parameter.grad is not None and parameter.grad.any() for parameter in net.parameters())
