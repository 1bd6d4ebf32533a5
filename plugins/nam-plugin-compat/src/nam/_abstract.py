"""What a dataset is, to extensions that subclass it."""

from __future__ import annotations

import abc
from typing import Any

import torch

from nam._core import WithTeardown
from nam._handshake import HandshakeError
from nam_kernel import interfaces


class DatasetModelHandshakeError(HandshakeError):
    """A dataset refuses a net."""


class AbstractDataset(torch.utils.data.Dataset[Any], abc.ABC, WithTeardown):
    """Base of the datasets; those of nam_kernel count as instances."""

    @abc.abstractmethod
    def __getitem__(self, idx: int) -> Any:
        """Return an item: input and output, with conditions between them if there are any."""

    def handshake(self, model: Any) -> None:
        """
        Refuse a net that cannot be trained on this.

        :raises DatasetModelHandshakeError: with the reason
        """
        from nam.models.base import BaseNet

        if not isinstance(model, BaseNet):
            raise DatasetModelHandshakeError(f"a {type(model).__name__} is not a net; subclass nam.models.base.BaseNet")


AbstractDataset.register(interfaces.BaseDataset)  # type: ignore[type-abstract]
