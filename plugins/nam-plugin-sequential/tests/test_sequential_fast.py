"""Claims about a Sequential of which a model is accelerated: it is, and means the same."""

from __future__ import annotations

import pytest
import torch

from nam_kernel import accelerate, make_net, plugins
from nam_plugin_sequential.fast import FastSequential

pytest.importorskip("nam_plugin_linear")
pytest.importorskip("nam_plugin_lstm")

LONG = {"name": "Linear", "config": {"receptive_field": 300, "bias": True}}
SHORT = {"name": "Linear", "config": {"receptive_field": 3}}
CELLS = {"name": "LSTM", "config": {"hidden_size": 3}}


def sequential(*models):
    torch.manual_seed(0)
    net = make_net("Sequential", {"models": list(models)})
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.normal_(std=0.3)
    return net


@pytest.mark.parametrize("models", [[LONG], [CELLS, LONG], [LONG, CELLS], [SHORT, LONG, LONG]])
def test_it_is_run_by_what_accelerates_its_models(models):
    net = sequential(*models)
    faster = accelerate(net)
    assert isinstance(faster, FastSequential)
    x = torch.randn(2, 1000)
    for mode in (True, False):
        net.train(mode)
        for pad_start in (None, True, False):
            torch.testing.assert_close(faster(x, pad_start=pad_start), net(x, pad_start=pad_start), atol=1e-4, rtol=0)
    torch.testing.assert_close(faster(x[0]), net(x[0]), atol=1e-4, rtol=0)


@pytest.mark.parametrize("models", [[SHORT], [CELLS, SHORT], [CELLS, CELLS]])
def test_where_nothing_is_faster_it_runs_as_it_is(models):
    net = sequential(*models)
    plugins.use(None, without=["fast"])
    try:
        assert accelerate(net) is net
    finally:
        plugins.use(None)


@pytest.mark.parametrize("models", [[CELLS, LONG], [LONG, CELLS, SHORT], [SHORT, LONG]])
@pytest.mark.parametrize("size", [1, 64, 65536])
def test_rendered_in_blocks_it_sounds_the_same(models, size):
    net, x = sequential(*models).eval(), torch.randn(200)
    expected = net(x).detach()
    torch.testing.assert_close(net.render(x, size=size, forward=accelerate(net)), expected, atol=1e-4, rtol=0)


def test_it_refuses_what_the_net_refuses():
    faster = accelerate(sequential(CELLS, LONG))
    with pytest.raises(ValueError, match="takes no conditions"):
        faster(torch.zeros(2, 400), torch.zeros(2))
    with pytest.raises(ValueError, match="fewer than the receptive field"):
        faster(torch.zeros(2, 299), pad_start=False)
