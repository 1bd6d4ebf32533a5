"""Plan a capture: what is known of two recordings becomes the three configs of a training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from nam_plugin_capture.layout import Part
from nam_plugin_capture.learning import USUAL_NY, settings
from nam_plugin_capture.pair import Analysis
from nam_plugin_capture.sizes import DEFAULT, net_of
from nam_plugin_capture.split import Split, split

Json = dict[str, Any]


class Documents(NamedTuple):
    """The three configs, as ``nam_kernel.train`` takes them."""

    data: Json
    model: Json
    learning: Json


@dataclass(frozen=True)
class Plan:
    """
    How a model is made of two recordings.

    :param size: one of ``sizes.SIZES``
    :param epochs: to train, or None for as many as is usual
    :param most_steps: of an epoch, or None for all
    :param metadata: what goes into the model file, by the keys of the data config's ``metadata``
    :param anyway: train although the recordings were refused
    """

    analysis: Analysis
    split: Split
    size: str = DEFAULT
    epochs: int | None = None
    most_steps: int | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    anyway: bool = False

    def lasting(self, epochs: int, most_steps: int | None = None) -> Plan:
        """Return the same plan for another number of epochs."""
        return replace(self, epochs=epochs, most_steps=most_steps)

    def documents(self) -> Documents:
        """Return the three configs; paths in them are absolute."""
        model, learning = settings(self.epochs)
        if self.most_steps is not None:
            learning["trainer"]["limit_train_batches"] = self.most_steps
        return Documents(self._data(), {"net": net_of(self.size), **model}, learning)

    def rows(self) -> list[tuple[str, str]]:
        """Return what is planned, as rows (label, value) for people."""
        return [("split", self.split.told), ("size", self.size)]

    def _data(self) -> Json:
        recordings = self.analysis.recordings
        train = [self._entry(part) | {"require_input_pre_silence": None} for part in self.split.train]
        entries = [entry | {"ny": USUAL_NY} for entry in train]
        held_out = self._entry(self.split.validation)
        common = {**recordings.common, "delay": self.analysis.samples}
        if self.anyway and self.analysis.refusal:
            common["anyway"] = True
        return {
            "train": entries[0] if len(entries) == 1 else entries,
            "validation": {**held_out, "ny": None, "require_input_pre_silence": self.split.silence},
            "common": common,
            "metadata": {key: value for key, value in self.metadata.items() if value is not None},
        }

    def _entry(self, part: Part) -> Json:
        start, stop = part
        edges = {
            "start_samples": start or None,
            "stop_samples": stop if stop < self.analysis.recordings.length else None,
        }
        return {key: edge for key, edge in edges.items() if edge is not None}


def make_plan(
    analysis: Analysis,
    *,
    size: str = DEFAULT,
    epochs: int | None = None,
    metadata: Mapping[str, Any] | None = None,
    anyway: bool = False,
    chosen: Split | None = None,
) -> Plan:
    """
    Return how a model is made of two recordings.

    :param anyway: make one although the recordings are refused
    :param chosen: how they are split, where ``split_input`` has found it already
    :raises DataError: when they are refused, with what to do
    """
    if not anyway:
        analysis.require()
    chosen = chosen or split(analysis.recordings, analysis.mark)
    return Plan(analysis, chosen, size, epochs, metadata=metadata or {}, anyway=anyway)
