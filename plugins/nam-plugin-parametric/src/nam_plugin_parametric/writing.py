"""Write a baked model, and only one that was played and found to be the net at that setting."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from nam_kernel import BaseNet
from nam_kernel.errors import ModelFileError, NamKernelError
from nam_kernel.files import atomic_write_text
from nam_kernel.interfaces import WindowStream
from nam_kernel.models import net_of
from nam_kernel.run import TOLERANCE, proof_signal
from nam_plugin_nam.player.runner import Player
from nam_plugin_nam.write import make_document
from nam_plugin_parametric.settings import sentence_of, told

RATE = 48000.0

SETTLING = 2.0
"""Seconds of silence in which a recurrent net settles before the comparison."""

DROPPED = ("loudness", "gain", "date", "baked", "proof")
"""What the metadata of a net says of it that is not true of it at one setting."""


def baked_document(net: BaseNet, values: Mapping[str, float | str], source: Path) -> dict[str, Any]:
    """
    Return the document of a net baked at a setting, with ``metadata.baked``.

    :param values: by name, in the conditions' own units; those left out have their defaults
    :param source: the file of the net
    :raises UserError: when the net cannot be baked, or the setting is none of it
    :raises NamKernelError: when what would be written does not sound as the net does
    """
    setting = told(net, values)
    net = net.eval()
    kept = {key: value for key, value in net.metadata.items() if key not in DROPPED}
    name = kept.get("name") or source.stem
    document: dict[str, Any] = json.loads(
        json.dumps(make_document(net.bake(values).eval(), {**kept, "name": f"{name}, {sentence_of(setting)}"}))
    )
    error = largest_error(net, values, document)
    if not error <= TOLERANCE:
        raise NamKernelError(
            f"the baked model differs from the net by {error:.2g} of the peak at {sentence_of(setting)}, more than "
            f"{TOLERANCE:g}, so nothing was written; please report this"
        )
    document["metadata"]["baked"] = {
        "setting": setting,
        "source": source.name,
        "source_sha256": hashlib.sha256(source.read_bytes()).hexdigest(),
        "largest_error": error,
    }
    return document


def write(document: Mapping[str, Any], target: Path) -> None:
    """Write a document, all of it or nothing."""
    atomic_write_text(target, json.dumps(document, allow_nan=False))


def largest_error(net: BaseNet, values: Mapping[str, float | str], document: Mapping[str, Any]) -> float:
    """
    Return how far a document is from a net at a setting, relative to the peak, both computed in double precision.

    A program that shares no code with the net plays the document; one of an unknown architecture is read back.
    """
    rate = net.sample_rate or RATE
    signal = proof_signal(rate)
    exact = copy.deepcopy(net).cpu().double().eval()
    recurrent = not isinstance(exact.stream(), WindowStream)
    silence = np.zeros(round(SETTLING * rate) if recurrent else 0)
    x = np.concatenate((silence, signal.astype(np.float64)))
    with torch.no_grad():
        expected = exact.render(torch.from_numpy(x), *net.settings(values)).numpy()[len(silence) :]
        quiet = np.concatenate((silence[: len(silence) // 4], signal.astype(np.float64)))
        played = _play(document, quiet)[len(quiet) - len(signal) :]
    off = float(np.abs(played - expected).max()) / max(float(np.abs(expected).max()), 1e-9)
    return off if np.isfinite(off) else float("inf")


def _play(
    document: Mapping[str, Any], x: np.ndarray[Any, np.dtype[np.float64]]
) -> np.ndarray[Any, np.dtype[np.float64]]:
    try:
        return Player(document)(x)
    except ModelFileError:
        again = net_of(document).double().eval()
        played: np.ndarray[Any, np.dtype[np.float64]] = again.render(torch.from_numpy(x)).numpy()
        return played
