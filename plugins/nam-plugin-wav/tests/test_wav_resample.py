"""Conversion of the sample rate on request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from wav_parts import check_headers, make

from nam_kernel.errors import ConfigError, DataError
from nam_plugin_wav import audio
from nam_plugin_wav.audio import read_header
from nam_plugin_wav.resample import read_resampled, resampled_length


def sine(rate: int, seconds: float = 1.0, frequency: float = 997.0) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * frequency * np.arange(round(rate * seconds)) / rate)


@pytest.mark.parametrize(("rate", "wanted"), [(44100, 48000), (96000, 48000), (48000, 44100), (22050, 48000)])
def test_a_sine_stays_the_same_sine(tmp_path: Path, rate: int, wanted: int) -> None:
    """Away from the ends, where the filter sees silence, to better than -100 dB."""
    path = tmp_path / "a.wav"
    soundfile.write(path, sine(rate), rate, subtype="FLOAT")
    samples = read_resampled(read_header(path), wanted)
    assert len(samples) == wanted
    inner = slice(wanted // 10, -wanted // 10)
    assert np.abs(samples - sine(wanted))[inner].max() < 1e-5


def test_a_part_is_the_same_as_in_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio, "BLOCK", 1000)
    path = tmp_path / "a.wav"
    soundfile.write(path, sine(44100, 0.3), 44100, subtype="FLOAT")
    header = read_header(path)
    whole = read_resampled(header, 48000)
    assert len(whole) == resampled_length(header.frames, 44100, 48000) == 14400
    np.testing.assert_array_equal(read_resampled(header, 48000, start=5000, stop=9001), whole[5000:9001])


@pytest.mark.parametrize(
    ("frames", "rate", "wanted", "length"),
    [(1, 48000, 48000, 1), (3, 96000, 48000, 2), (44100, 44100, 48000, 48000), (7, 48000, 44100, 6)],
)
def test_the_length_is_rounded(frames: int, rate: int, wanted: int, length: int) -> None:
    assert resampled_length(frames, rate, wanted) == length


def test_both_files_come_to_the_sample_rate(pair: Any) -> None:
    entry = pair(sine(44100), sine(96000), rate=44100, y_rate=96000, resample=True, sample_rate=48000)
    check_headers(entry)
    dataset = make(entry)
    assert (len(dataset.x), dataset.sample_rate) == (48000, 48000)
    assert (dataset.x - dataset.y).abs()[4800:-4800].max() < 1e-5


def test_without_a_sample_rate_the_output_comes_to_that_of_the_input(pair: Any) -> None:
    dataset = make(pair(sine(44100), sine(48000), rate=44100, y_rate=48000, resample="HQ"))
    assert (dataset.sample_rate, len(dataset.y)) == (44100, 44100)


def test_positions_count_at_the_new_rate(pair: Any) -> None:
    entry = pair(sine(24000), sine(48000), rate=24000, y_rate=48000, resample=True, sample_rate=48000)
    keys = {"start_samples": 24000, "require_input_pre_silence": None}
    assert len(make({**entry, **keys}).x) == 24000


def test_silence_is_sought_in_the_file_as_it_is(pair: Any) -> None:
    """A resampler rings into the silence, so the converted samples are not exactly zero."""
    x = np.concatenate((sine(24000), np.zeros(12000), sine(24000)))
    entry = pair(x, x, rate=24000, resample=True, sample_rate=48000)
    assert len(make({**entry, "start_samples": 72000}).x) == 48000
    with pytest.raises(DataError, match=r"start_samples: 67200 \(1\.400 s\)"):
        make({**entry, "start_samples": 67199})


def test_the_quality_is_one_that_soxr_has(pair: Any) -> None:
    with pytest.raises(ConfigError, match="resample"):
        make(pair(sine(8000), sine(8000), rate=8000, resample="best"))
