"""Serve the selected part of a pair of audio files as training items, without copying it."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from nam_kernel import Condition
from nam_plugin_wav.config import WavConfig
from nam_plugin_wav.gathering import Views
from nam_plugin_wav.levels import Levels, measure
from nam_plugin_wav.pair import open_pair
from nam_plugin_wav.serving import Table


class WavDataset(Views):
    """
    A pair of audio files, before and after an amplifier.

    Item ``i`` is ``x[i * ny : i * ny + nx + ny - 1]`` and the ``ny`` samples of ``y`` that belong to its last
    ones: views on ``x`` and ``y``, not copies.

    :param nx: input samples per output sample, the receptive field of the net
    :raises DataError: when the files do not fit the config or each other; what their headers show is checked
        before any sample is read
    """

    source: Table

    def __init__(self, config: WavConfig, nx: int) -> None:
        self.config = config
        self.pair = open_pair(config, nx)
        self._items = self.pair.items
        samples_x, samples_y = self.pair.read()
        self._x, self._y = torch.from_numpy(samples_x), torch.from_numpy(samples_y)
        self._y_gain = 1.0
        self._levels: dict[str, Levels] = {}
        self._fingerprint: dict[str, str | int | float] | None = None
        self.serve_from(self._x.device)

    @classmethod
    def init_from_config(cls, config: WavConfig, *, nx: int) -> WavDataset:
        """
        Return a new dataset.

        :raises DataError: when a file does not fit
        """
        return cls(config, nx)

    @classmethod
    def check_headers(cls, config: WavConfig, *, nx: int) -> None:
        """
        Check an entry as far as the headers of its files allow, reading no samples.

        A delay of ``"auto"`` counts as 0 here.

        :raises DataError: when a file does not fit
        """
        open_pair(config, nx, listen=False)

    @property
    def nx(self) -> int:
        """Input samples per output sample."""
        return self.pair.nx

    @property
    def ny(self) -> int:
        """Output samples of an item."""
        return self._items.ny

    @property
    def left_over(self) -> int:
        """Samples at the end that fill no item."""
        return self._items.left_over

    @property
    def sample_rate(self) -> float:
        """In Hz."""
        return float(self.pair.sample_rate)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """None: there is nothing beside the audio."""
        return ()

    @property
    def title(self) -> str:
        """The names of both files, for messages."""
        return f"{self.config.x_path.name} -> {self.config.y_path.name}"

    @property
    def delay(self) -> int:
        """Samples by which the output lagged; it is removed from ``x`` and ``y``."""
        return self.pair.delay

    @property
    def x_factor(self) -> float:
        """The factor on the samples of the input file, from ``input_gain``."""
        return float(10 ** (self.config.input_gain / 20))

    @property
    def y_factor(self) -> float:
        """The factor on the samples of the output file: ``y_scale``, times that of ``scale_output``."""
        return self.config.y_scale * self._y_gain

    @property
    def x(self) -> Tensor:
        """All input samples of the part, (L,)."""
        return self._x

    @property
    def y(self) -> Tensor:
        """All output samples of the part, (L,), aligned with ``x``; the first ``nx - 1`` are in no item."""
        return self._y

    @property
    def nbytes(self) -> int:
        """The bytes of both signals."""
        return self._x.nbytes + self._y.nbytes

    def serve_from(self, device: torch.device) -> None:
        """Keep a copy of both signals on ``device`` and serve items from it; ``x`` and ``y`` stay where they are."""
        self._device = device
        self.source = Table(self._x.to(device), self._y.to(device), self.nx, self.ny)

    def levels(self, side: Literal["x", "y"]) -> Levels:
        """Return the levels of the input or the output, relative to full scale of its file; measured once."""
        if side not in self._levels:
            samples, factor = (self._x, self.x_factor) if side == "x" else (self._y, self.y_factor)
            self._levels[side] = measure(samples.numpy(), self.sample_rate, factor)
        return self._levels[side]

    def fingerprint(self) -> Mapping[str, str | int | float]:
        """
        Return what identifies the recordings that were read: hashes of the samples of the part, their number and rate.

        The names of the files do not count, nor what ``scale_output`` did.
        """
        if self._fingerprint is None:
            self._fingerprint = {
                "input": _hash(self._x),
                "output": _hash(self._y),
                "samples": len(self._x),
                "sample_rate": self.pair.sample_rate,
            }
        return self._fingerprint

    def scale_output(self, factor: float) -> None:
        """Multiply the output, in place and wherever it is served from."""
        self.fingerprint()
        self._y *= factor
        self._y_gain *= factor
        self.serve_from(self._device)

    def teardown(self) -> None:
        """Release the samples."""
        self._x = self._y = torch.zeros(0)
        self.source = Table(self._x, self._y, 1, 1)
        self._levels = {}


def _hash(samples: Tensor) -> str:
    return blake2b(np.ascontiguousarray(samples.numpy()).data, digest_size=16).hexdigest()
