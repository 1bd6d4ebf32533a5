"""A net of nets: the output of one is the input of the next."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from nam_kernel.errors import ModelFileError
from nam_kernel.interfaces import BaseNet, Forward, Stream, Weights, WindowStream
from nam_kernel.models import document_of, highest_version, net_of
from nam_plugin_sequential.chain import Chain, refuse_conditions
from nam_plugin_sequential.config import SequentialConfig


class Sequential(BaseNet):
    """
    Nets of any architecture, one after the other.

    :param models: at least one; a Sequential among them is replaced by its models
    :param sample_rate: in Hz, or None while it is not known
    :raises ValueError: when a model takes conditions or has several outputs, or when two models' rates differ
    """

    def __init__(self, models: Sequence[BaseNet], sample_rate: float | None = None) -> None:
        flat = [part for model in models for part in _parts_of(model)]
        if not flat:
            raise ValueError("a Sequential needs at least one model")
        for position, model in enumerate(flat, 1):
            _refuse_unfit(position, model)
        super().__init__(_common_rate([sample_rate, *(model.sample_rate for model in flat)]))
        self.models = nn.ModuleList(flat)

    @property
    def receptive_field(self) -> int:
        """One sample, and the history that each model needs."""
        return 1 + sum(model.receptive_field - 1 for model in self._models())

    @property
    def file_version(self) -> str | None:
        """The highest that one of its models needs; None where all are content with any."""
        return highest_version(model.file_version for model in self._models())

    @classmethod
    def init_from_config(cls, config: SequentialConfig) -> Sequential:
        """
        Return a new net.

        :raises ValueError: when the models do not go together
        """
        return cls([model.make() for model in config.models])

    @classmethod
    def from_exported(cls, config: Mapping[str, Any], sample_rate: float | None) -> Sequential:
        """
        Return a net, its weights set, from the documents in the ``config`` of a model file.

        :raises nam_kernel.errors.ModelFileError: when a document cannot be read
        """
        documents = config.get("models")
        if not isinstance(documents, list):
            raise ValueError("'models' is not a list of model documents")
        return cls([net_of(_document(document)) for document in documents], sample_rate)

    def export_config(self) -> dict[str, Any]:
        """Return the models' documents."""
        return {"models": [document_of(model) for model in self._models()]}

    def export_weights(self) -> Weights:
        """Return nothing: the weights are in the models' documents."""
        none: Weights = torch.zeros(0).numpy()
        return none

    def import_weights(self, weights: Sequence[float] | Weights) -> None:
        """
        Set nothing: the weights came with the models' documents.

        :raises ModelFileError: when there are any
        """
        self.require_weight_count(len(weights), 0)

    def start_from(self, old: BaseNet) -> None:
        """
        Copy every model's weights from another Sequential, model by model.

        :raises nam_kernel.errors.ModelFileError: when its models are not the same
        """
        theirs = list(_parts_of(old))
        kinds = [[model.architecture for model in models] for models in (self._models(), theirs)]
        if kinds[0] != kinds[1]:
            raise ModelFileError(f"it holds {', '.join(kinds[1])}, and the config {', '.join(kinds[0])}")
        for mine, other in zip(self._models(), theirs, strict=True):
            mine.start_from(other)

    def scale_output(self, factor: float) -> None:
        """
        Multiply the output of the last model; the loudness that the file stated moves along.

        :raises nam_kernel.errors.UserError: when that model cannot
        """
        list(self._models())[-1].scale_output(factor)
        loudness = self.metadata.get("loudness")
        if isinstance(loudness, (int, float)):
            self.metadata = {**self.metadata, "loudness": loudness + 20 * math.log10(abs(factor))}

    def stream(self, forward: Forward | None = None) -> Stream:
        """
        Return the streams of the models, one after the other.

        :param forward: as in ``BaseNet.stream``; not used where one of the models has a state
        """
        models = list(self._models())
        if forward is not None and all(isinstance(model.stream(), WindowStream) for model in models):
            return super().stream(forward)
        return Chain(models)

    def describe(self) -> list[tuple[str, str]]:
        """Return the architecture of each model, and how it describes itself."""
        return [
            (f"model {i}", "; ".join([model.architecture, *(f"{k}: {v}" for k, v in model.describe())]))
            for i, model in enumerate(self._models(), 1)
        ]

    def multiply_adds(self) -> int | None:
        """Return the sum over the models, or None where one of them does not know."""
        counts = [model.multiply_adds() for model in self._models()]
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None

    def handshake(self, dataset: Any) -> None:
        """Refuse a dataset that this net, or one of its models, cannot be trained on."""
        super().handshake(dataset)
        for model in self._models():
            model.handshake(dataset)

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        """
        Return the output of the last model: (B, L) to (B, L - R + 1).

        :raises ValueError: when it is given conditions
        """
        refuse_conditions(conditions)
        for model in self._models():
            x = model(x, pad_start=False)
        return x

    def _models(self) -> Iterator[BaseNet]:
        return (model for model in self.models if isinstance(model, BaseNet))


def _parts_of(model: BaseNet) -> Sequence[BaseNet]:
    return list(model._models()) if isinstance(model, Sequential) else [model]


def _document(given: Any) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise ValueError("one of 'models' is not a model document")
    return given


def _refuse_unfit(position: int, model: BaseNet) -> None:
    if model.conditions:
        names = ", ".join(condition.name for condition in model.conditions if condition.name)
        raise ValueError(
            f"model {position}, {model.architecture}, takes conditions{f' ({names})' if names else ''}, "
            "which a Sequential cannot give it; train it alone"
        )
    if model.outputs:
        raise ValueError(
            f"model {position}, {model.architecture}, has several outputs, and a Sequential has one; "
            "choose one of its sizes"
        )


def _common_rate(rates: Sequence[float | None]) -> float | None:
    known = sorted({float(rate) for rate in rates if rate is not None})
    if len(known) > 1:
        raise ValueError(
            f"the models of a Sequential are for different sample rates, "
            f"{' and '.join(f'{rate:g}' for rate in known)} Hz; all must share one"
        )
    return known[0] if known else None
