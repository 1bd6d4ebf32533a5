"""
Run several nets at the same time on a CPU, one thread a net, forward and backward.

Nets of few channels hardly gain from several threads in one operation, but two of them side by side do. How many
may run is ``torch.get_num_interop_threads()``, torch's setting for work that is independent.
Autograd runs the backward of a CPU graph in one thread, so each net has a graph of its own, hidden inside one
node of the graph that the caller sees.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

Made = TypeVar("Made")
Inputs = Sequence[tuple[Tensor, ...]]


class Crew:
    """
    Runs several nets, side by side wherever that is of use and leaves the run repeatable.

    Threads that share torch's generator take its numbers in any order. So the first call watches whether the
    nets draw random numbers, and those that do run one after the other. Each operation has the same number of
    threads either way, so the results are the same to the last bit.
    """

    def __init__(self) -> None:
        self._draws: dict[bool, bool] = {}

    def run(self, nets: Sequence[nn.Module], inputs: Inputs) -> tuple[Tensor, ...]:
        """
        Run each net on its own input.

        :param inputs: the arguments of each net
        :return: the output of each
        """
        if not _threads_help(inputs):
            return tuple(call() for call in _calls(nets, inputs))
        mode = nets[0].training
        if mode in self._draws:
            return side_by_side(nets, inputs, at_once=not self._draws[mode])
        before = torch.get_rng_state()
        outputs = side_by_side(nets, inputs, at_once=False)
        self._draws[mode] = not torch.equal(before, torch.get_rng_state())
        return outputs


def side_by_side(nets: Sequence[nn.Module], inputs: Inputs, *, at_once: bool = True) -> tuple[Tensor, ...]:
    """
    Run each net on its own input, in other threads.

    The gradient reaches the nets' parameters, not the inputs, and only once.

    :param inputs: the arguments of each net
    :param at_once: False to run one net after the other, in one thread
    :return: the output of each
    """
    if not torch.is_grad_enabled():
        return tuple(_all(_calls(nets, inputs), at_once))
    groups = [[p for p in net.parameters() if p.requires_grad] for net in nets]
    flat = (p for group in groups for p in group)
    node: Any = _Node
    outputs: tuple[Tensor, ...] = node.apply(nets, inputs, groups, at_once, *flat)
    return outputs


def _threads_help(inputs: Inputs) -> bool:
    """Say whether there are several nets, several threads, and no accelerator, which has a queue of its own."""
    return (
        len(inputs) > 1
        and torch.get_num_interop_threads() > 1
        and all(t.device.type == "cpu" and not t.requires_grad for given in inputs for t in given)
    )


class _Node(torch.autograd.Function):
    """The graphs of all nets as one node: parameters in, outputs out."""

    @staticmethod
    def forward(
        ctx: Any,
        nets: Sequence[nn.Module],
        inputs: Inputs,
        groups: Sequence[list[Tensor]],
        at_once: bool,
        *_: Tensor,
    ) -> tuple[Tensor, ...]:
        with torch.enable_grad():
            ctx.outputs = _all(_calls(nets, inputs), at_once)
        ctx.groups, ctx.at_once = groups, at_once
        return tuple(y.detach() for y in ctx.outputs)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Any, ...]:
        given = zip(ctx.outputs, ctx.groups, gradients, strict=True)
        found = _all([functools.partial(_gradient, *each) for each in given], ctx.at_once)
        ctx.outputs = ()
        return (None, None, None, None, *(g for group in found for g in group))


def _calls(nets: Sequence[nn.Module], inputs: Inputs) -> list[Callable[[], Tensor]]:
    return [functools.partial(_run, net, given) for net, given in zip(nets, inputs, strict=True)]


def _run(net: nn.Module, given: tuple[Tensor, ...]) -> Tensor:
    y: Tensor = net(*given, pad_start=False)
    return y


def _gradient(output: Tensor, parameters: list[Tensor], gradient: Tensor) -> Sequence[Tensor | None]:
    if not output.requires_grad:
        return [None] * len(parameters)
    return torch.autograd.grad(output, parameters, gradient, allow_unused=True)


def _all(calls: Sequence[Callable[[], Made]], at_once: bool) -> list[Made]:
    """Make all calls in other threads, in the grad mode and the autocast of this one."""
    workers = min(len(calls), torch.get_num_interop_threads()) if at_once else 1
    pool = _pool(os.getpid(), workers, max(1, torch.get_num_threads() // len(calls)))
    modes = (
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        torch.is_autocast_enabled("cpu"),
        torch.get_autocast_dtype("cpu"),
    )
    return list(pool.map(functools.partial(_in_modes, *modes), calls))


def _in_modes(grad: bool, inference: bool, autocast: bool, dtype: torch.dtype, call: Callable[[], Made]) -> Made:
    with (
        torch.inference_mode(inference),
        torch.set_grad_enabled(grad),
        torch.autocast("cpu", dtype, enabled=autocast),
    ):
        return call()


@functools.lru_cache(maxsize=4)
def _pool(process: int, workers: int, threads: int) -> ThreadPoolExecutor:
    """
    Give the worker threads; they are kept, because a net's first operation in a new thread is slow.

    :param process: the id of this one; after a fork the threads of the parent are gone
    :param threads: that an operation of one worker may use
    """
    return ThreadPoolExecutor(workers, "nam-size", initializer=torch.set_num_threads, initargs=(threads,))
