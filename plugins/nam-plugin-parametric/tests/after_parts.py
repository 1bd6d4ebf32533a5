"""A computed amplifier with knobs, its captures, and a small net that is trained on them in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from nam_kernel import BaseNet, Condition, make_net

RATE = 8000.0
GAIN = Condition("gain", 0.0, 10.0, 5.0, step=0.5)
TONE = Condition("tone", 0.0, 10.0, 5.0, step=0.5)


def riff(seconds: float = 2.0, seed: int = 0) -> Tensor:
    """Return decaying tones with pauses between, at several levels: (L,), peak 1."""
    dice = torch.Generator().manual_seed(seed)
    x = torch.zeros(round(seconds * RATE))
    for begin in range(round(0.05 * RATE), len(x), round(0.2 * RATE)):
        t = torch.arange(len(x) - begin) / RATE
        pitch = 82.4 * 2 ** (float(torch.rand((), generator=dice)) * 2)
        note = sum(torch.sin(2 * torch.pi * pitch * k * t) / k for k in range(1, 6))
        x[begin:] += (0.2 + float(torch.rand((), generator=dice))) * note * torch.exp(-8 * t)
    return 0.9 * x / x.abs().max()


def amplifier(x: Tensor, gain: float, tone: float = 5.0) -> Tensor:
    """Return what a tanh and a short low-pass make of a signal; both knobs go from 0 to 10."""
    y = torch.tanh(10 ** (gain / 10) * x)
    taps = (0.5 * (1 - tone / 10)) ** torch.arange(6)
    padded = torch.cat((y.new_zeros(5), y))
    return torch.nn.functional.conv1d(padded[None, None], (taps / taps.sum()).flip(0)[None, None])[0, 0]


@dataclass(frozen=True, eq=False)
class Take:
    """What a dataset's ``captures`` have of public shape."""

    name: str
    settings: dict[str, float]
    x: Tensor
    y: Tensor
    title: str = ""
    moving: tuple[str, ...] = ()
    items: range = range(0)
    factor: float = 1.0


@dataclass(eq=False)
class Takes:
    """A stranger's dataset: ``captures`` and ``conditions``, and nothing else."""

    captures: Sequence[Take]
    conditions: tuple[Condition, ...] = (GAIN,)
    extra: dict[str, float] = field(default_factory=dict)


def takes(labels: Sequence[Sequence[float]], truths: Sequence[Sequence[float]], seed: int = 0) -> list[Take]:
    """Return captures that say one thing and sound like another."""
    x = riff(seed=seed)
    names = ("gain", "tone")
    return [
        Take(f"{i:02d}.wav", dict(zip(names, label, strict=False)), x, amplifier(x, *truth))
        for i, (label, truth) in enumerate(zip(labels, truths, strict=True))
    ]


def trained(
    captures: Sequence[Take], conditions: Sequence[Condition] = (GAIN,), seed: int = 0, steps: int = 400
) -> BaseNet:
    """Return a small net after a training on captures."""
    torch.manual_seed(seed)
    stack = {
        "input_size": 1,
        "condition_size": 1,
        "channels": 6,
        "kernel_size": 3,
        "dilations": [1, 2, 4],
        "activation": "Tanh",
        "head": {"out_channels": 1, "kernel_size": 1, "bias": True},
    }
    knobs = [{"name": c.name, "low": c.low, "high": c.high, "default": c.default} for c in conditions]
    net = make_net("ConcatWaveNet", {"layers_configs": [stack], "head_scale": 0.5, "conditions": knobs})
    net.sample_rate = RATE
    net.train()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.02, total_steps=steps)
    dice = torch.Generator().manual_seed(seed)
    xs, ys = torch.stack([t.x for t in captures]), torch.stack([t.y for t in captures])
    settings = torch.tensor([[t.settings[c.name] for c in conditions] for t in captures])
    history, length, batch = net.receptive_field - 1, 500, 16
    window = torch.arange(length + history)
    for _ in range(steps):
        which = torch.randint(len(captures), (batch,), generator=dice)
        at = torch.randint(xs.shape[1] - length - history, (batch, 1), generator=dice)
        x, y = xs[which[:, None], at + window], ys[which[:, None], at + window][:, history:]
        played = net(x, *settings[which].T)
        loss = ((played - y).square().mean(1) / (y.square().mean(1) + 1e-4)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return net.eval()
