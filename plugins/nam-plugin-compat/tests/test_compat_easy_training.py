"""Claims about the easy trainer: one call makes a model, in a folder of its own, by steps that scripts may replace."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from easy_signals import S, amplified, first, pair

import nam_kernel
from nam.data import np_to_wav, wav_to_np
from nam.models.metadata import GearType, UserMetadata
from nam.train import colab, core, gui, metadata
from nam.train.lightning_module import LightningModule, PackedBestCheckpoint, PackedLightningModule
from nam_kernel.errors import NamKernelError

pytestmark = pytest.mark.filterwarnings("ignore:.*pin_memory")

LAYERS = {"input_size": 1, "condition_size": 1, "kernel_size": 3, "dilations": [1, 2], "activation": "Tanh"}
LAYERS |= {"head": {"out_channels": 1, "kernel_size": 1, "bias": True}}
SIZES = [
    {"name": name, "config": {"layers_configs": [{**LAYERS, "channels": channels}], "head_scale": 0.1}}
    for name, channels in (("small", 2), ("large", 3))
]


def small(name: str = "PackedWaveNet") -> dict[str, Any]:
    """Return a model config whose net is trained within a second."""
    config: Any = {"submodels": SIZES} if name == "PackedWaveNet" else SIZES[1]["config"]
    return {
        "net": {"name": name, "config": config},
        "optimizer": {"lr": 0.02},
        "lr_scheduler": {"class": "ExponentialLR", "kwargs": {"gamma": 0.99}},
        "loss": {"val_loss": "esr"},
    }


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A signal of version 1 and its recording, 37 samples late; the training takes nine seconds of it."""
    x, y = pair(tmp_path_factory.mktemp("easy"), first())
    return x, y


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small packed net in place of the A2 sizes, as scripts put their own nets there."""
    monkeypatch.setattr(core, "_get_packed_model_config", small)


def train(files: tuple[str, str], folder: Path, **given: Any) -> core.TrainOutput:
    return core.train(*files, str(folder), **{"epochs": 2, "silent": True, "ignore_checks": True, **given})


def error_of(model: Any, files: tuple[str, str], delay: int) -> torch.Tensor:
    """Return the ESR of each output over the last nine seconds, by its definition."""
    x, y = (torch.from_numpy(wav_to_np(file)).float() for file in files)
    x, y = x[-9 * S : -delay], y[-9 * S + delay :]
    with torch.inference_mode():
        played = model(x, pad_start=True)
    return (played - y).square().mean(-1) / y.square().mean()


@pytest.mark.usefixtures("quick")
def test_one_call_makes_a_model_of_the_level_of_the_recording(files: tuple[str, str], tmp_path: Path) -> None:
    stated = UserMetadata(name="Mine", gear_type=GearType.AMP)
    model, known = train(files, tmp_path / "new", save_plot=True, modelname="mine", user_metadata=stated)
    assert type(model) is PackedLightningModule
    assert not model.training
    assert model.net.sample_rate == S
    assert isinstance(known, metadata.TrainingMetadata)
    # The clicks are answered 37 samples late, one of which is left as a margin.
    each = error_of(model.net, files, 36)
    assert known.validation_esr == pytest.approx(float(each.sum()), rel=1e-3)
    assert known.data.latency.calibration.recommended == 36
    assert known.settings.ignore_checks
    assert (tmp_path / "new" / "mine.png").exists()
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["lightning_logs", "mine.png"]
    saved = tmp_path / "new" / "lightning_logs" / "version_0" / "checkpoints"
    best = sorted(saved.glob("checkpoint_best_epoch=*.nam"))
    assert len(best) == 2
    assert all(path.with_suffix(".ckpt").exists() for path in best)
    assert json.loads((saved.parent / "model.nam").read_text())["metadata"]["gear_type"] == "amp"
    document = json.loads(best[0].read_text())
    assert document["metadata"]["name"] == "Mine"
    assert document["metadata"][metadata.TRAINING_KEY]["data"]["checks"] == {"version": 1, "passed": False}
    (last,) = saved.glob("checkpoint_last_epoch=0001*.nam")
    played = error_of(nam_kernel.read_model(last), files, 36)
    assert played.tolist() == pytest.approx(each.tolist(), rel=0.02)
    model.net.export(tmp_path, basename="own", user_metadata=stated, other_metadata={"training": known.model_dump()})
    exported = error_of(nam_kernel.read_model(tmp_path / "own.nam"), files, 36)
    assert exported.tolist() == pytest.approx(each.tolist(), rel=1e-4)


@pytest.mark.usefixtures("quick")
def test_a_second_training_has_a_folder_of_its_own_and_is_the_same(files: tuple[str, str], tmp_path: Path) -> None:
    first_one, second = (train(files, tmp_path, epochs=1).metadata.validation_esr for _ in range(2))
    assert first_one == second
    assert sorted(path.name for path in (tmp_path / "lightning_logs").iterdir()) == ["version_0", "version_1"]
    assert train(files, tmp_path, epochs=1, seed=5).metadata.validation_esr != second


def test_a_failed_check_trains_nothing_unless_it_is_ignored(files: tuple[str, str], tmp_path: Path) -> None:
    model, known = train(files, tmp_path / "new", ignore_checks=False)
    assert model is None
    assert known.validation_esr is None
    assert not known.data.checks.passed
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("given", "net", "rest"),
    [
        (
            {"architecture": "nano", "lr": 0.003, "lr_decay": 0.01, "delay": 30},
            ("WaveNet", core.get_wavenet_config(core.Architecture.NANO)),
            {
                "optimizer": {"lr": 0.003},
                "lr_scheduler": {"class": "ExponentialLR", "kwargs": {"gamma": 0.99}},
                "loss": {"val_loss": "esr", "pre_emph_mrstft_weight": 2e-4, "pre_emph_mrstft_coef": 0.85},
            },
        ),
        (
            {"architecture": core.Architecture.NANO, "model_type": "LSTM", "fit_mrstft": False},
            ("LSTM", {"num_layers": 1, "hidden_size": 12, "train_burn_in": 4096, "train_truncate": 512}),
            {"optimizer": {"lr": 0.004}},
        ),
        ({"lr": 0.001}, ("PackedWaveNet", {"submodels": SIZES}), {"optimizer": {"lr": 0.001}}),
    ],
    ids=["nano", "lstm", "packed"],
)
@pytest.mark.usefixtures("quick")
def test_the_keywords_of_earlier_versions_choose_the_net(
    files: tuple[str, str], tmp_path: Path, given: dict[str, Any], net: tuple[str, Any], rest: dict[str, Any]
) -> None:
    model, known = train(files, tmp_path, fast_dev_run=True, **given)
    written = json.loads((tmp_path / "lightning_logs" / "version_0" / "config_model.json").read_text())
    assert (written["net"]["name"], written["net"]["config"]) == net
    assert {key: written[key] for key in rest} == rest
    assert known.data.latency.manual == given.get("delay")
    assert type(model) is (PackedLightningModule if net[0] == "PackedWaveNet" else LightningModule)
    assert not [*tmp_path.rglob("checkpoint_*")]


def test_what_no_version_knew_is_refused_with_what_was_meant(files: tuple[str, str], tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'architectur'.*architecture"):
        train(files, tmp_path, architectur="nano")
    with pytest.raises(ValueError, match="state only latency"):
        train(files, tmp_path, latency=3, delay=4)
    with pytest.raises(ValueError, match="no such net"):
        train(files, tmp_path, model_type="Transformer")
    with pytest.raises(ValueError, match="gigantic"):
        train(files, tmp_path, architecture="gigantic")
    assert not [*tmp_path.iterdir()]


def test_files_that_do_not_fit_together_are_refused(files: tuple[str, str], tmp_path: Path) -> None:
    y = wav_to_np(files[1])
    np_to_wav(y[:-S], tmp_path / "short.wav")
    np_to_wav(y, tmp_path / "rate.wav", 44_100)
    with pytest.raises(ValueError, match="differs in length .* by -1.00 seconds"):
        train((files[0], str(tmp_path / "short.wav")), tmp_path)
    with pytest.raises(ValueError, match="sample rates are different"):
        train((files[0], str(tmp_path / "rate.wav")), tmp_path)
    with pytest.raises(ValueError, match="none of the standard signals"):
        train((files[1], files[1]), tmp_path)


@pytest.mark.usefixtures("quick")
def test_of_a_training_that_cannot_start_nothing_stays(files: tuple[str, str], tmp_path: Path) -> None:
    with pytest.raises(NamKernelError, match="batch"):
        train(files, tmp_path, batch_size=10_000)
    assert not [*tmp_path.iterdir()]


@pytest.mark.usefixtures("quick")
def test_the_training_stops_once_it_is_good_enough(files: tuple[str, str], tmp_path: Path) -> None:
    train(files, tmp_path, epochs=5, threshold_esr=1e6)
    assert len([*tmp_path.rglob("checkpoint_best_*.ckpt")]) == 1


@pytest.mark.usefixtures("quick")
def test_callbacks_of_a_script_see_the_training(
    files: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Listener(pl.Callback):
        made: list[Listener] = []

        def __init__(self) -> None:
            self.heard: list[float] = []
            self.made.append(self)

        def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
            self.heard.append(float(trainer.callback_metrics.get("ESR_packed_1", -1)))

    class Patched(pl.Trainer):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **{**kwargs, "callbacks": [*(kwargs.get("callbacks") or []), patched]})

    patched, get_callbacks = Listener(), core.get_callbacks
    monkeypatch.setattr(pl, "Trainer", Patched)
    monkeypatch.setattr(core, "get_callbacks", lambda *args, **kwargs: [*get_callbacks(*args, **kwargs), Listener()])
    train(files, tmp_path)
    assert len(Listener.made[-1].heard) == 2
    assert Listener.made[-1].heard == patched.heard[-2:]


@pytest.mark.usefixtures("quick")
def test_a_script_may_say_which_signal_a_file_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Fake:
        major, minor, patch = 1, 1, 1

    x = first()
    x[20_000:24_000] += 0.1  # so that it is no signal that is known
    x_path, y_path = pair(tmp_path, x)
    assert not core.validate_input(x_path).passed
    monkeypatch.setattr(core, "_detect_input_version", lambda path: (Fake(), False))
    monkeypatch.setattr(core, "_get_packed_model_config", lambda: small("WaveNet"))
    assert train((x_path, y_path), tmp_path / "out", epochs=1).metadata.validation_esr is not None


@pytest.mark.filterwarnings("default")
def test_a_whole_script_runs_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The script runs with neural-amp-modeler 0.13.0 too, to its end."""
    pair(tmp_path, first())
    for name in ("_detect_input_version", "_get_packed_model_config", "get_callbacks"):
        monkeypatch.setattr(core, name, getattr(core, name))  # which the script replaces
    monkeypatch.setattr(sys, "argv", ["easy_door.py", str(tmp_path)])
    runpy.run_path(str(Path(__file__).parent / "scripts" / "easy_door.py"), run_name="__main__")
    assert "ESR " in capsys.readouterr().out


