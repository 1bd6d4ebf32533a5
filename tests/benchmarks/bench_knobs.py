"""
How close nets with knobs come to settings that they were never trained on, and print the table of the documentation.

``python tests/benchmarks/bench_knobs.py klon|hrd3|computed [--net NAME ...] [--epochs N] [--seed N]``. For each setting
that is left out, the ESR there of the net, and of what can be done without a net with knobs: the nearest capture, that
one at the right level, and the crossfade of the two neighbours. Those three are the recordings themselves, so they are
what perfect models of single settings would reach; with ``--singles`` also of models of single settings, each
trained for as many steps. The baked cost is in multiplications for one sample.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile
import torch

import nam_kernel
from nam_plugin_parametric.captures.checks import captured

Signal = npt.NDArray[np.float64]

CASES = Path(os.environ.get("NAM_CASES") or Path(__file__).parents[3] / "shared" / "cases")


@dataclass(frozen=True)
class Take:
    """A recording at one setting."""

    setting: float
    path: Path


@dataclass(frozen=True)
class Material:
    """
    Recordings along one knob.

    :param left_out: the settings that are left out, one after the other
    :param common: of the data config
    :param segment: samples between the seams, or None
    """

    di: Path
    takes: Sequence[Take]
    knob: dict[str, Any]
    left_out: Sequence[float]
    common: dict[str, Any]
    segment: int | None = None


def klon(_: Path) -> Material:
    """Return the computed pedal at five settings, of which the middle one is left out."""
    folder = CASES / "klon"
    takes = [Take(g, folder / f"gain_{g:03d}.wav") for g in (0, 25, 50, 75, 100)]
    return Material(
        folder / "di.wav",
        takes,
        {"low": 0, "high": 100, "default": 50, "unit": "%"},
        (50,),
        {"segment_samples": 11025, "require_input_pre_silence": None},
        11025,
    )


def hrd3(_: Path) -> Material:
    """Return the microphoned amplifier at eleven settings of its drive, each of which is left out once."""
    folder = CASES / "hrd3"
    takes = sorted(
        (Take(float(file.stem.split("_")[1]), file) for file in folder.glob("drive_*.wav")), key=lambda t: t.setting
    )
    return Material(
        folder / "di.wav",
        takes,
        {"low": 2, "high": 12, "default": 7},
        [take.setting for take in takes],
        {"delay": "auto", "allow_unequal_lengths": True, "require_input_pre_silence": None},
    )


def computed(folder: Path) -> Material:
    """Return an amplifier that is a formula: a tone filter, a soft clipper of a growing gain, half a second of sag."""
    rate, dice = 44100, np.random.default_rng(0)
    time = np.arange(12 * rate) / rate
    x = sum(
        np.sin(2 * np.pi * f * n * time + n) * np.exp(-3 * ((time * s) % 1.0)) / n
        for f, s in ((82.4, 1.0), (123.5, 1.5), (196.0, 2.0))
        for n in range(1, 9)
    )
    x = 0.5 * x / np.abs(x).max() + 0.002 * dice.standard_normal(len(x))
    soundfile.write(folder / "di.wav", x, rate, subtype="FLOAT")
    takes = []
    for gain in (0.0, 2.5, 5.0, 7.5, 10.0):
        level = np.sqrt(_smoothed(x**2, 0.5 * rate))
        y = np.tanh(10 ** (gain / 8) * 2 * x / (1 + 4 * level)) * (1 - 0.03 * gain)
        takes.append(Take(gain, folder / f"gain_{gain}.wav"))
        soundfile.write(takes[-1].path, 0.8 * _smoothed(y, 4), rate, subtype="FLOAT")
    knob = {"low": 0, "high": 10, "default": 5}
    return Material(folder / "di.wav", takes, knob, (2.5, 5.0, 7.5), {"require_input_pre_silence": None})


def _smoothed(x: Signal, samples: float) -> Signal:
    """Return the output of a one-pole low-pass."""
    share, y, state = 1 / samples, np.empty_like(x), 0.0
    for i, value in enumerate(x):
        state += share * (value - state)
        y[i] = state
    return y


def layers(channels: tuple[int, int]) -> list[dict[str, Any]]:
    """Return the stacks of an A1 WaveNet."""
    first = {
        "input_size": 1,
        "condition_size": 1,
        "channels": channels[0],
        "head_size": channels[1],
        "kernel_size": 3,
        "dilations": [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
        "activation": "Tanh",
        "gated": False,
        "head_bias": False,
    }
    last = {**first, "input_size": channels[0], "channels": channels[1], "head_size": 1, "head_bias": True}
    return [first, last]


SIZES = {"nano": (8, 4), "standard": (16, 8)}
NETS = ("ConcatWaveNet", "FiLMWaveNet", "HyperWaveNet", "ConcatLSTM")
LSTM = {"hidden_size": 28, "num_layers": 1, "train_burn_in": 2048, "train_truncate": 512}


def config_of(name: str, size: str, more: dict[str, Any]) -> dict[str, Any]:
    """Return the config of a net."""
    own = LSTM if name == "ConcatLSTM" else {"layers_configs": layers(SIZES[size]), "head_scale": 0.02}
    return {**own, **more}


def data_of(material: Material, unseen: float) -> dict[str, Any]:
    """Return the data config that trains on every setting but one; that one is only looked at, when all is done."""
    ny = 8192 if material.segment is None else material.segment - 4092
    entries = {
        t.setting: {"x_path": str(material.di), "y_path": str(t.path), "knobs": {"knob": t.setting}, "ny": ny}
        for t in material.takes
    }
    return {
        "train": [entry for setting, entry in entries.items() if setting != unseen],
        "validation": [entries[unseen]],
        "common": {"type": "Captures", "knobs": {"knob": material.knob}, **material.common},
    }


def trained(
    material: Material, net: dict[str, Any], unseen: float, folder: Path, epochs: int, seed: int, ends: float = 0.0
) -> Path:
    """Return the model file of a net trained on every setting but one."""
    data = data_of(material, unseen)
    if ends and unseen in (material.takes[0].setting, material.takes[-1].setting):
        data["joint"] = [{"name": "ends", "share": ends}]
    learning = {"recipe": "fast", "seed": seed, "trainer": {"max_epochs": epochs, "check_val_every_n_epoch": epochs}}
    result = nam_kernel.train(data, {"net": net}, learning, folder, plots=False)
    assert result.model_path is not None
    return result.model_path


def single(material: Material, setting: float, delay: int, size: str, folder: Path, epochs: int, seed: int) -> Path:
    """Return the model file of a net trained on one setting alone, for as many steps as one on all the others."""
    take = next(take for take in material.takes if take.setting == setting)
    ny = 8192 if material.segment is None else material.segment - 4092
    entry = {"x_path": str(material.di), "y_path": str(take.path), "ny": ny}
    common = {"type": "Captures", **material.common, "delay": delay}
    data = {"train": entry, "validation": entry, "common": common}
    lasting = epochs * (len(material.takes) - 1)
    learning = {"recipe": "fast", "seed": seed, "trainer": {"max_epochs": lasting, "check_val_every_n_epoch": lasting}}
    net = {"name": "WaveNet", "config": {"layers_configs": layers(SIZES[size]), "head_scale": 0.02}}
    result = nam_kernel.train(data, {"net": net}, learning, folder, plots=False)
    assert result.model_path is not None
    return result.model_path


def esr(y: Signal, played: Signal, segment: int | None, history: int) -> float:
    """Return the error over the energy; what would be heard across a seam does not count."""
    counts = np.ones(len(y), bool)
    counts[:history] = False
    if segment is not None:
        counts = np.arange(len(y)) % segment >= history
    return float(((y - played)[counts] ** 2).sum() / (y[counts] ** 2).sum())


HISTORY = 4092
"""Samples that a net of these sizes hears before the current one."""


def played_by(path: Path, x: Signal, setting: float | None = None) -> tuple[Signal, int | None]:
    """Return what a model makes of the input, baked where it has a knob, and the multiplications of a sample."""
    net = nam_kernel.read_model(path)
    net = net if setting is None else net.bake({"knob": setting})
    y = net.render(torch.from_numpy(x).float(), forward=nam_kernel.accelerate(net))
    return y.double().numpy(), net.multiply_adds()


def delays_of(material: Material) -> dict[float, int]:
    """Return the delay of each setting in a training, in samples."""
    net = {"name": "ConcatWaveNet", "config": {"layers_configs": layers(SIZES["nano"]), "head_scale": 0.02}}
    run = nam_kernel.check(data_of(material, material.left_out[0]), {"net": net}, {})
    parts = [part for dataset in run.datasets for part in captured(dataset)]
    delays = {c.settings["knob"]: c.delay for part in parts for c in part.captures}
    run.teardown()
    return delays


def aligned(material: Material, delays: Mapping[float, int]) -> tuple[Signal, dict[float, Signal]]:
    """Return the input, and the recording of each setting, aligned with it as it is in a training."""
    x = soundfile.read(material.di)[0]
    takes = {}
    for take in material.takes:
        y, delay = soundfile.read(take.path)[0], delays[take.setting]
        takes[take.setting] = y[delay:] if delay >= 0 else np.concatenate((np.zeros(-delay), y))
    length = min(map(len, (x, *takes.values())))
    return x[:length], {setting: y[:length] for setting, y in takes.items()}


def leveled(near: Signal, y: Signal) -> Signal:
    """Return a signal at the level at which it is nearest to another, which has to be known for that."""
    return near * (near @ y) / (near @ near)


def without_knobs(
    y: Signal, unseen: float, others: Mapping[float, Signal], what: str, segment: int | None
) -> Iterator[tuple[str, float, None]]:
    """
    Yield what can be made of a setting from the others: the way, and the ESR.

    :param others: what there is of each other setting
    :param what: that is: captures, or models of them
    """
    near = others[min(others, key=lambda setting: esr(y, others[setting], segment, HISTORY))]
    yield f"nearest {what}", esr(y, near, segment, HISTORY), None
    yield f"nearest {what}, at the right level", esr(y, leveled(near, y), segment, HISTORY), None
    below = max((s for s in others if s < unseen), default=min(others))
    above = min((s for s in others if s > unseen), default=max(others))
    share = 0.0 if above == below else (unseen - below) / (above - below)
    crossfade = (1 - share) * others[below] + share * others[above]
    yield f"crossfade of the two neighbours, {what}s", esr(y, crossfade, segment, HISTORY), None


def main() -> None:
    """Train, measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", choices=("klon", "hrd3", "computed"))
    parser.add_argument("--net", action="append", choices=NETS, default=[])
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", choices=tuple(SIZES), default="nano", help="of the WaveNets (%(default)s)")
    parser.add_argument("--config", type=json.loads, default={}, help="JSON: keys for the config of the nets")
    parser.add_argument("--singles", action="store_true", help="train a model of each single setting, too")
    parser.add_argument("--only", type=float, action="append", default=[], help="leave out these settings only")
    parser.add_argument("--ends", type=float, default=0.0, help="the share of items beyond what was recorded")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.getLogger("nam_kernel").setLevel(logging.ERROR)
    found: dict[str, list[float]] = {}
    costs: dict[str, int | None] = {}
    with tempfile.TemporaryDirectory() as folder:
        material = {"klon": klon, "hrd3": hrd3, "computed": computed}[given.case](Path(folder))
        left_out = given.only or material.left_out
        nets = [{"name": n, "config": config_of(n, given.size, given.config)} for n in given.net or NETS]
        delays = delays_of(material)
        x, takes = aligned(material, delays)
        runs = Path(folder) / "runs"
        singles = {
            setting: played_by(
                single(material, setting, delays[setting], given.size, runs, given.epochs, given.seed), x
            )[0]
            for setting in (takes if given.singles else ())
        }
        for unseen in left_out:
            y, kinds = takes[unseen], {"capture": takes, **({"single model": singles} if singles else {})}
            told: list[tuple[str, float, int | None]] = []
            for what, all_of_them in kinds.items():
                others = {setting: signal for setting, signal in all_of_them.items() if setting != unseen}
                told += without_knobs(y, unseen, others, what, material.segment)
            for net in nets:
                model = trained(material, net, unseen, runs, given.epochs, given.seed, given.ends)
                played, cost = played_by(model, x, unseen)
                for name, signal in ((net["name"], played), (f"{net['name']}, at the right level", leveled(played, y))):
                    told.append((name, esr(y, signal, material.segment, HISTORY), cost))
            for name, error, cost in told:
                found.setdefault(name, []).append(error)
                costs[name] = cost
                print(
                    json.dumps({"case": given.case, "left_out": unseen, "by": name, "esr": round(error, 6)}), flush=True
                )
    print(f"\n| {given.case} | " + " | ".join(f"{s:g}" for s in left_out) + " | mean | multiplications |")
    print("|---" * (len(left_out) + 3) + "|")
    for name, errors in found.items():
        cost = "" if costs[name] is None else str(costs[name])
        print(f"| {name} | " + " | ".join(f"{e:.4f}" for e in errors) + f" | {np.mean(errors):.4f} | {cost} |")


if __name__ == "__main__":
    main()
