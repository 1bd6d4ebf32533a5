"""What the easy trainer knows of a training, as it goes into a model file under ``training``."""

from __future__ import annotations

from pydantic import BaseModel

TRAINING_KEY = "training"
"""The key of ``metadata`` in a model file."""


class Settings(BaseModel):
    """
    What the user chose.

    :param ignore_checks: train although a check failed
    """

    ignore_checks: bool


class LatencyCalibrationWarnings(BaseModel):
    """
    Why the latency that was found may be wrong.

    :param matches_lookahead: it is the earliest that was looked for, as if noise had been taken for a click
    :param disagreement_too_high: the clicks do not agree
    :param not_detected: no click was heard
    """

    matches_lookahead: bool
    disagreement_too_high: bool
    not_detected: bool


class LatencyCalibration(BaseModel):
    """
    The latency that was found, in samples by which the output lags behind the input.

    :param delays: as they were measured
    :param safety_factor: samples by which the recommended one is smaller, so that nothing has to be foreseen
    :param recommended: the one to train with, or None where no click was heard
    """

    algorithm_version: int
    delays: list[int]
    safety_factor: int
    recommended: int | None
    warnings: LatencyCalibrationWarnings


class Latency(BaseModel):
    """The latency as it was stated, or None, and as it was found."""

    manual: int | None
    calibration: LatencyCalibration


class DataChecks(BaseModel):
    """
    What the checks of a recording said.

    :param version: the first number of that of the standard signal
    """

    version: int
    passed: bool


class Data(BaseModel):
    """What is known of a recording."""

    latency: Latency
    checks: DataChecks


class TrainingMetadata(BaseModel):
    """
    What is known of a training.

    :param validation_esr: the model's ESR; of a packed one the sum over its sizes; None before there is one
    """

    settings: Settings
    data: Data
    validation_esr: float | None
