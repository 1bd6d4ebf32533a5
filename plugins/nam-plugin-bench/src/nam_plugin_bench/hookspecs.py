"""
The hook of this plugin: whoever brings a runtime has it timed beside the others.

The example is a whole hook module. ``optionalhook`` lets it load where this plugin is not installed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nam_kernel import hookspec

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from nam_kernel import BaseNet

Feed = Callable[["npt.NDArray[np.float32]"], Any]
"""
Takes the next block of the audio, (L,), and returns when its output is there: a stream, as a player has one.

Knobs and switches are where the runtime has them by default.
"""


@hookspec
def nam_bench_runtimes(path: Path, net: BaseNet, size: float) -> Iterable[tuple[str, Feed]]:
    """
    Return runtimes that play a model, each with the name that its row gets.

    The same ``feed`` gets blocks of every length, one after the other. A runtime that cannot play this model is left
    out. A plugin that raises here, or a ``feed`` that raises, is named in a note; the other rows are still there.

    :param path: of the model file
    :param net: what the file holds, of a file of several sizes this size, in eval mode; to be left as it is
    :param size: of the player's size control, 0 to 1, at which the file plays that; 1 where there is one size only

    Example::

        from nam_kernel import hookimpl

        @hookimpl(optionalhook=True)
        def nam_bench_runtimes(path, net, size):
            from my_package.player import Player

            if path.suffix == ".tape":
                yield "my player", Player(path, size).process
    """
    raise NotImplementedError
