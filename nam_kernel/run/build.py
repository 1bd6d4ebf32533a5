"""
Build the objects that a config names: check the config with the component's own model, import it, make it.

Problems in configs are collected, so that the user sees all of them at once.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nam_kernel import plugins
from nam_kernel.components import Component
from nam_kernel.config import Config, validate
from nam_kernel.config.base import look_up
from nam_kernel.config.explain import join
from nam_kernel.errors import (
    ComponentError,
    ConfigError,
    DataError,
    NamKernelError,
    PluginError,
    Problem,
    UserError,
    owned_by,
)
from nam_kernel.text import parameters

if TYPE_CHECKING:
    from nam_kernel.interfaces import BaseDataset, BaseNet


@dataclass(frozen=True)
class Bound:
    """
    A component bound to its config: all that is needed to make it.

    :param where: its place in the document
    :param source: the distribution or file that offers it
    :param config: an instance of the record's model; of a record without one, a dictionary
    """

    where: str
    source: str
    record: Component
    config: Config | dict[str, Any]

    @property
    def title(self) -> str:
        """The component as messages call it."""
        return f"the {self.record.kind} '{self.record.name}' ({self.source})"

    def target(self) -> Any:
        """
        Return the component itself, importing it.

        :raises PluginError: with the cause
        """
        assert self.record.target is not None
        return plugins.current().resolve(self.record.target, self.source)

    def keywords(self) -> dict[str, Any]:
        """Return what the config sets, by parameter."""
        if isinstance(self.config, dict):
            return self.config
        return {name: getattr(self.config, name) for name in self.config.model_fields_set}


def bind(
    kind: str,
    name: str | None,
    config: Mapping[str, Any],
    *,
    where: str = "",
    name_key: str = "name",
    config_key: str = "config",
    base: Path | None = None,
    beside: Sequence[str] = (),
) -> Bound:
    """
    Return a component bound to its config.

    :param name: None for the one that is used by default
    :param where: the place in the document at which it is named
    :param name_key: the key there that holds the name
    :param config_key: the key there that holds the config; empty when the config is that place itself
    :param base: the folder in which relative paths are looked up first
    :param beside: as in ``validate``
    :raises ConfigError: with all that is wrong with its name or its config
    :raises PluginError: when a plugin that it needs has failed
    """
    key, title = join(where, name_key), f"the {kind} '{name}'"
    try:
        in_use = plugins.current()
        if not isinstance(name, (str, type(None))):
            raise ComponentError(f"expected the name of a {kind}, got {name!r}")
        source, record = in_use.default(kind, key) if name is None else in_use.component(kind, name)
    except ComponentError as error:
        raise ConfigError(title, [Problem(key, str(error))]) from None
    place = join(where, config_key) if config_key else where
    if record.config is None:
        return Bound(place, source, record, _loosely_looked_up(config, base))
    model: type[Config] = plugins.current().resolve(record.config, source)
    checked, problems = validate(model, config, path=place, base=base, beside=beside)
    if checked is None:
        raise ConfigError(title, problems)
    return Bound(place, source, record, checked)


@contextlib.contextmanager
def collecting(problems: list[Problem]) -> Iterator[None]:
    """Add the problems of a ``ConfigError`` in the block to others, so that the user sees all of them at once."""
    try:
        yield
    except ConfigError as error:
        problems += error.problems


def build(kind: str, name: str, config: Mapping[str, Any], *, where: str = "", **facts: Any) -> Any:
    """
    Return a component by its name and config.

    :param facts: what the kernel would compute, such as ``nx`` of a dataset
    :raises ConfigError: when the config does not fit it
    """
    return make(bind(kind, name, config, where=where), **facts)


def make_net(name: str, config: Mapping[str, Any] | None = None) -> BaseNet:
    """
    Return a new net of any installed architecture, by its name and its config as in a model config.

    :raises nam_kernel.errors.UserError: when there is no such net, or the config does not fit it
    """
    net: BaseNet = build("net", name, config or {})
    return net


def make(found: Bound, **facts: Any) -> Any:
    """
    Return the component, made from its config.

    :param facts: what the kernel computes: ``nx`` of a dataset; ``sample_rate``, which a loss may ask for
    :raises NamKernelError: as the component says; any other error of it is blamed on its plugin
    """
    with blamed(found):
        made = _made(found, facts)
    return _adopted(made, found)


@contextlib.contextmanager
def blamed(found: Bound) -> Iterator[None]:
    """
    Blame what the block raises on a component.

    :raises ConfigError: for a ``ValueError``, ``KeyError`` or ``TypeError``, by which a component refuses its config
    :raises PluginError: for anything else that is not meant for the user
    """
    with owned_by(found.title):
        try:
            yield
        except NamKernelError:
            raise
        except (ValueError, KeyError, TypeError) as error:
            told = f"key {error}" if isinstance(error, KeyError) else str(error)
            raise ConfigError(found.where or found.title, [f"{found.title} refuses its config: {told}"]) from error


def for_each(entries: Sequence[Bound], act: Callable[[Bound], None]) -> None:
    """
    Do something with every entry of the data config, also after one of them refused.

    :raises UserError: with all that is wrong, each once, and the entries it is wrong with
    """
    first: UserError | None = None
    refused: dict[str, list[str]] = {}
    for entry in entries:
        try:
            act(entry)
        except ConfigError:
            raise
        except UserError as error:
            first = first or error
            refused.setdefault(str(error), []).append(entry.where)
    if first:
        raise type(first)("\n".join(f"{' and '.join(where)}: {what}" for what, where in refused.items())) from first


def check_headers(entry: Bound, nx: int) -> None:
    """
    Have a dataset check its entry as far as that costs nothing.

    :raises UserError: whatever is wrong with it
    """
    check = getattr(entry.target(), "check_headers", None)
    if check is not None:
        with blamed(entry):
            check(entry.config, nx=nx) if not isinstance(entry.config, dict) else check({**entry.config, "nx": nx})


def _made(found: Bound, facts: Mapping[str, Any]) -> Any:
    target, kind = found.target(), found.record.kind
    maker = getattr(target, "init_from_config", None)
    if kind in ("net", "dataset"):
        if isinstance(found.config, dict):
            return (maker or target)({**found.config, **facts})
        return (maker or target)(found.config, **facts)
    asked = {name: value for name, value in facts.items() if name in parameters(maker or target)}
    if maker is not None:
        return maker(found.config, **asked)
    keywords = {**asked, **found.keywords()}
    if inspect.isclass(target):
        return target(**keywords)
    return functools.partial(target, **keywords) if keywords else target


def _adopted(made: Any, found: Bound) -> Any:
    from nam_kernel.interfaces import BaseTrainer
    from nam_kernel.interfaces.adopt import adopt, adopt_dataset

    adopting = {"net": adopt, "dataset": adopt_dataset}.get(found.record.kind)
    if adopting is not None:
        return adopting(made, found.title)
    if found.record.kind == "trainer" and not isinstance(made, BaseTrainer):
        raise PluginError(f"{found.title} is {made!r}, not a trainer; derive the class of its target from BaseTrainer")
    if found.record.kind != "trainer" and not callable(made):
        raise PluginError(f"{found.title} made a {type(made).__name__}, which cannot be called")
    return made


def dataset_of(entries: Sequence[Bound], nx: int) -> BaseDataset:
    """
    Return the dataset of a split: one, or several as a list.

    :raises DataError: naming the entries
    """
    from nam_kernel.interfaces.dataset import ConcatDataset, teardown_all

    built: list[BaseDataset] = []

    def add(entry: Bound) -> None:
        built.append(make(entry, nx=nx))
        with blamed(entry):
            if len(built[-1]) == 0:
                raise DataError(f"{entry.title} has no items")

    try:
        for_each(entries, add)
        return built[0] if len(built) == 1 else ConcatDataset(built)
    except BaseException:
        teardown_all(built)
        raise


def _loosely_looked_up(config: Mapping[str, Any], base: Path | None) -> dict[str, Any]:
    """
    Return a config without a model, notes dropped and files looked up.

    Only a key that ends in ``_path`` is taken for a file, and only when there is such a file.
    """
    looked_up = {}
    for key, value in config.items():
        if isinstance(value, str) and key.endswith("_path"):
            with contextlib.suppress(ValueError):
                value = str(look_up(value, base))
        if not key.startswith("_"):
            looked_up[key] = value
    return looked_up
