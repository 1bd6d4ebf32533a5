"""Claims about ``run.json``: a model with a format number, which refuses what is none."""

from __future__ import annotations

import json
import math
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import nam_kernel
from nam_kernel.errors import UserError
from nam_kernel.run.record import FORMAT, RunFacts, RunRecord, new_directory
from parts import documents

pytestmark = pytest.mark.usefixtures("alone")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return nam_kernel.train(*documents(learning={"steps": 10}), outdir=tmp_path).directory


def test_it_is_read_as_it_was_written(directory: Path) -> None:
    facts = RunRecord.read(directory).facts
    assert facts.format == FORMAT
    assert facts.components["net"]["from"] == "nam-plugin-alone"
    assert json.loads(facts.model_dump_json(by_alias=True)) == json.loads((directory / "run.json").read_text())


def test_it_is_valid_json_when_a_metric_is_no_number(directory: Path) -> None:
    record = RunRecord.read(directory)
    record.update(metrics={"ESR": math.nan})
    document = json.loads((directory / "run.json").read_text(), parse_constant=lambda c: pytest.fail(c))
    assert document["metrics"] == {"ESR": None}
    assert RunRecord.read(directory).facts.metrics == {"ESR": None}


@pytest.mark.parametrize("text", ["[]", "null", "3", "{}", "{", '{"state": "running"}', "\x00"])
def test_what_is_no_record_is_refused_by_its_name(directory: Path, text: str) -> None:
    (directory / "run.json").write_text(text)
    with pytest.raises(UserError, match=r"run\.json"):
        nam_kernel.resume(directory)


def test_a_newer_format_is_refused_with_the_remedy(directory: Path) -> None:
    record = RunRecord.read(directory)
    record.update(format=FORMAT + 1)
    with pytest.raises(UserError, match="has format 2, newer than 1; upgrade nam-kernel"):
        nam_kernel.resume(directory)


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"is not the directory of a run: it has no run\.json"):
        nam_kernel.resume(tmp_path)


def test_a_fact_of_the_wrong_type_cannot_be_recorded(directory: Path) -> None:
    record: Any = RunRecord.read(directory)
    with pytest.raises(ValueError, match="state"):
        record.update(state="asleep")
    assert isinstance(record.facts, RunFacts)


def change_gain(directory: Path, gain: float) -> None:
    file = directory / "config_data.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "common": {"gain": gain}}))


def test_a_run_is_resumed_with_its_own_recordings_only(directory: Path) -> None:
    nam_kernel.resume(directory)
    change_gain(directory, 0.75)
    with pytest.raises(UserError, match=r"train: gain changed; validation: gain changed.*--data-changed"):
        nam_kernel.resume(directory)
    nam_kernel.resume(directory, data_changed=True)
    assert RunRecord.read(directory).facts.recordings["train"]["gain"] == 0.75
    nam_kernel.resume(directory)


def test_only_one_process_runs_in_a_directory(directory: Path) -> None:
    with RunRecord.read(directory).locked():
        record = f"RunRecord.read(pathlib.Path({str(directory)!r}))"
        code = f"import pathlib; from nam_kernel.run.record import RunRecord; {record}.locked().__enter__()"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert f"still going on in process {os.getpid()} of {platform.node()}" in done.stderr


def test_a_run_whose_process_died_is_told_and_can_go_on(directory: Path, caplog: pytest.LogCaptureFixture) -> None:
    RunRecord.read(directory).update(state="running", process={"host": "elsewhere", "id": 7})
    nam_kernel.resume(directory)
    assert "the run was cut off in process 7" in caplog.text
    assert RunRecord.read(directory).facts.state == "done"


@pytest.mark.parametrize("name", ["a/" * 2020 + "b", "a" * 300, "file", "file/below"])
def test_a_folder_that_cannot_be_made_is_told_and_nothing_is(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="the folder of the run cannot be made"):
        new_directory(tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "site"]  # the site is the fixture's
