"""The panels that this plugin adds to the page itself, through the hook that it has for all plugins."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch

from nam_kernel import accelerate
from nam_kernel.interfaces import BaseDataset, BaseNet, flatten, unpack_batch
from nam_plugin_report.folding import aliasing_of, aliasing_panel
from nam_plugin_report.measures import LOWEST, decibels
from nam_plugin_report.panel import ReportPanel
from nam_plugin_report.passage import USUAL_RATE, Passage, Signal, choose_passage
from nam_plugin_report.recording import HARMONICS, QUIETER, hum_of, level, noise_floor
from nam_plugin_report.spectrum import spectrum_panel
from nam_plugin_report.worst import worst_panel

if TYPE_CHECKING:
    from nam_kernel.interfaces import Result
    from nam_kernel.run import Prepared

_log = logging.getLogger(__name__)

WHOLE = 60.0
"""Seconds of the validation that are played for the panels, at most; the loudest of a longer one."""

SEARCHED = 180.0
"""Seconds of each recording in which hum is looked for, at most."""


@dataclass(frozen=True)
class Heard:
    """
    What the panels are made of.

    :param passage: up to a minute of the validation, as the net plays it; None without a validation
    :param name: of the output that counts, the last
    """

    run: Prepared
    net: BaseNet
    passage: Passage | None
    name: str

    @property
    def rate(self) -> float:
        """In Hz."""
        return (self.passage.rate if self.passage else self.net.sample_rate) or USUAL_RATE

    @cached_property
    def recordings(self) -> list[tuple[str, Signal, float]]:
        """What the gear made: of which part of the data each recording is, the signal (L,), and its rate in Hz."""
        listed = []
        for split, dataset in (("training", self.run.train), ("validation", self.run.validation)):
            for one in () if dataset is None else flatten(dataset):
                rate = one.sample_rate or self.rate
                listed.append((split, _recording(one, rate), rate))
        return listed

    @property
    def model(self) -> Signal:
        """What the net makes of the passage: (L,)."""
        assert self.passage is not None
        return self.passage.predictions[self.name]


def own_panels(run: Prepared, result: Result) -> Iterator[ReportPanel]:
    """Yield the panels of this plugin; one that fails is named in a warning, and the others are shown."""
    net = result.net
    passage = None if run.validation is None else choose_passage(net, run.validation, WHOLE)
    heard = Heard(run, net, passage, net.outputs[-1] if net.outputs else "")
    for make in _MAKERS:
        try:
            panel = make(heard)
        except Exception as error:
            told = f"{type(error).__name__}: {error}"
            _log.warning("the report is without the panel of %s, which failed: %s", make.__name__.strip("_"), told)
            continue
        if panel is not None:
            yield panel


def _worst_second(heard: Heard) -> ReportPanel | None:
    return None if heard.passage is None else worst_panel(heard.passage.target, heard.model, heard.rate)


def _spectrum(heard: Heard) -> ReportPanel | None:
    if heard.passage is None or not heard.passage.target.any():
        return None
    return spectrum_panel({"Original": heard.passage.target, "Model": heard.model}, "Original", heard.rate)


def _levels(heard: Heard) -> ReportPanel | None:
    if heard.passage is None or not heard.passage.target.any():
        return None
    target, model = heard.passage.target, np.nan_to_num(heard.model)
    error = target - _best_gain(model, target) * model
    rows = [
        ("Recording", f"{_dbfs(level(target))} RMS, peak {_dbfs(_peak(target))}"),
        ("Model", f"{_dbfs(level(model))} RMS, peak {_dbfs(_peak(model))}"),
        ("Null depth", f"{decibels(float(error @ error) / float(target @ target)):.1f} dB"),
    ]
    floors = [noise_floor(signal, rate) for _, signal, rate in heard.recordings]
    known = [floor for floor in floors if floor is not None]
    rows.append(("Noise floor of the recording", _dbfs(max(known)) if known else "not known, it is never quiet"))
    idle = _idle(heard)
    if idle is not None:
        rows.append(("Noise floor of the model", _dbfs(level(idle - idle.mean()))))
    text = (
        "The null depth is what is left of the recording when the model is subtracted at the level that fits best; the "
        "lower, the better. The noise floor of a recording is its quietest tenth of a second; of the model, what it "
        "plays when nothing goes in. Levels are in dB re full scale; a full-scale sine has -3 dB RMS."
    )
    return ReportPanel("Levels", tuple(rows), text=text)


def _hum(heard: Heard) -> ReportPanel | None:
    if not heard.recordings:
        return None
    found = [(hum, split) for split, signal, rate in heard.recordings if (hum := hum_of(signal, rate)) is not None]
    text = (
        "Looked for in the quietest second of each recording of the gear, at 50 and 60 Hz and their harmonics up to "
        f"the {HARMONICS}th. Hum that the guitar's track does not have cannot be learned: it is part of the error."
    )
    if not found:
        told = f"No second is {QUIETER:.0f} dB quieter than the playing, so hum cannot be told from it."
        return ReportPanel("Hum", (("Mains hum", "cannot be looked for"),), text=f"{told} Record a second of silence.")
    hum, split = max(found, key=lambda pair: pair[0].level)
    if hum.mains is None:
        return ReportPanel("Hum", (("Mains hum", "none that stands out"),), text=text)
    listed = ", ".join(f"{hum.mains * n:g}" for n in hum.harmonics)
    rows = (
        ("Mains hum", f"{_dbfs(hum.level)}, of {hum.mains:g} Hz mains"),
        ("Harmonics that stand out", f"{listed} Hz"),
        ("Found in", f"the {split} recording"),
    )
    return ReportPanel("Hum", rows, text=text)


def _aliasing(heard: Heard) -> ReportPanel | None:
    steps = aliasing_of(heard.net)
    return None if steps is None else aliasing_panel({"This model": steps})


_MAKERS: tuple[Callable[[Heard], ReportPanel | None], ...] = (_worst_second, _spectrum, _levels, _hum, _aliasing)


def _idle(heard: Heard) -> Signal | None:
    """Return the last second of what the net makes of silence, once it has settled."""
    if heard.net.conditions is None:
        return None
    second = round(heard.rate)
    silence = torch.zeros(int(heard.net.receptive_field) - 1 + 2 * second)
    played = heard.net.render(silence, *heard.net.settings(), forward=accelerate(heard.net)).double().numpy()
    return np.asarray(np.nan_to_num(played.reshape(-1, len(silence))[-1, -second:]))


def _recording(dataset: BaseDataset, rate: float) -> Signal:
    """Return what the gear made, as one signal, as far as it is searched: (L,)."""
    parts: list[Signal] = []
    length = 0
    for index in range(len(dataset)):
        parts.append(unpack_batch(dataset[index]).y.detach().cpu().double().numpy())
        length += len(parts[-1])
        if length > SEARCHED * rate:
            break
    return np.concatenate(parts) if parts else np.zeros(0)


def _best_gain(model: Signal, target: Signal) -> float:
    power = float(model @ model)
    return float(model @ target) / power if power else 0.0


def _peak(signal: Signal) -> float:
    return decibels(float(np.abs(signal).max(initial=0.0)) ** 2)


def _dbfs(value: float) -> str:
    return "digital silence" if value <= LOWEST else f"{value:.1f} dB"
