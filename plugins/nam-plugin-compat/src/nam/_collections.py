"""Several datasets as one, and the dataset of a split of a data config."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any

from nam._abstract import AbstractDataset
from nam._core import InitializableFromConfig, stands_for
from nam._dataset import Dataset
from nam._errors import NoDatasetsError, OutOfRangeError
from nam_kernel import interfaces
from nam_kernel.errors import DataError
from nam_plugin_compat.constructors import Constructors


class Split(Enum):
    """The parts of a data config."""

    TRAIN = "train"
    VALIDATION = "validation"


class ConcatDatasetValidationError(ValueError, DataError):
    """Datasets of one list differ in what they must share."""


@stands_for(interfaces.ConcatDataset)
class ConcatDataset(InitializableFromConfig, interfaces.ConcatDataset, AbstractDataset):  # type: ignore[misc]
    """
    Several datasets, one after the other.

    :param flatten: replace those that are such lists themselves by what is in them
    :raises ConcatDatasetValidationError: when they differ in ``nx``, ``ny`` or the sample rate
    """

    def __init__(self, datasets: Sequence[Any], flatten: bool = True) -> None:
        datasets = self._flatten_datasets(datasets) if flatten else datasets
        self._validate_datasets(datasets)
        if not len(datasets):
            raise NoDatasetsError("the list of datasets is empty; name at least one")
        super().__init__(datasets)
        self.datasets = datasets  # type: ignore[assignment]

    @classmethod
    def parse_config(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments of the constructor, the datasets of ``dataset_configs`` being made."""
        given = [{"type": config.get("type", "dataset"), **entry} for entry in config["dataset_configs"]]
        return {"datasets": tuple(_new(entry) for entry in given)}

    def __getitem__(self, idx: int) -> Any:
        try:
            return super().__getitem__(idx)  # type: ignore[no-untyped-call]
        except IndexError as error:
            raise OutOfRangeError(f"item {idx} of {len(self)}") from error

    @property
    def _datasets(self) -> Sequence[Any]:
        return self.datasets

    @classmethod
    def _validate_datasets(cls, datasets: Sequence[Any]) -> None:
        for name in ("nx", "ny", "sample_rate"):
            values = [getattr(dataset, name) for dataset in datasets]
            if len(set(values)) > 1:
                told = ", ".join(f"[{i}] {value}" for i, value in enumerate(values))
                raise ConcatDatasetValidationError(f"the datasets differ in {name} ({told}); make them equal")

    def _flatten_datasets(self, datasets: Sequence[Any]) -> list[Any]:
        nested = [d.datasets if isinstance(d, interfaces.ConcatDataset) else [d] for d in datasets]
        return [dataset for part in nested for dataset in part]


def register_dataset_initializer(name: str, constructor: Callable[[Any], Any], overwrite: bool = False) -> None:
    """
    Register a dataset, here and in the kernel.

    :param name: the ``type`` in a data config, of the whole or of an entry
    :param constructor: called with an entry, ``common`` merged below it and ``nx`` in it; returns the dataset
    :raises KeyError: when the name is taken and ``overwrite`` is false
    """
    dataset_initializers.register(name, constructor, overwrite)


def init_dataset(config: Mapping[str, Any], split: Split) -> Any:
    """
    Return the dataset of a split.

    :param config: the data config
    :raises KeyError: when a ``type`` is not registered
    """
    common = {"type": config.get("type", "dataset"), **config.get("common", {})}
    given = config[split.value]
    if isinstance(given, Mapping):
        return _new({**common, **given})
    return ConcatDataset.init_from_config({"dataset_configs": [{**common, **entry} for entry in given]})


def _new(entry: Mapping[str, Any]) -> Any:
    rest = dict(entry)
    return dataset_initializers[rest.pop("type")](rest)


dataset_initializers = Constructors("dataset", {"dataset": lambda: Dataset.init_from_config})
"""The constructor of each ``type``, as a mapping; setting an entry registers it."""
