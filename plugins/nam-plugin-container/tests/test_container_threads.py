"""Sizes that run side by side learn exactly what they would learn one after the other."""

import copy
import threading

import pytest
import torch
from container_parts import Fir, Noisy, fir

from nam_plugin_container.net import Container
from nam_plugin_container.threads import side_by_side

pytestmark = pytest.mark.usefixtures("two_threads")


class Watched(Fir):
    """A filter that tells in which threads it ran."""

    def _forward(self, x, *conditions):
        self.__dict__.setdefault("threads", []).append(threading.get_ident())
        return super()._forward(x, *conditions)


def container(kind=Watched):
    return Container([fir(1.0, kind=kind), fir(0.5, -1.0, kind=kind), fir(0.1, 0.2, 0.3, kind=kind)])


def gradients(net, x):
    net.zero_grad()
    net(x, pad_start=False).square().mean(dim=(0, 2)).sum().backward()
    return [p.grad.clone() for p in net.parameters()]


def noise(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(3))


def test_gradients_are_those_of_the_sizes_alone():
    net, x = container().train(), noise(4, 50)
    first, second = gradients(net, x), gradients(net, x)
    length = 50 - 3 + 1
    for i, size in enumerate(copy.deepcopy(net).nets):
        size.zero_grad()
        size(x[:, 3 - size.receptive_field :])[:, -length:].square().mean().backward()
        assert torch.allclose(second[i], size.conv.weight.grad, rtol=1e-6)
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def test_the_first_call_runs_one_size_after_the_other():
    net, x = container().train(), noise(4, 50)
    gradients(net, x)
    gradients(net, x)
    for size in net.nets:
        assert size.threads[0] == net.nets[0].threads[0]
    assert threading.get_ident() not in {ident for size in net.nets for ident in size.threads}


def test_two_sizes_run_at_the_same_time():
    meeting = threading.Barrier(2, timeout=20)

    class Meeting(Fir):
        def _forward(self, x, *conditions):
            meeting.wait()
            return super()._forward(x, *conditions)

    outputs = side_by_side([fir(2.0, kind=Meeting), fir(3.0, kind=Meeting)], [(torch.ones(1, 1),)] * 2)
    assert [y.item() for y in outputs] == [2.0, 3.0]


def test_one_thread_is_enough_where_torch_may_use_one_only(monkeypatch):
    monkeypatch.setattr(torch, "get_num_interop_threads", lambda: 1)
    net = container().train()
    for _ in range(3):
        gradients(net, noise(1, 9))
    assert {ident for size in net.nets for ident in size.threads} == {threading.get_ident()}


def test_nets_that_draw_random_numbers_draw_the_same_in_every_run():
    def run():
        torch.manual_seed(0)
        net = container(Noisy).train()
        return torch.stack([net(noise(2, 20)) for _ in range(4)])

    assert torch.equal(run(), run())


def test_without_gradients_nothing_asks_for_one():
    net, x = container().eval(), noise(2, 20)
    expected = net(x)
    with torch.no_grad():
        assert not net(x).requires_grad
    with torch.inference_mode():
        y = net(x)
        assert y.is_inference()
    assert torch.allclose(y, expected)


def test_autocast_reaches_the_threads():
    nets, x = [fir(1.0), fir(2.0)], noise(2, 20)
    with torch.autocast("cpu", torch.bfloat16):
        outputs = side_by_side(nets, [(x,), (x,)])
    assert {y.dtype for y in outputs} == {torch.bfloat16}


def test_frozen_sizes_and_unused_outputs_have_no_gradient():
    net, x = container().train(), noise(2, 20)
    net(x)
    net.nets[0].requires_grad_(False)
    net(x)[:, 2].square().sum().backward()
    assert net.nets[0].conv.weight.grad is None
    assert not net.nets[1].conv.weight.grad.any()
    assert net.nets[2].conv.weight.grad.any()


def test_what_a_size_raises_comes_through():
    with pytest.raises(ValueError, match="fewer than the receptive field"):
        side_by_side([Fir(1), Fir(9)], [(noise(1, 4),), (noise(1, 4),)])


def test_a_container_can_be_copied_after_it_ran():
    net = container().train()
    gradients(net, noise(1, 9))
    gradients(net, noise(1, 9))
    assert torch.equal(copy.deepcopy(net).eval()(noise(1, 9)), net.eval()(noise(1, 9)))
