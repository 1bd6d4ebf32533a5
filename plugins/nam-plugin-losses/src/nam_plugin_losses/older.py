"""
The keys of ``loss`` that the older package had, put in today's words.

``mstft`` was a misspelling of ``mrstft``; ``fourier`` had the mean squared error taken of the spectra.
"""

from __future__ import annotations

import math
from typing import Any

from nam_kernel.config import note
from nam_kernel.errors import Problem

RENAMED = {
    "mstft_weight": "mrstft_weight",
    "mstft_key": "mrstft_weight",
    "pre_emph_mstft_weight": "pre_emph_mrstft_weight",
    "pre_emph_mstft_coef": "pre_emph_mrstft_coef",
}
"""Older keys, and today's."""


def migrate_loss_keys(loss: dict[str, Any]) -> list[Problem]:
    """
    Rewrite the ``loss`` of a model config in place, with a note for each older key.

    :return: what is wrong with the older keys; these are then left as they are
    """
    problems = [problem for old in RENAMED if old in loss for problem in _rename(loss, old)]
    return problems + (_migrate_fourier(loss) if "fourier" in loss else [])


def _rename(loss: dict[str, Any], old: str) -> list[Problem]:
    today = RENAMED[old]
    if today in loss:
        return [Problem(f"loss.{old}", f"is an older name of {today}, which is there too; leave {old} out")]
    problems = _number_problems(f"loss.{old}", loss[old], least=0.0 if today.endswith("_weight") else -math.inf)
    if not problems:
        loss[today] = loss.pop(old)
        note(f"loss.{old} is understood as {today}")
    return problems


def _migrate_fourier(loss: dict[str, Any]) -> list[Problem]:
    """Replace the mean squared error, which is trained by default, by that of the spectra."""
    fourier = loss["fourier"]
    if not isinstance(fourier, bool):
        return [Problem("loss.fourier", f"expected true or false, got {fourier!r}")]
    weight = loss.get("mse_weight", 1.0)
    problems = _number_problems("loss.mse_weight", weight, least=0.0) if fourier else []
    if problems:
        return problems
    del loss["fourier"]
    if not fourier:
        note("loss.fourier: false is left out: it changes nothing")
        return []
    loss["mse_weight"] = None
    listed = loss.setdefault("losses", [])
    if weight is not None and isinstance(listed, list):
        listed.append({"name": "FourierMSE", "label": "MSE_FFT", "weight": weight})
    note("loss.fourier: true is understood as the loss FourierMSE, under 'losses', in place of MSE")
    return []


def _number_problems(where: str, value: Any, least: float) -> list[Problem]:
    """Return what is wrong with a value, under the key that the user wrote; the validation sees today's only."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if value is None or (is_number and value >= least):
        return []
    wanted = "a number" if least < 0 else f"a number of at least {least:g}"
    return [Problem(where, f"expected {wanted}, or null, got {value!r}")]
