"""Measure whether choosing settings by ear beats a maximin design on a computed amplifier, and print a table."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Callable, Sequence

import torch
from after_parts import GAIN, RATE, TONE, Take, Takes, amplifier, riff, trained
from torch import Tensor

from nam_kernel import BaseNet
from nam_plugin_parametric.after.design import Values, maximin
from nam_plugin_parametric.after.excerpts import captured, esr
from nam_plugin_parametric.after.propose import by_disagreement, by_interpolation

KNOBS = (GAIN, TONE)
FIRST: list[Values] = [(gain, tone) for gain in (0.0, 5.0, 10.0) for tone in (0.0, 5.0, 10.0)]
ADDED, SEEDS = 4, 5

Amplifier = Callable[[Tensor, float, float], Tensor]


def uneven(x: Tensor, gain: float, tone: float) -> Tensor:
    """Return the amplifier whose gain does little in its first half and much in the second, as some tapers do."""
    return amplifier(x, 10 * (gain / 10) ** 3, tone)


def recorded(play: Amplifier, settings: Sequence[Values], seed: int) -> list[Take]:
    x = riff(seed=seed)
    return [Take(f"{i:02d}.wav", {"gain": g, "tone": t}, x, play(x, g, t)) for i, (g, t) in enumerate(settings)]


def unseen(net: BaseNet, play: Amplifier, seed: int) -> list[float]:
    x = riff(1.0, seed=100 + seed)
    grid = itertools.product([10 * (i + 0.5) / 7 for i in range(7)], repeat=2)
    return [esr(net.render(x, g, t)[50:].double(), play(x, g, t)[50:].double()) for g, t in grid]


def main() -> None:
    torch.set_num_threads(1)
    print("amplifier  design         mean ESR of each seed (unseen settings)         mean    worst setting", flush=True)
    for name, play in (("even", amplifier), ("uneven", uneven)):
        figures: dict[str, list[list[float]]] = {"maximin": [], "interpolation": [], "disagreement": []}
        for seed in range(SEEDS):
            captures = recorded(play, FIRST, seed)
            nets = [trained(captures, KNOBS, seed=10 * seed + i, steps=120) for i in range(2)]
            whole = list(captured(nets[0], Takes(captures, KNOBS), "train"))  # type: ignore[arg-type]
            designs = {
                "maximin": maximin(KNOBS, FIRST, ADDED),
                "interpolation": by_interpolation(KNOBS, whole, RATE, ADDED),
                "disagreement": by_disagreement(KNOBS, whole, nets, ADDED),
            }
            for design, added in designs.items():
                net = trained(recorded(play, [*FIRST, *added], seed), KNOBS, seed=seed, steps=300)
                figures[design].append(unseen(net, play, seed))
        for design, found in figures.items():
            means = [statistics.fmean(errors) for errors in found]
            shown = "  ".join(f"{mean:.4f}" for mean in means)
            worst = statistics.fmean(max(errors) for errors in found)
            print(f"{name:9}  {design:13}  {shown}    {statistics.fmean(means):.4f}  {worst:.4f}", flush=True)


if __name__ == "__main__":
    main()
