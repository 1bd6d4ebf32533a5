"""Claims about the table: what a cell means, and that all that is wrong is told at once, before anything begins."""

from __future__ import annotations

from pathlib import Path

import pytest
from batch_session import configs, one_second, record, write_table

from nam_kernel.cli.guard import guarded
from nam_kernel.errors import ConfigError
from nam_plugin_batch import batch
from nam_plugin_batch.columns import value_of
from nam_plugin_batch.given import rows_from_table
from nam_plugin_batch.rows import Row
from nam_plugin_batch.templates import Templates, read_templates


@pytest.fixture
def templates() -> Templates:
    return read_templates(None, None, None, size="tiny", epochs=None)


def rows(table: Path, templates: Templates, di: Path | None = None) -> list[Row]:
    return rows_from_table(table, templates, di)


def test_everything_that_is_wrong_is_told_at_once_and_nothing_begins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record(tmp_path, "amp")
    table = write_table(
        tmp_path / "t.csv",
        "name,x_path,y_path,gear_tpye,tone_type,model.optimzer.lr,data.common.dealy",
        "good,di.wav,amp.wav,,clean,,",
        "Good,di.wav,amp.wav,,clean,,",
        ",di.wav,amp.wav,,clean,,",
        "a/b,di.wav,amp.wav,,clean,,",
        "gone,di.wav,apm.wav,,clean,,",
        "loud,,amp.wav,,lound,,",
    )
    given = [str(table), "--size", "tiny", str(tmp_path / "out")]
    assert guarded("nam-kernel", lambda: batch.main(given)) == 2
    told = capsys.readouterr().err
    for part in (
        "9 problems",
        "column 'gear_tpye': unknown column; did you mean 'gear_type'?",
        "column 'model.optimzer.lr': unknown column; did you mean 'model.optimizer'?",
        "column 'data.common.dealy': unknown column; did you mean 'data.common.delay'?",
        "line 2 and line 3, name: 2 rows are named 'good'",
        "line 4, name: is empty",
        "line 5, name: 'a/b' is no file name, it has / in it",
        "line 6, y_path: no file 'apm.wav' in",
        "line 7, x_path: is empty",
        "line 7, tone_type: must be 'clean'",
    ):
        assert part in told, part
    assert "did you mean 'amp.wav'?" in told
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "name", ["con", "a.nam", "x" * 200, "..", "tab\tbed", 'say "hi"', "batch.csv", "what?", "end."], ids=repr
)
def test_a_name_that_is_no_file_name_is_refused(tmp_path: Path, templates: Templates, name: str) -> None:
    record(tmp_path, "amp")
    quoted = name.replace('"', '""')
    table = write_table(tmp_path / "t.csv", "name,x_path,y_path", f'"{quoted}",di.wav,amp.wav')
    with pytest.raises(ConfigError, match="line 2, name: '"):
        rows(table, templates)


