"""What one may do to an accelerated net: copy it, move it, fork, share it among threads, feed it odd numbers."""

import copy
import gc
import os
import pickle
import struct
import sys
import threading
from pathlib import Path

import pytest
import torch
from fast_parts import fast_of, require_same, require_same_function, run, stir
from torch.utils.data import DataLoader, Dataset

from nam_kernel import make_net
from nam_plugin_fast.place import path

pytestmark = pytest.mark.skipif(path() is None, reason="there is no compiled library")

STACK = {
    "input_size": 1,
    "condition_size": 1,
    "channels": 4,
    "kernel_size": 3,
    "dilations": [1, 2, 4],
    "activation": "Tanh",
    "head": {"out_channels": 1, "kernel_size": 1, "bias": True},
}
CONFIGS = {
    "WaveNet": {"layers_configs": [STACK], "head_scale": 0.5},
    "LSTM": {"hidden_size": 5, "num_layers": 2},
    "ConvNet": {"channels": 4, "dilations": [1, 2, 4], "batchnorm": False},
}

every = pytest.mark.parametrize("name", CONFIGS)


def net_of(name, **changes):
    torch.manual_seed(0)
    net = make_net(name, {**CONFIGS[name], **changes})
    stir(net)
    return net


def audio(*shape):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(1)) * 2 - 1


class Played(Dataset):
    """Items that an accelerated net has played."""

    def __init__(self, forward, count):
        self.forward, self.count = forward, count

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        with torch.no_grad():
            return self.forward(audio(3, 200))


def test_audio_that_only_the_conditioning_model_hears_has_its_gradient():
    inside = {**STACK, "dilations": [1, 700, 900], "head": {"out_channels": 2, "kernel_size": 1, "bias": True}}
    outside = {**STACK, "condition_size": 2}
    dsp = {"name": "WaveNet", "config": {"layers_configs": [inside], "head_scale": 1.0}}
    torch.manual_seed(0)
    net = make_net("WaveNet", {"layers_configs": [outside], "head_scale": 0.5, "condition_dsp": dsp})
    stir(net)
    for samples in (1, 100, 2000):
        require_same_function(net, (audio(2, net.receptive_field + samples - 1).requires_grad_(),))


@every
def test_defaults_of_torch_change_nothing(name):
    net, x = net_of(name), audio(2, 100)
    expected, wanted = run(fast_of(net), net, (x,))
    streamed = fast_of(net).stream().feed(x[0])
    try:
        torch.set_default_dtype(torch.float64)
        torch.set_default_device("meta")
        fast = fast_of(net)
        y = fast(x)
        gradients = torch.autograd.grad(
            (y * torch.linspace(0.5, 1.5, y.shape[-1], device="cpu")).sum(), list(net.parameters())
        )
        again = fast.stream().feed(x[0])
    finally:
        torch.set_default_dtype(torch.float32)
        torch.set_default_device(None)
    assert torch.equal(y, expected)
    assert torch.equal(again, streamed)
    for given, correct in zip(gradients, wanted, strict=True):
        require_same(given, correct, 1e-6, "a gradient")


@every
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda fast: pickle.loads(pickle.dumps(fast))])
def test_copy_is_that_of_a_copied_net(name, copied):
    net, x = net_of(name), audio(2, 100)
    fast = fast_of(net)
    expected = fast(x).detach()
    other = copied(fast)
    stir(net)
    del fast
    gc.collect()
    assert torch.equal(other(x).detach(), expected)


@every
def test_batch_of_nothing_has_gradients_of_zero(name):
    net = net_of(name).train()
    y, gradients = run(fast_of(net), net, (torch.empty(0, 100),))
    assert y.shape == net(torch.empty(0, 100)).shape
    assert all(g is None or not g.any() for g in gradients)


@every
def test_inference_mode_is_no_obstacle(name):
    net = net_of(name).eval()
    with torch.inference_mode():
        x = audio(2, 100)
        require_same(fast_of(net)(x), net(x), 1e-5, "the output")
        require_same(fast_of(net).stream().feed(x[0]), net.stream().feed(x[0]), 1e-5, "the stream")


