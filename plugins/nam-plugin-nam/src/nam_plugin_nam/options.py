"""The options of the commands that read a ``.nam`` file, for what it may mean that it does not say."""

from __future__ import annotations

import argparse
from typing import get_args

from nam_plugin_nam.meanings import Player


def add_meanings(parser: argparse.ArgumentParser) -> None:
    """Add ``--player`` and ``--newest-last``."""
    parser.add_argument(
        "--player",
        choices=get_args(Player),
        default="released",
        help="whose meaning layer1x1_post_film has where a layer is not blended (%(default)s)",
    )
    parser.add_argument(
        "--newest-last",
        action="store_true",
        help="turn the taps of a Linear model that neural-amp-modeler up to 0.13 wrote; info shows how to tell",
    )
