"""Read the engine's checkpoints; only tensors and plain types are in them, and nothing else is accepted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from nam_kernel.errors import ModelFileError
from nam_kernel.interfaces import BaseNet
from nam_plugin_lightning.ledger import Ledger

KEY = "nam_kernel"
"""The key of a checkpoint under which the ledger is."""

_PREFIX = "net."
_OLDER_PREFIX = "_net."
"""Before the names of the weights in the checkpoints of neural-amp-modeler."""

_TO_GO_ON = ("optimizer_states", "lr_schedulers", "global_step")


def read_checkpoint(path: Path, *, to_go_on: bool = False) -> dict[str, Any]:
    """
    Return the content of a checkpoint without running anything that is in it.

    :param to_go_on: whether the training is to go on from it, for which weights are not enough
    :raises ModelFileError: when it is damaged, or holds more than tensors and plain types
    """
    try:
        document: Any = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        model = path.suffix not in (".ckpt", ".pt", ".pth") and "; a model file is named as init_from instead"
        raise ModelFileError(f"{path} cannot be read as a checkpoint ({reason}){model or ''}") from error
    if not isinstance(document, dict) or not isinstance(document.get("state_dict"), Mapping):
        raise ModelFileError(f"{path} is not a checkpoint of this engine: it has no 'state_dict'")
    if not all(isinstance(key, str) and isinstance(value, Tensor) for key, value in document["state_dict"].items()):
        raise ModelFileError(f"{path} is damaged: its 'state_dict' holds something other than weights")
    if to_go_on and KEY not in document:
        raise ModelFileError(
            f"{path} was not written by this engine, so that a training cannot go on from it; "
            "give it as checkpoint_path in the model config to start from its weights"
        )
    if to_go_on:
        _check_state(document, path)
    return document


def load_weights(net: BaseNet, document: Mapping[str, Any], path: Path) -> None:
    """
    Load the weights of a checkpoint into ``net``.

    :param path: of the checkpoint, for messages
    :raises ModelFileError: when they are another net's
    """
    state = document["state_dict"]
    older = not any(key.startswith(_PREFIX) for key in state) and any(key.startswith(_OLDER_PREFIX) for key in state)
    prefix = _OLDER_PREFIX if older else _PREFIX
    weights = {key[len(prefix) :]: value for key, value in state.items() if key.startswith(prefix)}
    try:
        net.load_state_dict(weights)
    except Exception as error:
        if older:
            raise ModelFileError(
                f"{path} is a checkpoint of neural-amp-modeler, whose weights have other names than those of the "
                f"{net.architecture} here; export it there to a .nam file, and name that as init_from in the model "
                "config in place of checkpoint_path"
            ) from error
        raise ModelFileError(
            f"{path} holds the weights of another net than the model config describes; "
            f"use the config that it was trained with ({(str(error).strip() or repr(error)).splitlines()[-1].strip()})"
        ) from error


def _check_state(document: Mapping[str, Any], path: Path) -> None:
    """Raise ``ModelFileError`` when the state of the training is not whole."""
    try:
        Ledger().load_state_dict(document[KEY])
        missing = [key for key in _TO_GO_ON if key not in document]
    except (AttributeError, KeyError, TypeError) as error:
        raise ModelFileError(f"{path} is damaged: its state of the training is not whole ({error})") from error
    if missing:
        raise ModelFileError(f"{path} is damaged: it has no {', '.join(missing)}")
