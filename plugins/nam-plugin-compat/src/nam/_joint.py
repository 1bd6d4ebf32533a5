"""Hooks that see the training and the validation data together."""

from __future__ import annotations

import abc
import math
from collections.abc import Mapping, Sequence
from typing import Any

from nam._collections import ConcatDataset
from nam._dataset import Dataset
from nam_plugin_compat.dotted import find


class JointDatasetValidationError(RuntimeError):
    """Training and validation data do not go together."""


class JointDatasetHook(abc.ABC):
    """Base of the hooks: one checks both datasets, or changes both."""

    @abc.abstractmethod
    def apply(self, dataset_train: Any, dataset_validation: Any) -> None:
        """
        Check or change them.

        :param dataset_validation: None for a training without a validation
        :raises JointDatasetValidationError: when they do not go together
        """


class _OneSampleRate(JointDatasetHook):
    def apply(self, dataset_train: Any, dataset_validation: Any) -> None:
        rates = [getattr(d, "sample_rate", None) for d in (dataset_train, dataset_validation)]
        if dataset_validation is not None and rates[0] != rates[1]:
            raise JointDatasetValidationError(
                f"the sample rate of the training data is {rates[0]} Hz, that of the validation {rates[1]} Hz"
            )


class NormalizeJointDatasetOutput(JointDatasetHook):
    """
    Brings the output of all training data to one level, and that of the validation data by the same factor.

    :param level_rms_dbfs: RMS of the training data, in dB relative to full scale
    """

    def __init__(self, level_rms_dbfs: float) -> None:
        self._level = level_rms_dbfs

    def apply(self, dataset_train: Any, dataset_validation: Any) -> None:
        """
        Scale the outputs; the export of a net that is trained on them undoes it.

        :raises JointDatasetValidationError: when the training data is silent, or holds no recordings
        :raises RuntimeError: when its level is not a finite number
        """
        train, validation = _pairs(dataset_train), _pairs(dataset_validation)
        count = sum(d.y.numel() for d in train)
        energy = sum(float(d.y.double().square().sum()) for d in train)
        if not energy:
            raise JointDatasetValidationError("the training data is silent, so it has no level to normalise")
        gain = 10 ** (self._level / 20) / math.sqrt(energy / count)
        if not math.isfinite(gain) or not gain:
            raise RuntimeError("the training data has no finite level; record it again")
        for dataset in (*train, *validation):
            dataset.scale_output(gain)


def normalize_joint_dataset_output(*args: Any, **kwargs: Any) -> NormalizeJointDatasetOutput:
    """Return a ``NormalizeJointDatasetOutput``."""
    return NormalizeJointDatasetOutput(*args, **kwargs)


def get_joint_dataset_hooks(hook_configs: Sequence[Mapping[str, Any]]) -> list[JointDatasetHook]:
    """
    Return the hooks of the list ``joint`` of a data config, after the one that compares sample rates.

    :param hook_configs: each with ``name`` (dotted) and perhaps ``args`` and ``kwargs``
    :raises KeyError: when there is nothing of a name
    :raises nam_kernel.errors.ComponentError: when a name stands for something else than a hook
    """
    made = [find("joint", h["name"])(*h.get("args", ()), **h.get("kwargs", {})) for h in hook_configs]
    return [_OneSampleRate(), *made]


def apply_joint_dataset_hooks(dataset_train: Any, dataset_validation: Any, hooks: Sequence[JointDatasetHook]) -> None:
    """Apply each hook, in the order of the list."""
    for hook in hooks:
        hook.apply(dataset_train=dataset_train, dataset_validation=dataset_validation)


def _pairs(dataset: Any) -> list[Any]:
    if dataset is None:
        return []
    if isinstance(dataset, ConcatDataset):
        return [pair for part in dataset.datasets for pair in _pairs(part)]
    if not isinstance(dataset, Dataset):
        raise JointDatasetValidationError(f"a {type(dataset).__name__} has no recorded output that can be scaled")
    return [dataset]
