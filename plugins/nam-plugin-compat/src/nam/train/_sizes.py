"""The four sizes of the trainers before 0.13, and the keywords by which scripts chose and changed them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from nam_kernel.text import suggestion
from nam_plugin_capture.sizes import net_of

Json = dict[str, Any]

LR, LR_DECAY = 0.004, 0.007

EMPHASIZED_MRSTFT = {"pre_emph_mrstft_weight": 2e-4, "pre_emph_mrstft_coef": 0.85}
"""The loss that ``fit_mrstft`` adds for these sizes."""


class Architecture(Enum):
    """The sizes."""

    STANDARD = "standard"
    LITE = "lite"
    FEATHER = "feather"
    NANO = "nano"


_LSTMS = {
    Architecture.STANDARD: (1, 24),
    Architecture.LITE: (2, 8),
    Architecture.FEATHER: (1, 16),
    Architecture.NANO: (1, 12),
}
"""Layers, and numbers in the state of each."""


def get_wavenet_config(architecture: Architecture) -> Json:
    """Return the config of the WaveNet of a size."""
    config: Json = net_of(Architecture(architecture).value)["config"]
    return config


def get_lstm_config(architecture: Architecture) -> Json:
    """Return the config of the LSTM of a size."""
    layers, hidden = _LSTMS[Architecture(architecture)]
    return {"num_layers": layers, "hidden_size": hidden, "train_burn_in": 4096, "train_truncate": 512}


def with_keywords(
    model_config: Json, given: Mapping[str, Any], wavenet: Callable[[Any], Json], lstm: Callable[[Any], Json]
) -> Json:
    """
    Return a model config as the keywords of older calls want it.

    :param given: ``model_type`` and ``architecture``, one of which makes it a net of the four sizes; ``lr``,
        ``lr_decay`` and ``fit_mrstft``
    :param wavenet, lstm: return the net's config of a size
    :raises ValueError: when there is no such net, or no such size
    """
    decay = given.get("lr_decay")
    if "model_type" not in given and "architecture" not in given:
        config = {**model_config}
        if "lr" in given:
            config["optimizer"] = {**config.get("optimizer", {}), "lr": given["lr"]}
        if decay is not None:
            config["lr_scheduler"] = _decaying(decay)
        if not given.get("fit_mrstft", True):
            config["loss"] = {key: value for key, value in config["loss"].items() if key != "mrstft_weight"}
        return config
    size, kind = given.get("architecture", Architecture.STANDARD), given.get("model_type", "WaveNet")
    size = Architecture(size) if isinstance(size, str) else size
    losses: dict[str, Json] = {
        "WaveNet": {"val_loss": "esr"},
        "LSTM": {"val_loss": "mse", "mask_first": 4096, "pre_emph_weight": 1.0, "pre_emph_coef": 0.85},
    }
    if kind not in losses:
        raise ValueError(f"model_type '{kind}': there is no such net; {suggestion(str(kind), [*losses])}")
    spectral = EMPHASIZED_MRSTFT if given.get("fit_mrstft", True) else {}
    return {
        "net": {"name": kind, "config": (wavenet if kind == "WaveNet" else lstm)(size)},
        "loss": {**losses[kind], **spectral},
        "optimizer": {"lr": given.get("lr", LR)},
        "lr_scheduler": _decaying(LR_DECAY if decay is None else decay),
    }


def _decaying(decay: float) -> Json:
    return {"class": "ExponentialLR", "kwargs": {"gamma": 1.0 - decay}}


KEYWORDS = ("architecture", "delay", "fit_mrstft", "input_version", "lr", "lr_decay", "model_type")
"""Of calls that were written for a trainer before 0.13."""


def require_keywords(function: str, given: Mapping[str, Any]) -> None:
    """
    Refuse keywords that no version knew.

    :raises TypeError: with the one that was meant
    """
    for key in given:
        if key not in KEYWORDS:
            told = suggestion(key, [*KEYWORDS])
            raise TypeError(f"{function}() got an unexpected keyword argument '{key}'; {told}")
