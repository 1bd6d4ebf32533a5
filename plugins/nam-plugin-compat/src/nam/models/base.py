"""The base of the nets as extensions subclass it: a net of nam_kernel with the older names of its steps."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import Dataset

from nam._core import InitializableFromConfig
from nam._errors import WeightCountError
from nam._handshake import HandshakeError
from nam.models._loudness import MeasuresLoudness
from nam.models._mps import RunsInPieces
from nam.models.exportable import Document, Exportable, logger, said
from nam.models.metadata import UserMetadata
from nam_kernel import interfaces
from nam_kernel.errors import ModelFileError

_DOCUMENT_STEPS = (
    "_get_export_dict",
    "_get_non_user_metadata",
    "_metadata_loudness",
    "_metadata_gain",
    "_at_nominal_settings",
)
_MEASURED = ("date", "loudness", "gain")


class ModelDatasetHandshakeError(HandshakeError):
    """A net refuses a dataset."""


class BaseNet(InitializableFromConfig, MeasuresLoudness, Exportable, RunsInPieces, interfaces.BaseNet):
    """
    Base of the nets.

    A subclass gives ``receptive_field``, ``_forward`` (or the whole of ``forward``), ``_export_config`` and
    ``_export_weights``; or, as the documentation spells them, ``export_config`` and ``export_weights``.
    Every net of nam_kernel counts as an instance.

    :param sample_rate: in Hz, or None while it is not known; it is part of the state dict
    """

    _stray_keyword: ClassVar[type[Exception] | None] = None
    """What is raised for keywords that ``forward`` does not know; None hands them to ``_forward``."""

    @classmethod
    def __subclasshook__(cls, other: type) -> bool:
        return True if cls is BaseNet and interfaces.BaseNet in other.__mro__ else NotImplemented

    @property
    def pad_start_default(self) -> bool:
        """What ``forward`` does when nothing is said about ``pad_start``."""
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
        """Where the parameters are; None for a net without any."""
        return next((p.device for p in self.parameters()), None)

    @property
    def architecture(self) -> str:
        """The ``architecture`` of the model file."""
        chosen = _own(self, "_get_export_architecture")
        return self._get_export_architecture() if chosen else super().architecture

    @property
    def condition_names(self) -> tuple[str, ...]:
        """What ``forward`` needs beside the audio, read off its signature."""
        function = type(self).forward if _own(self, "forward") else type(self)._forward
        if function is BaseNet._forward:
            return ("settings",) if _own(self, "_at_nominal_settings") else super().condition_names
        parameters = list(inspect.signature(function).parameters.values())[2:]
        needed = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD and p.default is p.empty]
        return tuple(p.name for p in parameters if p in needed or p.kind is p.VAR_POSITIONAL)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the net; a ``forward`` of a subclass gets batches, and padded audio where it knows no ``pad_start``."""
        if not args or not _own(self, "forward"):
            return super().__call__(*args, **kwargs)
        single = args[0].ndim == 1
        signals = tuple(a[None] for a in args) if single else args
        if not _takes(type(self).forward, "pad_start") and kwargs.pop("pad_start", False):
            x, conditions = self._pad(signals[0], signals[1:])
            signals = (x, *conditions)
        y = super().__call__(*signals, **kwargs)
        return y[0] if single else y

    def forward(self, x: Tensor, *conditions: Any, pad_start: bool | None = None, **kwargs: Any) -> Tensor:
        """
        Run the net.

        :param x: (B, L) or (L,)
        :param conditions: as ``_forward`` takes them; a bool in their first place is ``pad_start``
        :param pad_start: put R - 1 zeros before ``x``; None: as ``pad_start_default`` says
        :param kwargs: for ``_forward``
        :return: (B, L - R + 1), or (B, L) with ``pad_start``; a 1-D input gives a 1-D output
        :raises ValueError: when ``x`` is shorter than the receptive field
        """
        if conditions and (conditions[0] is None or isinstance(conditions[0], bool)):
            pad_start, conditions = conditions[0], conditions[1:]
        single = x.ndim == 1
        if single:
            x, conditions = x[None], tuple(c[None] for c in conditions)
        if self.pad_start_default if pad_start is None else pad_start:
            x, conditions = self._pad(x, tuple(conditions))
        if x.shape[1] < self.receptive_field:
            raise ValueError(f"the input has {x.shape[1]} samples, but the receptive field is {self.receptive_field}")
        if kwargs and self._stray_keyword is not None:
            raise self._stray_keyword(f"a {type(self).__name__} knows no {', '.join(kwargs)}")
        y = self._forward_mps_safe(x, *conditions, **kwargs)
        return y[0] if single else y

    def handshake(self, dataset: Any) -> None:
        """
        Refuse what this net cannot be trained on.

        :raises HandshakeError: with the reason
        """
        if not isinstance(dataset, Dataset):
            raise ModelDatasetHandshakeError(f"a {type(dataset).__name__} is not a dataset; subclass AbstractDataset")
        super().handshake(dataset)

    def export_config(self) -> Any:
        """Give the ``config`` of the model file."""
        if _own(self, "_export_config"):
            return self._export_config()
        return _concrete(self, "export_config", super().export_config)()  # type: ignore[safe-super]

    def export_weights(self) -> npt.NDArray[np.float32]:
        """Flatten the weights to one array."""
        return np.asarray(self._export_weights() if _own(self, "_export_weights") else super().export_weights())

    def import_weights(self, weights: Any) -> Any:
        """
        Set the weights from what ``export_weights`` gave.

        :raises NotImplementedError: for a subclass that has an order of its own and no way back from it
        """
        behind = super(Exportable, self).import_weights
        own_order = _own(self, "_export_weights") or _own(self, "export_weights")
        if own_order and getattr(behind, "__func__", None) is interfaces.BaseNet.import_weights:
            return Exportable.import_weights(self, weights)
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

    def edit_document(self, document: Document) -> None:
        """Edit the document of this net as its overridden steps and its post hooks say, in place."""
        if self.condition_names or any(_own(self, step) for step in _DOCUMENT_STEPS):
            own = self._get_export_dict()
            metadata, known = own.pop("metadata", {}), document.get("metadata", {})
            document.update(own)
            kept = {key: value for key, value in known.items() if not (key in metadata and key in _MEASURED)}
            document["metadata"] = {**metadata, **kept}
        edited = dict(self._apply_export_model_dict_post_hooks(model_dict=document))
        document.clear()
        document.update(edited)

    def _forward(self, x: Tensor, *conditions: Any, **kwargs: Any) -> Tensor:
        behind = super()._forward  # type: ignore[safe-super]
        if not getattr(behind, "__isabstractmethod__", False):
            return behind(x, *conditions, **kwargs)
        if not _own(self, "forward"):
            raise NotImplementedError(f"{type(self).__name__} defines neither _forward nor forward")
        unpadded = {"pad_start": False} if _takes(type(self).forward, "pad_start") else {}
        return self.forward(x, *conditions, **unpadded, **kwargs)

    def _export_config(self) -> Any:
        if _own(self, "export_config"):
            return self.export_config()
        return _concrete(self, "_export_config", super().export_config)()  # type: ignore[safe-super]

    def _export_weights(self) -> npt.NDArray[Any]:
        return self.export_weights() if _own(self, "export_weights") else super().export_weights()

    def _export_input_output_args(self) -> tuple[Any, ...]:
        """Give what ``forward`` needs before the audio."""
        return ()

    def _export_input_output(self) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """Give a second of silence, one of a tone of 220 Hz, one of silence; and the output for it."""
        if self.sample_rate is None:
            raise RuntimeError("a snapshot needs the sample rate of the net; set its sample_rate")
        rate = round(self.sample_rate)
        silence, tone = torch.zeros(rate), 0.5 * torch.sin(2 * math.pi * 220 / rate * torch.arange(rate))
        x = torch.cat((silence, tone, silence)).to(self.device or "cpu")
        with torch.no_grad():
            y = self(*self._export_input_output_args(), x, pad_start=True)
        return x.cpu().numpy(), y.cpu().numpy()

    def _get_export_architecture(self) -> str:
        return self.architecture if _own(self, "architecture") else super().architecture

    def _get_export_dict(self) -> Document:
        document = {**super()._get_export_dict(), "version": self.file_version}
        rate = {} if self.sample_rate is None else {"sample_rate": self.sample_rate}
        return {**document, **rate}

    def _get_non_user_metadata(self) -> Document:
        try:
            measured = {"loudness": self._metadata_loudness(), "gain": self._metadata_gain()}
        except Exception as error:
            logger.info("how loud the model is, its file will not say, for want of _at_nominal_settings: %s", error)
            measured = {}
        return {**super()._get_non_user_metadata(), **measured}

    def _write(self, outdir: Any, basename: str, user: UserMetadata | None, other: Any) -> None:
        from nam_plugin_nam.write import export

        export(self, outdir, basename, said(user, other, {}))

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *args: Any) -> None:
        for name in ("_has_sample_rate", "_sample_rate"):  # a net of nam_kernel keeps its rate elsewhere
            state_dict.setdefault(prefix + name, self._buffers[name])
        super()._load_from_state_dict(state_dict, prefix, *args)

    def _weight_tensors(self) -> Iterator[Tensor]:
        return (t for t in super()._weight_tensors() if t is not self._sample_rate)


