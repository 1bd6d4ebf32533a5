"""Bring the outputs of all datasets to one level for the training; the kernel undoes it in what the run exports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import Field, model_validator

from nam_kernel.config import Config, validate
from nam_kernel.errors import ConfigError, DataError
from nam_plugin_wav.inspection import audio_pairs
from nam_plugin_wav.usual_level import rms_of

if TYPE_CHECKING:
    from nam_kernel.run import Prepared
    from nam_plugin_wav.dataset import WavDataset

NAMES = ("normalize_output", "nam.data.normalize_joint_dataset_output", "nam.data.NormalizeJointDatasetOutput")
"""The names of the entry in ``joint``: the first one is ours, the others are those of existing configs."""


class Level(Config):
    """
    The level to normalise to.

    :param level_rms_dbfs: RMS of all training outputs together, in dB relative to full scale
    """

    level_rms_dbfs: float = Field(allow_inf_nan=False, ge=-120, le=60)


class JointConfig(Config):
    """An entry of the data config's ``joint`` that normalises the output; the level may also be given by position."""

    name: str
    args: list[float] = Field(default_factory=list, max_length=1)
    kwargs: Level

    @model_validator(mode="before")
    @classmethod
    def _positional(cls, data: Any) -> Any:
        """Move the level from ``args`` to ``kwargs``."""
        if isinstance(data, dict) and len(data.get("args") or []) == 1 and not data.get("kwargs"):
            return {**data, "kwargs": {"level_rms_dbfs": data["args"][0]}}
        return data


def normalise(run: Prepared) -> None:
    """
    Carry out the entries of ``run.joint`` that normalise the output, and remove them from it.

    :raises ConfigError: when one of them is wrong
    :raises DataError: when there is no level to change
    """
    for entry in [entry for entry in run.joint if entry.get("name") in NAMES]:
        level = _level(run, entry)
        run.scale_output(10 ** (level / 20) / _rms(audio_pairs(run.train)))
        run.joint.remove(entry)


def _level(run: Prepared, entry: Mapping[str, Any]) -> float:
    """Return the wanted level, in dB relative to full scale."""
    place = f"joint[{run.checked.data.joint.index(dict(entry))}]"
    config, problems = validate(JointConfig, dict(entry), path=place)
    if config is None:
        raise ConfigError(run.checked.config.sources.get("data", "the data config"), problems)
    return config.kwargs.level_rms_dbfs


def _rms(pairs: Sequence[WavDataset]) -> float:
    """Return the RMS of all outputs together."""
    if not pairs:
        raise DataError(
            "'joint' normalises the output of audio files, and there are none in the training; leave it out"
        )
    level = rms_of(pairs)
    if level == 0:
        raise DataError(
            "'joint' cannot normalise the output, because all of it is silent; check the files in the training"
        )
    return level
