"""Before a run the knobs are found out once, told to every entry and the net, and wrong settings are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from captures_parts import configured, counted, table

from nam_kernel.config import RunConfig
from nam_kernel.errors import ConfigError
from nam_plugin_parametric.captures.configure import configure

KNOBS: dict[str, Any] = {
    "gain": {"low": 0, "high": 10, "default": 5},
    "mode": {"choices": ["clean", "lead"], "default": "lead"},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    counted(tmp_path, ["a.wav", "b.wav", "c.wav"])
    return tmp_path


def entries(*settings: dict[str, Any], **common: Any) -> dict[str, Any]:
    """Return a data config of one entry for each setting, with the outputs a.wav, b.wav ..."""
    train = [{"y_path": f"{name}.wav", "knobs": s} for name, s in zip("abc", settings, strict=False)]
    return {"train": train, "common": {"type": "Captures", "x_path": "di.wav", "knobs": KNOBS, **common}}


def listed(path: Path, **knobs: Any) -> dict[str, Any]:
    return {"train": {}, "common": {"type": "Captures", "table": str(path), "knobs": knobs}}


def test_the_values_of_entries_do_not_hide_the_knobs_of_common(folder: Path) -> None:
    data = entries({"gain": 7.0, "mode": "lead"}, {"gain": 0, "mode": "clean"})
    config, notes = configured(data, folder)
    for entry, gain in zip(config.data["train"], (7.0, 0), strict=True):
        assert entry["knobs"]["gain"] == gain
        assert [c["name"] for c in entry["conditions"]] == ["gain", "mode"]
    named = config.model["net"]["config"]["conditions"]
    assert (named[0]["default"], named[1]["choices"], named[1]["default"]) == (5, ["clean", "lead"], 1)
    assert notes == []


def test_configuring_twice_changes_nothing(folder: Path) -> None:
    config, _ = configured(entries({"gain": 7.0, "mode": "lead"}, {"gain": 0, "mode": "clean"}), folder)
    before = str(config.data)
    configure(config)
    assert str(config.data) == before


def test_knobs_are_taken_from_the_recordings_with_a_note(folder: Path) -> None:
    lines = ["x_path,y_path,gain,mode", "di.wav,a.wav,1,lead", "di.wav,b.wav,4,clean", "di.wav,c.wav,9,lead"]
    config, notes = configured(listed(table(folder, *lines)))
    gain, mode = config.model["net"]["config"]["conditions"]
    assert (gain["low"], gain["high"], gain["default"]) == (1, 9, 4)
    assert mode["choices"] == ["lead", "clean"]
    assert "gain from 1 to 9, 4 by default; mode: lead, clean" in notes[-1]


def test_what_is_declared_of_a_knob_is_kept_and_the_rest_taken(folder: Path) -> None:
    path = table(folder, "x_path,y_path,f", "di.wav,a.wav,100", "di.wav,b.wav,400")
    config, _ = configured(listed(path, f={"unit": "Hz", "curve": "log", "low": 50}))
    (knob,) = config.model["net"]["config"]["conditions"]
    assert (knob["low"], knob["high"], knob["unit"], knob["curve"]) == (50, 400, "Hz", "log")


def test_a_net_keeps_the_conditions_that_it_is_given(folder: Path) -> None:
    data = entries({"gain": 7.0, "mode": "lead"}, {"gain": 0, "mode": "clean"})
    config = RunConfig(data, {"net": {"name": "CatLSTM", "config": {"conditions": ["mode", "gain"]}}}, {}, {}, {})
    config.bases["data"] = folder
    configure(config)
    assert config.model["net"]["config"]["conditions"] == ["mode", "gain"]


def test_a_net_without_knobs_and_other_documents_are_left_alone(folder: Path) -> None:
    data = entries({"gain": 7.0, "mode": "lead"}, {"gain": 0, "mode": "clean"})
    config, _ = configured(data, folder, net="LSTM")
    assert config.model["net"]["config"] == {"hidden_size": 2}
    for other in ({}, {"train": {"x_path": "a"}}, {"train": 3, "common": []}, {"train": [None]}):
        before = RunConfig(dict(other), {}, {})
        configure(before)
        assert before.data == other


def test_lines_are_for_the_part_that_the_table_says(folder: Path) -> None:
    lines = ["x_path,y_path,gain,split", "di.wav,a.wav,0,train", "di.wav,b.wav,5,validation", "di.wav,c.wav,10,"]
    data = {**listed(table(folder, *lines)), "validation": {}}
    config, _ = configured(data)
    assert (config.data["train"]["split"], config.data["validation"]["split"]) == ("train", "validation")


def test_lines_for_a_validation_that_is_not_there_are_noted(folder: Path) -> None:
    lines = ["x_path,y_path,gain,split", "di.wav,a.wav,0,", "di.wav,b.wav,5,validation", "di.wav,c.wav,10,train"]
    data = listed(table(folder, *lines), gain={"low": 0, "high": 10})
    _, notes = configured(data)
    assert [note for note in notes if "not used" in note] == [
        'captures.csv: its lines for validation are not used; add "validation": {}'
    ]
    _, notes = configured({**listed(folder / "captures.csv", gain={"low": 0, "high": 10}), "validation": {}})
    assert notes == []


def test_declared_knobs_reach_the_net_although_the_recordings_are_gone() -> None:
    config, _ = configured(listed(Path("gone.csv"), gain={"low": 0, "high": 10}))
    assert config.model["net"]["config"]["conditions"][0]["name"] == "gain"
    with pytest.raises(ConfigError, match=r"data\.json: train\.table: no file 'gone\.csv'"):
        configured(listed(Path("gone.csv")))


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ([{"gian": 7, "mode": "lead"}], r"train\[0\]: the knob 'gian' is not declared; did you mean 'gain'"),
        ([{"gain": 7}], r"train\[0\].*the knob 'mode' has no value here"),
        ([{"gain": 11, "mode": "lead"}], r"gain is 11; it goes from 0 to 10; correct the value, or widen the range"),
        ([{"gain": "high", "mode": "lead"}], "gain is 'high'; expected a number"),
        ([{"gain": 1, "mode": "laed"}], "mode is 'laed'.*did you mean 'lead'"),
        ([{"gain": True, "mode": "lead"}], r"train\[0\]\.knobs\.gain: expected a number, got true"),
        ([{"gain": {"low": 0, "high": 1}, "mode": "lead"}], "'gain' is declared otherwise elsewhere"),
        ([{"gain": 1, "mode": "lead"}] * 2, "the knob 'gain' is 1 in all captures .*leave it out.*or record another"),
    ],
)
def test_wrong_settings_are_refused(folder: Path, settings: list[dict[str, Any]], told: str) -> None:
    with pytest.raises(ConfigError, match=rf"(?s){told}"):
        configured(entries(*settings), folder)


def test_every_wrong_line_is_told_at_once(folder: Path) -> None:
    lines = ["x_path,y_path,gain", "di.wav,a.wav,0", "di.wav,b.wav,12", "di.wav,c.wav,-3"]
    with pytest.raises(ConfigError) as caught:
        configured(listed(table(folder, *lines), gain={"low": 0, "high": 10}))
    assert [problem.where for problem in caught.value.problems] == ["line 3", "line 4"]


def test_a_number_among_names_is_told_with_its_line(folder: Path) -> None:
    lines = ["x_path,y_path,gain", "di.wav,a.wav,0", "di.wav,b.wav,1O", "di.wav,c.wav,3"]
    with pytest.raises(ConfigError, match="line 3: gain is '1O', and a number elsewhere"):
        configured(listed(table(folder, *lines)))


def test_the_same_capture_twice_is_refused(folder: Path) -> None:
    lines = ["x_path,y_path,gain", "di.wav,a.wav,0", "di.wav,b.wav,1", "di.wav,a.wav,0"]
    with pytest.raises(ConfigError, match="line 4: the same files at the same setting as line 2"):
        configured(listed(table(folder, *lines)))


def test_an_unknown_column_is_refused_where_knobs_are_declared(folder: Path) -> None:
    lines = ["x_path,y_path,gain,tone", "di.wav,a.wav,0,1", "di.wav,b.wav,1,2"]
    with pytest.raises(ConfigError, match="the knob 'tone' is not declared; declared are gain .*as null"):
        configured(listed(table(folder, *lines), gain={"low": 0, "high": 10}))


def test_a_knob_that_common_leaves_out_is_left_out_everywhere(folder: Path) -> None:
    data = entries(
        {"gain": 7.0, "mode": "lead"}, {"gain": 0, "mode": "lead"}, knobs={"gain": KNOBS["gain"], "mode": None}
    )
    config, _ = configured(data, folder)
    assert [c["name"] for c in config.model["net"]["config"]["conditions"]] == ["gain"]
    knobs = table(folder, "seconds,gain,mode", "0,0,lead", "1,9,clean", name="knobs.csv")
    moving = {"y_path": "c.wav", "knob_data_path": str(knobs)}
    config, _ = configured({"train": moving, "common": data["common"]}, folder)
    assert [c["name"] for c in config.model["net"]["config"]["conditions"]] == ["gain"]


def test_a_knob_beside_the_other_keys_is_pointed_to_its_place(folder: Path) -> None:
    data = entries({"gain": 7.0, "mode": "lead"}, {"gain": 0, "mode": "clean"})
    data["train"][1]["gain"] = 0
    with pytest.raises(ConfigError, match=r"train\[1\]\.gain: 'gain' is a knob; write its value under knobs"):
        configured(data, folder)


def test_a_misspelled_type_is_told_before_the_net_misses_its_knobs(folder: Path) -> None:
    data = entries({"gain": 7.0, "mode": "lead"}, type="captures")
    with pytest.raises(ConfigError, match=r"train\[0\]\.type: there is no dataset 'captures'; did you mean 'Captures'"):
        configured(data, folder)
