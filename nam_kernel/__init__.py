"""
Train neural models of guitar amplifiers and pedals; extend the training by installing a package.

The public names are imported when they are first used, so that ``import nam_kernel`` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nam_kernel.lazy import lazily

if TYPE_CHECKING:
    from nam_kernel.components import Dataset, Exporter, Loss, Net, Trainer
    from nam_kernel.errors import NamKernelError
    from nam_kernel.hookspecs import hookimpl
    from nam_kernel.interfaces import BaseDataset, BaseNet, BaseTrainer, Result
    from nam_kernel.models import read_model, write_model
    from nam_kernel.registration import register_dataset, register_exporter, register_loss, register_net
    from nam_kernel.run import check, train

__version__ = "0.1.0"

_HOME = {
    "Dataset": "components",
    "Exporter": "components",
    "Loss": "components",
    "Net": "components",
    "Trainer": "components",
    "NamKernelError": "errors",
    "hookimpl": "hookspecs",
    "BaseDataset": "interfaces",
    "BaseNet": "interfaces",
    "BaseTrainer": "interfaces",
    "Result": "interfaces",
    "read_model": "models",
    "write_model": "models",
    "register_dataset": "registration",
    "register_exporter": "registration",
    "register_loss": "registration",
    "register_net": "registration",
    "check": "run",
    "train": "run",
}

__all__ = [
    "BaseDataset",
    "BaseNet",
    "BaseTrainer",
    "Dataset",
    "Exporter",
    "Loss",
    "NamKernelError",
    "Net",
    "Result",
    "Trainer",
    "__version__",
    "check",
    "hookimpl",
    "read_model",
    "register_dataset",
    "register_exporter",
    "register_loss",
    "register_net",
    "train",
    "write_model",
]

__getattr__, __dir__ = lazily(__name__, _HOME)
