"""Claims about what a user is told of a wrong config."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from nam_kernel.config import Config, DataConfig, FilePath, LearningConfig, ModelConfig, validate
from nam_kernel.config.base import collect_notes, look_up, note
from nam_kernel.errors import ConfigError


class Inner(Config):
    """A part of it."""

    ny: int | None = None
    file: FilePath | None = None


class Outer(Config):
    """The whole."""

    train: list[Inner]
    rate: float = 1.0


def told(model: type[Config], data: Any, **kwargs: Any) -> list[str]:
    checked, problems = validate(model, data, **kwargs)
    assert (checked is None) == bool(problems)
    return [str(p) for p in problems]


def test_an_unknown_key_is_told_with_its_place_and_a_suggestion() -> None:
    assert told(Outer, {"train": [{}, {"yn": 1}]}) == ["train[1].yn: unknown key; did you mean 'ny'?"]


def test_an_unknown_key_like_none_of_them_is_told_what_there_is() -> None:
    assert told(Outer, {"train": [], "zzzzzz": 1}) == ["zzzzzz: unknown key; known: rate, train"]


def test_a_wrong_type_is_told_once_although_a_union_has_two_branches() -> None:
    assert told(Outer, {"train": [{"ny": "many"}]}) == ['train[0].ny: expected a whole number, got "many"']


def test_all_problems_are_told_together() -> None:
    assert told(Outer, {"train": [{"ny": "x", "q": 1}], "rate": "fast"}) == [
        'train[0].ny: expected a whole number, got "x"',
        "train[0].q: unknown key; known: file, ny",
        'rate: expected a number, got "fast"',
    ]


def test_the_place_of_a_plugins_config_comes_first() -> None:
    assert told(Inner, {"yn": 1}, path="net.config") == ["net.config.yn: unknown key; did you mean 'ny'?"]


def test_keys_that_begin_with_an_underscore_are_notes() -> None:
    checked, problems = validate(Inner, {"_notes": ["x"], "ny": 3})
    assert not problems
    assert checked == Inner(ny=3)


def test_a_relative_path_is_looked_up_beside_the_config_then_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside, here = tmp_path / "configs", tmp_path / "here"
    for folder in (beside, here):
        folder.mkdir()
    (beside / "both.wav").touch()
    (here / "both.wav").touch()
    (here / "only.wav").touch()
    monkeypatch.chdir(here)
    with collect_notes() as notes:
        both, _ = validate(Inner, {"file": "both.wav"}, base=beside)
        only, _ = validate(Inner, {"file": "only.wav"}, base=beside)
    assert both is not None
    assert both.file == beside / "both.wav"
    assert only is not None
    assert only.file == here / "only.wav"
    assert len(notes) == 1
    assert "both beside the config and in the working directory" in notes[0]


def test_home_and_variables_are_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.wav").touch()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TAKES", str(tmp_path))
    for given in ("~/x.wav", "$TAKES/x.wav", "${TAKES}/x.wav"):
        checked, _ = validate(Inner, {"file": given})
        assert checked is not None
        assert checked.file == tmp_path / "x.wav"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("nowhere.wav", "no file 'nowhere.wav'"),
        ("", "empty"),
        (".", "is a folder"),
        (3, "path of a file"),
        ("a\0b", ""),
    ],
)
def test_a_path_that_cannot_be_used_is_explained(given: Any, sentence: str) -> None:
    (problem,) = told(Inner, {"file": given})
    assert problem.startswith("file: ")
    assert sentence in problem


def test_notes_outside_of_a_run_are_dropped() -> None:
    note("nobody listens")
    with collect_notes() as notes:
        note("once")
        note("once")
    assert notes == ["once"]


def test_common_is_merged_below_each_entry_and_type_below_common() -> None:
    data = DataConfig(train=[{"ny": 1}, {"ny": 2, "delay": 5}], common={"delay": 3}, type="wav")
    assert data.entries("train") == [
        ("train[0]", {"type": "wav", "delay": 3, "ny": 1}),
        ("train[1]", {"type": "wav", "delay": 5, "ny": 2}),
    ]
    assert data.entries("validation") == []


def test_a_model_needs_a_net_or_a_file_to_start_from() -> None:
    (problem,) = told(ModelConfig, {})
    assert "'net' is missing" in problem


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({"seed": -1}, "seed"),
        ({"seed": True}, "seed"),
        ({"target_esr": 0}, "target_esr"),
        ({"trainer": []}, "trainer"),
        ({"on_divergence": "pray"}, "on_divergence"),
    ],
)
def test_a_learning_config_is_checked(document: dict[str, Any], place: str) -> None:
    (problem,) = told(LearningConfig, document)
    assert problem.startswith(f"{place}: ")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("https://example.org/di.wav", "is a URL"),
        ("$NAM_NOWHERE/di.wav", r"the variable \$NAM_NOWHERE is not set"),
        ("${NAM_NOWHERE}/di.wav", r"the variable \$\{NAM_NOWHERE\} is not set"),
        ("takes\\di.wav", "write / instead"),
        ("di_.wav", r"did you mean 'di\.wav'\?"),
        ("quite_another.flac", "check the path, and that the drive is there"),
        ("a" * 5000, "cannot be the path of a file"),
        ("a\0b", "check the path"),
    ],
)
def test_a_file_that_is_not_there_is_told_with_what_to_do(tmp_path: Path, value: str, told: str) -> None:
    (tmp_path / "di.wav").touch()
    with pytest.raises(ValueError, match=told):
        look_up(value, tmp_path)


def test_a_pipe_is_no_file_of_a_config(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="a device or a pipe"):
        look_up("pipe", tmp_path)


def test_of_very_many_problems_the_first_are_told() -> None:
    error = ConfigError("data.json", [f"problem {i}" for i in range(1000)])
    assert str(error).endswith("  - problem 39\n  - and 960 more")
