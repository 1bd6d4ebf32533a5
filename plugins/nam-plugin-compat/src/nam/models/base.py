"""The base of the nets as extensions subclass it: a net of nam_kernel whose steps have their older names."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import Dataset

from nam._core import InitializableFromConfig, stands_for
from nam._errors import WeightCountError
from nam._handshake import HandshakeError
from nam.models._knobs import batched, knobs_of, places, takes
from nam.models._own_order import import_in_own_order
from nam.models._stream import OlderStream
from nam.models.exportable import Exportable
from nam_kernel import Condition, interfaces
from nam_kernel.config import Config
from nam_kernel.errors import ModelFileError, UserError


class ModelDatasetHandshakeError(HandshakeError):
    """A net refuses a dataset."""


@stands_for(interfaces.BaseNet)
class BaseNet(InitializableFromConfig, Exportable, interfaces.BaseNet):
    """
    Base of the nets.

    A subclass defines ``receptive_field``, ``_forward`` (or the whole of ``forward``), ``_export_config`` and
    ``_export_weights``; or, as the documentation spells them, ``export_config`` and ``export_weights``.
    Every net of nam_kernel counts as an instance.

    :param sample_rate: in Hz, or None while it is not known; it is part of the state dict
    """

    _stray_keyword: ClassVar[type[Exception] | None] = None
    """The error for keywords that ``forward`` does not know; None hands them to ``_forward``."""

    _knobs: tuple[Condition, ...] | None = None
    """What a net that was read from a file takes beside the audio, as far as its signature tells."""

    @classmethod
    def init_from_config(cls, config: Any) -> Self:
        """Return a new net, from a dictionary or from a config that nam_kernel has checked."""
        given = config.model_dump(exclude_unset=True, by_alias=True) if isinstance(config, Config) else config
        return super().init_from_config(given)

    @property
    def pad_start_default(self) -> bool:
        """Whether ``forward`` puts silence before the audio where a call does not say."""
        return True

    @property
    def sample_rate(self) -> float | None:
        """In Hz, or None while it is not known."""
        known, rate = self._buffers["_has_sample_rate"], self._buffers["_sample_rate"]
        return rate.item() if known and rate is not None else None

    @sample_rate.setter
    def sample_rate(self, value: float | None) -> None:
        self.register_buffer("_has_sample_rate", torch.tensor(value is not None))
        self.register_buffer("_sample_rate", torch.tensor(0.0 if value is None else value))

    @property
    def device(self) -> torch.device | None:
        """The device of the parameters; None for a net without any."""
        return next((p.device for p in self.parameters()), None)

    @property
    def architecture(self) -> str:
        """The ``architecture`` of the model file."""
        chosen = _own(self, "_get_export_architecture")
        return self._get_export_architecture() if chosen else super().architecture

    @property
    def conditions(self) -> tuple[Condition, ...] | None:
        """
        None, which is undeclared, for a class whose ``forward`` or ``_forward`` has a place for more than the audio.

        A class with ``_at_nominal_settings`` of its own takes more in the audio itself. A net that was read from a
        file, to be played, has a knob for each such place.
        """
        if self._knobs is not None:
            return self._knobs
        if _own(self, "_at_nominal_settings"):
            return None
        if not self._computes_itself():
            return super().conditions
        return () if places(_computing(self)) == [] else None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the net; a ``forward`` of a subclass gets batches, and padded audio where it knows no ``pad_start``."""
        if not args or not _own(self, "forward"):
            return super().__call__(*args, **kwargs)
        x, conditions = batched(args[0], args[1:])
        if not takes(type(self).forward, "pad_start") and kwargs.pop("pad_start", False):
            x, conditions = self._pad(x, conditions)
        y = super().__call__(x, *conditions, **kwargs)
        return y[0] if args[0].ndim == 1 else y

    def forward(self, x: Tensor, *conditions: Any, pad_start: bool | None = None, **kwargs: Any) -> Tensor:
        """
        Return the output of the net.

        :param x: (B, L) or (L,)
        :param conditions: as ``_forward`` takes them; a number is a constant, and a bool in the first place is
            ``pad_start``
        :param pad_start: put R - 1 zeros before ``x``; None for ``pad_start_default``
        :param kwargs: for ``_forward``
        :return: (B, L - R + 1), or (B, L) with ``pad_start``; a 1-D input has a 1-D output
        :raises ValueError: when ``x`` is shorter than the receptive field
        """
        if conditions and (conditions[0] is None or isinstance(conditions[0], bool)):
            pad_start, conditions = conditions[0], conditions[1:]
        single = x.ndim == 1
        x, conditions = batched(x, conditions)
        if self.pad_start_default if pad_start is None else pad_start:
            x, conditions = self._pad(x, conditions)
        if x.shape[1] < self.receptive_field:
            raise ValueError(f"the input has {x.shape[1]} samples, but the receptive field is {self.receptive_field}")
        if kwargs and self._stray_keyword is not None:
            raise self._stray_keyword(f"a {type(self).__name__} knows no {', '.join(kwargs)}")
        y = self._forward_mps_safe(x, *conditions, **kwargs)
        return y[0] if single else y

    def compute(self, x: Tensor, *conditions: Any) -> Tensor:
        """Return the output of ``_forward``: (B, L) to (B, L - R + 1)."""
        return self._forward(x, *conditions)

    def stream(self, forward: interfaces.Forward | None = None) -> interfaces.Stream:
        """Return a stream that begins with silence; that of a net which computes its output itself is kept by it."""
        if not self._computes_itself():
            return super().stream(forward)
        history = self.receptive_field - 1
        return OlderStream(self if forward is None else forward, history or None)

    def read_from_file(self) -> None:
        """Declare the knobs that the signature of the class names, for a net that is to be played."""
        if self.conditions is None and self._computes_itself():
            known = knobs_of(_computing(self))
            self._knobs = known if known or not _own(self, "_at_nominal_settings") else None

    def settings(self, values: Mapping[str, float | str] | None = None) -> tuple[float, ...]:
        """
        Return one value for each condition.

        :raises UserError: when there is no such condition, or one is left out whose usual value nobody knows
        """
        given = dict(values or {})
        missing = [c.name for c in self.conditions or () if c.default == -math.inf and c.name not in given]
        if missing and set(given) <= {c.name for c in self.conditions or ()}:
            raise UserError(
                f"nothing says where {', '.join(missing)} of this {self.architecture} usually "
                f"{'is' if len(missing) == 1 else 'are'}; set {'it' if len(missing) == 1 else 'each of them'}"
            )
        return super().settings(values)

    def handshake(self, dataset: Any) -> None:
        """
        Refuse a dataset that this net cannot be trained on; what it takes beside the audio is then up to that.

        :raises HandshakeError: with the reason
        """
        self._knobs = None
        if not isinstance(dataset, Dataset):
            raise ModelDatasetHandshakeError(f"a {type(dataset).__name__} is not a dataset; subclass AbstractDataset")
        super().handshake(dataset)

    def scale_output(self, factor: float) -> None:
        """
        Multiply the output in the weights, as the class behind a subclass does.

        :raises UserError: when there is none that can, or what the subclass makes of the weights is something else
        """
        before = self._response()
        if before is None and self._computes_itself():
            interfaces.BaseNet.scale_output(self, factor)
        super().scale_output(factor)
        after = self._response()
        if before is not None and not torch.allclose(after, factor * before, rtol=1e-3, atol=1e-6):  # type: ignore[arg-type]
            raise UserError(
                f"{self.architecture} computes its output itself, so that the class behind it cannot change the level; "
                "define scale_output in it"
            )

    def export_config(self) -> Any:
        """Return the ``config`` of the model file."""
        if _own(self, "_export_config"):
            return self._export_config()
        return _concrete(self, "export_config", super().export_config)()  # type: ignore[safe-super]

    def export_weights(self) -> npt.NDArray[np.float32]:
        """Return the weights as one array."""
        return np.asarray(self._export_weights() if _own(self, "_export_weights") else super().export_weights())

    def import_weights(self, weights: Any) -> Any:
        """
        Set the weights from what ``export_weights`` returned.

        :raises NotImplementedError: for a subclass that writes something else than each weight once
        """
        behind = super(Exportable, self).import_weights
        own_order = _own(self, "_export_weights") or _own(self, "export_weights")
        if own_order and getattr(behind, "__func__", None) is interfaces.BaseNet.import_weights:
            return import_in_own_order(self, list(self._weight_tensors()), weights)
        return behind(weights)

    @staticmethod
    def require_weight_count(given: int, needed: int) -> None:
        """
        Refuse weights that do not fit.

        :raises WeightCountError: when the two numbers differ
        """
        try:
            interfaces.BaseNet.require_weight_count(given, needed)
        except ModelFileError as error:
            raise WeightCountError(str(error)) from error

    def _forward(self, x: Tensor, *conditions: Any, **kwargs: Any) -> Tensor:
        behind: Callable[..., Tensor] = super().compute  # type: ignore[safe-super]
        if not getattr(behind, "__isabstractmethod__", False):
            return behind(x, *conditions, **kwargs)
        if not _own(self, "forward"):
            raise NotImplementedError(f"{type(self).__name__} defines neither _forward nor forward")
        unpadded = {"pad_start": False} if takes(type(self).forward, "pad_start") else {}
        return self.forward(x, *conditions, **unpadded, **kwargs)

    def _forward_mps_safe(self, x: Tensor, *conditions: Any, **kwargs: Any) -> Tensor:
        """Return the output of ``_forward``; a step that subclasses call or override."""
        return self._forward(x, *conditions, **kwargs)

    def _computes_itself(self) -> bool:
        """Return whether a subclass computes the output, and not a plugin's net that it is derived from."""
        return _own(self, "forward") or _own(self, "_forward")

    def _response(self) -> Tensor | None:
        """Return the output for a short noise, or None for a net that takes more than audio."""
        if self.conditions != ():
            return None
        noise = torch.rand(self.receptive_field + 256, generator=torch.Generator().manual_seed(0)) - 0.5
        modes = [(module, module.training) for module in self.modules()]
        with torch.no_grad():
            y: Tensor = self.eval()(noise.to(self.device or "cpu"), pad_start=False)
        for module, mode in modes:
            module.training = mode
        return y

    def _export_config(self) -> Any:
        if _own(self, "export_config"):
            return self.export_config()
        return _concrete(self, "_export_config", super().export_config)()  # type: ignore[safe-super]

    def _export_weights(self) -> npt.NDArray[Any]:
        return self.export_weights() if _own(self, "export_weights") else super().export_weights()

    def _get_export_architecture(self) -> str:
        return self.architecture if _own(self, "architecture") else super().architecture

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *args: Any) -> None:
        for name in ("_has_sample_rate", "_sample_rate"):  # a net of nam_kernel keeps its rate elsewhere
            state_dict.setdefault(prefix + name, self._buffers[name])
        super()._load_from_state_dict(state_dict, prefix, *args)

    def _weight_tensors(self) -> Iterator[Tensor]:
        return (t for t in super()._weight_tensors() if t is not self._sample_rate)


def _own(net: BaseNet, name: str) -> bool:
    """Return whether the class of a net has overridden an attribute of ``BaseNet``."""
    return inspect.getattr_static(type(net), name) is not inspect.getattr_static(BaseNet, name)


def _computing(net: BaseNet) -> Callable[..., Any]:
    """Return the method of a subclass that computes its output."""
    return type(net).forward if _own(net, "forward") else type(net)._forward


def _concrete(net: BaseNet, name: str, behind: Callable[[], Any]) -> Callable[[], Any]:
    if getattr(behind, "__isabstractmethod__", False):
        raise NotImplementedError(f"{type(net).__name__} does not define {name}, so it cannot be written to a file")
    return behind
