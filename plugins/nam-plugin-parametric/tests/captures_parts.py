"""A computed amplifier with two knobs, recorded at many settings; and what turns entries into datasets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

from nam_kernel.config import RunConfig, collect_notes, validate
from nam_kernel.errors import ConfigError
from nam_plugin_parametric.captures.config import CapturesConfig
from nam_plugin_parametric.captures.configure import configure
from nam_plugin_parametric.captures.dataset import Captures

RATE = 48_000
Signal = npt.NDArray[np.float64]


def guitar(seconds: float = 3.0, seed: int = 0) -> Signal:
    """Return plucked notes: decaying saw-like tones with an attack of noise."""
    rng = np.random.default_rng(seed)
    x = np.zeros(int(seconds * RATE))
    for begin in np.arange(0.1, seconds - 0.3, 0.25):
        at = int(begin * RATE)
        t = np.arange(len(x) - at) / RATE
        pitch = 82.4 * 2 ** (rng.integers(0, 24) / 12)
        note = sum(np.sin(2 * np.pi * pitch * k * t + rng.uniform(0, 6)) / k for k in range(1, 9))
        note = note + rng.standard_normal(len(t)) * np.exp(-t * 400)
        x[at:] += 0.08 * note * np.exp(-t * 6)
    return np.clip(x, -0.9, 0.9)


def amplifier(x: Signal, gain: float, tone: float = 5.0) -> Signal:
    """Return what a tanh and a low-pass make of a signal; both knobs go from 0 to 10."""
    pole = 0.9 - 0.07 * tone
    y = np.tanh(10 ** (gain / 5 - 0.5) * x)
    out = np.empty_like(y)
    state = 0.0
    for i, sample in enumerate(y):
        state = pole * state + (1 - pole) * sample
        out[i] = state
    return 0.5 * out


def write(path: Path, samples: Signal, rate: int = RATE) -> Path:
    soundfile.write(path, samples, rate, subtype="FLOAT")
    return path


def counted(folder: Path, names: Sequence[str], frames: int = 1000, rate: int = 1000) -> None:
    """Write di.wav, whose sample n is (n + 1) / 10000, and outputs that are -1, -2 ... times that."""
    x = (np.arange(frames) + 1) / 10_000
    write(folder / "di.wav", x, rate)
    for factor, name in enumerate(names, 1):
        write(folder / name, -factor * x, rate)


def table(folder: Path, *lines: str, name: str = "captures.csv") -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def config_of(entry: Mapping[str, Any], base: Path | None = None) -> CapturesConfig:
    config, problems = validate(CapturesConfig, dict(entry), base=base)
    if config is None:
        raise ConfigError("the data config", problems)
    return config


def made(entry: Mapping[str, Any], base: Path | None = None, nx: int = 1) -> Captures:
    return Captures.init_from_config(config_of(entry, base), nx=nx)


def configured(data: dict[str, Any], base: Path | None = None, net: str = "CatLSTM") -> tuple[RunConfig, list[str]]:
    """Return a run whose captures have been configured, and the notes."""
    model: dict[str, Any] = {"net": {"name": net, "config": {"hidden_size": 2}}}
    config = RunConfig(data, model, {}, {"data": "data.json"}, {"data": base})
    with collect_notes() as notes:
        configure(config)
    return config, notes
