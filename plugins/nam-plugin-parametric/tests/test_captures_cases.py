"""Real captures: a pedal's knob with seams, and an amplifier whose recordings are not aligned."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from captures_parts import config_of, configured, made, table

from nam_plugin_parametric.captures.check import checked

support = pytest.importorskip("support", reason="the material comes with the checkout")


def klon(folder: Path) -> Path:
    case = support.case("klon")
    lines = [f"{case}/di.wav,{case}/gain_{gain:03}.wav,{gain}" for gain in (0, 25, 50, 75, 100)]
    return table(folder, "x_path,y_path,gain", *lines)


def hrd3(folder: Path, knobs: dict[str, object]) -> Path:
    common = {"type": "Captures", "x_path": str(support.case("hrd3") / "di.wav"), "delay": "auto", "ny": 8192}
    pattern = {"pattern": "drive_{drive}_master_{master}.wav", "allow_unequal_lengths": True, "knobs": knobs}
    path = folder / "data.json"
    path.write_text(json.dumps({"train": {}, "common": {**common, **pattern}}))
    return path


def test_the_pedal_is_aligned_and_inverted_throughout(tmp_path: Path) -> None:
    captures, (gain,), found = checked(klon(tmp_path))
    assert (gain.low, gain.high, gain.default) == (0, 100, 50)
    assert all(m.inverted and m.trusted and abs(m.lag) <= 5 for m in captures)
    # The quietest of them has an offset from zero of 0.11 of its RMS.
    assert [f.kind for f in found if f.severity not in ("note", "info")] == ["offset"]


def test_no_item_of_the_pedal_crosses_a_seam(tmp_path: Path) -> None:
    nx, ny, segment = 1000, 2048, 11_025
    dataset = made({"table": str(klon(tmp_path)), "segment_samples": segment, "ny": ny}, nx=nx)
    whole, _ = soundfile.read(support.case("klon") / "di.wav", dtype="float32")
    per_segment = (segment - nx + 1) // ny
    assert len(dataset) == 5 * 120 * per_segment
    for index in range(0, len(dataset), 97):
        item = index % (120 * per_segment)
        begin = item // per_segment * segment + item % per_segment * ny
        np.testing.assert_array_equal(dataset[index][0], whole[begin : begin + nx + ny - 1])


def test_the_amplifier_has_knobs_that_move_against_each_other(tmp_path: Path) -> None:
    captures, conditions, found = checked(hrd3(tmp_path, {}))
    assert [c.name for c in conditions] == ["drive", "master"]
    assert all(m.inverted for m in captures)
    delays = [m.capture.delay for m in captures]
    assert -1400 < min(delays) < max(delays) < -300
    (warning,) = [f for f in found if f.severity == "warning"]
    assert warning.kind == "together"
    assert warning.facts["rank_correlation"] < -0.95
    assert "record drive 12, master 6 next" in str(warning)


def test_drive_alone_can_be_chosen(tmp_path: Path) -> None:
    _, (drive,), found = checked(hrd3(tmp_path, {"drive": {"low": 1, "high": 12}, "master": None}))
    assert (drive.name, drive.low, drive.high) == ("drive", 1, 12)
    assert [f for f in found if f.severity in ("error", "warning")] == []


def test_exchanged_files_of_the_amplifier_are_named(tmp_path: Path) -> None:
    case = support.case("hrd3")
    files = sorted(case.glob("drive_*.wav"), key=lambda path: int(path.name.split("_")[1]))
    drives = list(range(2, 13))
    drives[1], drives[6] = drives[6], drives[1]
    lines = [f"{case}/di.wav,{file},{drive},auto" for file, drive in zip(files, drives, strict=True)]
    _, _, found = checked(table(tmp_path, "x_path,y_path,drive,delay", *lines))
    (warning,) = [str(f) for f in found if f.kind == "exchanged"]
    assert "drive_3_master_3_5.wav (drive 8) and drive_8_master_2.wav (drive 3)" in warning


def test_configuring_the_pedal_tells_the_net_its_knob(tmp_path: Path) -> None:
    data = {"train": {}, "common": {"type": "Captures", "table": str(klon(tmp_path))}}
    config, _ = configured(data)
    (knob,) = config.model["net"]["config"]["conditions"]
    assert (knob["name"], knob["low"], knob["high"]) == ("gain", 0, 100)
    entry = {key: value for key, value in config.data["train"].items() if key != "type"}
    assert config_of({**entry, "table": str(tmp_path / "captures.csv")}).conditions is not None
