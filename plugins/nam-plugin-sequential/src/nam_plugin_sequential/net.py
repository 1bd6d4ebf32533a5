"""A net of nets: the output of one is the input of the next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from nam_kernel.run.build import build
from nam_kernel.errors import ModelFileError
from nam_kernel.interfaces import BaseNet, Weights
from nam_kernel.models import document_of, net_of
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
    def file_version(self) -> str:
        """The highest of its models."""
        versions = (model.file_version for model in self._models())
        return max(versions, key=lambda version: tuple(map(int, version.split("."))))

    @classmethod
    def init_from_config(cls, config: Mapping[str, Any]) -> Sequential:
        """
        Make a net from a ``SequentialConfig``.

        :raises nam_kernel.errors.ConfigError: when a model's own config is wrong
        """
        checked = SequentialConfig.model_validate(dict(config))
        return cls([build("net", m.name, m.config, where=f"models[{i}]") for i, m in enumerate(checked.models)])

    @classmethod
    def from_exported(cls, config: Mapping[str, Any], sample_rate: float | None) -> Sequential:
        """
        Make a net, its weights set, from the documents in the ``config`` of a model file.

        :raises nam_kernel.errors.ModelFileError: when a document cannot be read
        """
        documents = config.get("models")
        if not isinstance(documents, list):
            raise ValueError("'models' is not a list of model documents")
        return cls([net_of(_document(document)) for document in documents], sample_rate)

    def export_config(self) -> dict[str, Any]:
        """Give the models' documents."""
        return {"models": [document_of(model) for model in self._models()]}

    def export_weights(self) -> Weights:
        """Give nothing: the weights are in the models' documents."""
        none: Weights = torch.zeros(0).numpy()
        return none

    def import_weights(self, weights: Sequence[float] | Weights) -> None:
        """Set nothing: the weights came with the models' documents."""
        self.require_weight_count(len(weights), 0)

    def start_from(self, old: BaseNet) -> None:
        """
        Take every model's weights from another Sequential, model by model.

        :raises nam_kernel.errors.ModelFileError: when it has not the same models
        """
        theirs = list(_parts_of(old))
        kinds = [[model.architecture for model in models] for models in (self._models(), theirs)]
        if kinds[0] != kinds[1]:
            raise ModelFileError(f"it holds {', '.join(kinds[1])}, and the config {', '.join(kinds[0])}")
        for mine, other in zip(self._models(), theirs, strict=True):
            mine.start_from(other)

    def blocks(self, x: Tensor, *conditions: Tensor, size: int = 65536) -> Iterator[Tensor]:
        """
        Render a long signal, model by model, equal to rendering it whole.

        What a model makes of the silence that it puts before its input is dropped: the models before it had
        silence enough for all.
        """
        _refuse_conditions(conditions)
        *before, last = self._models()
        signal = torch.cat((x.new_zeros(self.receptive_field - 1), x))
        for model in before:
            signal = model.render(signal, size=size)[model.receptive_field - 1 :]
        dropped = last.receptive_field - 1
        for piece in last.blocks(signal, size=size):
            if len(piece) > dropped:
                yield piece[dropped:]
            dropped = max(0, dropped - len(piece))

    def describe(self) -> list[tuple[str, str]]:
        """Tell the architecture of each model, and what it says of itself."""
        return [
            (f"model {i}", "; ".join([model.architecture, *(f"{k}: {v}" for k, v in model.describe())]))
            for i, model in enumerate(self._models(), 1)
        ]

    def multiply_adds(self) -> int | None:
        """Add up the models, if all of them know."""
        counts = [model.multiply_adds() for model in self._models()]
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None

    def handshake(self, dataset: Any) -> None:
        """Refuse a dataset that this net, or one of its models, cannot be trained on."""
        super().handshake(dataset)
        for model in self._models():
            model.handshake(dataset)

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        _refuse_conditions(conditions)
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
    if model.condition_names:
        raise ValueError(
            f"model {position}, {model.architecture}, takes the conditions "
            f"{', '.join(model.condition_names)}, which a Sequential cannot give it; train it alone"
        )
    if model.outputs:
        raise ValueError(
            f"model {position}, {model.architecture}, has several outputs, and a Sequential has one; "
            "choose one of its sizes"
        )


def _refuse_conditions(conditions: Sequence[Tensor]) -> None:
    if conditions:
        raise ValueError("a Sequential takes no conditions")


def _common_rate(rates: Sequence[float | None]) -> float | None:
    known = sorted({float(rate) for rate in rates if rate is not None})
    if len(known) > 1:
        raise ValueError(
            f"the models of a Sequential are for different sample rates, "
            f"{' and '.join(f'{rate:g}' for rate in known)} Hz; all must share one"
        )
    return known[0] if known else None
