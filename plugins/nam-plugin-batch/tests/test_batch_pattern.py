"""Claims about rows from the names of files."""

from __future__ import annotations

from pathlib import Path

import pytest
from batch_session import record

from nam_kernel.errors import ConfigError
from nam_plugin_batch.given import rows_from_files
from nam_plugin_batch.pattern import Pattern
from nam_plugin_batch.templates import Templates, read_templates


@pytest.fixture
def templates() -> Templates:
    return read_templates(None, None, None, size="tiny", epochs=None)


@pytest.mark.parametrize(
    ("pattern", "name", "said"),
    [
        ("{name}.wav", "Crunch 2.WAV", {"name": "Crunch 2"}),
        ("{gear_make}_{name}.wav", "Acme_lead_hot.wav", {"gear_make": "Acme", "name": "lead_hot"}),
        (
            "{gear_make} - {name} ({tone_type}).wav",
            "Acme - 50 (clean).wav",
            {"gear_make": "Acme", "name": "50", "tone_type": "clean"},
        ),
        ("{name}_{data.common.delay}.wav", "a_12.wav", {"name": "a", "data.common.delay": "12"}),
        ("{gear_make}/{name}.wav", "Acme/one.wav", {"gear_make": "Acme", "name": "one"}),
        ("{gear_make}_{name}.wav", "nothing.wav", None),
        ("a.b{name}.wav", "axbc.wav", None),
    ],
)
def test_each_part_of_a_name_means_what_the_pattern_says(
    tmp_path: Path, pattern: str, name: str, said: dict[str, str] | None
) -> None:
    assert Pattern(pattern).read(tmp_path / name, tmp_path) == said


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("{gear_make}.wav", r"has no \{name\}"),
        ("{name}_{name}.wav", r"has \{name\} twice"),
        ("{name.wav", r"has no \{name\}"),
        ("{name}_{x.wav", "not closed"),
        ("{name}_{y_path}.wav", "is the file itself"),
    ],
)
def test_a_pattern_that_is_none_is_refused(pattern: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        Pattern(pattern)


def test_a_folder_becomes_rows_the_di_is_none_and_what_does_not_fit_is_told(
    tmp_path: Path, templates: Templates
) -> None:
    di = record(tmp_path, "Acme_clean", "Bolt_hot", "room")
    rows, others = rows_from_files([tmp_path], "{gear_make}_{name}.wav", templates, di)
    assert [(row.name, row.metadata["gear_make"], row.x_path) for row in rows] == [
        ("clean", "Acme", di),
        ("hot", "Bolt", di),
    ]
    assert others == [tmp_path / "room.wav"]


def test_files_of_one_name_and_unknown_columns_are_told_by_their_files(tmp_path: Path, templates: Templates) -> None:
    di = record(tmp_path, "Acme_clean", "Bolt_clean")
    with pytest.raises(ConfigError) as caught:
        rows_from_files([tmp_path], "{gear_maek}_{name}.wav", templates, di)
    assert "column 'gear_maek': unknown column; did you mean 'gear_make'?" in str(caught.value)
    assert "Acme_clean.wav and" in str(caught.value)
    assert "2 rows are named 'clean'" in str(caught.value)


def test_a_pattern_that_fits_nothing_shows_what_there_is(tmp_path: Path, templates: Templates) -> None:
    di = record(tmp_path, "Acme clean")
    with pytest.raises(ConfigError, match=r"fits no file in .*; there is Acme clean\.wav, for one"):
        rows_from_files([tmp_path], "{gear_make}_{name}.wav", templates, di)


def test_without_a_di_the_rows_lack_one(tmp_path: Path, templates: Templates) -> None:
    record(tmp_path, "amp")
    with pytest.raises(ConfigError, match="there is no column 'x_path'.*--di"):
        rows_from_files([tmp_path], None, templates, None)
