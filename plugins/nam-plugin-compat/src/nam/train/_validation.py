"""What the easy trainer says of two files before it trains them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from nam.data import DataError, Split, init_dataset
from nam.train import metadata
from nam.train._checks import LengthValidation, SampleRateValidation
from nam.train._configs import lightning_module_class


class DataInputValidation(BaseModel):
    """Whether a file is one of the standard signals."""

    passed: bool


class PyTorchDataSplitValidation(BaseModel):
    """Whether a dataset can be made of a split, and why not."""

    passed: bool
    msg: str | None


class PyTorchDataValidation(BaseModel):
    """Whether both datasets can be made."""

    passed: bool
    train: PyTorchDataSplitValidation
    validation: PyTorchDataSplitValidation


class DataValidationOutput(BaseModel):
    """
    What is known of two files.

    :param passed: nothing is wrong with them
    :param passed_critical: nothing is wrong that ``ignore_checks`` cannot ignore
    """

    passed: bool
    passed_critical: bool
    sample_rate: SampleRateValidation
    length: LengthValidation
    input_version: str
    latency: metadata.Latency
    checks: metadata.DataChecks
    pytorch: PyTorchDataValidation


def datasets(data_config: dict[str, Any], model_config: dict[str, Any]) -> PyTorchDataValidation:
    """Return whether the datasets of a data config can be made, for the net of a model config."""
    net = lightning_module_class(model_config).init_from_config(model_config).net
    config = {**data_config, "common": {**data_config["common"], "nx": net.receptive_field}}
    splits = {split.value: _of_split(config, split) for split in Split}
    return PyTorchDataValidation(passed=all(split.passed for split in splits.values()), **splits)


def _of_split(config: dict[str, Any], split: Split) -> PyTorchDataSplitValidation:
    try:
        init_dataset(config, split).teardown()
    except DataError as error:
        return PyTorchDataSplitValidation(passed=False, msg=str(error))
    return PyTorchDataSplitValidation(passed=True, msg=None)
