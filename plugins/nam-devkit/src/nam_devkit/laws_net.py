"""The laws of a net as a function of audio: how long, how causal, how it depends on its input."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from nam_devkit.law import Law, require, seeded
from nam_devkit.signals import ROUNDING, difference, extremes, noise, require_equal, stir
from nam_devkit.subjects import NetSubject
from nam_kernel.interfaces import BaseNet

EXTRA = 64
"""Samples beyond the receptive field that the signals have."""

BLOCKS = (1, 64, 257)
"""Sizes of the blocks that a stream is fed, in samples."""

BY_SAMPLE = 96
"""Samples that are fed one by one, which is slow."""


def new_net(subject: NetSubject, seed: int = 0) -> Any:
    """Return the net, its random weights from ``seed``, in eval mode."""
    with seeded(seed):
        return subject.build().eval()


def conditions_for(subject: NetSubject, net: Any, batch: int, length: int) -> tuple[Tensor, ...]:
    """Return the conditions that go with an input (B, L)."""
    if subject.conditions is not None:
        return subject.conditions(batch, length)
    signals = []
    for index, condition in enumerate(net.conditions or ()):
        turned = condition.low + (condition.high - condition.low) * (noise(batch, length, seed=100 + index) + 0.5)
        signals.append(turned.round() if condition.choices else turned)
    return tuple(signals)


def run(subject: NetSubject, net: Any, x: Tensor, **keywords: Any) -> Tensor:
    """Return the output of a net for (B, L), with conditions if it takes any."""
    y: Tensor = net(x, *conditions_for(subject, net, len(x), x.shape[1]), **keywords)
    return y


def output_has_the_promised_length(subject: NetSubject) -> None:
    """(B, L) becomes (B, L - R + 1), or (B, L) with ``pad_start``; a 1-D input has a 1-D output."""
    net = new_net(subject)
    field, length = int(net.receptive_field), int(net.receptive_field) + EXTRA - 1
    with torch.no_grad():
        for given, pad, expected in ((length, False, EXTRA), (length, True, length), (field, False, 1)):
            shape = tuple(run(subject, net, noise(2, given), pad_start=pad).shape)
            require(
                shape[0] == 2 and shape[-1] == expected and len(shape) in (2, 3),
                f"an input of (2, {given}) with pad_start={pad} becomes {shape}, not (2, {expected}); the receptive "
                f"field is declared as {field}: compute has to return R - 1 samples less than it is given",
            )
            outputs = tuple(getattr(net, "outputs", ()))
            named = shape[1] == len(outputs) if len(shape) == 3 else not outputs
            require(
                named, f"the output is {shape}, but the net names {len(outputs)} outputs; return P names as outputs"
            )
        single = net(noise(length), *(c[0] for c in conditions_for(subject, net, 1, length)))
    require(single.shape[-1] == length, f"an input of ({length},) becomes {tuple(single.shape)} in eval mode")


def receptive_field_is_as_declared(subject: NetSubject) -> None:
    """An output sample depends on the newest R input samples, the oldest included, and else on a state at most."""
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
    if beyond and _has_a_state(net):
        return  # whether the state is handed on, the law of the stream finds out
    require(
        not beyond,
        f"the output depends on input samples older than the declared {declared}; declare more, or, if the net keeps "
        "a state as recurrent nets do, override stream() to hand it on",
    )
    require(
        oldest > 10 * outside,
        f"the output does not depend on the oldest of the {declared} samples that are declared; declare fewer",
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
    """In eval mode an item of a batch sounds as it does alone."""
    net = new_net(subject)
    x = noise(3, int(net.receptive_field) + EXTRA)
    x[1] *= 4
    conditions = conditions_for(subject, net, 3, x.shape[1])
    with torch.no_grad():
        together = net(x, *conditions)
        for i in range(3):
            alone = net(x[i : i + 1], *(c[i : i + 1] for c in conditions))
            require_equal(
                together[i : i + 1], alone, f"item {i} sounds different beside the others; mix no items in compute"
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
    require_equal(again, first, "a second call has another output; keep no state from one call to the next")
    require_equal(twin, first, "two nets of one seed have different outputs; take random numbers from torch only")


def extremes_stay_finite(subject: NetSubject) -> None:
    """Silence, a constant and signals of full scale have a finite output."""
    net = new_net(subject)
    with torch.no_grad():
        for name, x in extremes(int(net.receptive_field) + EXTRA).items():
            finite = bool(torch.isfinite(run(subject, net, x)).all())
            require(finite, f"{name} becomes NaN or infinity; look for divisions, roots and logarithms of 0")


def stream_goes_on_where_it_stopped(subject: NetSubject) -> None:
    """Fed block by block, of 1, 64 and 257 samples, a stream continues exactly."""
    net = new_net(subject)
    x = noise(int(net.receptive_field) + 2 * BLOCKS[-1] + EXTRA)
    conditions = tuple(c[0] for c in conditions_for(subject, net, 1, len(x)))
    with torch.no_grad():
        whole = net(x, *conditions, pad_start=True)
    for size in BLOCKS:
        length = min(BY_SAMPLE, len(x)) if size == 1 else len(x)
        stream, pieces = net.stream(), []
        for start in range(0, length, size):
            piece = slice(start, min(start + size, length))
            now = [c[..., piece] if c.ndim and c.shape[-1] == len(x) else c for c in conditions]
            pieces.append(stream.feed(x[piece], *now))
        joined, expected = torch.cat(pieces, dim=-1), whole[..., :length]
        advice = (
            "a net with a state overrides stream() and hands the state on, any other declares its whole receptive field"
        )
        require(
            joined.shape == expected.shape,
            f"blocks of {size} join to {tuple(joined.shape)}, not {tuple(expected.shape)}; {advice}",
        )
        off = difference(joined, expected)
        require(
            off <= ROUNDING,
            f"in blocks of {size} the output differs from the whole by {off:.2g} of the largest sample; {advice}",
        )


def _has_a_state(net: Any) -> bool:
    """Return whether a net has a stream of its own, as those with a state do."""
    return getattr(type(net), "stream", BaseNet.stream) is not BaseNet.stream


LAWS: tuple[Law, ...] = (
    output_has_the_promised_length,
    receptive_field_is_as_declared,
    output_is_causal,
    items_of_a_batch_are_independent,
    same_seed_gives_the_same_net,
    extremes_stay_finite,
    stream_goes_on_where_it_stopped,
)
