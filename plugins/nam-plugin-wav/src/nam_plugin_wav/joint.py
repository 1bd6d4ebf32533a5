"""Bring the outputs of all datasets to one level for the training, and undo that in the exported model."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
from pydantic import Field, model_validator

from nam_kernel.config import Config, validate
from nam_kernel.errors import ConfigError, DataError, HandshakeError, ModelFileError, Problem
from nam_kernel.models import document_of
from nam_plugin_wav.looks import audio_pairs

if TYPE_CHECKING:
    from nam_plugin_wav.dataset import WavDataset

NAMES = (
    "normalize_output",
    "nam.data.normalize_joint_dataset_output",
    "nam.data.NormalizeJointDatasetOutput",
)
"""What an entry of ``joint`` may be called: the first name is ours, the others are those of existing
configs."""

_LINEAR_WEIGHTS: dict[str, Callable[[Mapping[str, Any]], int]] = {
    "ConvNet": lambda config: int(config["channels"]) + 1,
    "LSTM": lambda config: int(config["hidden_size"]) + 1,
    "WaveNet": lambda _: 1,
}
"""How many weights, at the end of a model, its output is proportional to."""

_factors: WeakKeyDictionary[Any, float] = WeakKeyDictionary()


class Level(Config):
    """
    The level to normalise to.

    :param level_rms_dbfs: RMS of all training outputs together, in dB relative to full scale
    """

    level_rms_dbfs: float = Field(allow_inf_nan=False, ge=-120, le=60)


class JointConfig(Config):
    """An entry of the list ``joint`` in the data config."""

    name: str
    args: list[float] = Field(default_factory=list, max_length=1)
    kwargs: Level

    @model_validator(mode="before")
    @classmethod
    def _positional(cls, data: Any) -> Any:
        """Take the level from ``args`` where it is there."""
        if isinstance(data, dict) and len(data.get("args") or []) == 1 and not data.get("kwargs"):
            return {**data, "kwargs": {"level_rms_dbfs": data["args"][0]}}
        return data


@dataclass(frozen=True)
class OutputGain:
    """
    That training outputs were multiplied.

    :param gain: the factor; a model that has learnt them is to be divided by it
    """

    gain: float

    def undo(self, document: dict[str, Any]) -> None:
        """
        Divide the output of a model by the gain, in its document and in place.

        :raises ModelFileError: for an architecture whose output is not proportional to known weights
        """
        scale_output(document, 1 / self.gain)


def apply_joint(joint: Sequence[Mapping[str, Any]], train: Any, validation: Any = None) -> list[OutputGain]:
    """
    Apply the list ``joint`` of the data config to the built datasets, before handshakes.

    :raises ConfigError: when an entry is wrong
    :raises DataError: when there is no level to bring to another one
    """
    applied = []
    for index, entry in enumerate(joint):
        checked, problems = validate(JointConfig, dict(entry), path=f"joint[{index}]")
        if checked is not None and checked.name not in NAMES:
            problems = [Problem(f"joint[{index}].name", f"nothing is called {checked.name!r}; known: {NAMES[0]}")]
        if checked is None or problems:
            raise ConfigError("the data config", problems)
        applied.append(_normalize(checked.kwargs.level_rms_dbfs, audio_pairs(train), audio_pairs(validation)))
    return applied


def remember(net: Any, gain: float) -> None:
    """
    Remember what the outputs that a net is trained on were multiplied by, so that its export undoes it.

    :raises HandshakeError: when this cannot be undone for this net
    """
    before = _factors.setdefault(net, gain)
    if not math.isclose(before, gain, rel_tol=1e-9):
        raise HandshakeError(
            f"'joint' scaled the outputs of the datasets differently (by {before:g} and {gain:g}); apply it "
            "to all of them"
        )
    if gain != 1:
        try:
            OutputGain(gain).undo(document_of(net))
        except ModelFileError as error:
            raise HandshakeError(
                f"'joint' cannot be undone in the exported model, because {error}; leave it out"
            ) from None


def forget(net: Any) -> None:
    """Forget what a net was trained on."""
    _factors.pop(net, None)


def undo(document: dict[str, Any], net: Any) -> None:
    """Undo, in the document of a net, what the outputs of its training were multiplied by."""
    gain = _factors.get(net, 1.0)
    if gain != 1:
        OutputGain(gain).undo(document)


def scale_output(document: dict[str, Any], factor: float) -> None:
    """
    Multiply the output of a model, in its document and in place; ``metadata.loudness`` moves along.

    :raises ModelFileError: for an architecture whose output is not proportional to known weights
    """
    architecture, config = document["architecture"], document["config"]
    if architecture == "SlimmableContainer":
        for submodel in config["submodels"]:
            scale_output(submodel["model"], factor)
    else:
        if architecture == "WaveNet" and config.get("head"):
            raise ModelFileError("a WaveNet with a post-head is not proportional to its head_scale")
        if architecture not in (*_LINEAR_WEIGHTS, "Linear"):
            raise ModelFileError(f"how to scale the output of a {architecture} is not known")
        weights = document["weights"]
        count = len(weights) if architecture == "Linear" else _LINEAR_WEIGHTS[architecture](config)
        # What the file holds is float32, so the products are as well.
        weights[-count:] = (np.asarray(weights[-count:], np.float32) * np.float32(factor)).tolist()
        if architecture == "WaveNet":
            config["head_scale"] *= factor
    metadata = document.get("metadata")
    if isinstance(metadata, dict) and isinstance(metadata.get("loudness"), (int, float)):
        metadata["loudness"] += 20 * math.log10(abs(factor))


def _normalize(level: float, train: Sequence[WavDataset], validation: Sequence[WavDataset]) -> OutputGain:
    count = sum(len(dataset.y) for dataset in train)
    if not count:
        raise DataError(
            "'joint' normalises the output of audio files, and there are none in the training; leave it out"
        )
    square = sum(len(dataset.y) * (dataset.levels("y").rms * dataset.y_factor) ** 2 for dataset in train)
    if square == 0:
        raise DataError(
            "'joint' cannot normalise the output, because all of it is silent; check the files in the training"
        )
    gain = 10 ** (level / 20) / math.sqrt(square / count)
    for dataset in (*train, *validation):
        dataset.scale_output(gain)
    return OutputGain(gain)
