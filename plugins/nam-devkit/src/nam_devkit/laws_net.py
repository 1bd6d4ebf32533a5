"""The laws of a net as a function of audio: how long, how causal, how it depends on its input."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from nam_kernel.interfaces import BaseNet
from nam_devkit.law import Law, require, seeded, skip
from nam_devkit.signals import difference, extremes, noise, require_equal, stir
from nam_devkit.subjects import NetSubject

EXTRA = 64
"""Samples beyond the receptive field that the signals have."""


def new_net(subject: NetSubject, seed: int = 0) -> Any:
    """Make the net, its random weights from ``seed``, in eval mode."""
    with seeded(seed):
        return subject.build().eval()


def conditions_for(subject: NetSubject, net: Any, batch: int, length: int) -> tuple[Tensor, ...]:
    """Make the conditions that go with an input (B, L)."""
    if subject.conditions is not None:
        return subject.conditions(batch, length)
    names = getattr(net, "condition_names", ())
    return tuple(noise(batch, length, seed=100 + i) + 0.5 for i in range(len(names)))


def run(subject: NetSubject, net: Any, x: Tensor, **keywords: Any) -> Tensor:
    """Run a net on (B, L), with conditions if it takes any."""
    y: Tensor = net(x, *conditions_for(subject, net, len(x), x.shape[1]), **keywords)
    return y


def output_has_the_promised_length(subject: NetSubject) -> None:
    """(B, L) gives (B, L - R + 1), and (B, L) with ``pad_start``; a 1-D input gives a 1-D output."""
    net = new_net(subject)
    field, length = int(net.receptive_field), int(net.receptive_field) + EXTRA - 1
    with torch.no_grad():
        for given, pad, expected in ((length, False, EXTRA), (length, True, length), (field, False, 1)):
            shape = tuple(run(subject, net, noise(2, given), pad_start=pad).shape)
            require(
                shape[0] == 2 and shape[-1] == expected and len(shape) in (2, 3),
                f"an input of (2, {given}) with pad_start={pad} gives {shape}, not (2, {expected}); the receptive "
                f"field is declared as {field}: let _forward give one output sample less than R - 1 fewer inputs",
            )
            outputs = tuple(getattr(net, "outputs", ()))
            named = shape[1] == len(outputs) if len(shape) == 3 else not outputs
            require(named, f"the output is {shape}, but the net names {len(outputs)} outputs; let outputs say P names")
        single = net(noise(length), *(c[0] for c in conditions_for(subject, net, 1, length)))
    require(single.shape[-1] == length, f"an input of ({length},) gives {tuple(single.shape)} in eval mode")


def receptive_field_is_as_declared(subject: NetSubject) -> None:
    """An output sample depends on the newest R input samples, the oldest of them included, and on no others."""
    declared = int(new_net(subject).receptive_field)
    oldest = outside = largest = 0.0
    for seed in range(3):
        net = new_net(subject, seed)
        if seed:
            stir(list(net.parameters()), seed)
        x = noise(1, declared - 1 + EXTRA, seed=seed).requires_grad_()
        run(subject, net, x, pad_start=False)[..., -1].sum().backward()  # type: ignore[no-untyped-call]
        reach = torch.zeros_like(x[0]) if x.grad is None else x.grad[0].abs()
        oldest = max(oldest, float(reach[-declared]))
        outside = max(outside, float(reach[:-declared].max()))
        largest = max(largest, float(reach.max()))
    require(largest > 0, "no gradient goes from the output to the input; let the output depend on x")
    beyond = outside > 1e-5 * largest
    if beyond and _hands_on_a_state(net):
        skip("it hands a state on from block to block, so it hears further back; the law of the blocks holds it")
    require(
        not beyond,
        f"the output hears input samples older than the declared {declared}; declare more, or, if the net keeps a "
        "state as recurrent nets do, override blocks() to hand it on",
    )
    require(
        oldest > 10 * outside,
        f"the output does not hear the oldest of the {declared} samples that are declared; declare fewer",
    )


def output_is_causal(subject: NetSubject) -> None:
    """What comes later in the input changes nothing earlier in the output."""
    net = new_net(subject)
    length = int(net.receptive_field) + EXTRA
    middle = length // 2
    x, y = noise(1, length), noise(1, length, seed=1)
    changed = torch.cat((x[:, :middle], y[:, middle:]), dim=1)
    with torch.no_grad():
        before, after = (run(subject, net, signal, pad_start=True)[..., :middle] for signal in (x, changed))
    require_equal(
        after,
        before,
        "a change in the input is heard before it comes, and no player can play that; "
        "pad on the left only, and normalize over nothing that is still to come",
    )


def items_of_a_batch_are_independent(subject: NetSubject) -> None:
    """In eval mode an item of a batch gives what it gives alone."""
    net = new_net(subject)
    x = noise(3, int(net.receptive_field) + EXTRA)
    x[1] *= 4
    conditions = conditions_for(subject, net, 3, x.shape[1])
    with torch.no_grad():
        together = net(x, *conditions)
        for i in range(3):
            alone = net(x[i : i + 1], *(c[i : i + 1] for c in conditions))
            require_equal(
                together[i : i + 1], alone, f"item {i} sounds different beside the others; mix no items in _forward"
            )


def same_seed_gives_the_same_net(subject: NetSubject) -> None:
    """The same seed gives the same weights, and the same input the same output every time."""
    one, other = new_net(subject, 5), new_net(subject, 5)
    x = noise(1, int(one.receptive_field) + EXTRA)
    for key, tensor in one.state_dict().items():
        require(
            torch.equal(tensor, other.state_dict()[key]),
            f"'{key}' differs between two nets of one seed; take random numbers from torch only",
        )
    with torch.no_grad():
        first, again, twin = run(subject, one, x), run(subject, one, x), run(subject, other, x)
    require_equal(again, first, "a second call gives another output; keep no state from one call to the next")
    require_equal(twin, first, "two nets of one seed give different outputs; take random numbers from torch only")


def extremes_stay_finite(subject: NetSubject) -> None:
    """Silence, a constant and signals of full scale give finite numbers."""
    net = new_net(subject)
    with torch.no_grad():
        for name, x in extremes(int(net.receptive_field) + EXTRA).items():
            finite = bool(torch.isfinite(run(subject, net, x)).all())
            require(finite, f"{name} gives NaN or infinity; look for divisions, roots and logarithms of 0")


def blocks_join_to_the_whole(subject: NetSubject) -> None:
    """Rendered block by block, a signal sounds as it does rendered whole."""
    net = new_net(subject)
    if not hasattr(net, "render"):
        skip("it is not a BaseNet, so that it renders nothing by blocks")
    x = noise(int(net.receptive_field) + 3 * EXTRA)
    conditions = tuple(c[0] for c in conditions_for(subject, net, 1, len(x)))
    with torch.no_grad():
        whole, pieces = net(x, *conditions, pad_start=True), net.render(x, *conditions, size=EXTRA + 1)
    require(pieces.shape == whole.shape, f"blocks join to {tuple(pieces.shape)}, not {tuple(whole.shape)}")
    off = difference(pieces, whole)
    require(
        off <= 1e-4,
        f"joined blocks differ from the whole by {off:.2g} of the largest sample; a net with a state overrides "
        "blocks() and hands the state on from block to block, any other declares its whole receptive field",
    )


def _hands_on_a_state(net: Any) -> bool:
    """Tell whether a net has its own way through blocks, as those with a state do."""
    return getattr(type(net), "blocks", BaseNet.blocks) is not BaseNet.blocks


LAWS: tuple[Law, ...] = (
    output_has_the_promised_length,
    receptive_field_is_as_declared,
    output_is_causal,
    items_of_a_batch_are_independent,
    same_seed_gives_the_same_net,
    extremes_stay_finite,
    blocks_join_to_the_whole,
)
