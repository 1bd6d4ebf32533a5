"""
Strangers' distributions: one that uses every seam, those that build on it, and broken ones beside a training.

``strangers`` was written from the documentation alone. Nothing in the kernel or in another plugin knows of it.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import zoo
from material import documents
from support import Command

HERE = Path(__file__).parent / "strangers"

STRANGERS = """
[nam_kernel.v1]
stranger = strangers.hooks

[nam_kernel.commands.v1]
greet = strangers.greet:main
"""

Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path) -> Install:
    """Install packages of the folder ``strangers`` into a folder of ``sys.path``, and return it."""
    site = tmp_path / "site"

    def put(*packages: str) -> Path:
        for package in packages:
            shutil.copytree(HERE / package, site / package)
            info = site / f"nam_plugin_{package}-4.5.6.dist-info"
            info.mkdir()
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: nam-plugin-{package}\nVersion: 4.5.6\n")
            entries = STRANGERS if package == "strangers" else f"[nam_kernel.v1]\n{package} = {package}.hooks\n"
            (info / "entry_points.txt").write_text(entries)
        return site

    return put


DOCUMENTS: dict[str, dict[str, Any]] = {
    "data": {"type": "Turned", "train": {}, "validation": {"items": 8, "seed": 1}},
    "model": {
        "net": {"name": "Shaper", "config": {"taps": 4}},
        "loss": {"treble_weight": 1.0, "treble_hertz": 500.0, "mse_weight": None, "val_loss": "ESR"},
        "export": ["tape"],
    },
    "learning": {"engine": "rounds", "rounds": 300},
}


def write(folder: Path, **changes: dict[str, Any]) -> list[Path]:
    """Write the three documents of the stranger's training, with some of their keys changed."""
    paths = []
    for name, document in DOCUMENTS.items():
        paths.append(folder / f"{name}.json")
        paths[-1].write_text(json.dumps({**document, **changes.get(name, {})}))
    return paths


@pytest.fixture
def trained(tmp_path: Path, command: Command, install: Install) -> Path:
    """The directory of a run of everything that the stranger brings, a neighbour beside it."""
    done = command("nam_full", *write(tmp_path), "out", "-np", path=install("strangers", "neighbours"))
    assert done.returncode == 0, done.stderr
    (directory,) = (tmp_path / "out").iterdir()
    return directory


