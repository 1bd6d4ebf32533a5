"""Claims about accelerators: what is compared before it is trusted, and who uses what was trusted."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import torch

import nam_kernel

FAST = """
import torch

calls = []
mode = "right"

class Fast:
    def __init__(self, net):
        self.net = net

    def __call__(self, x, *conditions, pad_start=None):
        calls.append(tuple(x.shape))
        net, gain = self.net, self.net.gain
        if mode == "raises":
            raise SystemExit(1)
        if mode == "detached":
            gain = gain.detach()
        if mode == "gradient":
            gain = gain.detach() + 1.01 * (gain - gain.detach())
        y = gain[0] * x[..., 1:] + gain[1] * x[..., :-1] + (2e-5 if mode == "output" else 0.0)
        if mode == "length":
            y = y[..., 1:]
        for weight, condition in zip(net.weights, conditions, strict=True):
            y = y + weight * (condition[:, None] if condition.ndim == 1 or mode == 'held' else condition[:, 1:])
        return y
"""

HOOKS = """
from nam_kernel import hookimpl

@hookimpl
def nam_accelerate(net, device):
    if device == "cpu" and net.architecture == "GainNet":
        import fast
        if fast.mode == "never":
            raise RuntimeError("no compiler")
        return fast.Fast(net) if fast.mode != "none" else None
"""


@pytest.fixture
def fast(alone: Any, site: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    import importlib

    (site / "fast.py").write_text(FAST)
    monkeypatch.delitem(sys.modules, "fast", raising=False)
    alone("fast", HOOKS)
    return importlib.import_module("fast")


@pytest.fixture
def net(fast: Any) -> Any:
    return nam_kernel.make_net("Gain", {"knobs": ["gain"]})


def test_what_does_the_same_is_trusted(fast: Any, net: Any) -> None:
    assert isinstance(nam_kernel.accelerate(net), fast.Fast)


@pytest.mark.parametrize(
    ("mode", "told"),
    [
        ("output", "its output differs by"),
        ("length", "its output is"),
        ("gradient", "its gradients differ by 0.01"),
        ("detached", "gradients"),
        ("held", "raised RuntimeError"),
        ("raises", "SystemExit"),
        ("never", "no compiler"),
    ],
)
def test_what_does_something_else_is_not(
    fast: Any, net: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, mode: str, told: str
) -> None:
    monkeypatch.setattr(fast, "mode", mode)
    assert nam_kernel.accelerate(net) is net
    assert told in caplog.text
    assert "plugin 'fast'" in caplog.text


def test_the_net_itself_where_nothing_accelerates_it(fast: Any, net: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast, "mode", "none")
    assert nam_kernel.accelerate(net) is net


def test_the_comparison_leaves_the_net_and_the_random_numbers_as_they_were(net: Any) -> None:
    net.eval()
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    nam_kernel.accelerate(net)
    assert torch.equal(torch.rand(1), expected)
    assert not net.training
    assert net.gain.grad is None


def test_the_next_accelerator_is_asked_when_one_is_wrong(
    fast: Any, net: Any, alone: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone(
        "later",
        "from nam_kernel import hookimpl\n@hookimpl(trylast=True)\ndef nam_accelerate(net):\n    return net.forward",
    )
    monkeypatch.setattr(fast, "mode", "output")
    assert nam_kernel.accelerate(net) == net.forward


def test_rendering_uses_what_was_trusted(fast: Any, net: Any) -> None:
    accelerated = nam_kernel.accelerate(net)
    x = torch.randn(1000)
    with torch.no_grad():
        net.weights += 0.3
        expected = net(x, 2.0, pad_start=True)
    fast.calls.clear()
    assert torch.allclose(net.render(x, 2.0, size=300, forward=accelerated), expected, atol=1e-6)
    assert fast.calls == [(1, 301), (1, 301), (1, 301), (1, 101)]
