"""The hook that this plugin declares and other plugins may implement: further recipes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nam_kernel import hookspec

if TYPE_CHECKING:
    from nam_plugin_recipes import Recipe


@hookspec
def nam_recipes() -> Sequence[Recipe]:
    """
    Return recipes that the key ``recipe`` of the learning config may name.

    Example::

        from nam_kernel import hookimpl

        @hookimpl(optionalhook=True)
        def nam_recipes():
            from nam_plugin_recipes import Recipe

            patient = {"trainer": {"max_epochs": 1000}, "patience": 100}
            return [Recipe("patient", "a night, or until nothing gets better", learning=patient)]
    """
    raise NotImplementedError
