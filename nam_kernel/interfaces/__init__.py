"""What a component's object must do: net, dataset, loss, exporter, trainer. Importing this imports torch."""

from nam_kernel.interfaces.adopt import plain
from nam_kernel.interfaces.conditions import over_time
from nam_kernel.interfaces.dataset import BaseDataset, Batch, ConcatDataset, flatten, unpack_batch
from nam_kernel.interfaces.exporter import ExporterFunction, Metadata, Runner, RunnerStream
from nam_kernel.interfaces.findings import Finding
from nam_kernel.interfaces.loss import LossFunction, WeightedLoss
from nam_kernel.interfaces.net import BaseNet, Weights
from nam_kernel.interfaces.stream import Forward, Stream, WindowStream
from nam_kernel.interfaces.trainer import BaseTrainer, Fit, Job, Observer, Progress, Proof, Result

__all__ = [
    "BaseDataset",
    "BaseNet",
    "BaseTrainer",
    "Batch",
    "ConcatDataset",
    "ExporterFunction",
    "Finding",
    "Fit",
    "Forward",
    "Job",
    "LossFunction",
    "Metadata",
    "Observer",
    "Progress",
    "Proof",
    "Result",
    "Runner",
    "RunnerStream",
    "Stream",
    "WeightedLoss",
    "Weights",
    "WindowStream",
    "flatten",
    "over_time",
    "plain",
    "unpack_batch",
]
