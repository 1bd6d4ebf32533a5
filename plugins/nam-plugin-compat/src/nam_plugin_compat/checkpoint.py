"""Start a run from a checkpoint of the older package, in which weights have other names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from torch import nn

from nam.models.base import BaseNet
from nam.models.factory import HERE, class_of
from nam_kernel.errors import ModelFileError
from nam_kernel.interfaces import plain
from nam_kernel.run import Prepared
from nam_plugin_lightning.checkpoint import read_checkpoint

_OLDER = "_net."


def start_from_older(run: Prepared) -> None:
    """
    Load the weights of ``checkpoint_path`` into the net where they are called as in 0.13, and take that as done.

    :raises ModelFileError: when they are another net's
    """
    path = run.checked.model.checkpoint_path
    assert path is not None
    try:
        state = read_checkpoint(path)["state_dict"]
    except ModelFileError:
        return  # What the file is, and what is wrong with it, is for the engine to say.
    if not state or not all(key.startswith(_OLDER) for key in state):
        return
    try:
        _load({key.removeprefix(_OLDER): value for key, value in state.items()}, run)
    except RuntimeError as error:
        raise ModelFileError(
            f"{path} holds the weights of another net than the model config describes; "
            f"use the config that it was trained with ({str(error).strip().splitlines()[-1].strip()})"
        ) from error
    run.checked = replace(run.checked, model=run.checked.model.model_copy(update={"checkpoint_path": None}))


def _load(state: Mapping[str, Any], run: Prepared) -> None:
    """Load weights by way of the class of ``nam`` that knows their older names, where the net is a plugin's."""
    net: nn.Module = plain(run.net)
    named = run.checked.model.net
    if named is None or named.name not in HERE or BaseNet in type(net).__mro__:
        net.load_state_dict(dict(state))
        return
    older = class_of(named.name).init_from_config(run.checked.config.model["net"].get("config", {}))
    older.load_state_dict(dict(state))
    loaded = older.state_dict()
    net.load_state_dict({key: loaded[key] for key in net.state_dict()})
