"""
Adopt a net or a dataset that is not derived from the base class but has the same methods.

Researchers hand over plain modules that have a receptive field and a forward pass, and plain datasets of tuples.
Wrapped, they train and are exported like any other.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from nam_kernel.components import Condition
from nam_kernel.errors import PluginError
from nam_kernel.interfaces.conditions import in_order
from nam_kernel.interfaces.dataset import BaseDataset, Item, unpack_batch
from nam_kernel.interfaces.net import BaseNet, Weights


class AdoptedNet(BaseNet):
    """
    A wrapper around a module of somebody else's.

    :param net: takes (B, L) and returns (B, L - R + 1), or with a ``pad_start`` keyword what the caller asks for
    """

    def __init__(self, net: nn.Module) -> None:
        rate = getattr(net, "sample_rate", None)
        super().__init__(rate if isinstance(rate, (int, float)) else None)
        self.net = net
        self._takes_pad_start = "pad_start" in inspect.signature(net.forward).parameters

    @property
    def receptive_field(self) -> int:
        """As the module declares it."""
        return int(self.net.receptive_field)  # type: ignore[arg-type]

    @property
    def architecture(self) -> str:
        """The module's class, under whose name the file is written."""
        return type(self.net).__name__

    @property
    def conditions(self) -> tuple[Condition, ...] | None:
        """As the module declares them; undeclared where its ``forward`` takes more than the audio."""
        declared = _declared(self.net)
        return () if declared is None and not _takes_more_than_audio(self.net.forward) else declared

    @classmethod
    def init_from_config(cls, config: Any) -> AdoptedNet:
        """Return the module under ``"net"``, wrapped."""
        return cls(config["net"])

    def export_config(self) -> dict[str, Any]:
        """
        Return the module's own ``export_config``.

        :raises PluginError: when it has none
        """
        export = getattr(self.net, "export_config", None)
        if export is None:
            raise PluginError(f"{self.architecture} has no export_config(), so it cannot be written to a model file")
        config: dict[str, Any] = export()
        return config

    def export_weights(self) -> Weights:
        """Return the module's own ``export_weights``, or its state dict flattened."""
        export = getattr(self.net, "export_weights", None)
        weights: Weights = export() if export is not None else super().export_weights()
        return weights

    def scale_output(self, factor: float) -> None:
        """Have the module scale its output, if it can."""
        scale = getattr(self.net, "scale_output", super().scale_output)
        scale(factor)

    def handshake(self, dataset: Any) -> None:
        """Refuse a dataset, as the module does if it has a say."""
        super().handshake(dataset)
        if hasattr(self.net, "handshake"):
            self.net.handshake(plain(dataset))  # type: ignore[operator]

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        """Return the output of the module."""
        # The history is in x already: BaseNet.forward put it there where it was asked for.
        keywords = {"pad_start": False} if self._takes_pad_start else {}
        y: Tensor = self.net(x, *conditions, **keywords)
        return y


class AdoptedDataset(BaseDataset):
    """
    A wrapper around a dataset: one of somebody else's, or one whose conditions are in another order than the net's.

    Whatever the wrapper does not define is looked up in the dataset.

    :param dataset: has a length and items
    :param order: where the dataset has each condition of the net; None leaves its items as they are
    """

    def __init__(self, dataset: Any, order: Sequence[int] | None = None) -> None:
        self.dataset = dataset
        self.order = None if order is None else tuple(order)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "dataset" not in self.__dict__:
            raise AttributeError(name)
        return getattr(self.dataset, name)

    nx = property(lambda self: _whole(getattr(self.dataset, "nx", None)), doc="As the dataset states it.")
    ny = property(lambda self: _whole(getattr(self.dataset, "ny", None)), doc="As the dataset states it.")
    nbytes = property(lambda self: int(getattr(self.dataset, "nbytes", 0)), doc="As the dataset states it.")

    @property
    def sample_rate(self) -> float | None:
        """As the dataset states it."""
        rate = getattr(self.dataset, "sample_rate", None)
        return None if rate is None else float(rate)

    @property
    def conditions(self) -> tuple[Condition, ...] | None:
        """As the dataset declares them, in the order in which the wrapper serves them."""
        declared = _declared(self.dataset)
        return declared if self.order is None or declared is None else tuple(declared[i] for i in self.order)

    @classmethod
    def init_from_config(cls, config: Any, *, nx: int = 1) -> AdoptedDataset:
        """Return the dataset under ``"dataset"``, wrapped."""
        return cls(config["dataset"])

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> Item:
        item: Item = self.dataset[index]
        if self.order is None:
            return item
        x, conditions, y = unpack_batch(item)
        return (x, *in_order(x, conditions, self.order), y)

    def fingerprint(self) -> Mapping[str, str | int | float] | None:
        """Return that of the dataset, if it has one."""
        own: Mapping[str, str | int | float] | None = getattr(self.dataset, "fingerprint", lambda: None)()
        return own

    def serve_from(self, device: torch.device) -> None:
        """Have the dataset serve from there."""
        getattr(self.dataset, "serve_from", lambda _: None)(device)

    def scale_output(self, factor: float) -> None:
        """Have the dataset scale its output, if it can."""
        getattr(self.dataset, "scale_output", super().scale_output)(factor)

    def handshake(self, net: Any) -> None:
        """Refuse a net, as the dataset does if it has a say."""
        getattr(self.dataset, "handshake", lambda _: None)(plain(net))

    def teardown(self) -> None:
        """Tear the dataset down."""
        getattr(self.dataset, "teardown", lambda: None)()


def adopt(net: Any, title: str) -> BaseNet:
    """
    Return a net as it is, or a module with the same methods wrapped.

    :param title: name of the supplier, for error messages
    :raises PluginError: naming what is missing
    """
    if isinstance(net, BaseNet):
        return net
    missing = [name for name in ("forward", "receptive_field", "parameters", "state_dict") if not hasattr(net, name)]
    if missing:
        raise PluginError(f"{title} returned a {type(net).__name__} without {', '.join(missing)}; it is not a net")
    return AdoptedNet(net)


def adopt_dataset(dataset: Any, title: str) -> BaseDataset:
    """
    Return a dataset as it is, or one with the same methods wrapped.

    :param title: name of the supplier, for error messages
    :raises PluginError: naming what is missing
    """
    if isinstance(dataset, BaseDataset):
        return dataset
    missing = [name for name in ("__len__", "__getitem__") if not hasattr(dataset, name)]
    if missing:
        raise PluginError(f"{title} returned a {type(dataset).__name__} without {', '.join(missing)}; it is no dataset")
    return AdoptedDataset(dataset)


def plain(thing: Any) -> Any:
    """Return what is inside a wrapper; anything else as it is."""
    if isinstance(thing, AdoptedNet):
        return thing.net
    return thing.dataset if isinstance(thing, AdoptedDataset) else thing


def _declared(thing: Any) -> tuple[Condition, ...] | None:
    declared = getattr(thing, "conditions", None)
    listed = isinstance(declared, (tuple, list)) and all(isinstance(c, Condition) for c in declared)
    return tuple(declared) if listed and declared is not None else None


def _whole(value: Any) -> int | None:
    return int(value) if value else None


def _takes_more_than_audio(forward: Any) -> bool:
    positional = [
        p
        for p in inspect.signature(forward).parameters.values()
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.VAR_POSITIONAL) and p.name != "pad_start"
    ]
    return len(positional) > 1
