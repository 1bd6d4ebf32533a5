"""Train one row in this process: begin or go on, then put the model beside its run and write down how it ended."""

from __future__ import annotations

import math
import shutil
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nam_kernel.errors import DataError, NamKernelError, UserError
from nam_kernel.files import atomic_write
from nam_kernel.quality import ESR
from nam_plugin_batch.columns import keys_of, put
from nam_plugin_batch.copies import reading
from nam_plugin_batch.job import Job
from nam_plugin_batch.record import RowRecord

if TYPE_CHECKING:
    from nam_kernel import Result
    from nam_plugin_capture import Plan

Json = dict[str, Any]

RUN = "run.json"
"""The kernel's own record in the folder of a run; where it is, the run can go on."""

_COLUMNS = {
    "--di-channel": "data.common.x_channel",
    "--amp-channel": "data.common.y_channel",
    "--delay N": "data.common.delay",
    "--anyway": "data.common.anyway",
}
"""The options of ``capture``, which its messages name, as columns of a table."""


def train_row(job: Job) -> None:
    """
    Train a row; how it ended is in its record, whatever happens.

    Ctrl-C ends it with the best model so far.
    """
    began = time.monotonic()
    record = RowRecord.read(job.folder) or RowRecord(name=job.name)
    changes: dict[str, Any]
    try:
        with reading(job.copies):
            result = _result(job)
        changes = _facts(result) | {"file": _publish(result, job) or record.file}
    except KeyboardInterrupt:
        changes = {"state": "interrupted", "told": ""}
    except UserError as error:
        changes = {"state": "wrong", "told": str(error)}
        print(f"error: {error}")
    except NamKernelError as error:
        changes = {"state": "failed", "told": str(error)}
        traceback.print_exc()
    except Exception as error:
        changes = {"state": "failed", "told": f"{type(error).__name__}: {error} (a defect; please report batch.log)"}
        traceback.print_exc()
    record.write(job.folder, seconds=record.seconds + time.monotonic() - began, **changes)


def _result(job: Job) -> Result:
    import torch

    from nam_kernel import resume, train
    from nam_kernel.cli.full import trained

    torch.set_num_threads(job.threads)
    results: list[Result] = []

    def start(ready: Any) -> Result:
        if job.resume and (job.folder / RUN).exists():
            results.append(resume(job.folder, plots=job.plots, ready=ready))
        else:
            given = data_config(job), job.model, job.learning
            results.append(train(*given, job.folder, plots=job.plots, ready=ready, new_folder=False))
        return results[-1]

    trained(start)
    return results[-1]


def data_config(job: Job) -> Json:
    """
    Return the data config of a row: the given one, or the one that ``capture`` makes of its recordings.

    :raises DataError: when the recordings cannot be used
    """
    if job.data is not None:
        return job.data
    try:
        plan = _plan(job)
    except DataError as error:
        told = str(error)
        for option, column in _COLUMNS.items():
            told = told.replace(option, column)
        raise DataError(told) from error
    data: Json = plan.documents().data
    data["common"] |= {"x_path": str(job.x_path), "y_path": str(job.y_path)}
    for column, value in job.overrides.items():
        try:
            put(data, keys_of(column)[1:], value)
        except ValueError as error:
            raise DataError(f"{column}: {error}") from None
    return data


def _plan(job: Job) -> Plan:
    """Return how the model of a row is made of its recordings."""
    from nam_plugin_capture import analyse, make_plan, read_recordings

    assert job.x_path is not None
    assert job.y_path is not None
    files = [job.copies.get(str(path), path) for path in (job.x_path, job.y_path)]
    stated = stated_of(job.overrides)
    channels = {"di_channel": stated["x_channel"], "amplifier_channel": stated["y_channel"]}
    analysis = analyse(read_recordings(*files, **channels), delay=stated["delay"])
    plan = make_plan(analysis, metadata=job.metadata, anyway=bool(stated["anyway"]), chosen=job.split)
    for label, value in [*analysis.rows(), *plan.rows()[:1]]:
        print(f"{label:<15} {value}")
    return plan


def stated_of(overrides: Json) -> Json:
    """Return what the overrides say of how the recordings are to be read; None for what they leave open."""
    found = {key: overrides.get(f"data.common.{key}") for key in ("x_channel", "y_channel", "delay", "anyway")}
    # What is no number is left to the data config to refuse.
    return {key: value if key == "anyway" or type(value) is int else None for key, value in found.items()}


def _facts(result: Result) -> Json:
    """Return how a training ended, for the record."""
    sizes = {name: _finite(metrics.get(ESR)) for name, metrics in result.outputs.items()}
    warnings = [str(finding) for finding in result.findings if finding.severity == "warning"]
    return {
        "state": "done" if result.interrupted is None else "interrupted",
        "esr": next(reversed(sizes.values()), _finite(result.metrics.get(ESR))),
        "sizes": sizes,
        "epochs": result.epochs,
        "told": warnings[0] if warnings else "",
        "warnings": len(warnings),
    }


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None


def _publish(result: Result, job: Job) -> str | None:
    """Copy the model beside the folder of the run, and return its name; None where nothing was learned yet."""
    if result.model_path is None:
        return None
    return publish(result.model_path, job.folder)


def publish(model: Path, folder: Path) -> str:
    """Copy a model beside the folder of its run, under the name of that; return the name of the copy."""
    target = folder.with_name(f"{folder.name}{model.suffix}")
    with atomic_write(target) as temporary:
        shutil.copyfile(model, temporary)
    return target.name
