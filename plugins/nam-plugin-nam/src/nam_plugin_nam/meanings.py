"""What a file may mean that it does not say: taps in the other order, FiLM as newer players apply it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from nam_kernel.errors import ModelFileError
from nam_plugin_nam.document import models_in

Player = Literal["released", "newer"]
"""``released`` is 0.5.5; ``newer`` applies ``layer1x1_post_film`` in every layer, not only in blended ones."""

ORDER = (
    "the newest sample's first, as players read them. A recorded response begins strong and dies away; "
    "neural-amp-modeler up to 0.13 wrote it backwards, which --newest-last turns"
)


def read_as(
    document: Mapping[str, Any], player: Player = "released", *, newest_last: bool = False
) -> Mapping[str, Any]:
    """
    Return a document as a player reads it, the models inside it too.

    :param newest_last: the taps of ``Linear`` models are in the order of neural-amp-modeler up to 0.13
    :raises ModelFileError: when taps are to be turned, and there is no ``Linear`` model
    """
    if player == "released" and not newest_last:
        return document
    meant = copy.deepcopy(document)
    for _, model in models_in(meant):
        if player == "newer":
            model["config"]["_player"] = player
    if newest_last:
        linear = [model for _, model in models_in(meant) if _taps(model)]
        if not linear:
            raise ModelFileError("there is no Linear model in it whose taps could be turned; leave out --newest-last")
        for model in linear:
            taps = _taps(model)
            model["weights"][: len(taps)] = taps[::-1]
    return meant


def order_of_taps(document: Mapping[str, Any], *, newest_last: bool = False) -> list[tuple[str, str]]:
    """
    Return a row for every ``Linear`` model: in which order its taps are, and how to tell whether that is right.

    :param newest_last: as in ``read_as``
    """
    is_ours = "made_by" in (document.get("metadata") or {})
    rows = []
    for place, model in models_in(document):
        energy = np.square(np.asarray(_taps(model), np.float64))
        if not energy.any():
            continue
        first, second = energy[: len(energy) // 2].sum(), energy[len(energy) // 2 :].sum()
        late = (first if newest_last else second) / energy.sum()
        told = f"{'the newest last, and turned' if newest_last else ORDER}. Here {late:.0%} of the energy comes late"
        if late > 0.5 and len(energy) > 1 and not (newest_last or is_ours):
            told += ", so this file is probably one of those"
        rows.append((f"taps of {place}" if place else "taps", told))
    return rows


def _taps(model: Mapping[str, Any]) -> list[float]:
    """Return the impulse response of a ``Linear`` model; empty for any other."""
    length = model["config"].get("receptive_field")
    if model["architecture"] != "Linear" or isinstance(length, bool) or not isinstance(length, (int, float)):
        return []
    taps: list[float] = model["weights"][: int(length)] if 0 < length <= len(model["weights"]) else []
    return taps
