"""Claims about the command: one line with its address, one clear message where it cannot start, no training lost."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from served import Served, serving

from nam_kernel.cli.guard import guarded
from nam_plugin_studio import jobs, studio
from nam_plugin_studio.home import Home
from nam_plugin_studio.projects import Projects

ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/\?token=([\w-]{32,})\n")


def ends(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """Run the command, which has to refuse with exit code 2 and one line; return it."""
    code = guarded("nam-kernel", lambda: studio.main([str(argument) for argument in arguments]))
    told = capsys.readouterr()
    assert (code, told.out) == (2, "")
    assert told.err.count("\n") == 1
    return told.err


@contextlib.contextmanager
def started(folder: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], Served]]:
    """Run the command in a process of its own while the block runs; yield it and its client."""
    call = [sys.executable, "-m", "nam_kernel.cli.main", "studio", str(folder), "--no-browser", *arguments]
    process = subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = ADDRESS.fullmatch(line)
        assert found, (line, process.stderr.read() if process.stderr and process.poll() is not None else "")
        yield process, Served(folder, int(found[1]), found[2])
    finally:
        process.kill()
        process.communicate()


def test_it_makes_its_folder_prints_its_address_and_is_the_same_after_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    with started(folder) as (process, client):
        # Whoever comes right after the line is answered.
        assert client.ask("GET", "/").status == 200
        assert (folder / ".studio" / "token").stat().st_mode & 0o077 == 0
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        assert out == ""
        assert "nothing is being trained" in err
        assert "Traceback" not in err
        assert process.returncode == 130
    with started(folder) as (_, again):
        assert (again.port, again.token) == (client.port, client.token)


def test_a_second_studio_on_the_same_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Home.make(tmp_path).opened():
        told = ends(capsys, tmp_path, "--no-browser")
    assert f"{tmp_path} is open in another studio (process {os.getpid()})" in told
    assert "use its window, or end it" in told


def test_a_port_in_use_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = ends(capsys, tmp_path, "--port", port, "--no-browser")
    assert f"port {port} is in use; choose another one with --port, or leave it out" in told
    assert "--port 0: expected a number from 1 to 65535" in ends(capsys, tmp_path, "--port", "0")


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    assert "is a file; name a folder" in ends(capsys, tmp_path / "notes.txt", "--no-browser")
    assert "cannot be written" in ends(capsys, tmp_path / "notes.txt" / "below", "--no-browser")
    assert "cannot be written" in ends(capsys, "/proc/studio", "--no-browser")


def test_a_studio_in_a_folder_with_other_things_leaves_them(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "studio.json").write_text("not ours")
    (tmp_path / "notes.txt").write_text("mine")
    with serving(tmp_path) as client:
        assert client.ask("GET", "/api/runs").json == []
        client.new(name="Photos")
    assert (tmp_path / "photos" / "studio.json").read_text() == "not ours"
    assert [project.key for project in Projects(tmp_path)] == ["photos-2"]


@pytest.mark.slow
def test_the_end_of_the_studio_leaves_a_training_running_and_says_so(
    tmp_path: Path, recordings: tuple[Path, Path]
) -> None:
    with started(tmp_path) as (process, client):
        run = client.new(*recordings)
        assert client.ask("POST", f"{run}/train", {"size": "tiny", "epochs": 2000}).status == 200
        # As a terminal does: the signal goes to the whole group.
        os.kill(process.pid, signal.SIGINT)
        assert "Still training: My Amp." in process.communicate(timeout=20)[1]
    (project,) = Projects(tmp_path)
    now = jobs.state(project)
    assert now is not None
    assert now.running
    with started(tmp_path) as (_, client):
        assert client.wait(run, "training", "preparing")["running"]
        client.ask("POST", f"{run}/stop")
        client.wait(run, "stopped", "ready")
    until = time.monotonic() + 30
    while (now := jobs.state(project)) is not None and now.running:
        assert time.monotonic() < until
        time.sleep(0.1)