def test_all_that_a_stranger_brings_makes_one_run(trained: Path) -> None:
    record = json.loads((trained / "run.json").read_text())
    # The net is the very amplifier, so that it gets there, if each knob reaches it by its name; the data lists the
    # knobs in the other order, with ranges that differ by ten.
    assert record["metrics"]["ESR"] < 1e-4
    # The trainer got its required key, the loss its own, and the sample rate, without which it does not start.
    assert record["epochs"] == 300
    assert record["metrics"].keys() == {"Treble", "ESR", "val_loss"}
    # The exporter proved its file.
    (proof,) = record["proofs"]
    assert (proof["file"], proof["passed"]) == ("model.tape", True)
    assert proof["error"] <= 1e-5
    # Another distribution implements the stranger's hook.
    assert (trained / "words.txt").read_text() == "well done in 300 rounds"
    stranger = {"from": "nam-plugin-strangers", "version": "4.5.6"}
    components = record["components"]
    theirs = {name: c["component"] for name, c in components.items() if c.items() >= stranger.items()}
    assert theirs == {
        "net": "Shaper",
        "train": "Turned",
        "validation": "Turned",
        "loss.Treble": "Treble",
        "export.tape": "tape",
        "trainer": "rounds",
    }
    tape = json.loads((trained / "model.tape").read_text())
    assert tape["metadata"]["made_by"]["net"] == {"component": "Shaper", **stranger}
    # The amplifier is 0.5 tone tanh(drive x): one tap of 1, the newest, and a level of one half.
    np.testing.assert_allclose(np.abs(tape["taps"]), [0, 0, 0, 1], atol=0.02)
    assert abs(tape["level"]) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"learning": {"rounds": None}}, "learning.json: rounds: expected a whole number"),
        ({"learning": {"rounds": 3, "rate": 0}}, "learning.json: rate: must be greater than 0"),
        ({"learning": {"rounds": 3, "rte": 1}}, "learning.json: rte: unknown key; did you mean 'rate'?"),
        (
            {"model": {"loss": {"treble_weight": 1, "treble_herz": 9}}},
            "treble_herz: unknown key; did you mean 'treble_hertz'?",
        ),
        ({"model": {"loss": {"treble_weight": 1, "treble_hertz": -9}}}, "loss.treble_hertz: must be greater than 0"),
        ({"model": {"net": {"name": "Shaper", "config": {"tabs": 5}}}}, "tabs: unknown key; did you mean 'taps'?"),
        (
            {"model": {"net": {"name": "Shaper", "config": {"taps": 40}}}},
            "the exporter 'tape' (nam-plugin-strangers) refuses the net: a tape holds 32 taps, and this net has 40",
        ),
    ],
)
def test_what_is_wrong_is_told_before_the_training(
    tmp_path: Path, command: Command, install: Install, changes: dict[str, Any], told: str
) -> None:
    done = command("nam_full", *write(tmp_path, **changes), "out", "-np", path=install("strangers"))
    assert done.returncode == 2
    assert told in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_key_that_is_required_is_asked_for(tmp_path: Path, command: Command, install: Install) -> None:
    paths = write(tmp_path)
    paths[2].write_text('{"engine": "rounds"}')
    done = command("nam_full", *paths, "out", "-np", path=install("strangers"))
    assert done.returncode == 2
    assert "learning.json: rounds: this key is missing" in done.stderr


def test_a_net_whose_conditions_are_others_is_refused(tmp_path: Path, command: Command, install: Install) -> None:
    site = install("strangers")
    net = site / "strangers" / "net.py"
    net.write_text(net.read_text().replace('Condition("drive"', 'Condition("gain"'))
    done = command("nam-kernel", "check", *write(tmp_path), path=site)
    assert done.returncode == 2
    assert "the data lacks gain; the net lacks drive" in done.stderr


def test_a_finding_is_shown_to_people_and_to_programs(tmp_path: Path, command: Command, install: Install) -> None:
    site, paths = install("strangers"), write(tmp_path)
    shown = command("nam-kernel", "check", *paths, path=site)
    assert "the input is shrill (0.3" in shown.stdout
    done = command("nam-kernel", "check", "--json", *paths, path=site)
    told = json.loads(done.stdout)
    assert (done.returncode, told["ready"]) == (0, True)
    assert told["run"]["rounds"] == "300"
    (finding,) = [finding for finding in told["findings"] if finding["kind"] == "shrill"]
    # The mean distance of two numbers drawn between 0 and 1 is one third.
    assert finding["facts"]["treble"] == pytest.approx(1 / 3, abs=0.02)
    assert (finding["severity"], finding["where"]) == ("warning", "train")
    assert finding["remedy"] == "play with less treble"


def test_a_command_is_listed_with_the_first_line_of_its_docstring(command: Command, install: Install) -> None:
    site = install("strangers")
    told = command("nam-kernel", "--help", path=site).stdout
    assert re.search(r"^  greet +Greet whoever comes by$", told, re.MULTILINE)
    assert command("nam-kernel", "greet", "stranger", path=site).stdout == "Welcome, stranger.\n"