@pytest.mark.usefixtures("quick")
def test_the_signal_of_proteus_is_held_out_from_without_silence_and_paths_may_be_relative(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = np.random.default_rng(0).uniform(-0.5, 0.5, 16 * 44_100)
    x[:44_100] = 0.0
    x[22_050] = 0.9
    np_to_wav(x, tmp_path / "x.wav", 44_100)
    np_to_wav(amplified(x, 37), tmp_path / "y.wav", 44_100)
    monkeypatch.setattr(core, "_detect_input_version", lambda path: (core._PROTEUS_VERSION, True))
    monkeypatch.chdir(tmp_path)
    given = {"epochs": 1, "silent": True, "ignore_checks": True, "fast_dev_run": 1}
    model, known = core.train(Path("x.wav"), Path("y.wav"), Path("out"), **given)  # type: ignore[arg-type]
    assert model.net.sample_rate == 44_100
    assert known.data.checks == metadata.DataChecks(version=4, passed=False)
    written = json.loads((tmp_path / "out" / "lightning_logs" / "version_0" / "config_data.json").read_text())
    assert written["common"]["x_path"] == str(tmp_path / "x.wav")
    assert written["validation"]["start_samples"] == -441_000


def test_the_callbacks_are_those_that_scripts_know(tmp_path: Path) -> None:
    best, last = core.get_callbacks(None)
    assert isinstance(best, core._ModelCheckpoint)
    assert (best.monitor, best.save_top_k) == ("val_loss", 3)
    assert isinstance(last, core._ModelCheckpoint)
    assert last._get_nam_filepath("a/b.ckpt") == Path("a/b.nam")
    with pytest.raises(ValueError, match="does not end in"):
        last._get_nam_filepath("a/b.nam")
    *_, stopping = core.get_callbacks(0.01, packed=True)
    assert (stopping.monitor, stopping.stopping_threshold, stopping.patience) == ("ESR", 0.01, np.inf)
    assert any(isinstance(callback, PackedBestCheckpoint) for callback in core.get_callbacks(None, packed=True))


@pytest.mark.usefixtures("quick")
def test_the_loaders_of_a_training_by_hand(files: tuple[str, str]) -> None:
    data, model_config, learning = core._get_configs(core._Version(1, 1, 1), *files, 36, 1, 4096, 2)
    assert learning["trainer"]["max_epochs"] == 1
    module = PackedLightningModule.init_from_config(model_config)
    training, validation = core._get_dataloaders(data, {**learning, "train_dataloader": {"batch_size": 2}}, module)
    x, y = next(iter(training))
    assert (x.shape, y.shape) == ((2, 4096 + module.net.receptive_field - 1), (2, 4096))
    assert len(validation) == 1
    # What is trained is brought to -18 dBFS.
    assert 20 * np.log10(float(training.dataset.y.square().mean().sqrt())) == pytest.approx(-18, abs=0.01)


@pytest.mark.usefixtures("quick")
def test_the_notebooks_trainer_finds_the_files_and_exports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match="upload input.wav"):
        colab.run()
    pair(tmp_path, first(), names=("v1_1_1.wav", "output.wav"))
    colab.run(epochs=1, ignore_checks=True, user_metadata=UserMetadata(name="Mine"))
    document = json.loads((tmp_path / "exported_models" / "version_0" / "model.nam").read_text())
    assert document["metadata"]["name"] == "Mine"
    assert document["metadata"]["training"]["validation_esr"] > 0
    assert "older signal" in capsys.readouterr().out
    colab.run(epochs=1)
    assert [path.name for path in (tmp_path / "exported_models").iterdir()] == ["version_0"]
    (tmp_path / "v1_1_1.wav").rename(tmp_path / "v3_0_0.wav")
    with pytest.raises(RuntimeError, match="v3_0_0.wav is called input.wav now"):
        colab.run()
    (tmp_path / "v1_1_0.wav").touch()
    with pytest.raises(RuntimeError, match="wrong places"):
        colab.run()


def test_the_recording_is_looked_for_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    np_to_wav(amplified(first(1.0)), tmp_path / "input.wav")
    with pytest.raises(FileNotFoundError, match="upload it as output.wav"):
        colab.run()


def test_nam_says_how_to_install_the_studio(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from nam.cli import nam_gui

    monkeypatch.setattr(gui, "has_studio", lambda: False)
    monkeypatch.setattr(sys, "argv", ["nam"])
    with pytest.raises(SystemExit) as raised:
        nam_gui()
    assert raised.value.code == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "pip install nam-plugin-studio" in told.err
    assert "nam-kernel capture DI.wav AMP.wav" in told.err


def test_nam_opens_the_studio_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import EntryPoint

    from nam_kernel.cli import main

    given: list[list[str]] = []
    studio = EntryPoint("studio", "unittest.mock:Mock", "nam_kernel.commands.v1")
    monkeypatch.setattr(gui.importlib_metadata, "entry_points", lambda **wanted: [studio])
    monkeypatch.setattr(main, "main", lambda argv: given.append(argv) or 0)
    assert gui.run(["captures", "--no-browser"]) == 0
    assert given == [["studio", "captures", "--no-browser"]]
