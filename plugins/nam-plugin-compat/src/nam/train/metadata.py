"""What a training leaves in a model file under ``metadata.training``."""

from __future__ import annotations

from pydantic import BaseModel

TRAINING_KEY = "training"


class Settings(BaseModel):
    """What the user chose."""

    ignore_checks: bool


class LatencyCalibrationWarnings(BaseModel):
    """What is suspicious about a measured latency."""

    matches_lookahead: bool
    disagreement_too_high: bool
    not_detected: bool


class LatencyCalibration(BaseModel):
    """
    A measured latency.

    :param delays: of each measurement, in samples
    :param recommended: in samples, positive where the output lags; None where it could not be found
    """

    algorithm_version: int
    delays: list[int]
    safety_factor: int
    recommended: int | None
    warnings: LatencyCalibrationWarnings


class Latency(BaseModel):
    """The latency that the user gave, and the one that was measured, in samples."""

    manual: int | None
    calibration: LatencyCalibration


class DataChecks(BaseModel):
    """Whether the recordings passed the checks."""

    version: int
    passed: bool


class Data(BaseModel):
    """What is known of the recordings."""

    latency: Latency
    checks: DataChecks


class TrainingMetadata(BaseModel):
    """Everything together."""

    settings: Settings
    data: Data
    validation_esr: float | None