@pytest.mark.parametrize("separator", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_tables_of_spreadsheets_are_read(tmp_path: Path, templates: Templates, separator: str) -> None:
    record(tmp_path / "takes", "amp")
    header, line = (
        ["name", "x_path", "y_path", "gear_make", ""],
        ["Größe, 50 W", "takes/di.wav", "takes/amp.wav", "A", ""],
    )
    text = "\r\n".join(separator.join(f'"{cell}"' for cell in cells) for cells in (header, line, [""] * 5))
    (tmp_path / "t.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    (row,) = rows(tmp_path / "t.csv", templates)
    assert row.name == "Größe, 50 W"
    assert row.metadata == {"name": "Größe, 50 W", "gear_make": "A"}
    # Paths are relative to the table, wherever the command runs.
    assert row.y_path == tmp_path / "takes" / "amp.wav"


@pytest.mark.parametrize(
    ("cell", "value"),
    [("0.004", 0.004), ("-3", -3), ("true", True), ("null", None), ('"7"', "7"), ("[1, 2]", [1, 2]), ("esr", "esr")],
)
def test_the_cells_of_a_dotted_column_are_json_or_text(cell: str, value: object) -> None:
    assert value_of(cell) == value
    assert type(value_of(cell)) is type(value)


def test_text_that_looks_like_a_number_stays_text_in_the_metadata_and_levels_are_numbers(
    tmp_path: Path, templates: Templates
) -> None:
    record(tmp_path, "amp")
    table = write_table(
        tmp_path / "t.csv", "name,x_path,y_path,gear_model,input_level_dbu", "1959,di.wav,amp.wav,1959,12.5"
    )
    (row,) = rows(table, templates)
    assert row.metadata == {"name": "1959", "gear_model": "1959", "input_level_dbu": 12.5}


def test_an_empty_cell_changes_nothing(tmp_path: Path, templates: Templates) -> None:
    record(tmp_path, "amp")
    table = write_table(
        tmp_path / "t.csv", "name,y_path,model.loss.val_loss,data.common.delay", "a,amp.wav,mse,", "b,amp.wav,,12"
    )
    a, b = rows(table, templates, tmp_path / "di.wav")
    assert (a.overrides, b.overrides) == ({"model.loss.val_loss": "mse"}, {"data.common.delay": 12})
    assert a.x_path == b.x_path == tmp_path / "di.wav"


def test_a_value_that_would_go_into_something_else_is_refused(tmp_path: Path, templates: Templates) -> None:
    record(tmp_path, "amp")
    table = write_table(tmp_path / "t.csv", "name,x_path,y_path,model.net.name.size", "a,di.wav,amp.wav,3")
    with pytest.raises(ConfigError, match=r"line 2, model\.net\.name\.size: 'net\.name' is \"WaveNet\""):
        rows(table, templates)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the table is empty; its first line names the columns"),
        ("name,y_path\n", "there is no column 'x_path'; name it in the first line, or name one DI"),
        ("name,x_path,y_path\n", "no row below"),
        ("name,x_path,y_path,name\na,di.wav,amp.wav,b\n", "column 'name': is there 2 times"),
        ("name,x_path,y_path\na, with a comma,di.wav,amp.wav\n", "line 2: has 4 cells, and there are 3 columns"),
        ("Name,x_path,y_path\na,di.wav,amp.wav\n", "column 'Name': unknown column; did you mean 'name'?"),
        ("name,x_path,y_path,data.common.x_path\na,di.wav,amp.wav,\n", "write 'x_path'"),
        ("name,x_path,y_path,data.metadata.gear_make\na,di.wav,amp.wav,\n", "write 'gear_make'"),
        ("name,x_path,y_path,learning.trainr.max_epochs\na,di.wav,amp.wav,\n", "did you mean 'learning.trainer'?"),
        ("name,x_path,y_path,notes\na,di.wav,amp.wav,\n", "column 'notes': unknown column; known: gear_make"),
    ],
)
def test_a_table_that_is_none_is_told_what_it_lacks(tmp_path: Path, templates: Templates, text: str, told: str) -> None:
    record(tmp_path, "amp")
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(ConfigError) as caught:
        rows(tmp_path / "t.csv", templates)
    assert told in str(caught.value)


def test_what_is_no_text_is_told_how_to_be_saved(tmp_path: Path, templates: Templates) -> None:
    (tmp_path / "t.csv").write_bytes("name;x_path\nGröße;a".encode("cp1252"))
    with pytest.raises(ConfigError, match="save it as 'CSV UTF-8'"):
        rows(tmp_path / "t.csv", templates)


def test_a_data_config_for_all_rows_names_what_they_leave_out(tmp_path: Path) -> None:
    record(tmp_path, "amp")
    model, learning = configs(tmp_path)
    templates = read_templates(one_second(tmp_path), model, learning, size="tiny", epochs=None)
    table = write_table(tmp_path / "t.csv", "name,x_path,y_path,data.train.ny,learning.seed", "a,di.wav,amp.wav,500,7")
    (row,) = rows(table, templates)
    documents = templates.of(row)
    assert documents.data is not None
    assert documents.data["train"] == {"stop_samples": 4000, "ny": 500}
    assert documents.data["common"]["y_path"] == str(tmp_path / "amp.wav")
    assert documents.data["metadata"] == {"name": "a"}
    assert documents.learning["seed"] == 7
    # The next row begins with the same configs again.
    assert templates.data is not None
    assert templates.data["train"]["ny"] == 1000
    assert "seed" not in templates.learning
