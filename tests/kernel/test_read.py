"""Claims about reading JSON as people write it."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

import pytest

from nam_kernel.config.read import parse, read_documents
from nam_kernel.errors import ConfigError, Problem


def test_comments_and_trailing_commas_are_read() -> None:
    text = '{\n  // a note\n  "a": [1, 2,], /* more\n lines */ "b": "http://x", \n}'
    assert parse(text, "f") == {"a": [1, 2], "b": "http://x"}


def test_what_looks_like_a_comment_in_a_string_stays() -> None:
    assert parse('{"a": "x // y", "b": "/* z */ ,}", "c": "\\"// no"}', "f") == {
        "a": "x // y",
        "b": "/* z */ ,}",
        "c": '"// no',
    }


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('{"a": 1 "b": 2}', "line 1, column 9"),
        ('// note\n{\n  "a": tru\n}', "line 3, column 8"),
        ("", "the file is empty"),
        ("{,}", "line 1, column 2"),
        ("[1,,]", "line 1, column 4"),
        ('{"a": [1, 2}', "line 1, column 12"),
        ('{"a": 1,, "b": 2}', "line 1, column 9"),
    ],
)
def test_a_syntax_error_is_told_with_line_and_column(text: str, where: str) -> None:
    with pytest.raises(ConfigError, match=where):
        parse(text, "data.json")


def test_a_key_given_twice_is_an_error_but_a_note_may_be() -> None:
    assert parse('{"_n": 1, "_n": 2}', "f") == {"_n": 2}
    with pytest.raises(ConfigError, match="'ny' is there twice"):
        parse('{"ny": 1, "ny": 2}', "f")


NESTED = ["[" * 101 + "]" * 101, '{"a":' * 101 + "1" + "}" * 101, '[{"a":\n' * 60 + "1" + "} ]" * 60, "[ \n" * 900]


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a": ' + "1" * 5000 + "}", *NESTED])
def test_absurd_documents_are_refused_without_a_traceback(text: str) -> None:
    with pytest.raises(ConfigError):
        parse(text, "f")


def test_brackets_count_only_where_they_nest() -> None:
    assert parse("[" * 100 + "]" * 100, "f")
    assert parse('["' + "[" * 500 + '", /* ' + "{" * 500 + " */ " + "[[]]," * 500 + "]", "f")


def test_a_value_is_quoted_in_part_where_it_is_very_long() -> None:
    told = str(ConfigError("model.json", [Problem("net.name", f"no plugin offers '{'W' * 5_000_000}'; known: LSTM")]))
    assert len(told) < 1500
    assert told.startswith("model.json: net.name: no plugin offers 'WWW")
    assert told.endswith("WWW'; known: LSTM")


def test_a_folder_a_missing_file_and_a_binary_are_told_apart(tmp_path: Path) -> None:
    binary = tmp_path / "x.wav"
    binary.write_bytes(b"\xff\xfe\x00\x81RIFF")
    for given, told in ((tmp_path, "is a folder"), (tmp_path / "no.json", "no such file"), (binary, "not text")):
        with pytest.raises(ConfigError, match=told):
            read_documents(given, {}, {})


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("modle.json", "did you mean model.json"),
        ("other.json", "the data config is expected here"),
        ("nowhere/model.json", "the data config is expected here"),
        ("https://example.org/model.json", "it is a URL, so download it"),
    ],
)
def test_a_file_that_is_not_there_is_told_with_what_was_perhaps_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, told: str
) -> None:
    (tmp_path / "model.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=told):
        read_documents(given, {}, {})


def test_a_document_that_is_a_list_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "data.json"
    file.write_text("[1]")
    with pytest.raises(ConfigError, match="is an object"):
        read_documents(file, {}, {})


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1,' + "/" * 200_000 + "\n}",
        '{"a": 1,' + "/* x */ " * 50_000 + "}",
        '{"a": 1' + "," + " " * 200_000 + "}",
        "/*" * 100_000,
        '{"a": "' + "\\" * 100_001,
        "[" + '"' * 100_001,
        "{" + ",/" * 100_000,
    ],
    ids=["slashes", "comments", "spaces", "unclosed", "backslashes", "quotes", "commas"],
)
def test_no_text_takes_longer_than_its_length_deserves(text: str) -> None:
    # A reader that looks back is quadratic or worse, and would take hours.
    began = time.process_time()
    with contextlib.suppress(ConfigError):
        parse(text, "f")
    assert time.process_time() - began < 20.0


def test_a_comment_that_is_not_closed_is_told_with_its_line() -> None:
    with pytest.raises(ConfigError, match=r"line 2: the comment that begins here is not closed"):
        parse('{\n/* "a": 1}', "data.json")


def test_a_pipe_or_a_device_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(ConfigError, match="a device or a pipe"):
            read_documents(path, {}, {})
