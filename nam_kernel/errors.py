"""
Every error that nam_kernel raises on purpose.

NamKernelError                 the program cannot go on                        exit code 1
├── UserError                  what the user gave is wrong                     exit code 2
│   ├── ConfigError            a config file is unreadable or says something wrong
│   ├── DataError              a recording or a dataset cannot be used
│   ├── ModelFileError         a model file cannot be read
│   ├── ComponentError         a name that nobody offers, or that several do
│   └── HandshakeError         a net and a dataset refuse each other
├── PluginError                a plugin failed to load, or its hook raised
├── RegistrationError          a name is taken (also a KeyError)
└── TrainingError              the training itself failed

A run that Ctrl-C or SIGTERM ended is not an error: its result says so, and the command exits with 130 or 143.

A message names the culprit (file, key, plugin), the cause, and what to do next. The command
line prints it and nothing else; ``-v`` adds the traceback.
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from nam_kernel.text import printable


class NamKernelError(Exception):
    """Root of every error raised on purpose."""

    exit_code = 1

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else type(self).__name__


class UserError(NamKernelError):
    """What the user gave is wrong; nothing was written."""

    exit_code = 2


@dataclass(frozen=True)
class Problem:
    """
    One thing that is wrong in a document.

    ``where`` is the path in the document (``train[1].ny``), empty for the whole of it; ``what`` says the
    cause and, after it, what to do.
    """

    where: str
    what: str

    def __str__(self) -> str:
        return printable(f"{self.where}: {self.what}" if self.where else self.what, longest=1200)


class ConfigError(UserError):
    """
    A config is unreadable or says something wrong.

    All problems of one document are collected and shown together, one a line.
    """

    def __init__(self, source: str, problems: Sequence[Problem | str]) -> None:
        self.source = source
        self.problems = tuple(Problem("", p) if isinstance(p, str) else p for p in problems)
        super().__init__(self._text())

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.source, self.problems))

    def _text(self) -> str:
        if len(self.problems) == 1:
            return f"{self.source}: {self.problems[0]}"
        shown, more = self.problems[:40], len(self.problems) - 40
        lines = "\n".join([*(f"  - {problem}" for problem in shown), *([f"  - and {more} more"] if more > 0 else [])])
        return f"{self.source}: {len(self.problems)} problems\n{lines}"


class DataError(UserError):
    """A recording or a dataset cannot be used."""


class ModelFileError(UserError):
    """A model file cannot be read."""


class ComponentError(UserError):
    """A config names a component that nobody offers, or that several plugins offer."""


class HandshakeError(UserError):
    """
    The parts of a run refuse each other.

    :param findings: everything that was found about them, the harmless included
    """

    def __init__(self, message: str = "", findings: Sequence[Any] = ()) -> None:
        self.findings = tuple(findings)
        super().__init__(message)


class PluginError(NamKernelError):
    """A plugin failed to load, or one of its hooks raised."""


@contextlib.contextmanager
def owned_by(title: str, kind: type[NamKernelError] = PluginError) -> Iterator[None]:
    """
    Blame what the block raises, and is not meant for the user, on the owner of its code.

    ``SystemExit`` and ``StopIteration`` are failures like any other: neither may end a run in silence.

    :param title: the owner as messages call it
    :param kind: what is raised instead, naming the owner and the cause
    """
    try:
        yield
    except (NamKernelError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise kind(f"{title} failed: {type(error).__name__}: {error}") from error


class RegistrationError(NamKernelError, KeyError):
    """A name is already taken; the message says by whom."""

    __str__ = NamKernelError.__str__


class TrainingError(NamKernelError):
    """The training itself failed."""
