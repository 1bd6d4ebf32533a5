"""The config of one entry: a pair of audio files, which part of them to use, and how."""

from __future__ import annotations

import math
import random
import wave
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from nam_kernel.config import Config, FilePath, PositiveInt, note

DEFAULT_PRE_SILENCE = 0.4
"""Seconds of silence that the input needs before ``start_samples``, unless the config says otherwise."""


def _whole(value: Any) -> Any:
    """Return ``96000.0`` as 96000, and anything else as it is."""
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        return int(value)
    return value


def _channel(value: Any) -> Any:
    if value == 0 and not isinstance(value, bool):
        raise ValueError("channels count from 1; the first (left) one is 1")
    return value


def _delay(value: Any) -> Any:
    if isinstance(value, float) and math.isfinite(value) and value != int(value):
        raise ValueError(f'a delay is a whole number of samples, got {value}; round it, or write "auto"')
    return _whole(value)


Whole = Annotated[int, Field(strict=True), BeforeValidator(_whole)]
Seconds = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-1e9, le=1e9)]
Channel = Annotated[PositiveInt | None, BeforeValidator(_channel)]
Delay = Annotated[Annotated[int, Field(strict=True)] | Literal["auto"] | None, BeforeValidator(_delay)]


class WavConfig(Config):
    """
    One entry: a pair of audio files and what to do with them, in this order.

    Both files are read (``channel``, ``resample``), the first ``y_preroll`` samples of the output are
    dropped, the longer is cut to the shorter one (``allow_unequal_lengths``), the part from start to stop is
    taken, the ``delay`` is removed from it, ``input_gain`` and ``y_scale`` are applied, and items of ``ny``
    samples are served.

    :param x_path: the input of the amplifier
    :param y_path: its output
    :param ny: output samples of an item, or None for one item of everything
    :param start_samples: the first sample of the part; negative counts from the end
    :param stop_samples: the sample after its last; negative counts from the end
    :param start_seconds: deprecated in favour of ``start_samples``, which is exact
    :param stop_seconds: deprecated in favour of ``stop_samples``
    :param start: the oldest spelling of ``start_samples``
    :param stop: the oldest spelling of ``stop_samples``
    :param delay: samples by which the output lags behind the input, negative where it leads; or ``"auto"``
    :param delay_margin: samples by which an ``"auto"`` delay is made shorter than the one that was found
    :param delay_interpolation_method: accepted and ignored; older configs chose with it how to read between samples
    :param allow_unequal_lengths: cut the longer file instead of refusing the pair
    :param sample_rate: that both files must have, in Hz; with ``resample``, the rate to convert them to
    :param resample: convert files of another rate; positions in samples count at the new rate
    :param channel: the channel of both files to use, counted from 1
    :param x_channel: the channel of the input, where it differs from ``channel``
    :param y_channel: the channel of the output, where it differs from ``channel``
    :param y_preroll: samples to drop from the beginning of the output
    :param input_gain: in dB; the level at which the input went into the amplifier, relative to its file
    :param y_scale: factor on the output
    :param require_input_pre_silence: seconds for which the input must be silent (50 dB below its peak) before the part,
        or None. A part that begins at the beginning of the file needs none.
    :param anyway: train also where the recordings seem to be exchanged, of different takes, or hopelessly far apart
    """

    x_path: FilePath
    y_path: FilePath
    ny: PositiveInt | None = None
    start_samples: Whole | None = None
    stop_samples: Whole | None = None
    start_seconds: Seconds | None = None
    stop_seconds: Seconds | None = None
    start: Whole | None = None
    stop: Whole | None = None
    delay: Delay = None
    delay_margin: Annotated[int, Field(strict=True, ge=0), BeforeValidator(_whole)] = 0
    delay_interpolation_method: str | None = None
    allow_unequal_lengths: Annotated[bool, Field(strict=True)] = False
    sample_rate: Annotated[int, Field(strict=True, gt=0), BeforeValidator(_whole)] | None = None
    resample: Annotated[bool, Field(strict=True)] | Literal["HQ", "VHQ"] = False
    channel: Channel = None
    x_channel: Channel = None
    y_channel: Channel = None
    y_preroll: Annotated[int, Field(strict=True, ge=0), BeforeValidator(_whole)] | None = None
    input_gain: Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-200, le=200)] = 0.0
    y_scale: Annotated[float, Field(strict=True, allow_inf_nan=False)] = 1.0
    require_input_pre_silence: Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)] | None = (
        DEFAULT_PRE_SILENCE
    )
    anyway: Annotated[bool, Field(strict=True)] = False

    @classmethod
    def example(cls, folder: Path) -> dict[str, Any]:
        """Return an entry of two files, a tenth of a second of noise each, which are written to ``folder``."""
        noise = random.Random(0).randbytes(2 * 4800)
        paths = {key: str(folder / f"{key}.wav") for key in ("x_path", "y_path")}
        for path in paths.values():
            with wave.open(path, "wb") as file:
                file.setparams((1, 2, 48000, 0, "NONE", "not compressed"))
                file.writeframes(noise)
        return {**paths, "delay": 0, "ny": 1000}

    @model_validator(mode="before")
    @classmethod
    def _nx_comes_from_the_net(cls, data: Any) -> Any:
        if not isinstance(data, dict) or "nx" not in data:
            return data
        nx = data["nx"]
        if not isinstance(nx, int) or isinstance(nx, bool):
            raise ValueError("nx is the receptive field of the net, which the kernel takes from the net; leave it out")
        note("nx is not needed in the data config: it is the receptive field of the net, which counts")
        return {key: value for key, value in data.items() if key != "nx"}

    @model_validator(mode="after")
    def _one_of_each(self) -> WavConfig:
        for edge in ("start", "stop"):
            given = [key for key in (edge, f"{edge}_samples", f"{edge}_seconds") if getattr(self, key) is not None]
            if len(given) > 1:
                raise ValueError(f"{' and '.join(given)} are both set; keep {edge}_samples, which is exact")
        return self

    @model_validator(mode="after")
    def _deprecated(self) -> WavConfig:
        if self.start_seconds is not None or self.stop_seconds is not None:
            note("start_seconds and stop_seconds are deprecated; start_samples and stop_samples are exact")
        if self.delay_interpolation_method is not None:
            note("delay_interpolation_method is ignored: a delay is a whole number of samples")
        if self.delay_margin and self.delay != "auto":
            note('delay_margin is ignored: it belongs to a delay of "auto"')
        if self.start is not None or self.stop is not None:
            note("start and stop are read as start_samples and stop_samples, which replace them")
        return self

    @model_validator(mode="after")
    def _scale_is_audible(self) -> WavConfig:
        if self.y_scale == 0:
            raise ValueError("y_scale is 0, which leaves nothing to learn; 1 keeps the level as it is")
        return self

    def channel_of(self, side: Literal["x", "y"]) -> tuple[int | None, str]:
        """Return the chosen channel of one file, and the key that chose it, or would."""
        own: int | None = self.x_channel if side == "x" else self.y_channel
        shared = own is None and self.channel is not None
        return (self.channel, "channel") if shared else (own, f"{side}_channel")

    def edge(self, edge: Literal["start", "stop"], sample_rate: int) -> tuple[int | None, str]:
        """
        Return one end of the part, in samples, negative from the end, and the key that sets it.

        Seconds are truncated to whole samples, towards zero.
        """
        for key in (f"{edge}_samples", edge):
            if getattr(self, key) is not None:
                return getattr(self, key), key
        seconds: float | None = getattr(self, f"{edge}_seconds")
        return (None if seconds is None else int(seconds * sample_rate)), f"{edge}_seconds"
