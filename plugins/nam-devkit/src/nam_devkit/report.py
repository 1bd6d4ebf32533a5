"""Hold an installed plugin to every law that applies to it, and report each."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import SkipTest

from nam_devkit import laws_accelerator, laws_plugin
from nam_devkit.conformance import BASES, COMPONENT_LAWS
from nam_devkit.law import Law, sentence
from nam_devkit.subjects import AcceleratorSubject, PluginSubject, accelerator_of, example_of, installed_nets
from nam_kernel.errors import ConfigError, NamKernelError

if TYPE_CHECKING:
    from nam_kernel.components import Component
    from nam_kernel.plugins import Plugin


_FACTS: dict[str, dict[str, Any]] = {"dataset": {"nx": 1}, "loss": {"sample_rate": 48000.0}}
"""What the kernel computes for a component, by its kind."""


@dataclass(frozen=True)
class Outcome:
    """
    What became of one law.

    :param about: the plugin or component
    :param law: in words
    :param state: ``ok``, ``FAILED`` or ``skipped``
    :param said: why it failed and what to do, or why it was skipped
    """

    about: str
    law: str
    state: str
    said: str = ""


def check_plugin(plugin: Plugin, configs: Mapping[str, Mapping[str, Any]]) -> Iterator[Outcome]:
    """
    Yield the outcome of each law of a plugin and of its components.

    :param configs: the config of a component by its name; one that is not there is tried on the ``example`` of its
        config model, or on an empty config
    """
    about = f"plugin {plugin.found.name}"
    yield from _outcomes(about, laws_plugin.LAWS, lambda: contextlib.nullcontext(PluginSubject(plugin)))
    offer = accelerator_of(plugin)
    if offer is not None:
        accelerator = AcceleratorSubject(offer, installed_nets())
        yield from _outcomes(about, laws_accelerator.LAWS, lambda: contextlib.nullcontext(accelerator))
    for component in plugin.components:
        if component.kind in BASES:
            yield from _check_component(plugin, component, configs.get(component.name))


def _check_component(plugin: Plugin, component: Component, config: Mapping[str, Any] | None) -> Iterator[Outcome]:
    about = f"{component.kind} {component.name}"

    def make_config(_: Any, folder: Path) -> Mapping[str, Any]:
        return config if config is not None else example_of(component, plugin.found.source, folder)

    facts = {"plugin": plugin.found.name, "name": component.name, "make_config": make_config}
    checked = type("Checked", (BASES[component.kind],), facts)()
    refused = _refuses(checked)
    if refused and config is None:
        tried = "the example of its config model" if _has_example(plugin, component) else "an empty config"
        said = (
            f"{tried} does not make one ({refused}); give a config with --config {component.name}=FILE.json, "
            "or set `example` in the config model"
        )
        yield Outcome(about, "It is made and held to its laws.", "skipped", said)
        return
    yield from _outcomes(about, COMPONENT_LAWS[component.kind], checked.subject)


def _refuses(checked: Any) -> str:
    """Return why the config is refused; empty when it is not."""
    try:
        with checked.subject() as subject:
            subject.build(**_FACTS.get(checked.kind, {}))
    except ConfigError as error:
        return "; ".join(map(str, error.problems))
    except Exception:
        return ""  # whatever else it raises is told by its laws
    return ""


def _has_example(plugin: Plugin, component: Component) -> bool:
    from nam_kernel import plugins

    model = plugins.current().resolve(component.config, plugin.found.source) if component.config else None
    return getattr(model, "example", None) is not None


def _outcomes(about: str, laws: Sequence[Law], subject: Callable[[], Any]) -> Iterator[Outcome]:
    for law in laws:
        outcome = partial(Outcome, about, sentence(law))
        try:
            with subject() as made:
                law(made)
        except SkipTest as reason:
            yield outcome("skipped", str(reason))
        except (AssertionError, NamKernelError) as error:
            yield outcome("FAILED", str(error))
        except Exception as error:
            yield outcome("FAILED", f"it raised {type(error).__name__}: {error}")
        else:
            yield outcome("ok")
