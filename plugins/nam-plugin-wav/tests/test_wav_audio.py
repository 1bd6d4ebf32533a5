"""Reading and writing of audio files."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from wav_parts import check_headers, make

from nam_kernel.errors import DataError
from nam_plugin_wav import audio
from nam_plugin_wav.audio import iterate_audio, read_audio, read_header, write_wav

VALUES = np.array([0.0, 0.5, -0.5, 0.25, -1.0, 127 / 128], np.float64)
"""Exact in every sample format."""


@pytest.mark.parametrize(
    ("suffix", "subtype"),
    [
        ("wav", "PCM_16"),
        ("wav", "PCM_24"),
        ("wav", "PCM_32"),
        ("wav", "FLOAT"),
        ("wav", "DOUBLE"),
        ("flac", "PCM_16"),
        ("flac", "PCM_24"),
        ("aiff", "PCM_16"),
        ("aiff", "PCM_24"),
        ("aiff", "FLOAT"),
    ],
)
def test_every_sample_format_gives_the_same_values(tmp_path: Path, suffix: str, subtype: str) -> None:
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, VALUES, 44100, subtype=subtype)
    recording = read_audio(path)
    assert recording.samples.dtype == np.float32
    np.testing.assert_array_equal(recording.samples, VALUES.astype(np.float32))
    assert (recording.sample_rate, recording.subtype, recording.channels) == (44100, subtype, 1)
    header = read_header(path)
    assert (header.frames, header.sample_rate, header.channels, header.subtype) == (6, 44100, 1, subtype)


def test_a_24_bit_sample_is_its_integer_over_2_to_the_23(tmp_path: Path) -> None:
    """The file is written byte by byte, with an extensible header (Microsoft, KSDATAFORMAT_SUBTYPE_PCM)."""
    integers = [0, 1, -1, 8388607, -8388608, 1234567]
    data = b"".join(struct.pack("<i", i)[:3] for i in integers)
    guid = bytes.fromhex("0100000000001000800000aa00389b71")
    form = struct.pack("<HHIIHHHHI", 0xFFFE, 1, 48000, 144000, 3, 24, 22, 24, 4) + guid
    body = b"WAVE" + b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    path = tmp_path / "extensible.wav"
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    np.testing.assert_array_equal(read_audio(path).samples, np.array(integers) / 2**23)


def test_a_part_is_that_of_the_whole_across_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio, "BLOCK", 64)
    whole = np.random.default_rng(0).uniform(-1, 1, (1000, 2)).astype(np.float32)
    path = tmp_path / "a.wav"
    soundfile.write(path, whole, 48000, subtype="FLOAT")
    for start, stop in ((0, 1000), (1, 64), (63, 65), (64, 128), (999, 1000), (500, 500)):
        np.testing.assert_array_equal(read_audio(path, 2, start=start, stop=stop).samples, whole[start:stop, 1])
    blocks = [block.copy() for block in iterate_audio(path, 1)]
    assert [len(block) for block in blocks] == [64] * 15 + [40]
    np.testing.assert_array_equal(np.concatenate(blocks), whole[:, 0])


def test_a_stereo_file_needs_a_channel_unless_both_are_equal(tmp_path: Path) -> None:
    left = np.linspace(-0.5, 0.5, 2000)
    right = left.copy()
    path = tmp_path / "stereo.wav"
    soundfile.write(path, np.stack([left, right], 1), 1000, subtype="FLOAT")
    np.testing.assert_array_equal(read_audio(path).samples, left.astype(np.float32))
    right[1500] = 0.0
    soundfile.write(path, np.stack([left, right], 1), 1000, subtype="FLOAT")
    with pytest.raises(DataError, match=r"stereo\.wav is stereo .*1\.500 s.*'channel'"):
        read_audio(path)
    assert read_audio(path, 1).samples[1500] != 0
    assert read_audio(path, 2).samples[1500] == 0
    with pytest.raises(DataError, match=r"2 channels, so there is no channel 3"):
        read_audio(path, 3)


def test_the_channel_keys_choose_for_both_files_or_for_one(tmp_path: Path, pair: Any) -> None:
    both = np.stack([np.full(50, 0.1), np.full(50, 0.2)], 1)
    entry = pair(both, both)
    made = [
        make({**entry, **keys})
        for keys in ({"channel": 2}, {"channel": 1, "y_channel": 2}, {"x_channel": 1, "y_channel": 2})
    ]
    assert [(round(d.x[0].item(), 3), round(d.y[0].item(), 3)) for d in made] == [(0.2, 0.2), (0.1, 0.2), (0.1, 0.2)]
    with pytest.raises(DataError, match=r"y\.wav is stereo .*'y_channel'"):
        make({**entry, "x_channel": 1})


def test_a_missing_channel_is_found_from_the_headers(pair: Any) -> None:
    entry = pair(np.zeros(50), np.zeros((50, 2)), y_channel=3)
    with pytest.raises(DataError, match=r"y\.wav has 2 channels, .* no channel 3 in it; set 'y_channel'"):
        check_headers(entry)
    with pytest.raises(DataError, match=r"x\.wav is mono, so there is no channel 2"):
        check_headers({**entry, "y_channel": None, "channel": 2})


@pytest.mark.parametrize(("value", "told"), [(np.nan, "nan"), (np.inf, "inf"), (-np.inf, "-inf")])
def test_the_first_impossible_sample_is_named(
    tmp_path: Path, value: float, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audio, "BLOCK", 512)
    samples = np.zeros(2000)
    samples[[1500, 1700]] = value
    path = tmp_path / "a.wav"
    soundfile.write(path, samples, 1000, subtype="FLOAT")
    with pytest.raises(DataError, match=rf"holds {told} at sample 1500 \(1\.500 s\)"):
        read_audio(path)
    assert len(read_audio(path, stop=1500).samples) == 1500
    soundfile.write(path, np.stack([samples, samples], 1), 1000, subtype="FLOAT")
    with pytest.raises(DataError, match="sample 1500"):
        read_audio(path)


def test_what_is_no_audio_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("this is no sound")
    (tmp_path / "zero.wav").touch()
    soundfile.write(tmp_path / "none.wav", np.zeros(0), 48000)
    for name, pattern in (
        ("text.wav", r"cannot be read as audio .*WAV, FLAC or AIFF"),
        ("zero.wav", r"is empty \(0 bytes\)"),
        ("none.wav", "contains no samples"),
        ("missing.wav", "there is no file"),
        (".", "is a folder"),
    ):
        for read in (read_header, read_audio):
            with pytest.raises(DataError, match=pattern):
                read(tmp_path / name)


def test_a_file_that_was_cut_short_gives_what_is_there_or_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.flac"
    soundfile.write(path, np.random.default_rng(0).uniform(-1, 1, 100_000), 48000)
    path.write_bytes(path.read_bytes()[:100_000])
    with pytest.raises(DataError, match=r"cut\.flac"):
        read_audio(path)


def test_what_was_written_is_read_exactly(tmp_path: Path) -> None:
    samples = np.random.default_rng(0).normal(size=1000).astype(np.float32)
    path = tmp_path / "a.wav"
    write_wav(path, samples, 44100)
    recording = read_audio(path)
    np.testing.assert_array_equal(recording.samples, samples)
    assert (recording.sample_rate, recording.subtype) == (44100, "FLOAT")
    assert list(tmp_path.iterdir()) == [path]
