"""Audio files and datasets: the names that extensions and scripts import from here."""

from __future__ import annotations

from nam._abstract import AbstractDataset, DatasetModelHandshakeError
from nam._audio import AudioShapeMismatchError, WavInfo, np_to_wav, tensor_to_wav, wav_to_np, wav_to_tensor
from nam._collections import (
    ConcatDataset,
    ConcatDatasetValidationError,
    Split,
    dataset_initializers,
    init_dataset,
    register_dataset_initializer,
)
from nam._dataset import Dataset
from nam._joint import (
    JointDatasetHook,
    JointDatasetValidationError,
    NormalizeJointDatasetOutput,
    apply_joint_dataset_hooks,
    get_joint_dataset_hooks,
    normalize_joint_dataset_output,
)
from nam._span import StartError, StartStopError, StopError, XYError, logger
from nam_kernel.errors import DataError
from nam_plugin_wav.config import DEFAULT_PRE_SILENCE as _DEFAULT_REQUIRE_INPUT_PRE_SILENCE  # noqa: F401

__all__ = [
    "AbstractDataset",
    "AudioShapeMismatchError",
    "ConcatDataset",
    "ConcatDatasetValidationError",
    "DataError",
    "Dataset",
    "DatasetModelHandshakeError",
    "JointDatasetHook",
    "JointDatasetValidationError",
    "NormalizeJointDatasetOutput",
    "Split",
    "StartError",
    "StartStopError",
    "StopError",
    "WavInfo",
    "XYError",
    "apply_joint_dataset_hooks",
    "get_joint_dataset_hooks",
    "init_dataset",
    "logger",
    "normalize_joint_dataset_output",
    "np_to_wav",
    "register_dataset_initializer",
    "tensor_to_wav",
    "wav_to_np",
    "wav_to_tensor",
]

_REQUIRED_CHANNELS = 1
_dataset_init_registry = dataset_initializers
