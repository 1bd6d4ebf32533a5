"""
The frozen records that plugins hand to the kernel: what they offer, and where it can be imported.

A record costs nothing to make: its ``target`` is the string ``"module:attribute"``, imported only when a
config names the component. A target may also be the object itself (that is what the registration
functions make).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

Target = str | Callable[..., Any]

_TARGET = re.compile(r"^[A-Za-z_][\w.]*:[A-Za-z_][\w.]*$")


@dataclass(frozen=True, kw_only=True)
class Component:
    """
    What every record has.

    :param name: the name by which a config asks for it; case matters
    :param target: ``"module:attribute"``, or the object itself
    :param config: ``"module:Class"`` of the pydantic model of its config; such a module should not import
        torch, because configs are checked without it. Without a model any config is passed on as it is.
    :param summary: one line for people, shown by ``nam-kernel plugins show``
    """

    kind: ClassVar[str] = "component"

    name: str
    target: Target
    config: Target | None = None
    summary: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise TypeError(f"a {self.kind}'s name is a non-empty string, not {self.name!r}")
        for field, value in (("target", self.target), ("config", self.config)):
            if isinstance(value, str) and not _TARGET.match(value):
                raise ValueError(
                    f"the {field} of {self.kind} '{self.name}' is {value!r}; it is written \"package.module:attribute\""
                )
            if not isinstance(value, str) and not callable(value) and (value is not None or field == "target"):
                raise TypeError(f"the {field} of {self.kind} '{self.name}' is {value!r}, not a string or callable")


@dataclass(frozen=True, kw_only=True)
class Net(Component):
    """
    A network architecture.

    :param architectures: the ``"architecture"`` names of the model files that it reads
    """

    kind: ClassVar[str] = "net"

    architectures: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Dataset(Component):
    """A source of training items; the ``type`` of a dataset in the data config."""

    kind: ClassVar[str] = "dataset"


@dataclass(frozen=True, kw_only=True)
class Loss(Component):
    """A function of predictions and targets."""

    kind: ClassVar[str] = "loss"


@dataclass(frozen=True, kw_only=True)
class Exporter(Component):
    """
    Writes a trained net in a file format.

    :param suffix: of the files that it writes, ``".nam"``
    :param reader: target of the function that reads such a file back to a net, if there is one
    """

    kind: ClassVar[str] = "exporter"

    suffix: str = ""
    reader: Target | None = None


@dataclass(frozen=True, kw_only=True)
class Trainer(Component):
    """A training engine; the ``engine`` of the learning config."""

    kind: ClassVar[str] = "trainer"


KINDS: dict[str, type[Component]] = {cls.kind: cls for cls in (Net, Dataset, Loss, Exporter, Trainer)}
