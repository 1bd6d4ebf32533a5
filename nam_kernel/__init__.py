"""
Train neural models of guitar amplifiers and pedals; extend the training by installing a package.

The public names are imported when they are first used, so that ``import nam_kernel`` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nam_kernel.lazy import lazily

if TYPE_CHECKING:
    from nam_kernel.components import Condition, Dataset, Exporter, Loss, Net, Trainer
    from nam_kernel.errors import NamKernelError
    from nam_kernel.hookspecs import hookimpl, hookspec
    from nam_kernel.interfaces import BaseDataset, BaseNet, BaseTrainer, Finding, Result
    from nam_kernel.models import read_model, write_model
    from nam_kernel.plugins.registration import register_dataset, register_exporter, register_loss, register_net
    from nam_kernel.run import accelerate, check, make_net, resume, train

__version__ = "0.1.0"

_HOME = {
    "Condition": "components",
    "Dataset": "components",
    "Exporter": "components",
    "Loss": "components",
    "Net": "components",
    "Trainer": "components",
    "NamKernelError": "errors",
    "hookimpl": "hookspecs",
    "hookspec": "hookspecs",
    "BaseDataset": "interfaces",
    "BaseNet": "interfaces",
    "BaseTrainer": "interfaces",
    "Finding": "interfaces",
    "Result": "interfaces",
    "read_model": "models",
    "write_model": "models",
    "register_dataset": "plugins.registration",
    "register_exporter": "plugins.registration",
    "register_loss": "plugins.registration",
    "register_net": "plugins.registration",
    "accelerate": "run",
    "check": "run",
    "make_net": "run",
    "resume": "run",
    "train": "run",
}

__all__ = [
    "BaseDataset",
    "BaseNet",
    "BaseTrainer",
    "Condition",
    "Dataset",
    "Exporter",
    "Finding",
    "Loss",
    "NamKernelError",
    "Net",
    "Result",
    "Trainer",
    "__version__",
    "accelerate",
    "check",
    "hookimpl",
    "hookspec",
    "make_net",
    "read_model",
    "register_dataset",
    "register_exporter",
    "register_loss",
    "register_net",
    "resume",
    "train",
    "write_model",
]

__getattr__, __dir__ = lazily(__name__, _HOME)
