"""
The frozen records that plugins hand to the kernel: what they offer, and where it can be imported.

A record costs nothing to make: its ``target`` is the string ``"module:attribute"``, imported only when a
config names the component. A target may also be the object itself, which is what the registration functions use.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

Target = str | Callable[..., Any]

_TARGET = re.compile(r"^[A-Za-z_][\w.]*:[A-Za-z_][\w.]*$")


@dataclass(frozen=True, kw_only=True)
class Component:
    """
    The fields that every record has.

    :param name: the name by which a config asks for it; case matters
    :param target: ``"module:attribute"``, or the object itself
    :param config: ``"module:Class"`` of the pydantic model of its config, an instance of which the component is
        made from. Such a module should not import torch, because configs are checked without it. Without a model
        any config is accepted, and passed on as a dictionary.
    :param summary: one line for people, shown by ``nam-kernel plugins show``
    :param default: whether this component is used where a document names none of its kind
    """

    kind: ClassVar[str] = "component"
    importable: ClassVar[tuple[str, ...]] = ("target", "config")

    name: str
    target: Target | None
    config: Target | None = None
    summary: str = ""
    default: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise TypeError(f"a {self.kind}'s name is a non-empty string, not {self.name!r}")
        for field, value in self.targets().items():
            if isinstance(value, str) and not _TARGET.match(value):
                raise ValueError(
                    f"the {field} of {self.kind} '{self.name}' is {value!r}; it is written \"package.module:attribute\""
                )
            if not isinstance(value, str) and not callable(value):
                raise TypeError(f"the {field} of {self.kind} '{self.name}' is {value!r}, not a string or callable")

    def targets(self) -> dict[str, Target]:
        """Return everything importable that the record names, by field."""
        there = {field: value for field in self.importable if (value := getattr(self, field)) is not None}
        if not {"target", "reader"} & there.keys():
            raise TypeError(f"the {self.kind} '{self.name}' has no target, so there is nothing that it could do")
        return there


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
    """
    A function of predictions and targets.

    :param key: claims keys of the model config's ``loss``: ``KEY_weight`` switches the loss on, and ``KEY_NAME`` sets
        the parameter NAME of its config
    :param label: the name of its metric; the component's name where it is empty
    """

    kind: ClassVar[str] = "loss"

    key: str = ""
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class Exporter(Component):
    """
    Writes a trained net in a file format, reads such files, or both.

    :param target: of the function that writes; None for a format that is only read
    :param suffix: of the files, ``".example"``
    :param reader: target of a function from a path to a net
    :param refuses: target of a function from a net to the reason why the format cannot hold it, or None; asked
        before the training
    :param runner: target of a function from a path to a player of the file that is independent of the net's own code,
        with which the kernel proves what was written (``nam_kernel.interfaces.Runner``)
    :param advice: what a user does with the file, in one sentence
    """

    kind: ClassVar[str] = "exporter"
    importable: ClassVar[tuple[str, ...]] = ("target", "config", "reader", "refuses", "runner")

    target: Target | None = None
    suffix: str = ""
    reader: Target | None = None
    refuses: Target | None = None
    runner: Target | None = None
    advice: str = ""


@dataclass(frozen=True, kw_only=True)
class Trainer(Component):
    """A training engine; the ``engine`` of the learning config, whose other keys are its config."""

    kind: ClassVar[str] = "trainer"


KINDS: dict[str, type[Component]] = {cls.kind: cls for cls in (Net, Dataset, Loss, Exporter, Trainer)}


@dataclass(frozen=True)
class Condition:
    """
    A knob or a switch: something beside the audio that a net takes and a dataset records.

    :param name: by which net and data are matched; empty for one that is matched by its position
    :param low: the lowest value
    :param high: the highest value
    :param default: the value where nothing is chosen; the lowest one by default
    :param unit: of the values, for people
    :param choices: the names of a switch's positions, whose values are 0, 1, 2 ...
    :param step: of its control; values between are allowed
    :param curve: ``log`` where equal ratios of the value sound like equal steps, as of a frequency; ``low`` is then
        above 0
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid", "allow_inf_nan": False}

    name: str
    low: float = 0.0
    high: float = 1.0
    default: float | None = None
    unit: str = ""
    choices: tuple[str, ...] = ()
    step: float | None = None
    curve: Literal["linear", "log"] = "linear"

    def __post_init__(self) -> None:
        if self.choices:
            object.__setattr__(self, "low", 0.0)
            object.__setattr__(self, "high", float(len(self.choices) - 1))
        if not self.low <= self.high:
            raise ValueError(f"the condition '{self.name}' goes from {self.low:g} to {self.high:g}; low comes first")
        if self.curve == "log" and self.low <= 0.0:
            raise ValueError(f"the condition '{self.name}' begins at {self.low:g}; a log curve begins above 0")
        if self.default is None:
            object.__setattr__(self, "default", self.low)
        elif not self.low <= self.default <= self.high:
            raise ValueError(f"the condition '{self.name}' is {self.default:g} by default, which is out of its range")

    def value(self, given: float | str) -> float:
        """
        Return a setting as a number; that of a condition without a name is any number.

        :param given: a number in the condition's unit, or the name of a choice
        :raises ValueError: when it is out of range, or no choice is called so
        """
        if isinstance(given, str) and given in self.choices:
            return float(self.choices.index(given))
        try:
            number = float(given)
        except ValueError:
            known = f"one of {', '.join(self.choices)}" if self.choices else "a number"
            raise ValueError(f"{self.name} is {given!r}; expected {known}") from None
        if not (self.low <= number <= self.high if self.name else abs(number) < float("inf")):
            unit = f" {self.unit}" if self.unit else ""
            raise ValueError(f"{self.name} is {number:g}; it goes from {self.low:g} to {self.high:g}{unit}")
        return number
