"""One capture of a dataset, for whoever judges captures one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from nam_plugin_parametric.captures.recordings import Recording


@dataclass(frozen=True, eq=False)
class Capture:
    """
    One capture of a dataset.

    :param name: of the capture: that of its output file, where the table has none
    :param title: where it is written, for messages
    :param settings: the knobs that stand still in it, by name
    :param moving: the names of those that do not
    :param items: those of the dataset that are its own
    :param x: (L,), the input, a view
    :param y: (L,), the output aligned with it, a view; the first ``nx - 1`` samples are in no item
    :param factor: by which the samples of the output file were multiplied
    :param recording: its files
    """

    name: str
    title: str
    settings: Mapping[str, float]
    moving: tuple[str, ...]
    items: range
    x: Tensor
    y: Tensor
    factor: float
    recording: Recording

    @property
    def delay(self) -> int:
        """Samples by which the output lagged; it is removed."""
        return int(self.recording.pair.delay)
