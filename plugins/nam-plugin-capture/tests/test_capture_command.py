"""Claims about ``capture``: two files end in a model that works, and wrong ones in a sentence that helps."""

from __future__ import annotations

import json
import math
import signal
import time
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
import torch
from computed import amplifier, guitar, late, pair, write

import nam_kernel
from nam_kernel.cli.guard import guarded
from nam_kernel.errors import DataError, UserError
from nam_plugin_capture import capture, pace
from nam_plugin_capture.learning import settings
from nam_plugin_capture.pair import analyse
from nam_plugin_capture.plan import make_plan
from nam_plugin_capture.recordings import read_recordings
from support import case

QUICK = ("--size", "tiny", "--no-plots", "--epochs", "12")


def run(*arguments: object) -> int:
    return capture.main([str(argument) for argument in arguments])


def error_of(model: Path, x_path: Path, y_path: Path, delay: int) -> float:
    """Return the ESR of a model over all of a pair, by its definition."""
    x, _ = soundfile.read(x_path, dtype="float32")
    y, _ = soundfile.read(y_path)
    net = nam_kernel.read_model(model).eval()
    with torch.inference_mode():
        played = late(net(torch.from_numpy(x), pad_start=True).double().numpy(), delay)
    return float(np.sum((played - y) ** 2) / np.sum(y**2))


@pytest.mark.parametrize(
    ("delay", "factor"), [(0, 1.0), (437, -1.0), (-120, 0.02)], ids=["plain", "late, inverted", "early, quiet"]
)
def test_a_pair_becomes_a_model_of_its_delay_polarity_and_level(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], delay: int, factor: float
) -> None:
    x, y = pair(tmp_path, change=lambda samples: factor * late(samples, delay))
    assert run(x, y, tmp_path / "out.nam", *QUICK) == 0
    assert error_of(tmp_path / "out.nam", x, y, delay) < 0.5
    written = json.loads((tmp_path / "out" / "config_data.json").read_text())
    # An early estimate leaves the net a little to wait for, a late one something to foresee.
    assert delay - 10 <= written["common"]["delay"] <= delay + 2
    told = capsys.readouterr()
    assert ("inverted" in told.err) == (factor < 0)
    assert f"Your model: {tmp_path / 'out.nam'}" in told.out
    assert "Next: " in told.out


def test_with_json_stdout_is_for_programs_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    x, y = pair(tmp_path, seconds=8)
    assert run(x, y, tmp_path / "out.nam", "--size", "tiny", "-np", "--epochs", "1", "--progress", "json") == 0
    told = capsys.readouterr()
    events = [json.loads(line)["event"] for line in told.out.splitlines()]
    assert events == (["started", "validated", "finished"] if find_spec("nam_plugin_report") else [])
    assert f"Your model: {tmp_path / 'out.nam'}" in told.err
    assert "epoch 1/1" not in told.err


def test_the_configs_of_a_capture_train_with_nam_full_once_they_are_edited(tmp_path: Path) -> None:
    x, y = pair(tmp_path, seconds=8)
    assert run(x, y, tmp_path / "out.nam", "--size", "tiny", "-np", "--epochs", "1") == 0
    data, model, learning = (tmp_path / "out" / f"config_{name}.json" for name in ("data", "model", "learning"))
    edited = json.loads(model.read_text())
    edited["net"]["config"]["head_scale"] = 0.05
    model.write_text(json.dumps(edited))
    result = nam_kernel.train(data, model, learning, tmp_path / "again", plots=False)
    assert result.model_path is not None
    assert result.epochs == 1


def test_the_options_fill_the_metadata(tmp_path: Path) -> None:
    x, y = pair(tmp_path, seconds=8)
    given = ("--name", "Crunch", "--make", "Acme", "--gear-model", "50", "--tone", "crunch", "--gear", "amp")
    run(
        x,
        y,
        tmp_path / "o.nam",
        "--size",
        "tiny",
        "-np",
        "--epochs",
        "1",
        *given,
        "--input-level",
        "12.5",
        "--by",
        "me",
    )
    metadata = json.loads((tmp_path / "o.nam").read_text())["metadata"]
    expected = {
        "name": "Crunch",
        "gear_make": "Acme",
        "gear_model": "50",
        "tone_type": "crunch",
        "gear_type": "amp",
        "input_level_dbu": 12.5,
        "modeled_by": "me",
    }
    assert {key: metadata[key] for key in expected} == expected


def test_exchanged_files_are_refused_within_seconds(tmp_path: Path) -> None:
    x, y = pair(tmp_path, drive=60, change=lambda samples: late(samples, 300))
    begun = time.monotonic()
    with pytest.raises(DataError, match=r"exchanged.*DI first.*--anyway"):
        run(y, x, tmp_path / "out.nam")
    assert time.monotonic() - begun < 10
    assert sorted(path.name for path in tmp_path.glob("*")) == ["amp.wav", "di.wav"]


def test_strangers_are_refused(tmp_path: Path) -> None:
    x, _ = pair(tmp_path)
    other = write(tmp_path / "other.wav", amplifier(guitar(14, seed=9)))
    with pytest.raises(DataError, match=r"do not belong together.*same take.*--anyway"):
        run(x, other, tmp_path / "out.nam")


@pytest.mark.parametrize("silent", ["di.wav", "amp.wav"])
def test_a_silent_file_is_refused(tmp_path: Path, silent: str) -> None:
    pair(tmp_path, seconds=6)
    write(tmp_path / silent, np.zeros(6 * 16000))
    with pytest.raises(DataError, match=f"{silent} is silent.*check the file"):
        run(tmp_path / "di.wav", tmp_path / "amp.wav", tmp_path / "out.nam")
    with pytest.raises(UserError, match="silent"):
        run(tmp_path / "di.wav", tmp_path / "amp.wav", tmp_path / "out.nam", "--anyway", "--size", "tiny")
    assert not (tmp_path / "out").exists()


