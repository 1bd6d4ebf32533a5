"""Read the engine's checkpoints; only tensors and plain types are in them, and nothing else is accepted."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from nam_kernel.errors import ModelFileError
from nam_kernel.interfaces import BaseNet

KEY = "nam_kernel"
"""The key of a checkpoint under which the ledger is."""

_PREFIX = "net."


def read_checkpoint(path: Path, *, to_go_on: bool = False) -> dict[str, Any]:
    """
    Return the content of a checkpoint without running anything that is in it.

    :param to_go_on: whether the training is to go on from it, for which weights are not enough
    :raises ModelFileError: when it is damaged, or holds more than tensors and plain types
    """
    try:
        document = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelFileError(f"{path} cannot be read as a checkpoint ({reason})") from error
    if not isinstance(document, dict) or "state_dict" not in document:
        raise ModelFileError(f"{path} is not a checkpoint of this engine: it has no 'state_dict'")
    if to_go_on and KEY not in document:
        raise ModelFileError(
            f"{path} was not written by this engine, so that a training cannot go on from it; "
            "give it as checkpoint_path in the model config to start from its weights"
        )
    return document


def load_weights(net: BaseNet, document: Mapping[str, Any], path: Path) -> None:
    """
    Load the weights of a checkpoint into ``net``.

    :param path: of the checkpoint, for messages
    :raises ModelFileError: when they are another net's
    """
    weights = _weights(document["state_dict"])
    try:
        net.load_state_dict(weights)
    except RuntimeError as error:
        raise ModelFileError(
            f"{path} holds the weights of another net than the model config describes; "
            f"use the config that it was trained with ({str(error).strip().splitlines()[-1].strip()})"
        ) from error


def _weights(state: Mapping[str, Any]) -> dict[str, Any]:
    return {key[len(_PREFIX) :]: value for key, value in state.items() if key.startswith(_PREFIX)}
