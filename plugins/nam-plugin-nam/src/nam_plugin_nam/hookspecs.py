"""
The hook of this plugin: whoever writes a ``.nam`` document lets other plugins edit it.

The example is a whole hook module. ``optionalhook`` lets it load where this plugin is not installed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nam_kernel import hookspec

if TYPE_CHECKING:
    from nam_kernel import BaseNet


@hookspec
def nam_export(document: dict[str, Any], net: BaseNet) -> None:
    """
    Edit a ``.nam`` document in place before it is written.

    After each plugin the document is checked and read back; it may become a model of another architecture that an
    installed plugin reads. When an edit breaks the model, raises, or returns something, its plugin is named and
    nothing is written.

    :param document: ``version``, ``metadata``, ``architecture``, ``config``, ``weights`` and, where it is known,
        ``sample_rate``
    :param net: the net that it describes; to be left as it is

    Example::

        from nam_kernel import hookimpl

        @hookimpl(optionalhook=True)
        def nam_export(document, net):
            document["metadata"]["parameters"] = net.parameter_count()
    """
    raise NotImplementedError
