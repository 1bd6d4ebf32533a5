"""Serve recordings of one amplifier at many settings of its knobs as training items, without copying them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b

import numpy as np
import torch
from torch import Tensor

from nam_kernel import Condition
from nam_plugin_parametric.captures.capture import Capture
from nam_plugin_parametric.captures.config import CapturesConfig
from nam_plugin_parametric.captures.knobs import conditions_of, settings_of
from nam_plugin_parametric.captures.loading import laid_out, load
from nam_plugin_parametric.captures.recordings import Recording, for_each, open_recording, same_rate
from nam_plugin_parametric.captures.rows import Row, rows_of
from nam_plugin_parametric.captures.serving import Items, Places, Samples
from nam_plugin_wav import Views


class Captures(Views):
    """
    Recordings of one amplifier at many settings.

    Items are ``(x, *conditions, y)``, or as ``form`` asks; a knob is one number in its own unit, ``()``, or where one
    moves in any capture a signal beside ``x``, (nx + ny - 1,).

    :param nx: input samples per output sample, the receptive field of the net
    :raises ConfigError: when a table, a setting or a file of values over time is wrong
    :raises DataError: when the recordings do not fit each other or the config
    """

    source: Items

    def __init__(self, config: CapturesConfig, nx: int) -> None:
        self.config = config
        self._nx = nx
        rows, self._conditions = known(config)
        self._settings = [settings_of(row, self._conditions) for row in rows]
        self._gain = 1.0
        self._device = torch.device("cpu")
        self._read(for_each(rows, lambda row: open_recording(row, nx)))

    @classmethod
    def init_from_config(cls, config: CapturesConfig, *, nx: int) -> Captures:
        """Return a new dataset; raises as the class does."""
        return cls(config, nx)

    @classmethod
    def check_headers(cls, config: CapturesConfig, *, nx: int) -> None:
        """
        Check an entry as far as its tables and the headers of its files allow, reading no samples.

        :raises UserError: with what is wrong
        """
        rows, conditions = known(config)
        for row in rows:
            settings_of(row, conditions)
        same_rate(for_each(rows, lambda row: open_recording(row, nx, listen=False)))

    @property
    def nx(self) -> int:
        """Input samples per output sample."""
        return self._nx

    @property
    def ny(self) -> int | None:
        """Output samples of an item; None where whole captures of several lengths are items."""
        return self.source.ny

    @property
    def title(self) -> str:
        """The number of captures, for messages."""
        count = len(self._recordings)
        return f"{count} captures" if count > 1 else self._recordings[0].row.name

    @property
    def sample_rate(self) -> float:
        """In Hz."""
        return float(self._rate)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The knobs."""
        return self._conditions

    @property
    def captures(self) -> tuple[Capture, ...]:
        """The captures, in the order of their items."""
        whole = zip(self._recordings, self._settings, laid_out(self._recordings), strict=True)
        return tuple(
            Capture(
                name=recording.row.name,
                title=recording.title,
                settings=settings,
                moving=tuple(c.name for c in self._conditions if c.name not in settings),
                items=place.items,
                x=self._samples.x[place.x],
                y=self._samples.y[place.y],
                factor=recording.pair.config.y_scale * self._gain,
                recording=recording,
            )
            for recording, settings, place in whole
        )

    @property
    def groups(self) -> list[int]:
        """To which capture each item belongs, by number: in a validation each of them counts the same."""
        captures: list[int] = self._places.capture.tolist()
        return captures

    @property
    def nbytes(self) -> int:
        """The bytes of all samples."""
        return self._samples.nbytes

    def serve_from(self, device: torch.device) -> None:
        """Keep a copy of the samples on ``device`` and serve items from it."""
        self._device = device
        places = Places(*(part.to(device) for part in vars(self._places).values()))
        self.source = Items(self._samples.to(device), places, self._nx, self.config.form)

    def shift(self, samples: Sequence[int]) -> None:
        """
        Change the delays that were found, one for each capture, by some samples.

        :raises DataError: when there is no room for an item any more
        """
        if [recording.shift for recording in self._recordings] != list(samples):
            shifts = iter(samples)
            moved = for_each(self._recordings, lambda r: open_recording(r.row, self._nx, shift=next(shifts)))
            # Not both in memory at once.
            self._release()
            self._read(moved)

    def scale_output(self, factor: float) -> None:
        """Multiply the output of all captures, in place and wherever it is served from."""
        self.fingerprint()
        self._samples.y.mul_(factor)
        self._gain *= factor
        self.serve_from(self._device)

    def _read(self, recordings: list[Recording]) -> None:
        """Bring the samples of captures into memory, at the level that was asked for."""
        rate = same_rate(recordings)
        moves = self.config.over_time or any(recording.row.motion is not None for recording in recordings)
        self._samples, self._places = load(recordings, self._settings, self._conditions, moves=moves)
        self._recordings, self._rate = recordings, rate
        self._fingerprint: dict[str, str | int | float] | None = None
        if self._gain != 1.0:
            self.fingerprint()
            self._samples.y.mul_(self._gain)
        self.serve_from(self._device)

    def fingerprint(self) -> Mapping[str, str | int | float]:
        """
        Return what identifies the captures that were read: hashes of samples and settings, their number, the rate.

        The names of the files do not count, nor what ``scale_output`` did.
        """
        if self._fingerprint is None:
            captures = self.captures
            knobs = self._samples.settings if self._samples.signals is None else self._samples.signals
            self._fingerprint = {
                "captures": len(captures),
                "input": _hash(capture.x for capture in captures),
                "output": _hash([self._samples.y]),
                "settings": _hash([knobs]),
                "samples": len(self._samples.y),
                "sample_rate": self._rate,
            }
        return self._fingerprint

    def teardown(self) -> None:
        """Release the samples."""
        self._release()
        self._recordings, self._settings = [], []

    def _release(self) -> None:
        empty = torch.zeros(0)
        self._samples = Samples(empty, empty, torch.zeros(0, len(self._conditions)), None)
        self._places = Places(*(torch.zeros(0, dtype=torch.int64),) * 4)
        self.serve_from(self._device)


def known(config: CapturesConfig) -> tuple[tuple[Row, ...], tuple[Condition, ...]]:
    """
    Return the captures that an entry names, and their knobs.

    :raises ConfigError: when a table is wrong, or the knobs are others than those declared
    """
    rows = rows_of(config)
    return rows, conditions_of(config.declared, rows)


def _hash(signals: Iterable[Tensor]) -> str:
    digest = blake2b(digest_size=16)
    for signal in signals:
        digest.update(np.ascontiguousarray(signal.numpy()).data)
    return digest.hexdigest()
