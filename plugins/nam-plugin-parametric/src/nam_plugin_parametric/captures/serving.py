"""Serve the items of several captures as views on their samples, and batches of them gathered in a few copies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from nam_plugin_wav import Item

Form = Literal["plain", "nested", "grouped"]


@dataclass(frozen=True, eq=False)
class Samples:
    """
    The samples of all captures, one after the other.

    :param x: the inputs, each once however many captures share it
    :param y: (L,), the outputs
    :param settings: (N, K), the knobs of each capture where they stand still
    :param signals: (K, L), the knobs beside ``y`` where they move; or None
    """

    x: Tensor
    y: Tensor
    settings: Tensor
    signals: Tensor | None

    def to(self, device: torch.device) -> Samples:
        """Return a copy on a device; itself where it is there."""
        signals = None if self.signals is None else self.signals.to(device)
        return Samples(self.x.to(device), self.y.to(device), self.settings.to(device), signals)

    @property
    def nbytes(self) -> int:
        """The bytes of all samples."""
        return self.x.nbytes + self.y.nbytes + (0 if self.signals is None else self.signals.nbytes)


@dataclass(frozen=True, eq=False)
class Places:
    """
    Where the items are.

    :param x: (I,), where the input of each begins among all inputs
    :param y: (I,), where the output that belongs to that sample is among all outputs
    :param capture: (I,), of which capture it is
    :param ny: (I,), its output samples
    """

    x: Tensor
    y: Tensor
    capture: Tensor
    ny: Tensor


class Items:
    """
    Items of captures.

    :param nx: input samples per output sample
    """

    def __init__(self, samples: Samples, places: Places, nx: int, form: Form) -> None:
        self.samples, self.places, self.nx, self.form = samples, places, nx, form
        lengths = sorted({*places.ny.tolist()})
        self.ny = int(lengths[0]) if len(lengths) == 1 else None

    def __len__(self) -> int:
        return len(self.places.x)

    def __getitem__(self, index: int) -> Item:
        if not -len(self) <= index < len(self):
            raise IndexError(f"item {index} of {len(self)}")
        x_at, y_at, capture, ny = (int(part[index]) for part in vars(self.places).values())
        width = self.nx + ny - 1
        x = self.samples.x[x_at : x_at + width]
        y = self.samples.y[y_at + self.nx - 1 : y_at + width]
        signals = self.samples.signals
        # One row for each knob: constants (K,), or signals (K, nx + ny - 1).
        knobs = self.samples.settings[capture] if signals is None else signals[:, y_at : y_at + width]
        return Item(_formed(x, knobs, y, self.form, 0))

    def gather(self, indices: Sequence[int]) -> list[Any] | None:
        """Return items copied into a batch; None where they differ in length."""
        if self.ny is None:
            return None
        at = torch.as_tensor(indices, device=self.places.x.device)
        x_at, y_at = self.places.x[at], self.places.y[at]
        width, signals = self.nx + self.ny - 1, self.samples.signals
        x = self.samples.x.unfold(0, width, 1).index_select(0, x_at)
        y = self.samples.y.unfold(0, self.ny, 1).index_select(0, y_at + self.nx - 1)
        if signals is None:
            knobs = self.samples.settings[self.places.capture[at]]
        else:
            knobs = torch.stack([signal.unfold(0, width, 1).index_select(0, y_at) for signal in signals], dim=1)
        return _formed(x, knobs, y, self.form, 1)


def _formed(x: Tensor, knobs: Tensor, y: Tensor, form: Form, dim: int) -> list[Any]:
    """
    Return the parts of an item or a batch in the form that is asked for.

    :param knobs: of which ``dim`` counts the knobs
    """
    if form == "grouped":
        return [x, knobs, y]
    single = knobs.unbind(dim)
    return [x, (y, *single)] if form == "nested" else [x, *single, y]
