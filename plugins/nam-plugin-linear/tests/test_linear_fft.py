"""Claims about the convolution by FFT: a long net is run by it, trains through it, and means the same."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch

from nam_devkit.examples.dataset.config import ExampleDatasetConfig
from nam_devkit.examples.dataset.dataset import ExampleDataset
from nam_devkit.examples.trainer.config import ExampleTrainerConfig
from nam_devkit.examples.trainer.trainer import ExampleTrainer
from nam_kernel import accelerate, make_net
from nam_kernel.config import ModelConfig
from nam_kernel.interfaces import Job, WeightedLoss
from nam_plugin_linear.fft import ByFft
from nam_plugin_linear.hooks import nam_accelerate
from nam_plugin_linear.net import Linear


def linear(length, bias=True, seed=0, decay=0.0):
    """Return a net of random taps; with ``decay`` they die away as a recorded response does."""
    rng = np.random.default_rng(seed)
    net = make_net("Linear", {"receptive_field": length, "bias": bias})
    taps = rng.normal(size=length) * np.exp(-decay * np.arange(length) / length)
    net.import_weights(np.append(taps, 0.25) if bias else taps)
    return net


def noise(*shape, seed=1):
    return torch.from_numpy(np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32))


def in_double_precision(net, x):
    """Return the convolution as numpy computes it, (L - R + 1,)."""
    weights = net.impulse_response.detach().double().numpy()
    offset = 0.0 if net.bias is None else net.bias.item()
    return np.convolve(x.double().numpy(), weights, "valid") + offset


@pytest.mark.parametrize("length", [256, 257, 2048, 20000, 100_000])
@pytest.mark.parametrize("decay", [0.0, 8.0])
def test_a_long_net_is_run_by_fft(length, decay):
    net = linear(length, decay=decay)
    faster = accelerate(net)
    assert isinstance(faster, ByFft)
    x = noise(length + 700)
    expected = in_double_precision(net, x)
    tolerance = 1e-5 * np.abs(expected).max()
    assert np.abs(faster(x, pad_start=False).detach().numpy() - expected).max() <= tolerance
    assert np.abs(net(x, pad_start=False).detach().numpy() - expected).max() <= tolerance


@pytest.mark.parametrize("net", [linear(255), linear(1, bias=False), linear(8)], ids=lambda n: str(n.receptive_field))
def test_a_short_net_runs_as_it_is(net):
    assert accelerate(net) is net


def test_a_net_that_computes_something_else_runs_as_it_is():
    class Louder(Linear):
        def compute(self, x, *conditions):
            return 2 * super().compute(x, *conditions)

    assert nam_accelerate(Louder(300), "cpu") is None
    assert nam_accelerate(torch.nn.Linear(300, 1), "cpu") is None
    assert isinstance(nam_accelerate(Linear(300), "cpu"), ByFft)


@pytest.mark.parametrize("length", [256, 2048, 20000])
def test_gradients_are_the_same(length):
    net, x = linear(length), noise(2, length + 512)
    gradients = []
    for forward in (net, accelerate(net)):
        x.requires_grad_()
        y = forward(x, pad_start=False)
        weighted = (y * torch.linspace(0.5, 1.5, y.shape[1])).sum()
        gradients.append(torch.autograd.grad(weighted, [x, *net.parameters()]))
    for given, expected in zip(*gradients, strict=True):
        assert (given - expected).abs().max() <= 1e-5 * expected.abs().max()


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(1000,), (1, 1000), (3, 1000)])
@pytest.mark.parametrize("pad_start", [True, False, None])
@pytest.mark.parametrize("training", [True, False])
def test_it_takes_what_the_net_takes(bias, shape, pad_start, training):
    net, x = linear(300, bias).train(training), noise(*shape)
    with torch.no_grad():
        torch.testing.assert_close(
            accelerate(net)(x, pad_start=pad_start), net(x, pad_start=pad_start), rtol=0, atol=1e-4
        )


def test_it_refuses_what_the_net_refuses():
    faster = accelerate(linear(300).eval())
    with pytest.raises(ValueError, match="takes no conditions"):
        faster(noise(2, 400), torch.zeros(2))
    with pytest.raises(ValueError, match="fewer than the receptive field of 300"):
        faster(noise(2, 299), pad_start=False)
    assert faster(noise(2, 299)).shape == (2, 299)


def test_a_net_learns_through_it():
    """The least-squares solution for y[n] = -x[n - 5] is one tap of -1."""
    torch.manual_seed(0)
    net = Linear(512)
    faster, x = accelerate(net), torch.randn(2, 1536)
    y = -x[:, 511 - 5 : -5]
    optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
    for _ in range(150):
        optimizer.zero_grad()
        (faster(x, pad_start=False) - y).square().mean().backward()
        optimizer.step()
    expected = torch.zeros(512)
    expected[5] = -1
    torch.testing.assert_close(net.impulse_response.detach(), expected, rtol=0, atol=0.02)


def test_a_trainer_uses_it(tmp_path, monkeypatch):
    called = []
    monkeypatch.setattr(ByFft, "__call__", counting(called))
    net = linear(300)
    data = [ExampleDataset(ExampleDatasetConfig(ny=256, items=4, seed=seed), 300) for seed in (0, 1)]
    losses = [WeightedLoss("MSE", lambda preds, targets, batch: (preds - targets).square().mean(), 1.0)]
    model = ModelConfig.model_validate({"net": {"name": "Linear", "config": {"receptive_field": 300}}})
    job = Job(net, *data, model=model, losses=losses, val_loss="MSE")
    before, checked = net.impulse_response.detach().clone(), 1
    fit = ExampleTrainer(ExampleTrainerConfig(steps=5, batch_size=2)).fit(job, tmp_path, lambda progress, net: True)
    assert len(called) == checked + 5
    assert not torch.equal(fit.net.impulse_response, before)


def counting(called):
    """Return the call of an accelerated net, which is counted."""
    original = ByFft.__call__

    def call(self, *arguments, **keywords):
        called.append(arguments)
        return original(self, *arguments, **keywords)

    return call


@pytest.mark.parametrize("size", [1, 100, 65536])
def test_blocks_join_to_the_whole(size):
    net, x = linear(300).eval(), noise(500)
    rendered = net.render(x, size=size, forward=accelerate(net))
    torch.testing.assert_close(rendered, net(x).detach(), rtol=0, atol=1e-4)


def test_the_hooks_import_no_torch():
    code = "import sys, nam_plugin_linear.hooks as h; h.nam_nets(); assert not {'torch', 'pydantic'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device here")
@pytest.mark.parametrize("length", [256, 20000])
def test_a_long_net_is_run_by_fft_on_a_gpu(length):
    net = linear(length).cuda()
    assert isinstance(accelerate(net, "cuda"), ByFft)
