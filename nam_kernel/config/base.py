"""
The base class and the field types of config models, those of plugins included.

A plugin's config model is a subclass of ``Config``::

    class GRUConfig(Config):
        hidden_size: PositiveInt
        audio: FilePath

Unknown keys are errors with a suggestion, keys that begin with ``_`` are notes, ``FilePath`` is looked up
beside the config file, and every message says where in the document the problem is.
"""

import contextlib
import contextvars
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, model_validator

from nam_kernel.text import suggestion

_notes: contextvars.ContextVar[list[str] | None] = contextvars.ContextVar("notes", default=None)


def note(sentence: str) -> None:
    """
    Report something to the user that is not an error, such as a deprecated spelling.

    To be called from validators and from ``nam_configure``. The sentences become findings of the run; outside of a
    run they are dropped.
    """
    notes = _notes.get()
    if notes is not None and sentence not in notes:
        notes.append(sentence)


@contextlib.contextmanager
def collect_notes() -> Iterator[list[str]]:
    """Collect the notes of validators while the block runs."""
    notes: list[str] = []
    token = _notes.set(notes)
    try:
        yield notes
    finally:
        _notes.reset(token)


class Config(BaseModel):
    """Base of every config model: strict about keys, lenient about notes, frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=(), hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _drop_notes(cls, data: Any, info: ValidationInfo) -> Any:
        """Drop ``_keys``, and record the known keys for the error message on an unknown one."""
        if not isinstance(data, dict):
            return data
        if info.context is not None:
            recorded = info.context.setdefault("known_keys", [])
            beside = () if recorded else info.context.get("beside", ())
            recorded.append((frozenset(data), (*cls.known_keys(), *beside)))
        return {key: value for key, value in data.items() if not str(key).startswith("_")}

    @classmethod
    def known_keys(cls) -> tuple[str, ...]:
        """Return the keys that this config understands."""
        return tuple(dict.fromkeys(key for name, f in cls.model_fields.items() for key in (f.alias or name, name)))


def _look_up(value: Any, info: ValidationInfo) -> Any:
    """Return a file: ``~`` and variables expanded, a relative path beside the config, then in the working directory."""
    if not isinstance(value, (str, os.PathLike)):
        raise ValueError("expected the path of a file, as a string")
    return look_up(os.fspath(value), (info.context or {}).get("base"))


def look_up(value: str, base: Path | None) -> Path:
    """
    Return the file that a config names.

    :param base: the folder of the config file, or None for a config that came from Python
    :raises ValueError: when it is nowhere, or is a folder
    """
    if not value.strip():
        raise ValueError("the path is empty; write the path of a file")
    given = Path(os.path.expanduser(os.path.expandvars(value)))
    beside = base / given if base is not None else given
    places = list(dict.fromkeys((beside.absolute(), given.absolute())))
    try:
        found = [place for place in places if place.exists()]
    except (OSError, ValueError) as error:
        raise ValueError(f"{value!r} cannot be the path of a file ({error})") from None
    if not found:
        raise ValueError(_why_missing(value, given, places))
    if not found[0].is_file():
        kind = "a folder; name the file in it" if found[0].is_dir() else "a device or a pipe; name a file"
        raise ValueError(f"{found[0]} is {kind}")
    if len(found) == 2 and not found[0].samefile(found[1]):
        note(f"{value} exists both beside the config and in the working directory; using {found[0]}")
    return found[0]


def _why_missing(value: str, given: Path, places: list[Path]) -> str:
    unset = re.search(r"\$\{?\w+\}?", str(given))
    if "://" in value:
        return f"{value!r} is a URL; download the file, and write the path of the copy"
    if unset:
        return f"the variable {unset[0]} is not set, so {value!r} leads nowhere; set it, or write the whole path"
    if "\\" in value and os.sep == "/":
        return f"{value!r} has backslashes, which do not separate folders here; write / instead"
    near = [file.name for place in places if place.parent.is_dir() for file in place.parent.iterdir()]
    guess = suggestion(given.name, near)
    advice = guess if "did you mean" in guess else "check the path, and that the drive is there"
    return f"no file {given.name!r} in {' or '.join(str(place.parent) for place in places)}; {advice}"


FilePath = Annotated[Path, BeforeValidator(_look_up)]
"""A file that must exist; in a config it is a string, in the model an absolute ``Path``."""

PositiveInt = Annotated[int, Field(gt=0, strict=True)]
NonNegativeInt = Annotated[int, Field(ge=0, strict=True)]
