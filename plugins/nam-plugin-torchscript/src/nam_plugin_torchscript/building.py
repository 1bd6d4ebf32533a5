"""From a net to the module that plays it: written from the net's description, or else traced."""

from __future__ import annotations

import copy
import math
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.jit._trace import TracerWarning

from nam_kernel import Condition
from nam_kernel.errors import NamKernelError, UserError
from nam_kernel.interfaces import BaseNet, WindowStream
from nam_kernel.models import document_of
from nam_plugin_torchscript.architectures import knows, part_of
from nam_plugin_torchscript.parts.memory import Slots
from nam_plugin_torchscript.parts.traced import Traced
from nam_plugin_torchscript.player import Player

WITHOUT = (3, 14)
"""The first Python for which torch has no TorchScript."""

TOLERANCE = 1e-5
"""The largest difference that float32 allows, relative to the peak."""

TRIED = (257, 1000)
"""Samples beside the receptive field; two lengths, because what was traced may hold for one of them only."""

BAKE = "bake a setting first, nam-kernel bake MODEL.nam OUT.nam --set NAME=VALUE, then export that"

STEP = 100
"""Samples after which knobs move while a module is tried."""


def player_of(net: BaseNet) -> Player:
    """
    Return the module that plays a net, in the size that players run.

    :raises UserError: with the reason why there is none, and where the net can be baked that this is a way
    """
    try:
        return _player_of(net)
    except UserError as error:
        if not net.conditions or type(net).bake is BaseNet.bake:
            raise
        raise UserError(f"{error}; {BAKE}") from error


def _player_of(net: BaseNet) -> Player:
    if sys.version_info >= WITHOUT:
        raise UserError(
            "torch has no TorchScript for Python 3.14 and later; run this with Python 3.13, or export the .nam file"
        )
    net = _played(net)
    if net.conditions is None:
        raise UserError(f"this {net.architecture} does not declare which conditions it takes beside the audio")
    if not knows(net.architecture):
        return _traced(net)
    if not isinstance(net.stream(), WindowStream):
        return _written(net)
    # What says that it is one of ours may compute something else.
    try:
        player = _written(net)
        if _plays(player, net):
            return player
    except NamKernelError:
        pass
    return _traced(net)


def script(player: Player) -> Any:
    """Return the module compiled, as it goes into a file."""
    with quiet():
        return torch.jit.script(player.eval())


@contextmanager
def quiet() -> Iterator[None]:
    """Ignore that torch calls TorchScript deprecated, and what tracing says of lengths, which are tried anyway."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"`torch\.jit\.\w+` is", DeprecationWarning)
        warnings.filterwarnings("ignore", category=TracerWarning)
        yield


class _Valid(nn.Module):
    """A net without silence before the audio, as it is traced."""

    def __init__(self, net: BaseNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor, conditions: Tensor) -> Tensor:
        y: Tensor = self.net(x, *(conditions.unbind(1) if conditions.shape[1] else ()), pad_start=False)
        return y


def _played(net: BaseNet) -> BaseNet:
    """Return a copy of the net that a player plays, which nothing changes any more."""
    if net.outputs:
        net = net.at_size(1.0)
    return copy.deepcopy(net).cpu().eval().requires_grad_(False)


def _written(net: BaseNet) -> Player:
    """
    Return a player made from the net's description.

    :raises UserError: when there is none, or it does not fit together
    """
    slots = Slots()
    try:
        return _player(net, part_of(document_of(net), slots), slots)
    except UserError:
        raise
    except NamKernelError as error:
        raise UserError(str(error)) from error


def _player(net: BaseNet, part: nn.Module, slots: Slots) -> Player:
    conditions = net.conditions or ()
    inputs: Any = part.inputs
    outputs: Any = part.outputs
    if inputs != 1 + len(conditions) or outputs != 1:
        raise UserError(
            f"this {net.architecture} goes from {inputs} channels to {outputs}, and the net declares "
            f"{len(conditions)} conditions"
        )
    names = [c.name for c in conditions]
    return Player(part, slots.count, _defaults(net), names, float(net.sample_rate or 0.0), net.receptive_field)


def _traced(net: BaseNet) -> Player:
    """
    Return a player of what a net did with one signal.

    :raises UserError: when it has a state, cannot be traced, or does another thing with signals of other lengths
    """
    if not isinstance(net.stream(), WindowStream):
        raise UserError(
            f"{net.architecture} is not known here and has a state, which cannot be traced; export another format"
        )
    reach, count = net.receptive_field - 1, len(net.conditions or ())
    slots = Slots()
    example = (torch.rand(2, reach + 100) - 0.5, torch.zeros(2, count, reach + 100))
    try:
        with quiet(), torch.no_grad():
            recorded = torch.jit.trace(_Valid(net), example, check_trace=False)  # type: ignore[no-untyped-call]
        player = _player(net, Traced(recorded, slots, reach, count), slots)
        fits = _plays(player, net)
    except (NamKernelError, KeyboardInterrupt):
        raise
    except Exception as error:
        raise UserError(
            f"{net.architecture} cannot be traced ({type(error).__name__}: {_first_line(error)})"
        ) from error
    if not fits:
        raise UserError(
            f"{net.architecture} cannot be traced: what was recorded of one signal differs for signals of other "
            "lengths or values; avoid what depends on them in compute()"
        )
    return player


@torch.no_grad()
def _plays(player: Player, net: BaseNet) -> bool:
    """Return whether a player does what the net does, at two lengths, for one signal and for several."""
    dice = torch.Generator().manual_seed(0)
    for batch, extra in enumerate(TRIED, 1):
        x = 0.5 * torch.randn(batch, net.receptive_field + extra, generator=dice)
        knobs = [_moving(condition, x, dice) for condition in net.conditions or ()]
        expected = net(x, *knobs, pad_start=True)
        played = player(x, torch.stack(knobs, 1)) if knobs else player(x)
        peak = max(float(expected.abs().max()), 1e-9)
        if played.shape != expected.shape or not bool(((played - expected).abs() <= TOLERANCE * peak).all()):
            return False
    return True


def _moving(condition: Condition, x: Tensor, dice: torch.Generator) -> Tensor:
    """Return values of a condition for a signal, (B, L), which move every ``STEP`` samples."""
    rows, length = x.shape
    drawn = torch.rand(rows, -(-length // STEP), generator=dice)
    low, high = condition.low, condition.high
    low, high = (low, high) if math.isfinite(high - low) else (0.0, 1.0)
    values = low + (high - low) * drawn
    return (values.round() if condition.choices else values).repeat_interleave(STEP, 1)[:, :length]


def _defaults(net: BaseNet) -> list[float]:
    """Return what the knobs are at where nobody turns them; 0 for one that has no default."""
    given = [float(condition.default or 0.0) for condition in net.conditions or ()]
    return [value if math.isfinite(value) else 0.0 for value in given]


def _first_line(error: Exception) -> str:
    return (str(error).strip() or "no reason given").splitlines()[0]
