"""Claims about what is done with a row: skipped, told, trained again, or refused; nothing is lost."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
from batch_session import RATE, configs, one_second, record

from nam_kernel.errors import ConfigError, UserError
from nam_plugin_batch.inputs import Inputs
from nam_plugin_batch.job import Job
from nam_plugin_batch.record import RowRecord
from nam_plugin_batch.rows import Row
from nam_plugin_batch.task import Task, job_of, settled, task_of
from nam_plugin_batch.templates import Templates, read_templates
from nam_plugin_batch.train import train_row


@pytest.fixture
def templates(tmp_path: Path) -> Templates:
    record(tmp_path, "amp", "other", seconds=1.0)
    return read_templates(one_second(tmp_path), *configs(tmp_path, epochs=1), size="tiny", epochs=None)


def row(folder: Path, amplifier: str = "amp", **metadata: str) -> Row:
    return Row("a", folder / "di.wav", folder / f"{amplifier}.wav", {"name": "a", **metadata})


def task(folder: Path, templates: Templates, given: Row | None = None) -> Task:
    given = given or row(folder)
    return task_of(given, templates.of(given), folder / "out")


def done(folder: Path, templates: Templates) -> RowRecord:
    """Train a row in this process, and return its record."""
    train_row(job_of(task(folder, templates), Inputs(), plots=False))
    found = RowRecord.read(folder / "out" / "a")
    assert found is not None
    return found


def test_a_row_ends_in_its_model_and_what_is_done_is_skipped(tmp_path: Path, templates: Templates) -> None:
    known = done(tmp_path, templates)
    assert (known.state, known.file, known.epochs) == ("done", "a.nam", 1)
    written = json.loads((tmp_path / "out" / "a.nam").read_text())
    assert written["metadata"]["name"] == "a"
    assert written["metadata"]["training"]["validation_esr"] == pytest.approx(known.esr)
    again = settled(task(tmp_path, templates), redo=False)
    assert again is not None
    assert (again.ending, again.esr, again.file) == ("skipped", known.esr, "a.nam")


def test_a_recording_that_was_only_touched_is_the_same(tmp_path: Path, templates: Templates) -> None:
    done(tmp_path, templates)
    os.utime(tmp_path / "amp.wav", ns=(1, 1))
    assert task(tmp_path, templates).changed == ()


def test_what_changed_is_told_and_trained_again_only_on_demand(tmp_path: Path, templates: Templates) -> None:
    before = done(tmp_path, templates)
    shutil.copyfile(tmp_path / "other.wav", tmp_path / "amp.wav")
    slower = read_templates(tmp_path / "data.json", *configs(tmp_path, epochs=2), size="tiny", epochs=None)
    changed = task(tmp_path, slower)
    told = settled(changed, redo=False)
    assert told is not None
    assert told.ending == "changed"
    assert told.told == "the learning config and amp.wav changed since; --redo-changed trains it again"
    assert settled(changed, redo=True) is None
    train_row(job_of(changed, Inputs(), plots=False))
    after = RowRecord.read(tmp_path / "out" / "a")
    assert after is not None
    assert (after.state, after.epochs) == ("done", 2)
    # The earlier run is kept.
    kept = RowRecord.read(tmp_path / "out" / "a.1")
    assert kept is not None
    assert kept.recordings == before.recordings
    assert (tmp_path / "out" / "a.1" / "model.nam").is_file()


def test_an_interrupted_row_goes_on_unless_its_configs_or_recordings_changed(
    tmp_path: Path, templates: Templates
) -> None:
    cut = done(tmp_path, templates).write(tmp_path / "out" / "a", state="interrupted")
    assert job_of(task(tmp_path, templates), Inputs()).resume
    cut.write(tmp_path / "out" / "a")
    slower = read_templates(tmp_path / "data.json", *configs(tmp_path, epochs=2), size="tiny", epochs=None)
    assert not job_of(task(tmp_path, slower), Inputs()).resume
    assert (tmp_path / "out" / "a.1" / "model.nam").is_file()
    assert not (tmp_path / "out" / "a" / "run.json").exists()


def test_other_metadata_is_a_change(tmp_path: Path, templates: Templates) -> None:
    done(tmp_path, templates)
    assert task(tmp_path, templates, row(tmp_path, gear_make="Acme")).changed == ("the data config",)


def test_a_model_that_was_moved_away_is_put_there_again(tmp_path: Path, templates: Templates) -> None:
    done(tmp_path, templates)
    model = tmp_path / "out" / "a.nam"
    content = model.read_bytes()
    model.unlink()
    assert settled(task(tmp_path, templates), redo=False) is not None
    assert model.read_bytes() == content


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        ({}, "or state it with data.common.delay, in samples (or go on with data.common.anyway"),
        ({"data.common.x_channel": "left"}, "x_channel: expected a whole number"),
        ({"data.train.ny.more": 3}, "data.train.ny.more: 'train.ny' is 8192"),
    ],
    ids=["another take", "a channel that is no number", "a key of no object"],
)
def test_what_is_wrong_with_recordings_is_told_with_the_column_that_helps(
    tmp_path: Path, overrides: dict[str, object], told: str
) -> None:
    record(tmp_path, "amp")
    if not overrides:
        noise = np.random.default_rng(1).standard_normal(4 * RATE)
        soundfile.write(tmp_path / "amp.wav", 0.1 * noise * np.hanning(4 * RATE), RATE)
    templates = read_templates(None, *configs(tmp_path, epochs=1), size="tiny", epochs=None)
    given = Row("a", tmp_path / "di.wav", tmp_path / "amp.wav", {"name": "a"}, overrides)
    train_row(job_of(task(tmp_path, templates, given), Inputs(), plots=False))
    known = RowRecord.read(tmp_path / "out" / "a")
    assert known is not None
    assert known.state == "wrong"
    assert told in known.told


def test_a_channel_that_the_di_does_not_have_is_refused_without_a_training(tmp_path: Path) -> None:
    record(tmp_path, "amp")
    templates = read_templates(None, *configs(tmp_path, epochs=1), size="tiny", epochs=None)
    given = Row("a", tmp_path / "di.wav", tmp_path / "amp.wav", {"name": "a"}, {"data.common.x_channel": 3})
    with pytest.raises(UserError, match=r"there is no channel 3 in it; .*data\.common\.x_channel"):
        job_of(task(tmp_path, templates, given), Inputs())


@pytest.mark.parametrize("mine", ["a.nam", "a/notes.txt"])
def test_what_no_batch_has_made_is_not_overwritten(tmp_path: Path, templates: Templates, mine: str) -> None:
    (tmp_path / "out" / mine).parent.mkdir(parents=True)
    (tmp_path / "out" / mine).write_text("mine")
    with pytest.raises(ConfigError, match="is there, and not of a batch; rename the row"):
        task(tmp_path, templates)
    assert (tmp_path / "out" / mine).read_text() == "mine"


def test_a_record_that_is_damaged_is_told(tmp_path: Path, templates: Templates) -> None:
    (tmp_path / "out" / "a").mkdir(parents=True)
    (tmp_path / "out" / "a" / "batch.json").write_text('{"name": ')
    with pytest.raises(ConfigError, match=r"batch\.json: is damaged"):
        task(tmp_path, templates)


def test_wrong_input_is_told_in_the_record_and_tried_again_next_time(tmp_path: Path, templates: Templates) -> None:
    good = (tmp_path / "amp.wav").read_bytes()
    (tmp_path / "amp.wav").write_bytes(b"no audio")
    broken = done(tmp_path, templates)
    assert broken.state == "wrong"
    assert "amp.wav cannot be read as audio" in broken.told
    assert not (tmp_path / "out" / "a.nam").exists()
    (tmp_path / "amp.wav").write_bytes(good)
    assert settled(task(tmp_path, templates), redo=False) is None
    assert done(tmp_path, templates).state == "done"
    # What never began leaves no run behind that would have to be kept.
    assert not (tmp_path / "out" / "a.1").exists()


def test_a_row_without_a_data_config_is_split_as_capture_does(tmp_path: Path) -> None:
    record(tmp_path, "amp")
    templates = read_templates(None, *configs(tmp_path, epochs=1), size="tiny", epochs=None)
    given = Row("a", tmp_path / "di.wav", tmp_path / "amp.wav", {"name": "a"}, {"data.validation.ny": 4000})
    job = job_of(task(tmp_path, templates, given), Inputs(), plots=False)
    assert job.split is not None
    # It reaches the process of the row as JSON.
    assert Job.model_validate_json(job.model_dump_json()) == job
    train_row(job)
    written = json.loads((tmp_path / "out" / "a" / "config_data.json").read_text())
    # The playing goes on after two thirds of 4 s, which is found to within a few frames of 10 ms.
    assert 8000 * 4 * 2 / 3 - 240 <= written["validation"]["start_samples"] <= 8000 * 4 * 2 / 3
    assert written["train"]["stop_samples"] == written["validation"]["start_samples"]
    assert written["validation"]["ny"] == 4000
    assert written["common"]["x_path"] == str(tmp_path / "di.wav")
    assert (tmp_path / "out" / "a.nam").is_file()
