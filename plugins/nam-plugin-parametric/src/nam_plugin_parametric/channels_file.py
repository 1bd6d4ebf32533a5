"""
A model with knobs as a stock ``.nam`` of several input channels, for hosts that feed one channel a knob.

Players on NeuralAmpModelerCore 0.4 and later load it, and leave to their host what goes into the channels after the
audio; the metadata says so, channel by channel, and ``encoded`` is how it is read.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nam_kernel import Condition
from nam_kernel.errors import ModelFileError, UserError
from nam_kernel.files import atomic_write_text
from nam_kernel.interfaces import BaseNet, Metadata
from nam_plugin_nam.opening import read_json
from nam_plugin_nam.player.runner import Player, Stream
from nam_plugin_nam.write import make_document
from nam_plugin_nam.write import refuses as nam_refuses

KEY = "channels"
"""Of the metadata: what each channel after the audio hears."""

SUFFIX = ".channels.nam"

Samples = npt.NDArray[np.float64]


def export(net: BaseNet, outdir: Path, basename: str, metadata: Metadata) -> list[Path]:
    """
    Write ``basename.channels.nam``, all of it or nothing.

    :param metadata: as for the exporter ``nam``
    :raises UserError: when the net has no such file, or the metadata is not of JSON types
    """
    reason = refuses(net)
    if reason:
        raise UserError(reason)
    core = _core(net)
    core.sample_rate = net.sample_rate
    document = make_document(core, {**(metadata or net.metadata), KEY: channels_of(net.conditions or ())})
    path = outdir / f"{basename}{SUFFIX}"
    atomic_write_text(path, json.dumps(document, allow_nan=False))
    return [path]


def refuses(net: BaseNet) -> str | None:
    """Return why a net has no such file; None when it has."""
    from nam_plugin_parametric.encoded import EncodedNet

    if not isinstance(net, EncodedNet):
        return (
            f"{net.architecture} does not hear its knobs as channels beside the audio, as a ConcatWaveNet or a "
            "ConcatLSTM does; export nam, or bake a setting"
        )
    return nam_refuses(net.core)


def channels_of(conditions: Sequence[Condition]) -> list[dict[str, Any]]:
    """
    Return what each channel after the audio hears, of JSON types.

    ``heard`` is the value of the channel while every knob is at its default.
    """
    listed: list[dict[str, Any]] = []
    for condition in conditions:
        if condition.choices:
            chosen = round(condition.default or 0.0)
            listed += [
                {"switch": condition.name, "position": name, "value": i, "heard": float(i == chosen)}
                for i, name in enumerate(condition.choices)
            ]
            continue
        shown = {"unit": condition.unit} if condition.unit else {}
        knob = {"knob": condition.name, "low": condition.low, "high": condition.high, "curve": condition.curve}
        [heard] = encoded([knob], [np.array([condition.default])])
        listed.append({**knob, **shown, "default": condition.default, "heard": float(heard[0])})
    return listed


def encoded(channels: Sequence[Mapping[str, Any]], values: Sequence[Samples]) -> list[Samples]:
    """
    Return what the channels hear.

    That of a knob is ``-1 + 2 (v - low) / (high - low)``, of the logarithms where its curve is ``log``. That of a
    position of a switch is 1 where the switch stands there, and otherwise 0.

    :param values: for each knob and switch (l,), in its own unit or by its number, in the order of the channels
    :raises ValueError: when there are more or fewer
    """
    names = list(dict.fromkeys(_name(channel) for channel in channels))
    if len(names) != len(values):
        raise ValueError(f"the file has {len(names)} knobs, {', '.join(names)}, and was given {len(values)}")
    given = dict(zip(names, values, strict=True))
    return [_heard(channel, given[_name(channel)]) for channel in channels]


class ChannelsPlayer:
    """
    A file, played as a player does, whose host turns knobs into channels.

    :param document: what the file holds
    :raises ModelFileError: when it is no such file, or cannot be played here
    """

    def __init__(self, document: Any) -> None:
        self._player = Player(document)
        self._channels = document.get("metadata", {}).get(KEY)
        if not isinstance(self._channels, list) or not all(map(_is_channel, self._channels)):
            raise ModelFileError(f"its metadata does not say in '{KEY}' what its channels hear")
        if len(self._channels) != document["config"].get("in_channels", 1) - 1:
            raise ModelFileError(f"its metadata describes {len(self._channels)} channels, and it has another number")

    def __call__(self, x: npt.ArrayLike, *conditions: npt.ArrayLike) -> Samples:
        """Return the output for a whole signal, (L,) to (L,); a condition is a number, or (L,)."""
        return self._player(x, *self.heard(x, conditions))

    def stream(self) -> ChannelsStream:
        """Return a new stream, before its first sample."""
        return ChannelsStream(self, self._player.stream())

    def heard(self, x: npt.ArrayLike, conditions: Sequence[npt.ArrayLike]) -> list[Samples]:
        """Return the channels after the audio, (l,) each."""
        shape = np.shape(x)
        return encoded(self._channels, [np.broadcast_to(np.asarray(c, np.float64), shape) for c in conditions])


class ChannelsStream:
    """A signal on its way through a file, block after block."""

    def __init__(self, player: ChannelsPlayer, stream: Stream) -> None:
        self._player, self._stream = player, stream

    def feed(self, x: npt.ArrayLike, *conditions: npt.ArrayLike) -> Samples:
        """Return the output for the next samples, (l,) to (l,); a condition is a number, or (l,)."""
        return self._stream.feed(x, *self._player.heard(x, conditions))


def runner(path: Path) -> ChannelsPlayer:
    """
    Return a player of a file.

    :raises ModelFileError: when it cannot be read, or does not say what its channels hear
    """
    try:
        return ChannelsPlayer(read_json(path))
    except ModelFileError as error:
        raise ModelFileError(f"{path}: {error}") from error


def _core(net: BaseNet) -> BaseNet:
    core: Any = net.core
    assert isinstance(core, BaseNet)
    return core


def _name(channel: Mapping[str, Any]) -> str:
    return str(channel.get("knob", channel.get("switch")))


def _is_channel(entry: Any) -> bool:
    if not isinstance(entry, Mapping):
        return False
    numbers = ("value",) if "switch" in entry else ("low", "high")
    return ("switch" in entry or "knob" in entry) and all(isinstance(entry.get(n), (int, float)) for n in numbers)


def _heard(channel: Mapping[str, Any], value: Samples) -> Samples:
    if "switch" in channel:
        chosen: Samples = (np.round(value) == channel["value"]).astype(np.float64)
        return chosen
    low, high = channel["low"], channel["high"]
    if channel.get("curve") == "log":
        value, low, high = np.log(value), math.log(low), math.log(high)
    heard: Samples = -1.0 + 2.0 * (value - low) / (high - low)
    return heard
