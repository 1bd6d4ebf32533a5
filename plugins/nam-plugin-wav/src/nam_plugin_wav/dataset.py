"""Serve the selected part of a pair of audio files as training items, without copying it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal
from weakref import WeakSet

import torch
from torch import Tensor

from nam_kernel.config import validate
from nam_kernel.errors import ConfigError, HandshakeError
from nam_kernel.interfaces import BaseDataset
from nam_plugin_wav import joint, likeness
from nam_plugin_wav.config import WavConfig
from nam_plugin_wav.findings import Finding
from nam_plugin_wav.levels import Levels, measure
from nam_plugin_wav.looks import audio_pairs, look, look_at, lowest_esr
from nam_plugin_wav.pair import open_pair
from nam_plugin_wav.serving import Item, Rows, Table


class WavDataset(BaseDataset):
    """
    A pair of audio files, before and after an amplifier.

    Item ``i`` is ``x[i * ny : i * ny + nx + ny - 1]`` and the ``ny`` samples of ``y`` that belong to its last
    ones: views on ``x`` and ``y``, not copies.

    :param config: of this entry
    :raises DataError: when the files do not fit the config or each other; what their headers tell is checked
        before any sample is read
    """

    def __init__(self, config: WavConfig) -> None:
        self.config = config
        pair = open_pair(config)
        samples_x, samples_y = pair.read()
        self.pair = pair
        self._x, self._y = torch.from_numpy(samples_x), torch.from_numpy(samples_y)
        _, self._ny, self._left_over = pair.items()
        self._table = Table(self._x, self._y, config.nx, self._ny)
        self._y_gain = 1.0
        self._levels: dict[str, Levels] = {}
        self._nets: WeakSet[Any] = WeakSet()

    @classmethod
    def init_from_config(cls, config: Mapping[str, Any]) -> WavDataset:
        """
        Make a dataset from its entry in the data config.

        :raises ConfigError: when a key is wrong
        :raises DataError: when a file is
        """
        return cls(_validated(config))

    @classmethod
    def check_headers(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        """
        Check an entry as far as the headers of its files tell, reading no samples.

        :return: ``samples`` (of the selected part), ``items``, ``nx``, ``ny``, ``left_over`` (samples at the
            end that fill no item), ``sample_rate`` (Hz), ``delay`` (None for ``"auto"``, which counts as 0
            here)
        :raises ConfigError: when a key is wrong
        :raises DataError: when a file is
        """
        checked = _validated(config)
        pair = open_pair(checked, listen=False)
        count, ny, left_over = pair.items()
        return {
            "samples": pair.span.samples,
            "items": count,
            "nx": checked.nx,
            "ny": ny,
            "left_over": left_over,
            "sample_rate": pair.sample_rate,
            "delay": None if checked.delay == "auto" else pair.delay,
        }

    @property
    def nx(self) -> int:
        """Input samples per output sample."""
        return self.config.nx

    @property
    def ny(self) -> int:
        """Output samples of an item."""
        return self._ny

    @property
    def sample_rate(self) -> float:
        """In Hz."""
        return float(self.pair.sample_rate)

    @property
    def delay(self) -> int:
        """Samples by which the output lagged; it is removed from ``x`` and ``y``."""
        return self.pair.delay

    @property
    def y_factor(self) -> float:
        """The factor on the output file: ``y_scale``, and what ``scale_output`` did since."""
        return self.config.y_scale * self._y_gain

    @property
    def x(self) -> Tensor:
        """All input samples of the part, (L,)."""
        return self._x

    @property
    def y(self) -> Tensor:
        """All output samples of the part, (L,), aligned with ``x``; the first ``nx - 1`` are in no item."""
        return self._y

    def __len__(self) -> int:
        return len(self._table)

    def __getitem__(self, index: int) -> Item:
        return self._table[index]

    def __getitems__(self, indices: Sequence[int]) -> Rows:
        """Give the items of a batch, which ``DataLoader`` asks for at once."""
        return self._table.rows(indices)

    def handshake(self, net: Any) -> None:
        """
        Refuse a net of another receptive field, or one whose export cannot undo what was done to the output.

        :raises HandshakeError: with the reason
        """
        needed = getattr(net, "receptive_field", self.nx)
        if needed != self.nx:
            raise HandshakeError(
                f"the dataset of {self.config.x_path.name} was made for nx = {self.nx}, but the receptive "
                f"field of the net is {needed}; leave nx out of the data config, so that it comes from the "
                "net"
            )
        joint.remember(net, self._y_gain)
        self._nets.add(net)

    @property
    def nbytes(self) -> int:
        """The bytes of both signals."""
        return self._x.nbytes + self._y.nbytes

    def serve_from(self, device: torch.device) -> None:
        """Keep a copy of both signals on ``device`` and give items from there; ``x`` and ``y`` stay where they are."""
        self._table = Table(self._x.to(device), self._y.to(device), self.nx, self._ny)

    def levels(self, side: Literal["x", "y"]) -> Levels:
        """Measure the input or the output, relative to full scale of its file."""
        if side in self._levels:
            return self._levels[side]
        samples = self._x if side == "x" else self._y
        factor = 10 ** (self.config.input_gain / 20) if side == "x" else self.y_factor
        self._levels[side] = measure(samples.numpy(), self.sample_rate, factor)
        return self._levels[side]

    def findings(self, other: Any = None) -> list[Finding]:
        """
        Look for what is wrong with the recordings.

        :param other: the validation, where this is the training: how the two go together is looked at, too
        """
        own = look_at(self)
        held_out = audio_pairs(other)
        own += likeness.overlaps([self], held_out)
        if all(finding.severity != "error" for finding in own):
            own += likeness.strangers([self], held_out)
        return own

    def lowest_esr(self) -> float | None:
        """Say which ESR the noise of the recording allows at best, or None where it is not known."""
        return lowest_esr(self)

    @staticmethod
    def look(train: Any, validation: Any = None) -> list[Finding]:
        """Look at all audio pairs of a training together; see ``nam_plugin_wav.looks.look``."""
        return look(train, validation)

    @staticmethod
    def apply_joint(entries: Sequence[Mapping[str, Any]], train: Any, validation: Any = None) -> list[joint.OutputGain]:
        """Apply the list ``joint`` of the data config; see ``nam_plugin_wav.joint.apply_joint``."""
        return joint.apply_joint(entries, train, validation)

    def scale_output(self, gain: float) -> None:
        """
        Multiply the output, in place, for training at another level.

        The handshake makes the net's export undo it.
        """
        self._y *= gain
        self._y_gain *= gain

    def __getstate__(self) -> dict[str, Any]:
        """Leave the nets behind when a worker process gets a copy."""
        return {key: value for key, value in self.__dict__.items() if key != "_nets"}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.__dict__.update(state, _nets=WeakSet())

    def summary(self) -> str:
        """Describe the part in one line: files, duration, items, and what is left over."""
        rate = self.pair.sample_rate
        text = (
            f"{self.config.x_path.name} -> {self.config.y_path.name}: {len(self.x) / rate:.2f} s at {rate} "
            f"Hz, {len(self)} item{'s' * (len(self) != 1)} of {self._ny} samples"
        )
        if self._left_over:
            text += f", the last {self._left_over} ({self._left_over / rate:.3f} s) fill no item and are left out"
        return text

    def teardown(self) -> None:
        """Let go of the samples, and of the nets that were trained on them."""
        for net in self._nets:
            joint.forget(net)
        self._x = self._y = torch.zeros(0)
        self._table = Table(self._x, self._y, 1, 1)
        self._levels = {}


def _validated(config: Mapping[str, Any]) -> WavConfig:
    model, problems = validate(WavConfig, dict(config))
    if model is None:
        raise ConfigError("the data config", problems)
    return model
