"""The command ``align`` prints what was found, draws it, and refuses what it does not trust."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from nam_kernel.errors import DataError
from nam_plugin_wav.align import main

RATE = 48000
DELAY = 100


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    x = np.random.default_rng(3).standard_normal(2 * RATE) * 0.1
    x[: RATE // 2] = 0
    soundfile.write(tmp_path / "di.wav", x, RATE, subtype="FLOAT")
    soundfile.write(tmp_path / "amp.wav", -np.roll(x, DELAY), RATE, subtype="FLOAT")
    return tmp_path / "di.wav", tmp_path / "amp.wav"


def test_it_prints_the_delay_and_how_to_write_it_down(
    pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*map(str, pair), "--no-plot"]) == 0
    told = capsys.readouterr().out
    assert f"{DELAY} samples" in told
    assert "inverted" in told
    assert f'"delay": {DELAY}' in told
    assert not list(pair[0].parent.glob("*.png"))


def test_it_prints_json(pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    main([*map(str, pair), "--no-plot", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert told["delay"] == DELAY
    assert told["milliseconds"] == pytest.approx(DELAY / 48, abs=0.01)
    assert told["inverted"] is True
    assert told["plot"] is None
    assert (told["kind"], told["slips"], told["drift_ppm"]) == ("found", [], None)
    assert set(told) == {
        *("delay", "milliseconds", "inverted", "confidence", "drift_ppm", "slips", "kind", "sentence"),
        *("sample_rate", "plot"),
    }


def test_it_draws_where_it_is_told_to(pair: tuple[Path, Path], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    main([*map(str, pair), "--plot", str(tmp_path / "seen.png")])
    assert (tmp_path / "seen.png").read_bytes().startswith(b"\x89PNG")


def test_it_draws_beside_the_output_otherwise(pair: tuple[Path, Path]) -> None:
    pytest.importorskip("matplotlib")
    main([*map(str, pair)])
    assert pair[1].with_name("amp.align.png").is_file()


def test_it_refuses_strangers_and_draws_them_all_the_same(pair: tuple[Path, Path], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    stranger = tmp_path / "stranger.wav"
    soundfile.write(stranger, np.random.default_rng(9).standard_normal(2 * RATE) * 0.1, RATE)
    with pytest.raises(DataError, match="cannot be found"):
        main([str(pair[0]), str(stranger)])
    assert (tmp_path / "stranger.align.png").is_file()


@pytest.mark.parametrize("silent", ["di.wav", "amp.wav"])
def test_silence_is_refused_and_breaks_no_picture(pair: tuple[Path, Path], silent: str) -> None:
    soundfile.write(pair[0].with_name(silent), np.zeros(RATE), RATE)
    with pytest.raises(DataError, match="is silent"):
        main([*map(str, pair)])


def test_a_picture_that_cannot_be_written_says_where_to_turn(pair: tuple[Path, Path], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    with pytest.raises(DataError, match="--plot FILE"):
        main([*map(str, pair), "--plot", str(tmp_path / "absent" / "seen.png")])


def test_it_refuses_two_sample_rates(pair: tuple[Path, Path]) -> None:
    soundfile.write(pair[1], np.zeros(RATE), 44100)
    with pytest.raises(DataError, match="44100 Hz"):
        main([*map(str, pair), "--no-plot"])


def test_it_starts_without_matplotlib(pair: tuple[Path, Path]) -> None:
    code = "import sys; from nam_plugin_wav.align import main; main(sys.argv[1:]); print(sys.modules.keys())"
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, pair), "--no-plot"], capture_output=True, text=True, check=True
    )
    assert "'matplotlib'" not in done.stdout


def test_usage_errors_leave_with_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["only-one.wav"])
    assert stop.value.code == 2
    assert "nam-kernel align" in capsys.readouterr().err
