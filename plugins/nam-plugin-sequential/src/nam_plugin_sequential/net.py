"""A net of nets: the output of one is the input of the next."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from nam_kernel.errors import ConfigError, ModelFileError
from nam_kernel.interfaces import BaseNet, Forward, Stream, Weights, WindowStream
from nam_kernel.models import document_of, highest_version, net_of
from nam_plugin_sequential.chain import Chain, follow_silence, refuse_conditions
from nam_plugin_sequential.config import LONGEST, SequentialConfig, refuse_many

OLDEST_VERSION = "0.7.0"
"""No player up to this version reads the file, so it claims to be for no older one."""


class Sequential(BaseNet):
    """
    Nets of any architecture, one after the other.

    :param models: at least one; a Sequential among them is replaced by its models
    :param sample_rate: in Hz, or None while it is not known
    :raises ValueError: when a model takes conditions or has several outputs, two models' rates differ, or all
        together reach back farther than can be played
    """

    def __init__(self, models: Sequence[BaseNet], sample_rate: float | None = None) -> None:
        flat = [part for model in models for part in _parts_of(model)]
        if not flat:
            raise ValueError("a Sequential needs at least one model")
        for position, model in enumerate(flat, 1):
            _refuse_unfit(position, model)
        super().__init__(_common_rate([sample_rate, *(model.sample_rate for model in flat)]))
        self.models = nn.ModuleList(flat)
        if self.receptive_field > LONGEST:
            raise ValueError(
                f"the models have a receptive field of {self.receptive_field:,} samples together, at most {LONGEST:,}"
            )

    @property
    def receptive_field(self) -> int:
        """One sample, and the history that each model needs."""
        return 1 + sum(model.receptive_field - 1 for model in self._models())

    @property
    def file_version(self) -> str | None:
        """The newest, or that of a model that needs a higher one."""
        return highest_version((OLDEST_VERSION, *(model.file_version for model in self._models())))

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
        documents = refuse_many(config.get("models"))
        if not isinstance(documents, list):
            raise ValueError("'models' is not a list of model documents")
        net = cls([_read(f"models[{i}]", document) for i, document in enumerate(documents)], sample_rate)
        follow_silence(net.parts())
        return net

    @classmethod
    def count_weights(cls, config: Mapping[str, Any]) -> int:
        """Return 0: the weights are in the models' documents."""
        return 0

    def parts(self) -> list[BaseNet]:
        """Return the models, in the order in which the audio goes through them."""
        return list(self._models())

    def export_config(self) -> dict[str, Any]:
        """
        Return the models' documents, each with the sample rate.

        A model with a state is written in the one to which it settles on what it hears in silence.
        """
        if self.sample_rate is not None:
            for model in self._models():
                model.sample_rate = self.sample_rate
        follow_silence(self.parts())
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
        self.parts()[-1].scale_output(factor)
        loudness = self.metadata.get("loudness")
        if isinstance(loudness, (int, float)):
            self.metadata = {**self.metadata, "loudness": loudness + 20 * math.log10(abs(factor))}

    def stream(self, forward: Forward | None = None) -> Stream:
        """
        Return the streams of the models, one after the other.

        :param forward: as in ``BaseNet.stream``; not used where one of the models has a state
        """
        models = self.parts()
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
    return model.parts() if isinstance(model, Sequential) else [model]


def _read(where: str, document: Any) -> BaseNet:
    """
    Return the net of a model's document.

    :param where: its place in the config
    :raises ModelFileError: naming the place
    """
    if not isinstance(document, Mapping):
        raise ModelFileError(f"{where} is not a model document, so the file is damaged")
    try:
        return net_of(document)
    except (ModelFileError, ConfigError) as error:
        raise ModelFileError(f"{where}: {error}") from error


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
