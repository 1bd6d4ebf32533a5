"""Each capture is left out once, and its error is told beside its setting."""

from __future__ import annotations

import json

import numpy as np
import pytest
import soundfile

from nam_kernel.errors import UserError
from nam_plugin_parametric.leave_one_out import captures_of, main, table, without


@pytest.fixture
def configs(tmp_path):
    x = 0.3 * np.random.default_rng(0).standard_normal(3000)
    soundfile.write(tmp_path / "di.wav", x, 48000, subtype="FLOAT")
    lines = ["x_path,y_path,gain"]
    for gain in (0, 5, 10):
        soundfile.write(tmp_path / f"take_{gain}.wav", np.tanh((1 + gain / 5) * x), 48000, subtype="FLOAT")
        lines.append(f"di.wav,take_{gain}.wav,{gain}")
    (tmp_path / "captures.csv").write_text("\n".join(lines))
    common = {"type": "Captures", "table": "captures.csv", "ny": 500, "delay": 0, "require_input_pre_silence": None}
    documents = {
        "data": {"train": {}, "common": common},
        "model": {"net": {"name": "ConcatLSTM", "config": {"hidden_size": 2}}},
        "learning": {"trainer": {"max_epochs": 1}},
    }
    paths = [tmp_path / f"{name}.json" for name in documents]
    for path, document in zip(paths, documents.values(), strict=True):
        path.write_text(json.dumps(document))
    return paths


def test_the_config_without_a_capture_validates_on_it_alone(configs):
    pytest.importorskip("nam_plugin_lightning")
    captures, conditions = captures_of(*configs)
    assert [c.name for c in conditions] == ["gain"]
    data = without(captures[1], captures, conditions)
    assert [entry["knobs"]["gain"] for entry in data["train"]] == [0, 10]
    assert [entry["knobs"]["gain"] for entry in data["validation"]] == [5]
    assert data["common"]["knobs"]["gain"]["high"] == 10.0


def test_it_trains_without_the_one_that_is_asked_for(configs, tmp_path, capsys):
    pytest.importorskip("nam_plugin_lightning")
    arguments = [*map(str, configs), str(tmp_path / "out"), "--only", "take_5.wav"]
    assert main(arguments) == 0
    assert "take_5.wav" in capsys.readouterr().out
    (row,) = json.loads((tmp_path / "out" / "leave_one_out.json").read_text())
    assert row["setting"] == "gain 5"
    assert 0 < row["esr"] < 10
    with pytest.raises(UserError, match=r"no capture 'take_6.wav'; did you mean 'take_5.wav'"):
        main([*map(str, configs), str(tmp_path / "out"), "--only", "take_6.wav"])


def test_the_table_ends_in_the_mean_and_the_worst():
    rows = [{"capture": "a", "setting": "gain 1", "esr": 0.1}, {"capture": "b", "setting": "gain 2", "esr": 0.3}]
    assert table(rows)[-1] == "mean of 2: ESR 0.2000; worst: b"
