"""Random nets of every architecture and form: their modules play the same, whole, in blocks, with moving knobs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from nam_kernel import BaseNet
from nam_plugin_torchscript.architectures import _BUILDERS
from nam_plugin_torchscript.building import player_of, script
from random_nets import OF_CHANNELS, some_knobs, some_net

KINDS = (*sorted(_BUILDERS), *OF_CHANNELS)


def largest_error(module: Any, net: BaseNet, seed: int, sizes: tuple[int, ...]) -> float:
    """Return the largest difference, whole and in blocks, relative to the peak; knobs move every 300 samples."""
    dice = np.random.default_rng(seed)
    x = torch.tensor(0.3 * dice.normal(size=1500), dtype=torch.float32)
    knobs = torch.from_numpy(some_knobs(net, dice, 5, 300))
    expected = net.render(x, *knobs)

    def of(part: slice) -> tuple[torch.Tensor, ...]:
        return (knobs[None, :, part],) if len(knobs) else ()

    outputs = [module(x[None], *of(slice(None)))[0]]
    for size in sizes:
        module.reset()
        last = 200 if size == 1 else len(x)
        places = [slice(start, start + size) for start in range(0, last, size)]
        outputs.append(torch.cat([module.step(x[place], *of(place)) for place in places]))
    peak = float(expected.abs().max())
    return max(float((y - expected[: len(y)]).abs().max()) / peak for y in outputs)


@pytest.mark.parametrize("kind", KINDS)
def test_a_module_plays_what_its_net_plays(kind: str) -> None:
    for seed in range(8):
        net = some_net(kind, seed)
        assert largest_error(player_of(net), net, seed, (64, 257)) <= 1e-5, seed


@pytest.mark.parametrize("kind", KINDS)
def test_compiled_it_plays_the_same(kind: str) -> None:
    net = some_net(kind, 100)
    assert largest_error(script(player_of(net)), net, 100, (1, 64, 257, 4096)) <= 1e-5


def test_a_long_response_is_convolved_exactly_whichever_way_is_taken() -> None:
    linear = pytest.importorskip("nam_plugin_linear.net")
    dice = np.random.default_rng(0)
    response, x = dice.normal(size=2000).astype(np.float32), dice.normal(size=3000).astype(np.float32)
    net = linear.Linear.from_exported({"receptive_field": 2000, "bias": False}, 48000.0)
    net.import_weights(response)
    expected = np.convolve(response.astype(np.float64), x.astype(np.float64))[: len(x)]
    player: Any = player_of(net)
    for limit in (0, 2**30):
        player.net.direct = limit
        y = player(torch.from_numpy(x)).double().numpy()
        assert np.abs(y - expected).max() <= 2e-6 * np.abs(expected).max()
