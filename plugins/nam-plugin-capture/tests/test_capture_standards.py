"""Claims about the older standard signals, on stand-ins of their layout: recognised, and split as they are meant."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from computed import amplifier, guitar, late
from standins import S, standin

from nam_kernel.errors import DataError
from nam_plugin_capture import recognition, standards
from nam_plugin_capture.pair import Analysis, analyse
from nam_plugin_capture.plan import make_plan
from nam_plugin_capture.recognition import Recognised, hashes, recognise
from nam_plugin_capture.recordings import Recordings, read_recordings
from nam_plugin_capture.split import split
from nam_plugin_wav import Delay

RATES = {"1.1.1": S, "2.0.0": S, "3.0.0": S, "4.0.0": 44_100}


@pytest.fixture(scope="module")
def made() -> dict[str, np.ndarray]:
    return {version: standin(version) for version in RATES}


def analysed(x: np.ndarray, y: np.ndarray, rate: int) -> Analysis:
    """Return what is known of a pair, its delay given, so that no test has to look for it."""
    recordings = Recordings(Path("di.wav"), Path("amp.wav"), x.astype(np.float32), y.astype(np.float32), rate)
    return Analysis(recordings, Delay(0, 1.0, False, None, (), "found", rate, ""), 0, recognise(recordings.x, rate))


@pytest.mark.parametrize("version", RATES)
def test_a_signal_is_recognised_by_its_layout_alone(made: dict[str, np.ndarray], version: str) -> None:
    found = recognise(made[version], RATES[version])
    assert found is not None
    assert (found.standard.version, found.by) == (version, "layout")


@pytest.mark.parametrize("version", RATES)
@pytest.mark.parametrize("change", ["16 bits", "half as loud", "inverted", "dithered"])
def test_another_format_or_level_does_not_hinder(made: dict[str, np.ndarray], version: str, change: str) -> None:
    x = made[version]
    dither = 2.0**-15 * np.random.default_rng(0).standard_normal(len(x))
    changed = {"16 bits": np.round(x * 2**15) / 2**15, "half as loud": 0.5 * x, "inverted": -x, "dithered": x + dither}
    found = recognise(changed[change].astype(np.float32), RATES[version])
    assert found is not None
    assert found.standard.version == version


def test_silence_after_the_end_does_not_hinder_where_the_length_is_known(made: dict[str, np.ndarray]) -> None:
    longer = np.concatenate([made["3.0.0"], np.zeros(2 * S)])
    found = recognise(longer, S)
    assert found is not None
    parts = found.parts(len(longer), S)
    assert parts is not None
    assert parts.validation == (181 * S, 190 * S)


def test_what_is_something_else_is_not_recognised(made: dict[str, np.ndarray]) -> None:
    third, second = made["3.0.0"], made["2.0.0"]
    other_take, one_click, cut = third.copy(), third.copy(), third[: -5 * S]
    other_take[-9 * S :] = second[10 * S : 19 * S]
    one_click[504_000] = 0.0
    recording = late(amplifier(made["1.1.1"]), 37)
    strange = [other_take, one_click, cut, recording, np.roll(third, S), guitar(200, seed=4, rate=S), np.zeros(190 * S)]
    assert [recognise(x, S) for x in strange] == [None] * len(strange)
    assert recognise(third, 44_100) is None


@pytest.mark.parametrize(
    ("version", "train", "validation", "silence"),
    [
        # Version 1 ends in 9 s to hold out; version 2 holds out the first of two takes, and trains neither.
        ("1.1.1", (0, 27 * S), (27 * S, 36 * S), 0.4),
        ("2.0.0", (0, 171 * S), (171 * S, 180 * S), 0.4),
        # Version 3 plays it first and last; the first take is not trained, nor the silence after it.
        ("3.0.0", (10 * S, 181 * S), (181 * S, 190 * S), 0.4),
        # Proteus: the last ten seconds, which no silence comes before.
        ("4.0.0", (44_100, 9_298_873 - 441_000), (9_298_873 - 441_000, 9_298_873), None),
    ],
)
def test_the_split_is_the_one_that_is_meant(
    made: dict[str, np.ndarray],
    version: str,
    train: tuple[int, int],
    validation: tuple[int, int],
    silence: float | None,
) -> None:
    x = made[version]
    known = analysed(x, 0.5 * x, RATES[version])
    chosen = split(known.recordings, known.mark)
    assert (chosen.train, chosen.validation, chosen.silence) == ((train,), validation, silence)
    assert ("signal", f"{known.mark.title}") in known.rows()  # type: ignore[union-attr]
    entry = make_plan(known, size="tiny").documents().data["validation"]
    assert entry["start_samples"] == validation[0]
    assert entry["require_input_pre_silence"] == silence


def test_a_recording_that_ends_too_early_is_split_like_any_other(made: dict[str, np.ndarray]) -> None:
    x = made["3.0.0"]
    known = analysed(x, 0.5 * x[: 184 * S], S)
    chosen = split(known.recordings, known.mark)
    assert chosen.validation != (181 * S, 184 * S)
    first = analysed(made["1.1.1"], 0.5 * made["1.1.1"][: 33 * S], S)
    assert split(first.recordings, first.mark).validation == (27 * S, 33 * S)
    whole = analysed(x, 0.5 * x[: 187 * S], S)
    assert split(whole.recordings, whole.mark).validation == (181 * S, 187 * S)


def test_the_two_takes_are_compared(made: dict[str, np.ndarray]) -> None:
    known = recognise(made["3.0.0"], S)
    assert known is not None
    y = late(made["3.0.0"], 300)
    assert known.self_error(y, 300) == 0.0
    # Noise of its own in each take adds to the difference twice.
    noise = 0.1 * float(np.sqrt(np.mean(y[: 9 * S] ** 2))) * np.random.default_rng(1).standard_normal(len(y))
    assert known.self_error(y + noise, 300) == pytest.approx(2 * 0.01 / 1.01, rel=0.05)
    once = recognise(made["1.1.1"], S)
    assert once is not None
    assert once.self_error(y, 0) is None


def test_the_published_file_and_its_samples_are_recognised_by_their_hashes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = np.round(standin("1.1.1", 1.0) * 2**23) / 2**23 + 0.0  # no negative zero, which integers do not have
    x[30_000] = 0.5  # a third click, so that the layout is another one
    assert recognise(x, S) is None
    soundfile.write(tmp_path / "v1.wav", np.round(x * 2**31).astype(np.int32), S, subtype="PCM_24")
    published = standards.STANDARDS[2]
    of_file = replace(published, file_hash=hashlib.md5((tmp_path / "v1.wav").read_bytes()).hexdigest())
    # 64-bit floats of the samples of the first seven and the last nine seconds.
    ends = (x[: 7 * S], x[len(x) - 9 * S :])
    of_samples = replace(published, sample_hashes=tuple(hashlib.md5(end.tobytes()).hexdigest() for end in ends))
    read = soundfile.read(tmp_path / "v1.wav", dtype="float32")[0]
    assert hashes(read, published) == of_samples.sample_hashes
    for known, path, by in ((of_file, tmp_path / "v1.wav", "file"), (of_samples, None, "samples")):
        monkeypatch.setattr(recognition, "STANDARDS", (known,))
        assert recognise(read, S, path) == Recognised(known, by, len(x))  # type: ignore[arg-type]


def test_capture_recognises_the_di_of_a_pair_of_files(tmp_path: Path, made: dict[str, np.ndarray]) -> None:
    x = made["1.1.1"]
    for name, samples in (("di", x), ("amp", late(amplifier(x), 400))):
        soundfile.write(tmp_path / f"{name}.wav", samples, S, subtype="PCM_16")
    found = analyse(read_recordings(tmp_path / "di.wav", tmp_path / "amp.wav"))
    assert found.refusal == ""
    assert 390 <= found.samples <= 402
    assert isinstance(found.mark, Recognised)
    assert dict(found.rows())["signal"] == "the standard signal v1.1.1, by its layout"


def test_a_standard_signal_in_the_place_of_the_recording_was_exchanged(
    tmp_path: Path, made: dict[str, np.ndarray]
) -> None:
    x = made["1.1.1"]
    for name, samples in (("di", late(amplifier(x), 400)), ("amp", x)):
        soundfile.write(tmp_path / f"{name}.wav", samples, S, subtype="PCM_16")
    found = analyse(read_recordings(tmp_path / "di.wav", tmp_path / "amp.wav"))
    assert "exchanged: amp.wav is the standard signal v1.1.1" in found.refusal
    with pytest.raises(DataError, match="name it first"):
        found.require()
