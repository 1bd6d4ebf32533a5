"""
The easy trainer: from a standard signal and its recording to a model, in one call.

Each step is a name of this module, which a script may put a function of its own in place of.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import torch
from pytorch_lightning.callbacks import Callback

from nam.models.metadata import UserMetadata
from nam.train import _sizes, _validation
from nam.train import metadata as _metadata
from nam.train._checks import check_audio_lengths as _check_audio_lengths
from nam.train._checks import check_audio_sample_rates as _check_audio_sample_rates
from nam.train._checks import check_data as _check_data
from nam.train._checks import check_v1 as _check_v1
from nam.train._checks import check_v2 as _check_v2
from nam.train._checks import check_v3 as _check_v3
from nam.train._checks import check_v4 as _check_v4
from nam.train._checks import replicate_message as _esr_validation_replicate_msg
from nam.train._configs import data_config as _get_data_config
from nam.train._configs import is_packed as _is_packed
from nam.train._configs import learning_config as _get_learning_config
from nam.train._configs import lightning_module_class as _get_lightning_module_cls
from nam.train._configs import packed_model_config as _get_packed_model_config
from nam.train._figures import esr_comment as _esr_comment
from nam.train._figures import esr_of as _esr
from nam.train._figures import plot_model as _plot
from nam.train._latency import ABS_THRESHOLD as _DELAY_CALIBRATION_ABS_THRESHOLD
from nam.train._latency import REL_THRESHOLD as _DELAY_CALIBRATION_REL_THRESHOLD
from nam.train._latency import SAFETY_FACTOR as _DELAY_CALIBRATION_SAFETY_FACTOR
from nam.train._latency import AnalyzeLatencyError as _AnalyzeLatencyError
from nam.train._latency import FinalLatencyError as _FinalLatencyError
from nam.train._latency import analyze_latency as _analyze_latency
from nam.train._latency import calibrate_latency as _calibrate_latency_v_all
from nam.train._latency import final_latency as _get_final_latency
from nam.train._latency import plot_latency as _plot_latency_v_all
from nam.train._latency import warn_lookaheads as _warn_lookaheads
from nam.train._parts import dataloaders as _get_dataloaders
from nam.train._run import run as _run
from nam.train._run import validation_of as _validation_of
from nam.train._saving import ModelCheckpoint as _ModelCheckpoint
from nam.train._saving import ValidationStopping as _ValidationStopping
from nam.train._saving import checkpoints as _checkpoints
from nam.train._signals import LAYOUTS as _LAYOUTS
from nam.train._signals import DataInfo as _DataInfo
from nam.train._signals import InputValidationError as _InputValidationError
from nam.train._signals import detect_input_version as _detect_input_version
from nam.train._sizes import Architecture, get_wavenet_config
from nam.train._sizes import get_lstm_config as _get_lstm_config
from nam.train._validation import DataInputValidation, DataValidationOutput
from nam.train._version import PROTEUS_VERSION as _PROTEUS_VERSION
from nam.train._version import Version as _Version

STANDARD_SAMPLE_RATE = 48_000.0
"""In Hz, of the standard signals but that of Proteus."""

_NY_DEFAULT = 8192
"""Output samples of a training item."""

_V1_DATA_INFO, _V2_DATA_INFO, _V3_DATA_INFO, _V4_DATA_INFO = (_LAYOUTS[major] for major in (1, 2, 3, 4))
_calibrate_latency_v1 = partial(_calibrate_latency_v_all, _V1_DATA_INFO)
_calibrate_latency_v2 = partial(_calibrate_latency_v_all, _V2_DATA_INFO)
_calibrate_latency_v3 = partial(_calibrate_latency_v_all, _V3_DATA_INFO)
_calibrate_latency_v4 = partial(_calibrate_latency_v_all, _V4_DATA_INFO)
_plot_latency_v1 = partial(_plot_latency_v_all, _V1_DATA_INFO)
_plot_latency_v2 = partial(_plot_latency_v_all, _V2_DATA_INFO)
_plot_latency_v3 = partial(_plot_latency_v_all, _V3_DATA_INFO)
_plot_latency_v4 = partial(_plot_latency_v_all, _V4_DATA_INFO)

__all__ = [
    "STANDARD_SAMPLE_RATE",
    "_DELAY_CALIBRATION_ABS_THRESHOLD",
    "_DELAY_CALIBRATION_REL_THRESHOLD",
    "_DELAY_CALIBRATION_SAFETY_FACTOR",
    "_PROTEUS_VERSION",
    "Architecture",
    "DataInputValidation",
    "DataValidationOutput",
    "TrainOutput",
    "UserMetadata",
    "_AnalyzeLatencyError",
    "_DataInfo",
    "_FinalLatencyError",
    "_InputValidationError",
    "_ModelCheckpoint",
    "_check_v1",
    "_check_v2",
    "_check_v3",
    "_check_v4",
    "_esr",
    "_esr_comment",
    "_esr_validation_replicate_msg",
    "_get_dataloaders",
    "_get_lightning_module_cls",
    "_warn_lookaheads",
    "get_callbacks",
    "get_wavenet_config",
    "train",
    "validate_data",
    "validate_input",
]

File = str | PathLike[str]
Json = dict[str, Any]


class TrainOutput(NamedTuple):
    """
    What comes of a training.

    :param model: the trained module, whose ``net`` can be exported; None where a check refused the recording
    :param metadata: what is known of the training
    """

    model: Any
    metadata: _metadata.TrainingMetadata


def train(
    input_path: File,
    output_path: File,
    train_path: File,
    epochs: int = 100,
    latency: int | None = None,
    batch_size: int = 16,
    ny: int = _NY_DEFAULT,
    seed: int | None = 0,
    save_plot: bool = False,
    silent: bool = False,
    modelname: str = "model",
    ignore_checks: bool = False,
    local: bool = False,
    threshold_esr: float | None = None,
    user_metadata: UserMetadata | None = None,
    fast_dev_run: bool | int = False,
    **older: Any,
) -> TrainOutput:
    """
    Return the model of a recording of a standard signal.

    :param input_path: the standard signal
    :param output_path: the recording
    :param train_path: the folder for what the training writes, made where it does not exist
    :param latency: in samples; None to find it by the clicks of the signal
    :param batch_size: items of a step
    :param ny: output samples of an item
    :param seed: None for another training each time
    :param save_plot: write ``modelname.png`` into the folder
    :param silent: show no figures
    :param ignore_checks: train although a check fails
    :param local: accepted for older calls: no window is opened, whatever it is
    :param threshold_esr: stop once the ESR is below
    :param user_metadata: what the model files state
    :param fast_dev_run: train so many batches of one epoch, to see that it works; True for one
    :param older: ``architecture``, ``model_type``, ``lr``, ``lr_decay``, ``fit_mrstft``, ``input_version``, and the
        latency as ``delay``, as calls from before 0.13 have them
    :raises ValueError: when the two files differ in rate or length, or no latency is known
    :raises nam_kernel.errors.NamKernelError: when the training cannot start, or fails
    """
    _sizes.require_keywords("train", older)
    latency = _stated_latency(latency, older)
    if seed is not None:
        torch.manual_seed(seed)
    _require_pair(input_path, output_path)
    version = older.get("input_version") or _detect_input_version(input_path)[0]
    analysis = _analyze_latency(latency, version, input_path, output_path, silent=silent)
    delay = _get_final_latency(analysis)
    checks = _check_data(input_path, output_path, version, delay, silent)
    settings = _metadata.Settings(ignore_checks=ignore_checks)
    data = _metadata.Data(latency=analysis, checks=checks or _metadata.DataChecks(version=version.major, passed=True))
    known = {"settings": settings, "data": data}
    if not data.checks.passed:
        print("A check failed. WARNING: the model may turn out badly" if ignore_checks else "A check failed")
        if not ignore_checks:
            print("Nothing is trained; ignore_checks=True trains all the same")
            return TrainOutput(None, _metadata.TrainingMetadata(**known, validation_esr=None))
    documents = _get_configs(version, input_path, output_path, delay, epochs, ny, batch_size)
    model_config = _sizes.with_keywords(documents[1], older, get_wavenet_config, _get_lstm_config)
    documents = (documents[0], model_config, documents[2])
    model = _run(
        documents,
        train_path,
        lambda: get_callbacks(threshold_esr, _is_packed(model_config), user_metadata, settings, data),
        seed=seed,
        user_metadata=user_metadata,
        batches=int(fast_dev_run) or None,
    )
    validation = _validation_of(documents[0], model.net)
    figure = str(Path(train_path, modelname)) if save_plot else None
    esr = _plot(model, validation, window_start=100_000, window_end=101_000, filepath=figure, silent=silent)
    validation.teardown()
    return TrainOutput(model, _metadata.TrainingMetadata(**known, validation_esr=esr))


def get_callbacks(
    threshold_esr: float | None,
    packed: bool = False,
    user_metadata: UserMetadata | None = None,
    settings_metadata: _metadata.Settings | None = None,
    data_metadata: _metadata.Data | None = None,
) -> Sequence[Callback]:
    """
    Return the callbacks of a training.

    :param threshold_esr: stop once the ESR is below; None to train all epochs
    :param packed: for a net of several sizes
    :param user_metadata, settings_metadata, data_metadata: what the model files beside the checkpoints state
    """
    callbacks = _checkpoints(packed, user_metadata, settings_metadata, data_metadata)
    if threshold_esr is not None:
        callbacks.append(_ValidationStopping(monitor="ESR", stopping_threshold=threshold_esr))
    return callbacks


def validate_input(input_path: File) -> DataInputValidation:
    """Return whether a file is one of the standard signals."""
    try:
        _detect_input_version(input_path)
    except _InputValidationError as error:
        print(error)
        return DataInputValidation(passed=False)
    return DataInputValidation(passed=True)


def validate_data(
    input_path: File, output_path: File, user_latency: int | None, num_output_samples_per_datum: int = _NY_DEFAULT
) -> DataValidationOutput:
    """
    Return what is known of two files, without training them.

    :param user_latency: in samples, or None to find it
    :param num_output_samples_per_datum: output samples of a training item
    :raises ValueError: when the input is no standard signal, or no latency is known
    """
    rates, lengths = (check(input_path, output_path) for check in (_check_audio_sample_rates, _check_audio_lengths))
    version, _ = _detect_input_version(input_path)
    latency = _analyze_latency(user_latency, version, input_path, output_path, silent=True)
    delay, found = _get_final_latency(latency), latency.calibration.recommended
    checks = _check_data(input_path, output_path, version, delay if found is None else found, silent=True)
    checks = checks or _metadata.DataChecks(version=version.major, passed=True)
    data_config = _get_data_config(version, input_path, output_path, num_output_samples_per_datum, delay)
    datasets = _validation.datasets(data_config, _get_packed_model_config())
    warned = latency.manual is None and any(latency.calibration.warnings.model_dump().values())
    critical = rates.passed and lengths.passed and datasets.passed
    return DataValidationOutput(
        passed=critical and checks.passed and not warned,
        passed_critical=critical,
        sample_rate=rates,
        length=lengths,
        input_version=str(version),
        latency=latency,
        checks=checks,
        pytorch=datasets,
    )


def _get_configs(
    input_version: _Version, input_path: File, output_path: File, latency: int, epochs: int, ny: int, batch_size: int
) -> tuple[Json, Json, Json]:
    """Return the configs of data, model and learning."""
    data = _get_data_config(
        input_version=input_version, input_path=input_path, output_path=output_path, ny=ny, latency=latency
    )
    return data, _get_packed_model_config(), _get_learning_config(epochs, batch_size)


def _stated_latency(latency: int | None, older: Json) -> int | None:
    """
    Return the latency that is stated, by its name or by its older one.

    :raises ValueError: when it is stated twice
    """
    delay: int | None = older.get("delay")
    if latency is not None and delay is not None:
        raise ValueError("latency and delay are the same; state only latency")
    return latency if delay is None else delay


def _require_pair(input_path: File, output_path: File) -> None:
    """
    Refuse two files of different rates or lengths.

    :raises ValueError: with what to do
    """
    rates = _check_audio_sample_rates(input_path, output_path)
    if not rates.passed:
        raise ValueError(
            f"{input_path} has {rates.input} Hz and {output_path} {rates.output} Hz: the sample rates are different; "
            "export the recording at the rate of the signal"
        )
    lengths = _check_audio_lengths(input_path, output_path)
    if not lengths.passed:
        raise ValueError(
            f"{output_path} differs in length from {input_path} by {lengths.delta_seconds:.2f} seconds; export "
            "the recording from the beginning to the end of the signal"
        )
