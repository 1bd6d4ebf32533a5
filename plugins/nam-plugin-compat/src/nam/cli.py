"""The commands: the graphical trainer, a training of three configs, and a sign of life."""

from __future__ import annotations

import sys
from typing import NoReturn

import importlib_metadata

from nam import __version__
from nam_plugin_compat.hooks import AS_BEFORE


def nam_full() -> NoReturn:
    """Train a model from three configs as ``nam.train.full.main`` does; the command line is that of ``nam_full``."""
    AS_BEFORE.set(True)
    (command,) = importlib_metadata.distribution("nam-kernel").entry_points.select(name="nam_full")
    sys.exit(command.load()())


def nam_gui() -> NoReturn:
    """Open the studio with the arguments of the command line; where it is not installed, say how to install it."""
    from nam.train.gui import run

    sys.exit(run(sys.argv[1:]))


def nam_hello_world() -> None:
    """Print that the package is there, and which one it is."""
    from nam_kernel import __version__ as kernel

    print(f"nam {__version__}, provided by nam-plugin-compat on top of nam-kernel {kernel}")


if __name__ == "__main__":
    nam_full()