def test_a_refusal_is_exit_code_2_and_anyway_goes_round_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    x, y = pair(tmp_path, seconds=10, drive=60)
    assert guarded("nam-kernel", lambda: run(y, x, tmp_path / "out.nam")) == 2
    assert "exchanged" in capsys.readouterr().err
    given = (y, x, tmp_path / "out.nam", "--size", "tiny", "-np", "--epochs", "1", "--anyway")
    assert run(*given) == 0
    assert (tmp_path / "out.nam").exists()


def test_three_mistakes_of_a_beginner(tmp_path: Path) -> None:
    x, y = pair(tmp_path, seconds=6)
    with pytest.raises(DataError, match=r"no file .*amp2\.wav"):
        run(x, tmp_path / "amp2.wav", tmp_path / "out.nam")
    with pytest.raises(UserError, match=r"ends in \.nam.*one amplifier at a time"):
        run(x, y, tmp_path / "second.wav")
    with pytest.raises(DataError, match="given twice"):
        run(x, x, tmp_path / "out.nam")
    slow = write(tmp_path / "slow.wav", np.zeros(6 * 8000), 8000)
    with pytest.raises(DataError, match=r"16000 Hz and slow\.wav 8000 Hz.*one rate"):
        run(x, slow, tmp_path / "out.nam")


def test_nothing_is_overwritten_unless_told_and_an_earlier_run_is_kept(tmp_path: Path) -> None:
    x, y = pair(tmp_path, seconds=8)
    (tmp_path / "out.nam").write_text("mine")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("mine too")
    quick = (x, y, tmp_path / "out.nam", "--size", "tiny", "-np", "--epochs", "1")
    with pytest.raises(UserError, match=r"exists.*--force"):
        run(*quick)
    (tmp_path / "out.nam").unlink()
    with pytest.raises(UserError, match=r"holds something already.*--force"):
        run(*quick)
    assert run(*quick, "--force") == 0
    assert (tmp_path / "out.1" / "notes.txt").read_text() == "mine too"


def test_files_of_unequal_length_are_a_pair(tmp_path: Path) -> None:
    x, y = pair(tmp_path, seconds=8)
    samples, rate = soundfile.read(y)
    write(y, np.concatenate([samples, np.zeros(rate)]), rate)
    assert run(x, y, tmp_path / "out.nam", "--size", "tiny", "-np", "--epochs", "1") == 0


def test_minutes_become_epochs_of_measured_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = pair(tmp_path, seconds=8)
    plan = make_plan(analyse(read_recordings(x, y)), size="tiny")
    found = pace.measure(plan)
    ((_, stop),) = plan.split.train
    # A net of 1021 samples leaves so many outputs; batches of the recipe are of 4, the usual ones of 16.
    batch = 4 if find_spec("nam_plugin_recipes") else 16
    assert found.steps == math.ceil((stop - 1020) // 8192 / batch)
    monkeypatch.setattr(pace, "measure", lambda plan: pace.Pace(steps=3, step=0.5, around=0.5, spent=2.0))
    assert run(x, y, tmp_path / "out.nam", "--size", "tiny", "-np", "--minutes", "0.15") == 0
    # Nine tenths of 9 s less 2 s, at 2 s an epoch.
    learning = json.loads((tmp_path / "out" / "config_learning.json").read_text())
    assert learning["trainer"]["max_epochs"] == 3


def test_a_signal_while_the_pace_is_measured_ends_the_capture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = pair(tmp_path, seconds=8)
    monkeypatch.setattr(pace, "train", lambda *_, **__: SimpleNamespace(interrupted=signal.SIGTERM, seconds=1.0))
    with pytest.raises(SystemExit) as ended:
        run(x, y, tmp_path / "out.nam", "--size", "tiny", "-np", "--minutes", "1")
    assert ended.value.code == 143
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("seconds", "planned"), [(100, (8, None)), (13.2, (1, None)), (6, (1, 2)), (1, (1, 1))])
def test_a_time_that_is_shorter_than_an_epoch_takes_some_steps_of_it(
    seconds: float, planned: tuple[int, int | None]
) -> None:
    assert pace.Pace(steps=9, step=1.0, around=1.0, spent=2.0).fit(seconds) == planned


def test_without_the_recipe_the_usual_settings_are_used() -> None:
    model, learning = settings(7, recipe=False)
    assert model["lr_scheduler"]["class"] == "ExponentialLR"
    assert learning["trainer"]["max_epochs"] == 7
    assert settings(recipe=True)[1] == {"recipe": "fast"}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["jcm", "deluxe"])
def test_a_real_pair_moved_inverted_and_quiet_becomes_a_model(tmp_path: Path, name: str) -> None:
    folder = case("pairs")
    samples, rate = soundfile.read(folder / f"{name}.wav")
    y = write(tmp_path / "amp.wav", -0.3 * late(samples, 1234), rate)
    assert run(folder / "di.wav", y, tmp_path / "out.nam", "--size", "tiny", "-np") == 0
    assert json.loads((tmp_path / "out.nam").read_text())["metadata"]["training"]["validation_esr"] < 0.35
    assert error_of(tmp_path / "out.nam", folder / "di.wav", y, 1234) < 0.35


@pytest.mark.slow
def test_a_short_microphoned_take_becomes_a_model(tmp_path: Path) -> None:
    folder = case("hrd3")
    assert run(folder / "di.wav", folder / "drive_6_master_2.wav", tmp_path / "o.nam", "--size", "tiny", "-np") == 0
    assert json.loads((tmp_path / "o.nam").read_text())["metadata"]["training"]["validation_esr"] < 0.5
