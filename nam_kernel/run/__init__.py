"""Train: check the documents, build the parts, run them, export and prove the result. Names are imported lazily."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nam_kernel.lazy import lazily

if TYPE_CHECKING:
    from nam_kernel.run.acceleration import accelerate
    from nam_kernel.run.build import Bound, bind, make, make_net
    from nam_kernel.run.nested import NestedNetConfig, make_nested, nested_config
    from nam_kernel.run.parts import Options, Prepared
    from nam_kernel.run.proof import prove
    from nam_kernel.run.training import check, resume, train

_HOME = {
    "Bound": "build",
    "NestedNetConfig": "nested",
    "Options": "parts",
    "Prepared": "parts",
    "accelerate": "acceleration",
    "bind": "build",
    "check": "training",
    "make": "build",
    "make_nested": "nested",
    "make_net": "build",
    "nested_config": "nested",
    "prove": "proof",
    "resume": "training",
    "train": "training",
}

__all__ = [
    "Bound",
    "NestedNetConfig",
    "Options",
    "Prepared",
    "accelerate",
    "bind",
    "check",
    "make",
    "make_nested",
    "make_net",
    "nested_config",
    "prove",
    "resume",
    "train",
]

__getattr__, __dir__ = lazily(__name__, _HOME)
