"""A training into a folder that exists, from three configs as dictionaries."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from nam.train._parts import create_callbacks as _create_callbacks
from nam.train._parts import handshake_datasets as _handshake_datasets
from nam.train._plot import plot as _plot
from nam.train._plot import rms as _rms
from nam_kernel import train
from nam_plugin_compat.hooks import ENGINE

__all__ = ["_create_callbacks", "_handshake_datasets", "_plot", "_rms", "main"]


def main(
    data_config: Mapping[str, Any],
    model_config: Mapping[str, Any],
    learning_config: Mapping[str, Any],
    outdir: str | PathLike[str],
    no_show: bool = False,
    make_plots: bool = True,
) -> None:
    """
    Train a model, and write everything into ``outdir`` itself: ``model.nam``, the configs, ``comparison.png``.

    The training is that of ``nam.train.lightning_module``, whose checkpoints are in
    ``lightning_logs/version_0/checkpoints``, and for a packed net beside the model too, with ``packed_best.json``.

    :param outdir: exists
    :param no_show: open no windows
    :param make_plots: draw plots
    :raises RuntimeError: when the folder does not exist
    :raises nam_kernel.errors.NamKernelError: when the training cannot start, or fails
    """
    if not Path(outdir).is_dir():
        raise RuntimeError(f"there is no folder {outdir} for the results; make it first")
    show = make_plots and not no_show
    learning = {"engine": ENGINE, **learning_config}
    train(data_config, model_config, learning, outdir, show=show, plots=make_plots, new_folder=False)