def _own(net: BaseNet, name: str) -> bool:
    """Tell whether the class of a net has overridden something of ``BaseNet``."""
    return inspect.getattr_static(type(net), name) is not inspect.getattr_static(BaseNet, name)


def _takes(function: Callable[..., Any], keyword: str) -> bool:
    parameters = inspect.signature(function).parameters
    return keyword in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())


def _concrete(net: BaseNet, name: str, behind: Callable[[], Any]) -> Callable[[], Any]:
    if getattr(behind, "__isabstractmethod__", False):
        raise NotImplementedError(f"{type(net).__name__} does not define {name}, so it cannot be written to a file")
    return behind


def adopt_parts(net: BaseNet, other: torch.nn.Module, sample_rate: float | None) -> None:
    """Make a net, its own ``__init__`` not yet run, share everything of another one."""
    vars(net).update({key: dict(value) if isinstance(value, dict) else value for key, value in vars(other).items()})
    for own in ("sample_rate", "_sample_rate"):
        net.__dict__.pop(own, None)
    net.sample_rate = sample_rate if sample_rate is not None else getattr(other, "sample_rate", None)


def weights_from(weights: Sequence[float], start: int, count: int) -> npt.NDArray[np.float32]:
    """Cut the weights of one net out of an array."""
    return np.asarray(weights, np.float32)[start : start + count]