def test_an_accelerator_is_used_and_a_wrong_one_is_not_trusted(
    tmp_path: Path, command: Command, install: Install
) -> None:
    site = install("strangers", "wrong_strangers", "fast_strangers")
    calls = site / "fast_strangers" / "calls.txt"
    paths = write(
        tmp_path,
        model={"export": ["nam"], "loss": {"mse_weight": 1.0, "val_loss": "esr"}, "optimizer": {"lr": 0.05}},
        learning={},
    )
    learning = {
        "train_dataloader": {"batch_size": 4},
        "trainer": {"accelerator": "cpu", "max_epochs": 20, "logger": False},
    }
    paths[2].write_text(json.dumps(learning))
    done = command("nam_full", *paths, "out", "-np", path=site)
    assert done.returncode == 0, done.stderr
    (directory,) = (tmp_path / "out").iterdir()
    record = json.loads((directory / "run.json").read_text())
    assert record["metrics"]["ESR"] < 0.05
    # 6 batches in each of 20 epochs, and the comparison before them.
    assert calls.read_text().count("learning") >= 120
    told = "plugin 'wrong_strangers' (nam-plugin-wrong_strangers): its accelerated Shaper is not used"
    assert f"{told}, because its output differs by 0.5 of the peak" in done.stderr

    x = np.random.default_rng(0).uniform(-0.5, 0.5, 8000).astype(np.float32)
    soundfile.write(tmp_path / "di.wav", x, 8000, subtype="FLOAT")
    calls.unlink()
    knobs = ("--set", "drive=5", "--set", "tone=0.8")
    played = command("nam-kernel", "render", directory / "model.nam", "di.wav", "out.wav", *knobs, path=site)
    assert played.returncode == 0, played.stderr
    assert calls.read_text().count("listening") >= 1
    y, _ = soundfile.read(tmp_path / "out.wav", dtype="float32")
    wanted = 0.5 * 0.8 * np.tanh(5 * x)
    assert np.square(y - wanted).sum() / np.square(wanted).sum() < 0.05


def test_a_training_that_needs_none_of_the_zoo_is_not_touched_by_it(tmp_path: Path, command: Command) -> None:
    site = tmp_path / "site"
    for name, (source, _) in zoo.BROKEN.items():
        zoo.install(site, name, source)
    zoo.install(site, "stale", "", module=False)
    zoo.install(site, "future", "", group="nam_kernel.v2")
    for name in ("twin_a", "twin_b"):
        zoo.install(site, name, zoo.good(name, "Twin"))
    done = command("nam_full", *documents(tmp_path), "out", "-np", path=site)
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "out").glob("*/model.nam"))
    for name, (_, reason) in zoo.BROKEN.items():
        (line,) = [line for line in done.stderr.splitlines() if f"plugin '{name}' " in line]
        assert reason in line


def test_a_training_that_needs_a_broken_plugin_stops_with_its_cause(
    tmp_path: Path, command: Command, nam_home: Path
) -> None:
    zoo.extend(nam_home, "my_net", "import a_package_that_nobody_has")
    paths = documents(tmp_path, model={"net": {"name": "MyNet", "config": {}}})
    done = command("nam_full", *paths, "out")
    assert done.returncode != 0
    assert "a_package_that_nobody_has" in done.stderr.split("error:")[1]
    assert not (tmp_path / "out").exists()


def test_a_legacy_extension_registers_a_plain_module_that_trains(
    tmp_path: Path, command: Command, nam_home: Path
) -> None:
    zoo.extend(
        nam_home,
        "old",
        """
        import torch
        from nam_kernel import register_net

        class Two(torch.nn.Module):
            def __init__(self, config):
                super().__init__()
                self.taps = torch.nn.Parameter(torch.tensor([0.5, 0.1]))
                self.receptive_field = 2

            def forward(self, x):
                return self.taps[0] * x[:, 1:] + self.taps[1] * x[:, :-1]

            def export_config(self):
                return {}

        register_net("Two", Two)
        """,
    )
    done = command("nam_full", *documents(tmp_path, model={"net": {"name": "Two"}}), "out", "-np")
    assert done.returncode == 0, done.stderr
    (model,) = (tmp_path / "out").glob("*/model.nam")
    assert json.loads(model.read_text())["architecture"] == "Two"
