"""Find a faster way to run a net, and trust it only after a comparison with the net itself."""

import logging
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from nam_kernel import plugins
from nam_kernel.errors import NamKernelError
from nam_kernel.interfaces.net import BaseNet
from nam_kernel.interfaces.stream import Forward

_log = logging.getLogger(__name__)

TOLERANCE = 1e-5
"""The largest difference of outputs, relative to their peak."""

GRADIENT_TOLERANCE = 5e-3
"""
The largest difference of gradients, relative to the largest gradient of the same parameter.

That of float32 sums taken in another order is 1e-5. But where the rounding takes a ReLU to its other side, one sample
counts otherwise, which is some thousandths of a parameter's gradient.
"""

_SAMPLES = 512


def accelerate(net: BaseNet, device: str | torch.device = "cpu") -> Forward:
    """
    Return a callable that does what ``net.forward`` does, faster where a plugin knows how.

    It takes what ``net.forward`` takes, and its gradients reach the parameters of the net. It was compared with the
    net on one block, outputs and gradients; a plugin whose callable is wrong is named in a warning.

    :param device: on which the net is
    :return: the net itself where nothing accelerates it
    """
    for title, offer in plugins.current().each("nam_accelerate"):
        try:
            faster = offer(net=net, device=str(device))
            wrong = "" if faster is None else differs(net, faster, torch.device(device))
        except NamKernelError as error:
            _log.warning("%s; the plain net is used", error)
            continue
        if faster is not None and not wrong:
            return faster  # type: ignore[no-any-return]
        if wrong:
            _log.warning("%s: its accelerated %s is not used, because %s", title, net.architecture, wrong)
    return net


def differs(net: BaseNet, faster: Forward, device: torch.device) -> str:
    """Return how a callable differs from the net on one block; empty when it does not."""
    modes = [(module, module.training) for module in net.modules()]
    buffers = [(buffer, buffer.clone()) for buffer in net.buffers()]
    try:
        net.train()
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            for x, conditions in _inputs(net, device):
                wrong = _difference(net, faster, x, conditions)
                if wrong:
                    return wrong
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return f"it raised {type(error).__name__}: {error}"
    finally:
        for module, mode in modes:
            module.training = mode
        for buffer, value in buffers:
            buffer.copy_(value)
    return ""


def _inputs(net: BaseNet, device: torch.device) -> Iterator[tuple[Tensor, list[Tensor]]]:
    """Yield a block of noise with the conditions held, and where there are any with conditions that move."""
    generator = torch.Generator().manual_seed(0)
    length = int(net.receptive_field) + _SAMPLES
    x = (torch.rand(2, length, generator=generator) * 2 - 1).to(device)
    declared = net.conditions or ()
    for shape in ((2,), (2, length))[: 2 if declared else 1]:
        noise = [torch.rand(shape, generator=generator) for _ in declared]
        yield x, [(c.low + (c.high - c.low) * n).to(device) for c, n in zip(declared, noise, strict=True)]


def _difference(net: BaseNet, faster: Forward, x: Tensor, conditions: list[Tensor]) -> str:
    parameters = [p for p in net.parameters() if p.requires_grad]
    expected, wanted = _run(net, x, conditions, parameters)
    output, gradients = _run(faster, x, conditions, parameters)
    if output.shape != expected.shape:
        return f"its output is {tuple(output.shape)}, not {tuple(expected.shape)}"
    off = _relative(output, expected)
    if not off <= TOLERANCE:
        return f"its output differs by {off:.2g} of the peak"
    for given, correct in zip(gradients, wanted, strict=True):
        if (given is None) != (correct is None):
            return "its gradients do not reach the same parameters"
        if given is not None and correct is not None and not _relative(given, correct) <= GRADIENT_TOLERANCE:
            return f"its gradients differ by {_relative(given, correct):.2g} of the largest"
    return ""


def _run(forward: Forward, x: Tensor, conditions: list[Tensor], parameters: list[Any]) -> tuple[Tensor, Any]:
    torch.manual_seed(0)
    with torch.enable_grad():
        y = forward(x, *conditions, pad_start=False)
        weights = torch.linspace(0.5, 1.5, y.shape[-1], device=y.device)
        # Where the gradient is cut off, as by a burn-in longer than the block, there is none to compare.
        trains = bool(parameters) and y.requires_grad
        gradients = torch.autograd.grad((y * weights).sum(), parameters, allow_unused=True) if trains else ()
    return y.detach(), gradients


def _relative(given: Tensor, correct: Tensor) -> float:
    return float((given - correct).abs().max()) / max(float(correct.abs().max()), 1e-9)
