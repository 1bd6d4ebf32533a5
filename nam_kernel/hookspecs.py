"""
Every hook of the kernel: its signature, what it is for, and what happens when an implementation fails.

A plugin implements hooks as functions of its hook module, marked with ``nam_kernel.hookimpl``. The hook module
must not import torch, numpy or pydantic: it is imported at the start of every run, whether or not the run needs
the plugin. An implementation may leave out arguments that it does not need. ``tryfirst`` and ``trylast`` are
honoured; wrappers are refused.

Each example below is a whole hook module.
"""
# mypy: disable-error-code="empty-body"

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from nam_kernel.components import Component, Dataset, Exporter, Loss, Net, Trainer
    from nam_kernel.config import RunConfig
    from nam_kernel.interfaces import BaseNet, Finding, Forward, Progress, Result
    from nam_kernel.run import Prepared

PROJECT = "nam_kernel"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def nam_nets() -> Sequence[Net]:
    """
    Return network architectures.

    A plugin that fails here, or returns anything but a sequence of ``Net`` records, is disabled; other plugins are
    unaffected.

    Example::

        from nam_kernel import Net, hookimpl

        @hookimpl
        def nam_nets():
            return [Net(name="GRU", target="my_package.net:GRU", config="my_package.config:GRUConfig")]
    """


@hookspec
def nam_datasets() -> Sequence[Dataset]:
    """
    Return datasets. Failures are handled as those of ``nam_nets``.

    Example::

        from nam_kernel import Dataset, hookimpl

        @hookimpl
        def nam_datasets():
            return [Dataset(name="takes", target="my_package.takes:Takes", config="my_package.config:TakesConfig")]
    """


@hookspec
def nam_losses() -> Sequence[Loss]:
    """
    Return losses. Failures are handled as those of ``nam_nets``.

    With a ``key`` the loss has keys of its own in the model config: here ``loudness_weight``, and ``loudness_NAME``
    for each parameter of its config.

    Example::

        from nam_kernel import Loss, hookimpl

        @hookimpl
        def nam_losses():
            return [Loss(name="Loudness", target="my_package.loss:Loudness", key="loudness")]
    """


@hookspec
def nam_exporters() -> Sequence[Exporter]:
    """
    Return file formats. Failures are handled as those of ``nam_nets``.

    Example::

        from nam_kernel import Exporter, hookimpl

        @hookimpl
        def nam_exporters():
            return [
                Exporter(
                    name="tape",
                    suffix=".tape",
                    target="my_package.tape:write",
                    refuses="my_package.tape:refuses",
                    runner="my_package.tape:runner",
                )
            ]
    """


@hookspec
def nam_trainers() -> Sequence[Trainer]:
    """
    Return training engines. Failures are handled as those of ``nam_nets``.

    Example::

        from nam_kernel import Trainer, hookimpl

        @hookimpl
        def nam_trainers():
            return [Trainer(name="loop", target="my_package.loop:Loop", config="my_package.config:LoopConfig")]
    """


@hookspec
def nam_hookspecs() -> Sequence[str | ModuleType]:
    """
    Return modules that declare further hooks, which other plugins may implement.

    The functions of such a module that are marked with ``nam_kernel.hookspec`` are the hooks. Whoever declares a
    hook calls it: ``for title, call in nam_kernel.plugins.current().each("my_hook"): call(argument=...)``. A plugin
    that implements the hook of one that may be missing marks it with ``hookimpl(optionalhook=True)``. A plugin that
    fails here is disabled.

    Example::

        from nam_kernel import hookimpl

        @hookimpl
        def nam_hookspecs():
            return ["my_package.hookspecs"]
    """


@hookspec(firstresult=True)
def nam_resolve(kind: str, name: str) -> Component | None:
    """
    Return a component for a name that nobody offers, such as a dotted path; None leaves it to the next plugin.

    :param kind: ``"net"``, ``"dataset"``, ``"loss"``, ``"exporter"`` or ``"trainer"``

    A plugin that raises is disabled, and the next one is asked.

    Example::

        from nam_kernel import Net, hookimpl

        @hookimpl
        def nam_resolve(kind, name):
            if kind == "net" and name.startswith("lab/"):
                return Net(name=name, target=f"lab_nets:{name[4:]}")
    """