def test_stream_cannot_be_copied():
    stream = fast_of(net_of("WaveNet")).stream()
    stream.feed(audio(50))
    with pytest.raises(TypeError, match="cannot be copied"):
        copy.deepcopy(stream)


@every
def test_gradient_of_a_gradient_is_refused_and_a_second_gradient_is_not(name):
    net, x = net_of(name).train(), audio(2, 100).requires_grad_()
    y = fast_of(net)(x)
    (first,) = torch.autograd.grad(y.square().sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="twice"):
        first.square().sum().backward()


@every
def test_on_another_device_it_is_the_plain_net(name):
    net = net_of(name)
    fast = fast_of(net)
    net.to("meta")
    assert fast(torch.empty(2, 100, device="meta")).device.type == "meta"


@every
def test_what_is_no_number_stays_none(name):
    net = net_of(name)
    payload = struct.unpack("f", struct.pack("I", 0x7FC00001))[0]
    for value in (float("nan"), payload):
        x = audio(2, 100)
        x[0, 40] = value
        with torch.no_grad():
            y = fast_of(net)(x, pad_start=True)
        assert y[0, 40].isnan()
        assert y[0, :40].isfinite().all()
        assert y[1].isfinite().all()


@every
def test_it_leaves_the_arithmetic_of_its_caller_as_it_is(name):
    net = net_of(name)
    small = torch.full((64,), 1e-40)
    fast_of(net)(audio(2, 100)).sum().backward()
    assert torch.equal(small * 0.5, torch.full((64,), 0.5e-40))


@every
def test_weights_that_an_optimizer_moves_are_followed(name):
    losses = []
    for accelerated in (False, True):
        net = net_of(name).train()
        forward = fast_of(net) if accelerated else net
        optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
        told = []
        for _ in range(10):
            optimizer.zero_grad()
            loss = (forward(audio(4, 200)) - 0.3).square().mean()
            loss.backward()
            optimizer.step()
            told.append(loss.item())
        losses.append(told)
    assert losses[1] == pytest.approx(losses[0], rel=1e-3)
    assert losses[1][-1] < 0.8 * losses[1][0]


@every
def test_weights_that_change_between_forward_and_backward_are_an_error(name):
    net = net_of(name)
    y = fast_of(net)(audio(2, 100))
    with torch.no_grad():
        list(net.parameters())[-1].mul_(2.0)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


@every
def test_threads_of_python_may_share_it(name):
    net = net_of(name)
    fast, expected = fast_of(net), []
    signals = [audio(2, 300) * (i + 1) / 4 for i in range(4)]
    expected = [run(fast, net, (x,)) for x in signals]
    wrong = []

    def work(i):
        for _ in range(20):
            y, gradients = run(fast, net, (signals[i],))
            pairs = zip([y, *gradients], [expected[i][0], *expected[i][1]], strict=True)
            if not all(torch.equal(a, b) for a, b in pairs):
                wrong.append(i)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_worker_of_a_data_loader_may_use_it():
    net = net_of("WaveNet")
    fast = fast_of(net)
    torch.set_num_threads(2)
    try:
        expected = Played(fast, 1)[0]
        (played,) = DataLoader(Played(fast, 1), num_workers=1, multiprocessing_context="fork")
    finally:
        torch.set_num_threads(1)
    assert torch.equal(played[0], expected)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the memory from /proc")
@every
def test_memory_stays_flat(name):
    net = net_of(name)
    fast = fast_of(net)
    stream, block, batch = fast.stream(), audio(512), audio(8, 3000)

    def pages():
        return int(Path("/proc/self/statm").read_text().split()[1])

    def work():
        for _ in range(40):
            stream.feed(block)
            fast(batch).square().mean().backward()
            net.zero_grad()

    work()
    before = pages()
    work()
    assert (pages() - before) * os.sysconf("SC_PAGE_SIZE") < 4e6
