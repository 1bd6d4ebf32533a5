"""Several sizes of a model as one net: the same audio goes into all, and each has its own output."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from nam_kernel import Condition
from nam_kernel.errors import ModelFileError, UserError
from nam_kernel.interfaces import BaseNet, Forward, Stream, Weights, WindowStream
from nam_kernel.models import highest_version
from nam_plugin_container.aligned import Aligned, newest
from nam_plugin_container.config import ContainerConfig, refuse_many, require_max_values, uniform
from nam_plugin_container.documents import max_value_of, read_size, size_document
from nam_plugin_container.unity import one_rate, require_alike

OLDEST_VERSION = "0.7.0"
"""The lowest version of a file with a container in it."""


class Container(BaseNet):
    """
    Nets of any architecture that hear the same audio, trained together, one output each.

    :param nets: at least one, the smallest first
    :param names: of the outputs; ``size_1`` and so on where there are none
    :param max_values: ascending to 1; a player runs the first net whose value is above its size control.
        Equal shares where there are none.
    :param sample_rate: in Hz, or None while it is not known
    :raises ValueError: when the nets do not go together
    """

    def __init__(
        self,
        nets: Sequence[BaseNet],
        names: Sequence[str] | None = None,
        max_values: Sequence[float] | None = None,
        sample_rate: float | None = None,
    ) -> None:
        if not nets:
            raise ValueError("a container needs at least one submodel")
        names = tuple(names) if names is not None else tuple(f"size_{i + 1}" for i in range(len(nets)))
        require_alike(nets, names)
        super().__init__()
        self.max_values = tuple(max_values) if max_values is not None else tuple(uniform(len(nets)))
        require_max_values(self.max_values)
        if not len(nets) == len(names) == len(self.max_values):
            raise ValueError(
                f"{len(nets)} submodels, {len(names)} names and {len(self.max_values)} max_values; give one each"
            )
        self._names = names
        self.nets = nn.ModuleList(nets)
        self.sample_rate = one_rate([sample_rate, *(net.sample_rate for net in nets)])

    @classmethod
    def init_from_config(cls, config: ContainerConfig) -> Container:
        """
        Return a new net.

        :raises ValueError: when the sizes do not go together
        """
        nets = [submodel.net.make() for submodel in config.submodels]
        return cls(nets, [submodel.name for submodel in config.submodels], config.max_values())

    @classmethod
    def from_exported(cls, config: Mapping[str, Any], sample_rate: float | None) -> Container:
        """
        Return a net, its weights set, from the ``config`` of a model file.

        :raises nam_kernel.errors.ModelFileError: when a submodel cannot be read
        """
        given = refuse_many(config.get("submodels"))
        if not isinstance(given, list) or not all(isinstance(entry, Mapping) for entry in given):
            raise ValueError("'submodels' is not a list of objects")
        nets = [read_size(f"submodels[{i}]", entry.get("model")) for i, entry in enumerate(given)]
        return cls(nets, None, [max_value_of(i, entry) for i, entry in enumerate(given)], sample_rate)

    @classmethod
    def count_weights(cls, config: Mapping[str, Any]) -> int:
        """Return 0: the weights are in the sizes' documents."""
        return 0

    def sizes(self) -> list[BaseNet]:
        """Return the nets, the smallest first."""
        return list(self._nets())

    @property
    def architecture(self) -> str:
        """``SlimmableContainer``."""
        return "SlimmableContainer"

    @property
    def file_version(self) -> str | None:
        """That of a container, or of a submodel that needs a higher one."""
        return highest_version((OLDEST_VERSION, *(net.file_version for net in self._nets())))

    @property
    def receptive_field(self) -> int:
        """In samples, the longest of the sizes'."""
        return max(net.receptive_field for net in self._nets())

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the sizes, the smallest first."""
        return self._names

    @property
    def conditions(self) -> tuple[Condition, ...] | None:
        """What every size takes beside the audio."""
        return next(self._nets()).conditions

    @property
    def sample_rate(self) -> float | None:
        """In Hz, of every size, or None while it is not known."""
        return self._sample_rate

    @sample_rate.setter
    def sample_rate(self, rate: float | None) -> None:
        self._sample_rate = rate
        if "nets" in self._modules:
            for net in self._nets():
                net.sample_rate = rate

    def export_config(self) -> dict[str, Any]:
        """Return the sizes' documents, each with the position of the size control below which it is played."""
        listed = zip(self.max_values, self._nets(), strict=True)
        return {"submodels": [{"max_value": value, "model": size_document(net)} for value, net in listed]}

    def export_weights(self) -> Weights:
        """Return nothing: the weights are in the sizes' documents."""
        none: Weights = torch.zeros(0).numpy()
        return none

    def import_weights(self, weights: Sequence[float] | Weights) -> None:
        """
        Set nothing: the weights came with the sizes' documents.

        :raises ModelFileError: when there are any
        """
        self.require_weight_count(len(weights), 0)

    def start_from(self, old: BaseNet) -> None:
        """
        Copy every size's weights from another container, size by size.

        :raises ModelFileError: when it has another number of sizes, or one does not fit
        """
        theirs = list(old._nets()) if isinstance(old, Container) else [old]
        if len(theirs) != len(self.nets):
            raise ModelFileError(f"it has {len(theirs)} sizes, and the config has {len(self.nets)}")
        for name, mine, other in zip(self._names, self._nets(), theirs, strict=True):
            if mine.architecture != other.architecture:
                raise ModelFileError(
                    f"size '{name}' is a {mine.architecture} in the config and a {other.architecture} in the file"
                )
        for name, mine, other in zip(self._names, self._nets(), theirs, strict=True):
            try:
                mine.start_from(other)
            except ModelFileError as error:
                raise ModelFileError(f"size '{name}': {error}") from error

    def output_state(self, name: str) -> dict[str, Tensor]:
        """Return the part of the state dict that belongs to size ``name``."""
        prefix = f"nets.{self._index(name)}."
        return {key: value for key, value in self.state_dict().items() if key.startswith(prefix)}

    def load_output_state(self, name: str, state: Mapping[str, Tensor]) -> None:
        """Load what ``output_state`` returned, leaving the other sizes as they are."""
        index = self._index(name)
        prefix = f"nets.{index}."
        self.nets[index].load_state_dict({key.removeprefix(prefix): value for key, value in state.items()})

    def at_size(self, size: float) -> BaseNet:
        """
        Return the net that a player runs with its size control at ``size``, 0 (smallest) to 1 (largest).

        It is the first whose max_value is above ``size``, else the last.

        :raises UserError: when there is no such size
        """
        if not (isinstance(size, (int, float)) and math.isfinite(size) and 0 <= size <= 1):
            raise UserError(f"a size is between 0 (smallest) and 1 (largest), and {size!r} is not")
        above = (net for net, value in zip(self._nets(), self.max_values, strict=True) if size < value)
        return next(above, list(self._nets())[-1])

    def train(self, mode: bool = True) -> Container:
        """Set the mode; training drops the metadata that was read from a file, such as the loudness of each size."""
        if mode:
            for net in self._nets():
                net.metadata = {}
        return super().train(mode)

    def scale_output(self, factor: float) -> None:
        """
        Multiply the output of every size; the loudness that the file stated moves along.

        :raises UserError: when one of them cannot; then all are as they were
        """
        for net in self._nets():
            copy.deepcopy(net).scale_output(factor)
        for net in self._nets():
            net.scale_output(factor)
        loudness = self.metadata.get("loudness")
        if isinstance(loudness, (int, float)):
            self.metadata = {**self.metadata, "loudness": loudness + 20 * math.log10(abs(factor))}

    def stream(self, forward: Forward | None = None) -> Stream:
        """
        Return the streams of all sizes, side by side.

        :param forward: as in ``BaseNet.stream``; not used where one of the sizes has a state
        """
        streams = [net.stream() for net in self._nets()]
        if forward is not None and all(isinstance(stream, WindowStream) for stream in streams):
            return super().stream(forward)
        return Aligned(streams)

    def describe(self) -> list[tuple[str, str]]:
        """Return what each size is, and where a player's size control chooses it."""
        rows, below = [], 0.0
        for name, net, value in zip(self._names, self._nets(), self.max_values, strict=True):
            told = f"{net.architecture}, {net.parameter_count()} parameters, receptive field {net.receptive_field}"
            operations = net.multiply_adds()
            told += "" if operations is None else f", {operations} multiply-adds per sample"
            rows.append((f"size '{name}'", f"{told}; played at {below:g} to {value:g}"))
            below = value
        return rows

    def multiply_adds(self) -> int | None:
        """Return the multiplications of the largest size, which a player runs unless told otherwise."""
        return self.at_size(1.0).multiply_adds()

    def handshake(self, dataset: Any) -> None:
        """Refuse a dataset that this net, or one of its sizes, cannot be trained on."""
        super().handshake(dataset)
        for net in self._nets():
            net.handshake(dataset)

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        """
        Return the outputs of all sizes: (B, L) to (B, P, L - R + 1).

        :raises ValueError: when it is not given the conditions that the sizes take
        """
        length = x.shape[1] - self.receptive_field + 1
        outputs = [
            net(*newest((x, *conditions), length + net.receptive_field - 1), pad_start=False) for net in self._nets()
        ]
        return torch.stack(outputs, dim=1)

    def _index(self, name: str) -> int:
        if name not in self._names:
            raise UserError(f"there is no size '{name}'; known: {', '.join(self._names)}")
        return self._names.index(name)

    def _nets(self) -> Iterator[BaseNet]:
        return (net for net in self.nets if isinstance(net, BaseNet))
