"""Claims about what is opened as a model: regular files of a sensible size, and what else was given is told."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from nam_kernel import read_model
from nam_kernel.errors import ModelFileError
from nam_plugin_nam.opening import read_json

WIRE = {"version": "0.5.4", "architecture": "Gain", "config": {"limit": 1.0}, "weights": [1.0], "sample_rate": 48000}


def refused(path: Path) -> str:
    """Return the message, which comes at once and names the file."""
    start = time.perf_counter()
    with pytest.raises(ModelFileError) as caught:
        read_model(path)
    assert time.perf_counter() - start < 1.0
    message = str(caught.value)
    assert message.startswith(str(path))
    assert len(message) < len(str(path)) + 1300
    assert "\x1b" not in message
    return message


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.nam")
    (tmp_path / "endless.nam").symlink_to("/dev/zero")
    (tmp_path / "terminal.nam").symlink_to("/dev/stdin")
    (tmp_path / "folder.nam").mkdir()
    (tmp_path / "gone.nam").symlink_to(tmp_path / "nowhere")
    (tmp_path / "round.nam").symlink_to(tmp_path / "round.nam")
    assert "a device or a pipe" in refused(tmp_path / "pipe.nam")
    assert "a device or a pipe" in refused(tmp_path / "endless.nam")
    assert "is a folder; give the .nam file in it" in refused(tmp_path / "folder.nam")
    assert "no such file" in refused(tmp_path / "gone.nam")
    assert "cannot be read" in refused(tmp_path / "round.nam")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b" \r\n\t\n", "is empty"),
        (b"\xef\xbb\xbf", "damaged or cut short"),
        (b"<!doctype html><title>404</title>", "is a web page"),
        (b"\xef\xbb\xbf\n  <html>", "is a web page"),
        (b'<?xml version="1.0"?>', "is a web page"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "damaged or cut short"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "not text"),
        (b"PK\x03\x04" + bytes(range(256)), "not text"),
        (b"null", "not a JSON object"),
        (b"12", "not a JSON object"),
        (b'"model"', "not a JSON object"),
        (b'{"weights": [NaN]}', "it holds NaN"),
        (b'{"weights": [1' + b"0" * 5000 + b"]}", "damaged"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 50_000, "nested too deeply"),
    ],
    ids=lambda given: repr(given[:20]),
)
def test_what_holds_no_model_is_told_in_words(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "m.nam").write_bytes(content)
    assert told in refused(tmp_path / "m.nam")


@pytest.mark.parametrize("piece", [b"[],", b"{},", b"0,", b'"",', b"[[]],"])
def test_what_would_fill_the_memory_is_not_parsed(tmp_path: Path, piece: bytes) -> None:
    content = b"[" + piece * (24 * 2**20 // len(piece)) + b"0]"
    (tmp_path / "m.nam").write_bytes(content)
    assert "no model has so many" in refused(tmp_path / "m.nam")


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "m.nam").open("wb") as file:
        file.write(b"[")
        file.truncate(250 * 2**20)
    assert "far too large for a model (250 MiB, at most 64)" in refused(tmp_path / "m.nam")


LONG = "x\x1b[31m" + "y" * 10_000_000


@pytest.mark.parametrize(
    "change",
    [
        {"version": LONG},
        {"architecture": LONG},
        {"sample_rate": LONG},
        {"weights": [LONG]},
        {"weights": [[LONG]]},
        {"config": {"limit": LONG}},
        {"config": {LONG: 1.0}},
        {"metadata": LONG},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_message_quotes_little_of_what_is_wrong(tmp_path: Path, change: dict[str, Any]) -> None:
    (tmp_path / "m.nam").write_text(json.dumps({**WIRE, **change}))
    refused(tmp_path / "m.nam")


def test_a_good_file_is_read_however_it_is_reached(tmp_path: Path) -> None:
    (tmp_path / "m.nam").write_text(json.dumps(WIRE), encoding="utf-8-sig")
    (tmp_path / "link.nam").symlink_to(tmp_path / "m.nam")
    assert read_json(tmp_path / "link.nam") == WIRE
    assert read_model(tmp_path / "link.nam").sample_rate == 48000
