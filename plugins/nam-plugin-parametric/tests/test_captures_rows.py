"""Captures are found in tables and by patterns, and what is wrong with either is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from captures_parts import config_of, counted, made, table

from nam_kernel.config import collect_notes
from nam_kernel.errors import ConfigError
from nam_plugin_parametric.captures.pattern import value_of
from nam_plugin_parametric.captures.rows import rows_of

HEAD = "x_path,y_path,gain,tone"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    counted(tmp_path, ["a.wav", "b.wav", "c.wav"])
    return tmp_path


def test_a_table_says_everything_of_its_captures(folder: Path) -> None:
    lines = [
        "name,x_path,y_path,gain,mode,delay,input_gain,split",
        "# the first take",
        'first,di.wav,a.wav,7,"lead, bright",12,-6,train',
        "",
        ",di.wav,b.wav,2.5,clean,,,",
    ]
    first, second = rows_of(config_of({"table": str(table(folder, *lines)), "delay": 3}))
    assert (first.name, first.place, first.split) == ("first", "line 3", "train")
    assert first.written == {"gain": "7", "mode": "lead, bright"}
    assert (first.config.delay, first.config.input_gain) == (12, -6.0)
    assert (second.name, second.place, second.split) == ("b.wav", "line 5", None)
    assert (second.config.delay, second.config.input_gain) == (3, 0.0)


def test_a_table_of_a_spreadsheet_in_german_is_read(folder: Path) -> None:
    (folder / "t.csv").write_text("\ufeffX_Path;Y_Path;gain\ndi.wav;a.wav;2,5\ndi.wav;b.wav;7\n", encoding="utf-8")
    dataset = made({"table": str(folder / "t.csv")})
    assert [capture.settings for capture in dataset.captures] == [{"gain": 2.5}, {"gain": 7.0}]


def test_a_column_gain_is_a_knob_unless_others_are_declared(folder: Path) -> None:
    path = table(folder, "x_path,y_path,drive,gain", "di.wav,a.wav,1,-6", "di.wav,b.wav,2,0")
    with collect_notes() as notes:
        row = rows_of(config_of({"table": str(path)}))[0]
    assert set(row.written) == {"drive", "gain"}
    assert "input_gain" in notes[0]
    row = rows_of(config_of({"table": str(path), "knobs": {"drive": {"low": 0, "high": 10}}}))[0]
    assert (set(row.written), row.config.input_gain) == ({"drive"}, -6.0)


def test_a_column_that_is_no_knob_is_left_out(folder: Path) -> None:
    path = table(folder, "x_path,y_path,drive,master,_mood", "di.wav,a.wav,1,9,good", "di.wav,b.wav,2,8,bad")
    dataset = made({"table": str(path), "knobs": {"master": None}})
    assert [condition.name for condition in dataset.conditions] == ["drive"]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([], "the file is empty"),
        ([HEAD], "nothing below the column names"),
        ([HEAD, "di.wav,a.wav,7"], r"line 2: tone is empty"),
        ([HEAD, "di.wav,a.wav,7,5", "di.wav,b.wav,seven,5", "di.wav,c.wav,1,5"], "line 3: gain is 'seven'"),
        ([HEAD, "di.wav,a.wav,7,5,1"], "line 2: 5 cells, but there are 4 columns"),
        ([HEAD, "di.wav,aa.wav,7,5"], "line 2: y_path: no file 'aa.wav'.*did you mean 'a.wav'"),
        (["x_path,ypath,gain", "di.wav,a.wav,7"], "y_path is missing.*did you mean 'ypath'"),
        (["y_path,gain", "a.wav,7"], "the column x_path is missing"),
        (["x_path,y_path,gain,gain", "di.wav,a.wav,7,7"], "'gain' is there twice"),
        (["x_path,y_path,gain,split", "di.wav,a.wav,7,trian"], "line 2: split is 'trian'.*did you mean 'train'"),
        (["x_path,y_path,gain,delay", "di.wav,a.wav,7,1.5"], "line 2: delay: .*whole number"),
        (["x_path,y_path,gain,delay", "di.wav,a.wav,7,soon"], "line 2: delay is 'soon'"),
    ],
)
def test_what_is_wrong_with_a_table_is_told_with_its_line(folder: Path, lines: list[str], told: str) -> None:
    with pytest.raises(ConfigError, match=rf"captures\.csv.*{told}"):
        made({"table": str(table(folder, *lines))})


def test_a_part_of_the_data_without_a_line_is_refused(folder: Path) -> None:
    path = table(folder, "x_path,y_path,gain,split", "di.wav,a.wav,7,train")
    with pytest.raises(ConfigError, match="no line is for validation"):
        made({"table": str(path), "split": "validation"})


@pytest.mark.parametrize(("text", "value"), [("3", 3.0), ("3_5", 3.5), ("-3.5", -3.5), ("010", 10.0), ("lead", "lead")])
def test_an_underscore_between_digits_is_the_decimal_point(text: str, value: float | str) -> None:
    assert value_of(text) == value


def test_settings_are_read_off_file_names(folder: Path) -> None:
    names = ["drive_3_master_3_5.wav", "drive_10_master_1.wav"]
    counted(folder, names)
    entry = {"x_path": str(folder / "di.wav"), "pattern": "drive_{drive}_master_{master}.wav"}
    dataset = made(entry)
    settings = {capture.name: dict(capture.settings) for capture in dataset.captures}
    assert settings == {names[0]: {"drive": 3.0, "master": 3.5}, names[1]: {"drive": 10.0, "master": 1.0}}
    alone = made({**entry, "pattern": "drive_{drive}_master_{}.wav"})
    assert [condition.name for condition in alone.conditions] == ["drive"]


def test_a_name_that_can_be_read_in_two_ways_is_refused(folder: Path) -> None:
    counted(folder, ["3_5_2.wav"])
    with pytest.raises(ConfigError, match=r"3_5_2\.wav.*gain 3, tone 5_2 or gain 3_5, tone 2"):
        made({"x_path": str(folder / "di.wav"), "pattern": "{gain}_{tone}.wav"})


@pytest.mark.parametrize(
    ("pattern", "told"),
    [("{gain}.flac", r"no file in .* fits .*there are a\.wav"), ("a.wav", "names no knob"), ("{a b}.wav", "no name")],
)
def test_what_is_wrong_with_a_pattern_is_told(folder: Path, pattern: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        made({"x_path": str(folder / "di.wav"), "pattern": pattern})


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({}, "no captures are named"),
        ({"pattern": "{a}.wav"}, "x_path is missing"),
        ({"x_path": "di.wav", "y_path": "a.wav", "pattern": "{a}.wav"}, "pattern and y_path both name"),
        ({"x_path": "di.wav", "y_path": "a.wav", "knobs": {"gain": {"lo": 0}}}, r"knobs\.gain\.lo: unknown key"),
        (
            {"x_path": "di.wav", "y_path": "a.wav", "knobs": {"gain": {"low": 5, "high": 1}}},
            r"knobs\.gain: it goes from 5 to 1; low",
        ),
        ({"table": "di.wav", "knobs": {"f": {"low": 0, "high": 1, "curve": "log"}}}, "a log curve begins above 0"),
        ({"table": "di.wav", "knobs": {"f": {"low": 0, "high": 1, "default": 2}}}, "the default 2 is out of its range"),
        (
            {"x_path": "di.wav", "y_path": "a.wav", "knobs": {"m": {"choices": ["a", "b"], "default": "c"}}},
            "none of a, b",
        ),
        ({"x_path": "di.wav", "y_path": "a.wav", "folder": "."}, "folder is that of a pattern"),
    ],
)
def test_what_is_wrong_with_an_entry_is_told(folder: Path, entry: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        made(entry, folder)
