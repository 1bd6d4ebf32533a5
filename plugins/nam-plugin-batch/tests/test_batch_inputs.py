"""Claims about the DI that rows share: it is read and analysed once, and split as ``capture`` splits it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from batch_session import RATE, record

from nam_plugin_batch import inputs
from nam_plugin_batch import record as records
from nam_plugin_batch.inputs import Inputs
from nam_plugin_capture import analyse, make_plan, read_recordings


class Counted:
    """A function that counts how often it is called."""

    def __init__(self, function: object) -> None:
        self.function, self.calls = function, 0

    def __call__(self, *arguments: object, **keywords: object) -> object:
        self.calls += 1
        return self.function(*arguments, **keywords)  # type: ignore[operator]


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> dict[str, Counted]:
    """How often each step of the analysis is carried out."""
    counted = {name: Counted(getattr(inputs, name)) for name in ("read_audio", "find_mark", "split_input")}
    for name, function in counted.items():
        monkeypatch.setattr(inputs, name, function)
    return counted


def test_rows_that_share_a_di_share_its_analysis(tmp_path: Path, counts: dict[str, Counted]) -> None:
    di = record(tmp_path, *"abcdefgh")
    known = Inputs()
    splits = [known.split(di, tmp_path / f"{name}.wav") for name in "abcdefgh"]
    assert {name: counted.calls for name, counted in counts.items()} == dict.fromkeys(counts, 1)
    assert all(split == splits[0] for split in splits)


def test_a_shorter_recording_leaves_less_of_the_di_to_split(tmp_path: Path, counts: dict[str, Counted]) -> None:
    di = record(tmp_path, "long", "short")
    samples, _ = soundfile.read(tmp_path / "short.wav")
    soundfile.write(tmp_path / "short.wav", samples[: 3 * RATE], RATE)
    known = Inputs()
    whole, part = (known.split(di, tmp_path / f"{name}.wav") for name in ("long", "short"))
    assert whole is not None
    assert part is not None
    assert whole != part
    assert max(stop for _, stop in (*part.train, part.validation)) == 3 * RATE
    assert counts["read_audio"].calls == 1


def test_the_split_is_the_one_of_capture(tmp_path: Path) -> None:
    di = record(tmp_path, "amp")
    plan = make_plan(analyse(read_recordings(di, tmp_path / "amp.wav")))
    assert Inputs().split(di, tmp_path / "amp.wav") == plan.split


def test_what_is_too_short_is_left_to_the_training_to_refuse(tmp_path: Path) -> None:
    for name in ("di", "amp"):
        soundfile.write(tmp_path / f"{name}.wav", np.zeros(RATE // 2), RATE)
    assert Inputs().split(tmp_path / "di.wav", tmp_path / "amp.wav") is None


def test_a_file_is_hashed_again_only_when_it_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    di = record(tmp_path, "amp")
    digest = Counted(records.hashlib.file_digest)
    monkeypatch.setattr(records.hashlib, "file_digest", digest)
    known = Inputs()
    first = known.recording(di)
    assert known.recording(di) == first
    assert digest.calls == 1
    soundfile.write(di, np.ones(10), RATE)
    os.utime(di, ns=(0, 0))
    assert known.recording(di).digest != first.digest
