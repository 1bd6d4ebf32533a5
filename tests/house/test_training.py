"""From wav files to ``model.nam``, as a user does it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import soundfile
import torch

import nam_kernel
from material import documents
from support import Command

pytestmark = pytest.mark.usefixtures("fresh_plugins")


def run_directory(outdir: Path) -> Path:
    (directory,) = outdir.iterdir()
    return directory


def test_a_training_from_python_gives_the_net_and_its_file(tmp_path: Path) -> None:
    data, model, learning = documents(tmp_path)
    result = nam_kernel.train(data=data, model=model, learning=learning, outdir=tmp_path / "out")
    assert result.directory == run_directory(tmp_path / "out")
    assert result.model_path == result.directory / "model.nam"
    assert 0 < result.metrics["ESR"] < 2
    x = torch.from_numpy(soundfile.read(tmp_path / "di.wav", dtype="float32")[0])[:48000]
    back = nam_kernel.read_model(result.model_path)
    assert (back.render(x) - result.net.render(x)).abs().max() <= 1e-6


def test_dictionaries_do_as_well_as_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = [json.loads(path.read_text()) for path in documents(tmp_path)]
    monkeypatch.chdir(tmp_path)
    result = nam_kernel.train(*loaded, "out", plots=False)
    assert result.model_path is not None
    assert result.model_path.exists()


def test_the_run_directory_says_what_ran_and_how_it_ended(tmp_path: Path) -> None:
    paths = documents(tmp_path)
    directory = nam_kernel.train(*paths, tmp_path / "out", plots=False).directory
    for path in paths:
        assert (directory / f"config_{path.name}").read_text() == path.read_text()
    record = json.loads((directory / "run.json").read_text())
    assert record["state"] == "done"
    assert record["seed"] == 0
    assert record["components"]["net"] == {
        "component": "WaveNet",
        "from": "nam-plugin-wavenet",
        "version": nam_kernel.__version__,
    }
    document = json.loads((directory / "model.nam").read_text())
    assert document["metadata"]["made_by"]["net"]["from"] == "nam-plugin-wavenet"
    assert document["metadata"]["training"]["validation_esr"] == pytest.approx(record["metrics"]["ESR"])
    assert document["sample_rate"] == 48000


def test_two_runs_of_one_second_have_directories_of_their_own(tmp_path: Path) -> None:
    from nam_kernel.run.record import new_directory

    made = {new_directory(tmp_path / "out") for _ in range(5)}
    assert len(made) == 5


def test_the_same_seed_gives_the_same_model(tmp_path: Path) -> None:
    paths = documents(tmp_path)
    first, second = (nam_kernel.train(*paths, tmp_path / "out", plots=False).net.export_weights() for _ in range(2))
    assert (first == second).all()


def test_the_command_trains_and_ends_with_a_verdict(tmp_path: Path, command: Command) -> None:
    done = command("nam_full", *documents(tmp_path), tmp_path / "out", "-ns", "-np")
    assert done.returncode == 0, done.stderr
    assert "ESR" in done.stdout
    assert str(run_directory(tmp_path / "out") / "model.nam") in done.stdout


def test_check_says_what_is_known_and_writes_nothing(tmp_path: Path, command: Command) -> None:
    paths = documents(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    done = command("nam-kernel", "check", *paths)
    assert done.returncode == 0, done.stderr
    for fact in ("receptive field 8 samples", "parameters", "23 items of 2048 samples", "steps           6 per epoch"):
        assert fact in done.stdout
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.slow
def test_the_older_wavenet_config_trains_on_a_real_amplifier(tmp_path: Path, cases: Path) -> None:
    learning = {
        "train_dataloader": {"batch_size": 16, "shuffle": True, "drop_last": True},
        "val_dataloader": {},
        "trainer": {"accelerator": "cpu", "max_epochs": 2},
    }
    model = cases / "configs" / "v0.10" / "wavenet.json"
    result = nam_kernel.train(cases / "pairs" / "data.json", model, learning, tmp_path / "out", plots=False)
    assert result.metrics["ESR"] < 0.5
    assert result.model_path is not None
    x = torch.from_numpy(soundfile.read(cases / "pairs" / "di.wav", dtype="float32")[0])[: 10 * 48000]
    back = nam_kernel.read_model(result.model_path)
    assert (back.render(x) - result.net.render(x)).abs().max() <= 1e-6
