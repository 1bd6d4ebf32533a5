"""Claims about where a command writes: nothing that it reads, no device, no other file unless told to."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from nam_kernel import write_model
from nam_kernel.errors import UserError
from nam_plugin_nam import render
from nam_plugin_nam.outputs import output_path

RATE = 44100


@pytest.fixture
def folder(tmp_path: Path, gain: Any) -> Path:
    """A model and a recording."""
    write_model(gain(0.5, sample_rate=float(RATE)), tmp_path / "m.nam")
    soundfile.write(tmp_path / "in.wav", np.linspace(-1, 1, 50), RATE, subtype="FLOAT")
    return tmp_path


def play(folder: Path, output: Path, *more: str) -> int:
    return render.main([str(folder / "m.nam"), str(folder / "in.wav"), str(output), *more])


def by_link(folder: Path, name: str) -> Path:
    (folder / "link.wav").symlink_to(folder / name)
    return folder / "link.wav"


def by_folder_link(folder: Path, name: str) -> Path:
    (folder / "here").symlink_to(folder, target_is_directory=True)
    return folder / "here" / name


def by_hard_link(folder: Path, name: str) -> Path:
    os.link(folder / name, folder / "hard.wav")
    return folder / "hard.wav"


def by_detour(folder: Path, name: str) -> Path:
    (folder / "sub").mkdir()
    return folder / "sub" / ".." / name


@pytest.mark.parametrize("read", ["in.wav", "m.nam"])
@pytest.mark.parametrize("way", [Path.joinpath, by_link, by_folder_link, by_hard_link, by_detour])
@pytest.mark.parametrize("more", [(), ("--force",)])
def test_what_is_read_is_never_written(
    folder: Path, read: str, way: Callable[[Path, str], Path], more: tuple[str, ...]
) -> None:
    before = (folder / read).read_bytes()
    with pytest.raises(UserError, match="is read by this command"):
        play(folder, way(folder, read), *more)
    assert (folder / read).read_bytes() == before


@pytest.mark.parametrize("more", [(), ("--force",)])
def test_devices_pipes_and_folders_are_not_written_to(folder: Path, more: tuple[str, ...]) -> None:
    os.mkfifo(folder / "pipe.wav")
    (folder / "null.wav").symlink_to("/dev/null")
    (folder / "folder.wav").mkdir()
    for name, told in (
        ("pipe.wav", "a device or a pipe"),
        ("null.wav", "a device or a pipe"),
        ("folder.wav", "is a folder; name the file"),
    ):
        with pytest.raises(UserError, match=told):
            play(folder, folder / name, *more)
    with pytest.raises(UserError, match="a device or a pipe"):
        play(folder, Path("/dev/zero"), *more)


def test_another_file_is_overwritten_when_told_to(folder: Path) -> None:
    (folder / "take.wav").write_text("precious")
    for output in (folder / "take.wav", by_link(folder, "take.wav")):
        with pytest.raises(UserError, match=r"take.wav exists; .*--force"):
            play(folder, output)
    assert (folder / "take.wav").read_text() == "precious"
    assert play(folder, folder / "link.wav", "--force") == 0
    assert (folder / "link.wav").is_symlink()
    assert len(soundfile.read(folder / "take.wav")[0]) == 50


def test_a_link_to_nothing_is_written_where_it_leads(folder: Path) -> None:
    (folder / "to.wav").symlink_to(folder / "new.wav")
    assert play(folder, folder / "to.wav") == 0
    assert (folder / "new.wav").is_file()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("nowhere/out.wav", "nowhere is not a folder"),
        ("m.nam/out.wav", "m.nam is not a folder"),
        ("n" * 4000, "cannot be written"),
        ("n" * 250, "cannot be written"),
    ],
)
def test_a_place_that_is_none_is_told(folder: Path, name: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        play(folder, folder / name)


def test_the_home_and_relative_paths_are_understood(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.chdir(folder)
    assert output_path("~/a.wav") == output_path("a.wav") == folder.resolve() / "a.wav"
    with pytest.raises(UserError, match="nouser"):
        output_path("~nouser/a.wav")
