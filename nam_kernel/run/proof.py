"""Prove a written file: have an independent program play it, and compare that with the net it was made of."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from nam_kernel import plugins
from nam_kernel.errors import NamKernelError
from nam_kernel.interfaces import BaseNet, Proof, WindowStream
from nam_kernel.run.build import Bound

TOLERANCE = 1e-5
"""The largest difference that float32 allows, relative to the peak."""

BLOCKS = (1, 64, 257, 4096)
"""Samples; what players feed at once."""

_RATE = 48000.0
_SETTLING = 2.0
"""Seconds of silence in which a learned state settles; a quarter of it is enough for a state that was settled."""

_BY_SAMPLE = 512

Signal = npt.NDArray[np.float32]


def proof_signal(sample_rate: float, seed: int = 0) -> Signal:
    """
    Return a signal that shows what a file does: noise, silence, a sine sweep at full scale, plucked strings.

    :param sample_rate: in Hz
    :return: (L,), 0.35 seconds, peak 1
    """
    dice = np.random.default_rng(seed)
    tenth = round(0.1 * sample_rate)
    time = np.arange(tenth) / sample_rate
    noise = 0.3 * dice.standard_normal(tenth).clip(-3, 3)
    # An exponential sweep from 20 Hz to 0.45 of the rate (Farina, AES 108, 2000).
    low, high = 20.0, 0.45 * sample_rate
    growth = np.log(high / low)
    sweep = np.sin(2 * np.pi * low * time[-1] / growth * (np.exp(time / time[-1] * growth) - 1))
    strings = sum(
        np.sin(2 * np.pi * pitch * number * time) * np.exp(-3.0 * number * time) / number
        for pitch in (82.41, 123.47, 329.63)
        for number in range(1, 8)
    )
    silence = np.zeros(round(0.05 * sample_rate))
    return np.concatenate([noise, silence, sweep, 0.9 * strings / np.abs(strings).max()]).astype(np.float32)


def prove(net: BaseNet, exporter: Bound, file: Path) -> Proof:
    """
    Return how far a file, as the exporter's runner plays it, is from the net.

    :param net: that was written, at the level of the recordings
    """
    target = getattr(exporter.record, "runner", None)
    if target is None:
        return Proof(file.name, None, None, f"unproven: {exporter.title} names no independent player")
    if net.conditions is None:
        return Proof(file.name, None, None, "unproven: the net does not declare its conditions")
    try:
        runner = plugins.current().resolve(target, exporter.source)(file)
        off, told = _largest_error(net, runner)
    except NamKernelError as error:
        return Proof(file.name, None, None, f"unproven: {error}")
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return Proof(file.name, None, False, f"it cannot be played: {type(error).__name__}: {error}")
    return Proof(file.name, float(off) if np.isfinite(off) else None, bool(off <= TOLERANCE), told)


def _largest_error(net: BaseNet, runner: Any) -> tuple[float, str]:
    """Return the largest difference over the whole signal and blocks of every size, relative to the peak."""
    played = net.at_size(1.0) if net.outputs else net
    rate = net.sample_rate or _RATE
    signal = proof_signal(rate)
    # A recurrent net begins in a state that it has learned, and a player perhaps in the one that silence leads to.
    recurrent = not isinstance(played.stream(), WindowStream)
    settling = round(_SETTLING * rate) if recurrent else 0
    x = np.concatenate((np.zeros(settling, np.float32), signal))
    quiet = np.zeros(settling // 4, np.float32)
    settings = played.settings()
    with torch.no_grad():
        expected = played.render(torch.from_numpy(x), *settings).double().numpy()[settling:]
    peak = max(float(np.abs(expected).max()), 1e-9)
    outputs = [np.asarray(runner(np.concatenate((quiet, signal)), *settings), np.float64)[len(quiet) :]]
    if not hasattr(runner, "stream"):
        return _difference(outputs, expected, peak), "whole"
    for size in BLOCKS:
        # Sample by sample is slow, and a part shows what the whole would.
        length = _BY_SAMPLE if size == 1 else len(signal)
        stream = runner.stream()
        if recurrent:
            stream.feed(quiet, *settings)
        pieces = [stream.feed(signal[i : i + size], *settings) for i in range(0, length, size)]
        outputs.append(np.concatenate([np.asarray(piece, np.float64) for piece in pieces]))
    return _difference(outputs, expected, peak), f"whole, and in blocks of {', '.join(map(str, BLOCKS))}"


def _difference(outputs: list[Any], expected: Any, peak: float) -> float:
    if any(len(y) != len(expected) and len(y) != _BY_SAMPLE for y in outputs):
        return float("inf")
    return max(float(np.abs(y - expected[: len(y)]).max()) / peak for y in outputs)
