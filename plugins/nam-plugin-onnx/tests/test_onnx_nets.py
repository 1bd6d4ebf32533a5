"""Random nets of every architecture and form: their files play the same, whole, in blocks, with moving knobs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nam_kernel import BaseNet
from nam_plugin_onnx.architectures import _BUILDERS
from nam_plugin_onnx.runner import runner
from nam_plugin_onnx.write import export
from random_nets import OF_CHANNELS, some_knobs, some_net


def played_errors(net: BaseNet, folder: Path, seed: int, sizes: tuple[int, ...]) -> dict[str, float]:
    """Return the largest differences, whole and in blocks, relative to the peak; knobs move every 300 samples."""
    dice = np.random.default_rng(seed)
    x = (0.3 * dice.normal(size=1500)).astype(np.float32)
    knobs = some_knobs(net, dice, 5, 300)
    with torch.no_grad():
        expected = net.render(torch.from_numpy(x), *torch.from_numpy(knobs)).numpy()
    player: Any = runner(export(net, folder, "net", {})[0])
    outputs = {"whole": player(x, *knobs)}
    for size in sizes:
        stream = player.stream()
        last = 200 if size == 1 else len(x)
        places = [slice(start, start + size) for start in range(0, last, size)]
        outputs[str(size)] = np.concatenate([stream.feed(x[place], *knobs[:, place]) for place in places])
    peak = np.abs(expected).max()
    return {key: float(np.abs(y - expected[: len(y)]).max() / peak) for key, y in outputs.items()}


@pytest.mark.parametrize("kind", [*sorted(_BUILDERS), *OF_CHANNELS])
def test_files_play_what_their_net_plays(kind: str, tmp_path: Path) -> None:
    for seed in range(8):
        net = some_net(kind, seed)
        errors = played_errors(net, tmp_path, seed, (1, 64, 257, 4096) if seed == 0 else (257,))
        assert max(errors.values()) <= 1e-5, (seed, errors)


def test_a_linear_is_the_convolution_with_its_weights(tmp_path: Path) -> None:
    linear = pytest.importorskip("nam_plugin_linear.net")
    dice = np.random.default_rng(0)
    response, x = dice.normal(size=2000).astype(np.float32), dice.normal(size=3000).astype(np.float32)
    net = linear.Linear.from_exported({"receptive_field": 2000, "bias": False}, 48000.0)
    net.import_weights(response)
    expected = np.convolve(response.astype(np.float64), x.astype(np.float64))[: len(x)]
    player: Any = runner(export(net, tmp_path, "linear", {})[0])
    for y in (player(x), player.stream().feed(x)):
        assert np.abs(y - expected).max() <= 2e-6 * np.abs(expected).max()
