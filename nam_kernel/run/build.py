"""
Build the objects that a config names: check the config with the component's own model, import it, make it.

Problems in configs are collected, so that the user sees all of them at once.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nam_kernel import plugins
from nam_kernel.components import Component
from nam_kernel.config import Config, RunConfig, validate
from nam_kernel.config.base import look_up
from nam_kernel.config.explain import join
from nam_kernel.errors import ConfigError, DataError, NamKernelError, PluginError, Problem, UserError
from nam_kernel.interfaces import BaseNet, ConcatDataset
from nam_kernel.interfaces.adopt import adopt


@dataclass(frozen=True)
class Part:
    """
    A component that a config names, its own config checked: all that is needed to make it.

    :param where: its place in the document
    :param source: the distribution or file that offers it
    :param config: as the component gets it: notes dropped, paths looked up
    """

    where: str
    source: str
    record: Component
    config: dict[str, Any]

    @property
    def title(self) -> str:
        """What to call it in a message."""
        return f"the {self.record.kind} '{self.record.name}' ({self.source})"

    def target(self) -> Any:
        """
        Import the component.

        :raises PluginError: with the cause
        """
        return plugins.current().resolve(self.record.target, self.source)


def part(
    kind: str,
    name: str,
    config: Mapping[str, Any],
    *,
    where: str = "",
    name_key: str = "name",
    config_key: str = "config",
    base: Path | None = None,
    extra: Mapping[str, Any] | None = None,
) -> tuple[Part | None, list[Problem]]:
    """
    Find a component and check its config.

    :param where: the place in the document at which it is named
    :param name_key: the key there that holds the name
    :param config_key: the key there that holds the config; empty when the config is that place itself
    :param base: the folder in which relative paths are looked up first
    :param extra: what the kernel adds to the config, the receptive field as ``nx`` for one
    :raises PluginError: when a plugin that it needs has failed
    """
    from nam_kernel.errors import ComponentError

    try:
        source, record = plugins.current().component(kind, name)
    except ComponentError as error:
        return None, [Problem(join(where, name_key), str(error))]
    place = join(where, config_key) if config_key else where
    given = {**config, **(extra or {})}
    if record.config is None:
        return Part(place, source, record, _loosely_looked_up(given, base)), []
    model: type[Config] = plugins.current().resolve(record.config, source)
    checked, problems = validate(model, given, path=place, base=base)
    if checked is None:
        return None, problems
    return Part(place, source, record, checked.model_dump(exclude_unset=True, by_alias=True)), []


def build(kind: str, name: str, config: Mapping[str, Any], *, where: str = "") -> Any:
    """
    Find, check and make a component in one step; how one plugin makes another's component by name.

    :raises ConfigError: when the config does not fit it
    """
    found, problems = part(kind, name, config, where=where)
    if found is None:
        raise ConfigError(f"the {kind} '{name}'", problems)
    return make(found)


def make(found: Part) -> Any:
    """
    Make the component from its config.

    :raises NamKernelError: as the component says; any other error of it is blamed on its plugin
    """
    target = found.target()
    try:
        if found.record.kind == "net":
            return adopt(_construct(target, found.config), found.title)
        if found.record.kind in ("loss", "exporter", "trainer"):
            return _bind(target, found.config)
        return _construct(target, found.config)
    except NamKernelError:
        raise
    except (ValueError, KeyError, TypeError) as error:
        told = f"key {error}" if isinstance(error, KeyError) else str(error)
        raise ConfigError(found.where or found.title, [f"{found.title} refuses its config: {told}"]) from error
    except Exception as error:
        raise PluginError(f"{found.title} failed: {type(error).__name__}: {error}") from error


def check_headers(entry: Part) -> None:
    """
    Let a dataset check its entry as far as that costs nothing.

    :raises UserError: naming the entry
    """
    check = getattr(entry.target(), "check_headers", None)
    if check is not None:
        with _naming(entry.where):
            check(entry.config)


def dataset(entries: Sequence[Part]) -> Any:
    """
    Make the dataset of a split: one, or several as a list.

    :raises DataError: naming the entry
    """
    built: list[Any] = []
    try:
        for entry in entries:
            built.append(_dataset(entry))
        return built[0] if len(built) == 1 else ConcatDataset(built)
    except BaseException:
        for made in built:
            getattr(made, "teardown", lambda: None)()
        raise


def dataset_parts(config: RunConfig, data: Any, split: Any, nx: int) -> tuple[list[Part], list[Problem]]:
    """Check the entries of a split; ``nx`` is the receptive field of the net in samples."""
    parts, problems = [], []
    for where, entry in data.entries(split):
        given = {k: v for k, v in entry.items() if not k.startswith("_")}
        found, wrong = part(
            "dataset",
            given.pop("type", None) or "dataset",
            given,
            where=where,
            name_key="type",
            config_key="",
            base=config.bases.get("data"),
            extra={"nx": nx},
        )
        problems += wrong
        parts += [found] if found else []
    return parts, problems


def net_part(config: RunConfig, model: Any) -> tuple[Part | None, list[Problem]]:
    """Check the net of a model config."""
    return part("net", model.net.name, model.net.config, where="net", base=config.bases.get("model"))


def new_net(found: Part) -> BaseNet:
    """Make the net."""
    net: BaseNet = make(found)
    return net


@contextlib.contextmanager
def _naming(where: str) -> Iterator[None]:
    """Put the place in the document before the message of a user's mistake."""
    try:
        yield
    except ConfigError:
        raise
    except UserError as error:
        raise type(error)(f"{where}: {error}") from error


def _dataset(entry: Part) -> Any:
    with _naming(entry.where):
        made = make(entry)
    try:
        if len(made) == 0:
            raise DataError(f"{entry.where}: {entry.title} has no items")
    except TypeError as error:
        raise PluginError(f"{entry.title} has no length: {error}") from error
    return made


def _construct(target: Any, config: dict[str, Any]) -> Any:
    return target.init_from_config(config) if hasattr(target, "init_from_config") else target(config)


def _bind(target: Any, config: dict[str, Any]) -> Any:
    """Make what is called later: an instance of a class, or the function with its keywords set."""
    if hasattr(target, "init_from_config"):
        return target.init_from_config(config)
    if inspect.isclass(target):
        return target(**config)
    return functools.partial(target, **config) if config else target


def _loosely_looked_up(config: dict[str, Any], base: Path | None) -> dict[str, Any]:
    """
    Drop notes; look up the files that a config without a model names.

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