@hookspec
def nam_configure(config: RunConfig) -> None:
    """
    Edit the run's three documents in place, before they are validated.

    ``config.data``, ``config.model`` and ``config.learning`` are plain dictionaries at this point. Use it
    to understand an older spelling, or to set a default. When an implementation raises, the run stops.

    Example::

        from nam_kernel import hookimpl

        @hookimpl
        def nam_configure(config):
            config.learning.setdefault("seed", 7)
    """


@hookspec
def nam_prepare(run: Prepared) -> None:
    """
    Change the built parts together, before they are checked.

    ``run.scale_output(factor)`` trains at another level, which every export undoes. ``run.joint`` holds the entries
    of the data config's ``joint``; an implementation removes those that it has carried out, and what is left over is
    told as unknown. When an implementation raises, the run stops.

    Example::

        from nam_kernel import hookimpl

        @hookimpl
        def nam_prepare(run):
            for entry in [e for e in run.joint if e["name"] == "halve"]:
                run.joint.remove(entry)
                run.scale_output(0.5)
    """


@hookspec
def nam_check(run: Prepared) -> Iterable[Finding]:
    """
    Return what is wrong with the built parts of a run, or worth knowing, before it starts.

    The findings of all plugins are shown together; one of severity ``error`` stops the run. When an implementation
    raises, the run stops too.

    Example::

        from nam_kernel import hookimpl

        @hookimpl
        def nam_check(run):
            from nam_kernel import Finding

            if run.validation is None:
                yield Finding("warning", "data config", "nothing is validated", "add a validation part")
    """


@hookspec(firstresult=True)
def nam_accelerate(net: BaseNet, device: str) -> Forward | None:
    """
    Return a faster callable with the net's own parameters, or None.

    It takes what ``net.forward`` takes, and its gradients reach the net's parameters. It may have a method
    ``stream()``, as nets have. The kernel compares it with the net on one block, outputs and gradients, before it is
    used in a training or for rendering. When an implementation raises, or is wrong, that is told in a note and the
    next one is asked.

    Example::

        from nam_kernel import hookimpl

        @hookimpl
        def nam_accelerate(net, device):
            if device == "cpu" and net.architecture == "GRU":
                from my_package.fast import fast_forward

                return fast_forward(net)
    """


@hookspec
def nam_started(run: Prepared) -> None:
    """
    Observe that a training starts. A plugin that raises is named in one line; the training goes on.

    Example::

        from nam_kernel import hookimpl

        @hookimpl
        def nam_started(run):
            print("training in", run.directory)
    """


@hookspec
def nam_progress(run: Prepared, progress: Progress) -> bool | None:
    """
    Observe a validation; return False to ask for an end of the training.

    A plugin that raises is named in one line; the training goes on.

    Example::

        from nam_kernel import hookimpl

        @hookimpl
        def nam_progress(run, progress):
            return progress.metrics.get("ESR", 1.0) > 0.001
    """


@hookspec
def nam_finished(run: Prepared, result: Result) -> str | None:
    """
    Observe a finished run: draw, report, upload. A sentence that is returned is told to the user, after the verdict.

    Everything is on disk already. ``run.options`` says whether the user wants plots. A plugin that raises is named in
    one line; the run is still a success.

    Example::

        from nam_kernel import hookimpl

        @hookimpl
        def nam_finished(run, result):
            (result.directory / "esr.txt").write_text(str(result.metrics.get("ESR")))
            return f"The ESR alone: {result.directory / 'esr.txt'}"
    """


OFFERS = dict(
    nam_nets="net", nam_datasets="dataset", nam_losses="loss", nam_exporters="exporter", nam_trainers="trainer"
)
"""The hooks that return records, and the kind that each returns."""
