"""Claims about a run: from two files over its findings and its training to what is heard and downloaded."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import time
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
from served import DELAY, RATE, Answer, Served, pair, serving, write

from nam_kernel import read_model

QUICK = {"size": "tiny", "epochs": 2}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, recordings: tuple[Path, Path]) -> Iterator[Any]:
    """A studio with a run that was trained, one that is open, and the path of the former."""
    folder = tmp_path_factory.mktemp("trained")
    with serving(folder / "studio") as studio:
        run = studio.new(*recordings, name="Crunch")
        answer = studio.ask(
            "POST", f"{run}/train", {**QUICK, "metadata": {"gear_make": "--force", "tone_type": "crunch"}}
        )
        assert answer.status == 200, answer.content
        told = studio.wait(run, "done")
        yield SimpleNamespace(studio=studio, run=run, told=told, folder=folder / "studio" / "crunch")


def samples(answer: Answer) -> np.ndarray:
    assert answer.status == 200, answer.content
    played, rate = soundfile.read(io.BytesIO(answer.content), dtype="float32")
    assert rate == RATE
    return np.asarray(played)


def test_a_pair_is_analysed(studio: Served, recordings: tuple[Path, Path]) -> None:
    run = studio.new(*recordings)
    found = studio.ask("GET", f"{run}/analysis").json
    assert (found["usable"], found["refused"]) == (True, False)
    assert DELAY - 10 <= found["delay"] <= DELAY + 2
    assert found["sample_rate"] == RATE
    samples, _ = soundfile.read(recordings[1])
    peaks = np.array(found["waves"]["amp"]["peaks"])
    assert peaks.max() == pytest.approx(samples.max(), abs=6e-4)
    assert peaks.min() == pytest.approx(samples.min(), abs=6e-4)
    assert found["waves"]["amp"]["peak_db"] == pytest.approx(20 * np.log10(np.abs(samples).max()), abs=0.06)
    start, stop = found["held_out"]
    assert 0 < start < stop <= len(samples)
    assert len(found["close_up"]["x"]) == len(found["close_up"]["y"]) == round(0.02 * RATE)


def test_exchanged_recordings_are_told_and_swapped(studio: Served, tmp_path: Path) -> None:
    run = studio.new(*reversed(pair(tmp_path, drive=60, delay=300)))
    found = studio.ask("GET", f"{run}/analysis").json
    assert found["refused"]
    assert found["findings"][0]["kind"] == "exchanged"
    assert found["findings"][0]["remedy"] == "swap them"
    assert studio.ask("POST", f"{run}/train", QUICK).status == 422
    swapped = studio.ask("POST", f"{run}/swap").json
    assert {role: known["file"] for role, known in swapped["recordings"].items()} == {"di": "di.wav", "amp": "amp.wav"}
    assert not studio.ask("GET", f"{run}/analysis").json["refused"]


def test_clipping_is_told_with_what_to_do(studio: Served, recordings: tuple[Path, Path], tmp_path: Path) -> None:
    y, _ = soundfile.read(recordings[1])
    clipped = write(tmp_path / "hot.wav", np.clip(40 * y, -1, 1))
    findings = studio.ask("GET", f"{studio.new(recordings[0], clipped)}/analysis").json["findings"]
    told = next(f for f in findings if f["kind"] == "clipping")
    assert told["severity"] == "warning"
    assert "hot.wav" in told["sentence"]
    assert "lower level" in told["remedy"]
    assert str(studio.folder) not in json.dumps(findings)


@pytest.mark.parametrize(
    ("content", "name", "status", "words"),
    [
        (b"hello", "bad.wav", 422, "bad.wav cannot be read as audio"),
        (b"", "bad.wav", 422, "is empty"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "bad.wav", 422, "cannot be read as audio"),
        (b"hello", "bad.exe", 415, "use a WAV, FLAC or AIFF file"),
    ],
)
def test_what_is_no_recording_is_refused_and_leaves_nothing(
    studio: Served, recordings: tuple[Path, Path], content: bytes, name: str, status: int, words: str
) -> None:
    run = studio.new(*recordings)
    answer = studio.ask("PUT", f"{run}/recordings/di?name={name}", content)
    assert answer.status == status
    assert words in answer.json["error"]
    assert str(studio.folder) not in answer.json["error"]
    assert studio.ask("GET", run).json["recordings"]["di"]["file"] == "di.wav"
    places = (studio.folder / "my-amp" / "recordings").rglob("*")
    assert sorted(f.name for f in places if f.is_file()) == ["amp.wav", "di.wav"]


def test_an_upload_that_is_too_large_is_refused_in_words_whether_it_says_its_length_or_not(
    tmp_path: Path, recordings: tuple[Path, Path]
) -> None:
    with serving(tmp_path / "studio", most=2**20) as studio:
        run = studio.new(recordings[0])
        stated = studio.ask("PUT", f"{run}/recordings/amp?name=big.wav", b"", content_length=str(2**21))
        chunk = b"40000\r\n" + bytes(2**18) + b"\r\n"
        body = 5 * chunk + b"0\r\n\r\n"
        chunked = studio.ask(
            "PUT", f"{run}/recordings/amp?name=big.wav", body, transfer_encoding="chunked", content_length=""
        )
        for answer in (stated, chunked):
            assert answer.status == 413
            assert "big.wav is larger than 1 MB" in answer.json["error"]
        assert [f.name for f in studio.folder.rglob("*") if f.is_file() and f.parent.name != "my-amp"] == ["di.wav"]
        assert studio.ask("POST", "/api/runs", {"name": "x" * 100_000}).status == 413


def test_an_upload_that_breaks_off_leaves_nothing(studio: Served, capfd: pytest.CaptureFixture[str]) -> None:
    run = studio.new()
    cookie = f"Cookie: nam-studio-{studio.port}={studio.token}"
    head = f"PUT {run}/recordings/di?name=di.wav HTTP/1.1\r\nHost: 127.0.0.1:{studio.port}\r\n{cookie}\r\n"
    with socket.create_connection(("127.0.0.1", studio.port)) as connection:
        connection.sendall(f"{head}Content-Length: 1000000\r\n\r\n".encode() + bytes(1000))
        time.sleep(0.3)
    place = studio.folder / "my-amp" / "recordings"
    until = time.monotonic() + 10
    while list(place.iterdir()):
        assert time.monotonic() < until
        time.sleep(0.05)
    assert studio.ask("GET", run).json["recordings"] == {}
    assert "Traceback" not in capfd.readouterr().err


def test_rates_that_differ_and_a_channel_to_choose_are_told(
    studio: Served, recordings: tuple[Path, Path], tmp_path: Path
) -> None:
    y, _ = soundfile.read(recordings[1])
    run = studio.new(recordings[0], write(tmp_path / "fast.wav", y, 44100))
    told = studio.ask("GET", f"{run}/analysis").json
    assert not told["usable"]
    assert "44100 Hz; export both at one rate" in told["findings"][0]["sentence"]
    run = studio.new(recordings[0], write(tmp_path / "stereo.wav", np.stack([0 * y, y], 1)))
    told = studio.ask("GET", f"{run}/analysis").json
    assert "channel 1 is silent, so choose channel 2" in told["findings"][0]["sentence"]
    assert studio.ask("PATCH", run, {"channels": {"amp": 2}}).status == 200
    assert studio.ask("GET", f"{run}/analysis").json["usable"]


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"size": "huge"}, "there is no size 'huge'; expected one of tiny"),
        ({"size": "tiny", "epochs": 0}, "epochs"),
        ({"size": "tiny", "epochs": 3, "minutes": 1}, "not both"),
        ({"size": "tiny", "colour": "red"}, "colour"),
        ([], ""),
    ],
)
def test_choices_that_make_no_sense_are_refused(
    studio: Served, recordings: tuple[Path, Path], choices: Any, words: str
) -> None:
    run = studio.new(*recordings)
    answer = studio.ask("POST", f"{run}/train", choices)
    assert answer.status == 422
    assert words in answer.json["error"]
    assert studio.ask("GET", run).json["state"] == "ready"


def test_a_training_ends_in_a_model_that_says_what_was_chosen(trained: Any) -> None:
    told = trained.told
    assert [point["epoch"] for point in told["points"]] == [1, 2]
    metadata = json.loads((trained.folder / "model.nam").read_text())["metadata"]
    assert metadata["training"]["validation_esr"] == pytest.approx(told["best"]["esr"])
    assert (metadata["name"], metadata["gear_make"], metadata["tone_type"]) == ("Crunch", "--force", "crunch")


def test_the_voices_are_of_the_same_moment_and_the_difference_is_their_difference(trained: Any) -> None:
    path = f"{trained.run}/sound"
    dry, target, model, rest = (
        samples(trained.studio.ask("GET", f"{path}/{voice}")) for voice in ("guitar", "original", "model", "difference")
    )
    assert len(dry) == len(target) == len(model) == len(rest) > RATE
    assert model - target == pytest.approx(rest, abs=1e-6)
    # The same by the whole signal and the definition of the ESR, and not by the studio's passage.
    net = read_model(trained.folder / "model.nam")
    x, _ = soundfile.read(trained.folder / "recordings" / "di" / "di.wav", dtype="float32")
    start = int(np.correlate(x, dry, "valid").argmax())
    whole = net.render(torch.from_numpy(x)).numpy()[start : start + len(dry)]
    assert model == pytest.approx(whole, abs=1e-5)
    y, _ = soundfile.read(trained.folder / "recordings" / "amp" / "amp.wav", dtype="float32")
    lag = trained.studio.ask("GET", f"{trained.run}/analysis").json["delay"]
    assert target == pytest.approx(y[start + lag : start + lag + len(dry)], abs=1e-6)


def test_an_own_di_is_played_and_one_of_another_rate_is_refused_in_words(trained: Any, tmp_path: Path) -> None:
    studio, run = trained.studio, trained.run
    x = 0.1 * np.random.default_rng(1).standard_normal(2 * RATE)
    assert studio.upload(run, "own", write(tmp_path / "mine.wav", x)).status == 200
    played = samples(studio.ask("GET", f"{run}/sound/model?of=own"))
    assert len(played) == len(x)
    assert samples(studio.ask("GET", f"{run}/sound/guitar?of=own")) == pytest.approx(x, abs=1e-6)
    assert studio.ask("GET", f"{run}/sound/original?of=own").status == 422
    # Another take under the same name is not taken for the one before.
    assert studio.upload(run, "own", write(tmp_path / "mine.wav", -x)).status == 200
    assert samples(studio.ask("GET", f"{run}/sound/guitar?of=own")) == pytest.approx(-x, abs=1e-6)
    assert studio.upload(run, "own", write(tmp_path / "mine.wav", x, 44100)).status == 200
    answer = studio.ask("GET", f"{run}/sound/model?of=own")
    assert answer.status == 422
    assert "export it at 16000 Hz" in answer.json["error"]


def test_the_model_is_downloaded_under_its_name(trained: Any) -> None:
    answer = trained.studio.ask("GET", f"{trained.run}/exports/nam")
    assert answer.content == (trained.folder / "model" / "model.nam").read_bytes()
    assert answer.headers["content-disposition"] == 'attachment; filename="Crunch.nam"'


@pytest.mark.skipif(find_spec("nam_plugin_onnx") is None, reason="nam-plugin-onnx is not installed")
def test_another_format_of_two_files_is_an_archive(trained: Any) -> None:
    answer = trained.studio.ask("GET", f"{trained.run}/exports/onnx")
    assert answer.status == 200, answer.content
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert names == ["Crunch.onnx", "Crunch.stream.onnx"]


@pytest.mark.skipif(find_spec("nam_plugin_rtneural") is None, reason="nam-plugin-rtneural is not installed")
def test_a_format_that_cannot_hold_the_model_says_why(trained: Any) -> None:
    offered = {offer["name"]: offer for offer in trained.studio.ask("GET", f"{trained.run}/exports").json}
    assert offered["nam"]["refused"] is None
    assert "not WaveNet" in offered["rtneural"]["refused"]
    answer = trained.studio.ask("GET", f"{trained.run}/exports/rtneural")
    assert answer.status == 422
    assert "not WaveNet" in answer.json["error"]


def test_the_report_runs_apart_from_the_page(trained: Any) -> None:
    answer = trained.studio.ask("GET", f"{trained.run}/report")
    assert answer.status == 200
    assert answer.headers["content-security-policy"].startswith("sandbox allow-scripts; default-src 'none'")


def test_the_recordings_of_a_training_stay_and_another_run_has_them_too(trained: Any) -> None:
    studio, run = trained.studio, trained.run
    assert studio.upload(run, "di", trained.folder / "recordings" / "amp" / "amp.wav").status == 409
    assert studio.ask("POST", f"{run}/swap").status == 409
    assert studio.ask("POST", f"{run}/train", QUICK).status == 409
    assert studio.ask("DELETE", run).status == 409
    made = studio.ask("POST", "/api/runs", {"like": trained.folder.name}).json["run"]
    told = studio.ask("GET", f"/api/runs/{made}").json
    assert (told["name"], told["state"]) == ("Crunch 2", "ready")
    assert studio.ask("DELETE", f"/api/runs/{made}").status == 200
    assert (trained.folder / "recordings" / "di" / "di.wav").is_file()


def test_a_restarted_studio_has_the_same_runs(trained: Any) -> None:
    before = trained.studio.ask("GET", trained.run).json
    with serving(trained.studio.folder) as again:
        assert again.ask("GET", trained.run).json == before


@pytest.mark.slow
def test_a_training_is_found_again_stopped_with_its_best_model_and_resumed(
    tmp_path: Path, recordings: tuple[Path, Path]
) -> None:
    with serving(tmp_path / "studio") as studio:
        run = studio.new(*recordings)
        assert studio.ask("POST", f"{run}/train", {"size": "tiny", "epochs": 2000}).status == 200
        refused = studio.ask("POST", f"{run}/train", QUICK)
        assert refused.status in (409, 422)
        assert studio.ask("GET", run).json["choices"]["epochs"] == 2000
    with serving(tmp_path / "studio") as again:
        told = again.wait(run, "training")
        while not told["model"]:
            told = again.wait(run, "training")
        assert again.ask("POST", f"{run}/stop").json["state"] in ("stopping", "stopped")
        told = again.wait(run, "stopped")
        last = told["points"][-1]["epoch"]
        assert told["resumable"]
        assert (tmp_path / "studio" / "my-amp" / "model.nam").is_file()
        assert again.ask("POST", f"{run}/resume", {"epochs": last + 2}).status == 200
        told = again.wait(run, "done")
        assert told["points"][-1]["epoch"] == last + 2
        newest = (tmp_path / "studio" / "my-amp" / "model" / "model.nam").read_bytes()
        assert (tmp_path / "studio" / "my-amp" / "model.nam").read_bytes() == newest


@pytest.mark.slow
def test_a_training_that_is_killed_is_told_and_can_be_resumed(studio: Served, recordings: tuple[Path, Path]) -> None:
    run = studio.new(*recordings)
    studio.ask("POST", f"{run}/train", {"size": "tiny", "epochs": 2000})
    told = studio.wait(run, "training")
    while len(told["points"]) < 2:
        told = studio.wait(run, "training")
    process = json.loads((studio.folder / "my-amp" / "job.json").read_text())["process"]
    os.kill(process, signal.SIGKILL)
    while (told := studio.ask("GET", run).json)["running"]:
        pass
    assert (told["state"], told["resumable"]) == ("cut", True)
    assert studio.ask("POST", f"{run}/resume", {"epochs": told["points"][-1]["epoch"] + 3}).status == 200
    assert studio.wait(run, "done")["state"] == "done"
