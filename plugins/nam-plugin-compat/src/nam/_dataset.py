"""An input and an output as extensions subclass them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from os import PathLike
from typing import Any

import torch
from torch import Tensor

from nam import _span
from nam._abstract import AbstractDataset
from nam._audio import AudioShapeMismatchError, wav_to_tensor
from nam._core import InitializableFromConfig, stands_for
from nam._scale import ScaleOutputHook, undo_scale
from nam._span import Number, ShapeError, Span, TooShortError, XYError
from nam_kernel.errors import DataError
from nam_plugin_wav.config import DEFAULT_PRE_SILENCE
from nam_plugin_wav.dataset import WavDataset


@stands_for(WavDataset)
class Dataset(AbstractDataset, InitializableFromConfig):
    """
    An input and the output that belongs to it, served in items.

    :param x: (L,)
    :param y: (L,)
    :param nx: input samples per output sample
    :param ny: output samples of an item, or None for one item of everything
    :param start: older spelling of ``start_samples``
    :param stop: older spelling of ``stop_samples``
    :param start_samples: the first sample to use; negative counts from the end
    :param stop_samples: the sample after the last; negative counts from the end
    :param delay: samples by which ``y`` lags behind ``x``; a whole number
    :param y_scale: factor on ``y``
    :param input_gain: in dB, on ``x``
    :param sample_rate: in Hz
    :param require_input_pre_silence: seconds for which ``x`` must be zero before the part, or None
    """

    _ScaleOutputHook = ScaleOutputHook
    _y_scale: float | None = None
    """The factor by which ``scale_output`` has multiplied the output, all in all; None while it has not."""

    level_is_the_runs = False
    """Whether a run of nam_kernel accounts for that factor, so that no net has to."""

    def __init__(
        self,
        x: Tensor,
        y: Tensor,
        nx: int,
        ny: int | None,
        start: int | None = None,
        stop: int | None = None,
        start_samples: int | None = None,
        stop_samples: int | None = None,
        start_seconds: Number | None = None,
        stop_seconds: Number | None = None,
        delay: Number | None = None,
        y_scale: float = 1.0,
        x_path: str | PathLike[str] | None = None,
        y_path: str | PathLike[str] | None = None,
        input_gain: float = 0.0,
        sample_rate: float | None = None,
        require_input_pre_silence: float | None = DEFAULT_PRE_SILENCE,
    ) -> None:
        self._validate_x_y(x, y)
        self._sample_rate = sample_rate
        self._x_path, self._y_path = x_path, y_path
        edges = (start, stop, start_samples, stop_samples, start_seconds, stop_seconds)
        start, stop = self._validate_start_stop(x, y, *edges, self.sample_rate)
        if require_input_pre_silence is not None:
            self._validate_preceding_silence(x, start, require_input_pre_silence, self.sample_rate)
        x, y = x[start:stop], y[start:stop]
        if delay:
            x, y = self._apply_delay(x, y, delay)
        self._x, self._y = x * 10 ** (input_gain / 20), y * y_scale
        self._validate_inputs_after_processing(self._x, self._y, nx, ny)
        self._nx, self._ny = nx, len(x) - nx + 1 if ny is None else ny

    @classmethod
    def parse_config(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        """
        Return the arguments of the constructor, the two files that a config names being read.

        :param config: ``x_path``, ``y_path``; perhaps ``sample_rate``, ``y_preroll``, ``allow_unequal_lengths``; the
            rest is for the constructor
        :raises DataError: when the files are not equally long
        """
        rest = {key: value for key, value in super().parse_config(config).items() if not key.startswith("_")}
        x_path, y_path = rest.pop("x_path"), rest.pop("y_path")
        x, told = wav_to_tensor(x_path, info=True, rate=rest.pop("sample_rate", None))
        unequal = rest.pop("allow_unequal_lengths", False)
        shape = None if unequal else (len(x), 1)
        preroll = rest.pop("y_preroll", None)
        try:
            y = wav_to_tensor(y_path, rate=told.rate, preroll=preroll, required_shape=shape, required_wavinfo=told)
        except AudioShapeMismatchError as error:
            longer, other = error.shape_actual[0] / told.rate, error.shape_expected[0] / told.rate
            raise DataError(
                f"{y_path} is {longer:.3f} s long and {x_path} is {other:.3f} s ({error}); "
                "set allow_unequal_lengths to true to use what both have"
            ) from error
        length = min(len(x), len(y))
        return {"x": x[:length], "y": y[:length], "sample_rate": told.rate, **rest}

    @property
    def nx(self) -> int:
        """Input samples per output sample."""
        return self._nx

    @property
    def ny(self) -> int:
        """Output samples of an item."""
        return self._ny

    @property
    def sample_rate(self) -> float | None:
        """In Hz, or None where it is not known."""
        return self._sample_rate

    @property
    def x(self) -> Tensor:
        """The whole input, (L,)."""
        return self._x

    @property
    def y(self) -> Tensor:
        """The whole output, (L,)."""
        return self._y

    @property
    def y_offset(self) -> int:
        """Samples of ``y`` at its beginning that are in no item."""
        return self._nx - 1

    def __len__(self) -> int:
        return (len(self.x) - self._nx + 1) // self._ny

    def __getitem__(self, idx: int) -> tuple[Tensor, Tensor]:
        """
        Return an item: input (nx + ny - 1,) and output (ny,).

        :raises IndexError: when there is none of that number
        """
        if not -len(self) <= idx < len(self):
            raise IndexError(f"item {idx} of {len(self)}")
        start = (idx % len(self)) * self._ny
        first = start + self.y_offset
        return self.x[start : first + self._ny], self.y[first : first + self._ny]

    def handshake(self, model: Any) -> None:
        """
        Refuse what is not a net; the export of one that learns a scaled output undoes that.

        :raises ScaleError: when it cannot be undone, or another dataset was scaled by another gain
        """
        super().handshake(model)
        if not self.level_is_the_runs:
            undo_scale(model, 1.0 if self._y_scale is None else self._y_scale)

    def scale_output(self, gain: float) -> None:
        """
        Multiply the output, for a training at another level.

        :raises ValueError: when the gain is 0 or no finite number
        """
        gain = float(gain)
        if not gain or not math.isfinite(gain):
            raise ValueError(f"a gain of {gain} leaves no signal; it must be finite and not 0")
        self._y = self._y * gain
        self._y_scale = gain if self._y_scale is None else self._y_scale * gain

    @classmethod
    def _apply_delay(cls, x: Tensor, y: Tensor, delay: Number) -> tuple[Tensor, Tensor]:
        if int(delay) != delay:
            raise TypeError(f"a delay is a whole number of samples, got {delay}")
        return cls._apply_delay_int(x, y, int(delay))

    @classmethod
    def _apply_delay_int(cls, x: Tensor, y: Tensor, delay: int) -> tuple[Tensor, Tensor]:
        if delay > 0:
            return x[:-delay], y[delay:]
        return (x[-delay:], y[:delay]) if delay < 0 else (x, y)

    @classmethod
    def _validate_start_stop(
        cls,
        x: Tensor,
        y: Tensor,
        start: int | None = None,
        stop: int | None = None,
        start_samples: int | None = None,
        stop_samples: int | None = None,
        start_seconds: Number | None = None,
        stop_seconds: Number | None = None,
        sample_rate: Number | None = None,
    ) -> Span:
        first = _span.position("start", start, start_samples, start_seconds, sample_rate)
        last = _span.position("stop", stop, stop_samples, stop_seconds, sample_rate)
        return _span.check_span(first, last, (len(x), len(y)))

    @classmethod
    def _validate_x_y(cls, x: Tensor, y: Tensor) -> None:
        if len(x) != len(y):
            raise XYError(f"the input has {len(x)} samples and the output {len(y)}; make them equally long")
        if not len(x):
            raise XYError("input and output have no samples")

    def _validate_inputs_after_processing(self, x: Tensor, y: Tensor, nx: int, ny: int | None) -> None:
        if x.ndim != 1 or y.shape != x.shape:
            raise ShapeError(
                f"input and output have the shapes {tuple(x.shape)} and {tuple(y.shape)}; expected (L,) of both"
            )
        if nx > len(x):
            raise TooShortError(f"the input has {len(x)} samples, but the receptive field is {nx}")
        if ny is not None and ny > len(y) - nx + 1:
            raise ShapeError(f"ny is {ny}, but the recording has {len(y) - nx + 1} output samples; make ny smaller")
        if torch.abs(y).max() >= 1.0:
            source = f" ({self._y_path})" if self._y_path is not None else ""
            raise XYError(f"the output{source} clips: it reaches full scale; record it at a lower level")

    @classmethod
    def _validate_preceding_silence(
        cls, x: Tensor, start: int | None, silent_seconds: float, sample_rate: float | None
    ) -> None:
        _span.check_silence(x, start, silent_seconds, sample_rate)
