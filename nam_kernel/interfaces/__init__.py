"""What a component's object must do: net, dataset, loss, exporter, trainer. Importing this imports torch."""

from nam_kernel.interfaces.dataset import BaseDataset, ConcatDataset, leaves, unpack_batch
from nam_kernel.interfaces.exporter import ExporterFunction, Metadata
from nam_kernel.interfaces.loss import LossFunction
from nam_kernel.interfaces.net import BaseNet, Weights
from nam_kernel.interfaces.trainer import BaseTrainer, Job, Progress, Result, WeightedLoss

__all__ = [
    "BaseDataset",
    "BaseNet",
    "BaseTrainer",
    "ConcatDataset",
    "ExporterFunction",
    "Job",
    "LossFunction",
    "Metadata",
    "Progress",
    "Result",
    "WeightedLoss",
    "Weights",
    "leaves",
    "unpack_batch",
]
