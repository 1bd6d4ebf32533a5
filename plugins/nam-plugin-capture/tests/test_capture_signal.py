"""Claims about the signal: the same each time, as long as asked for, recognised through an amplifier."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from computed import amplifier, guitar, late, write

from nam_kernel.errors import UserError
from nam_plugin_capture import layout, signal
from nam_plugin_capture.layout import find_mark
from nam_plugin_capture.pair import analyse
from nam_plugin_capture.recordings import read_recordings
from nam_plugin_capture.sound import compose
from nam_plugin_capture.split import split

RATE = 44100


@pytest.fixture(scope="module")
def made() -> np.ndarray:
    """Forty-two seconds of the signal; full scale is 1."""
    return compose(0.7, RATE) / 2**31


def test_the_file_is_the_same_each_time_and_as_long_as_asked_for(tmp_path: Path) -> None:
    for name in ("a.wav", "b.wav"):
        assert signal.main([str(tmp_path / name), "--rate", "16000", "--minutes", "0.5"]) == 0
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()
    header = soundfile.info(tmp_path / "a.wav")
    assert (header.frames, header.samplerate, header.channels, header.subtype) == (480_000, 16000, 1, "PCM_24")


def test_it_is_never_clipped_and_ends_in_silence(made: np.ndarray) -> None:
    assert 0.5 < np.abs(made).max() < 0.95
    assert not made[-RATE // 2 :].any()


def test_silence_surrounds_what_is_held_out_which_is_playing(made: np.ndarray) -> None:
    start, stop = (round(edge * RATE) for edge in layout.VALIDATION)
    assert not made[start - RATE // 2 : start].any()
    assert not made[stop : stop + RATE // 3].any()
    assert np.mean(np.abs(made[start:stop]) > 1e-3) > 0.7


@pytest.mark.parametrize("delay", [-200, 0, 5000])
@pytest.mark.parametrize("factor", [1.0, -0.01])
def test_it_is_recognised_through_an_amplifier_and_a_delay(made: np.ndarray, delay: int, factor: float) -> None:
    y = factor * late(amplifier(made), delay)
    y += 1e-5 * np.random.default_rng(1).standard_normal(len(y)) * abs(factor)
    mark = find_mark(y, RATE)
    assert mark is not None
    assert abs(mark.start - delay) < 0.001 * RATE


@pytest.mark.parametrize("rate", [16000, 48000, 96000])
def test_it_is_recognised_at_every_rate(rate: int) -> None:
    mark = find_mark(compose(0.5, rate), rate)
    assert mark is not None
    assert mark.start == 0


def test_playing_and_noise_are_not_taken_for_it() -> None:
    noise = np.random.default_rng(0).standard_normal(20 * RATE)
    assert [find_mark(x, RATE) for x in (guitar(20, seed=8, rate=RATE), noise, np.zeros(20 * RATE))] == [None] * 3


def test_capture_splits_it_as_it_is_made(tmp_path: Path, made: np.ndarray) -> None:
    x = write(tmp_path / "di.wav", made, RATE)
    y = write(tmp_path / "amp.wav", late(-0.5 * amplifier(made), 777), RATE)
    found = analyse(read_recordings(x, y))
    assert found.mark is not None
    assert found.refusal == ""
    assert 767 <= found.samples <= 779
    chosen = split(found.recordings, found.mark)
    assert chosen.validation == tuple(round(edge * RATE) for edge in layout.VALIDATION)
    assert chosen.train == ((round(layout.TRAINING * RATE), len(made)),)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["s.wav", "--rate", "100"], "--rate 100"),
        (["s.wav", "--minutes", "0"], "--minutes 0"),
        (["s.mp3"], r"ends in \.wav"),
        (["there.wav"], "exists"),
    ],
)
def test_what_cannot_be_written_is_said(tmp_path: Path, given: list[str], told: str) -> None:
    (tmp_path / "there.wav").write_text("mine")
    with pytest.raises(UserError, match=told):
        signal.main([str(tmp_path / given[0]), *given[1:]])
    assert (tmp_path / "there.wav").read_text() == "mine"
