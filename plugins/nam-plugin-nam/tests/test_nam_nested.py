"""Claims about the models inside a model: each is a whole document, and is checked like any file's, at any depth."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nam_kernel import read_model
from nam_kernel.errors import ModelFileError
from nam_plugin_nam import info
from nam_plugin_nam.document import problem_within

Document = dict[str, Any]


def model(architecture: str = "Gain", config: Any = None, **changes: Any) -> Document:
    whole = {
        "version": "0.5.4",
        "architecture": architecture,
        "config": {"limit": 1.0} if config is None else config,
        "weights": [1.0] if config is None else [],
        "sample_rate": 48000,
    }
    return {**whole, **changes}


def in_a_row(inner: Document) -> Document:
    return model("Sequential", {"models": [model(), inner]})


def in_a_size(inner: Document) -> Document:
    sizes = [{"max_value": 0.5, "model": model()}, {"max_value": 1.0, "model": inner}]
    return model("SlimmableContainer", {"submodels": sizes}, version="0.7.0")


def in_a_condition(inner: Document) -> Document:
    return model("WaveNet", {"condition_dsp": inner})


def two_deep(inner: Document) -> Document:
    return in_a_size(in_a_row(inner))


PLACES: dict[Callable[[Document], Document], str] = {
    in_a_row: "models[1]",
    in_a_size: "submodels[1].model",
    in_a_condition: "condition_dsp",
    two_deep: "submodels[1].model.models[1]",
}

DAMAGE = [
    ({"version": "0.9.0"}, "its version is 0.9.0, newer than 0.7"),
    ({"version": "0.4.0"}, "files before 0.5 are not supported"),
    ({"version": "99999999999999999999.1"}, "is not one such as 0.5.4"),
    ({"version": None}, "its 'version' is not a string"),
    ({"weights": [1e39]}, "weight 0 is 1e+39"),
    ({"weights": [-(10**60)]}, "weight 0 is -1000"),
    ({"weights": [0.5, None]}, "weight 1 is None"),
    ({"weights": ["0.5"]}, "weight 0 is '0.5'"),
    ({"weights": [True]}, "weight 0 is True"),
    ({"weights": [[1.0]]}, "weight 0 is [1.0]"),
    ({"weights": {"0": 1.0}}, "its 'weights' is not a list"),
    ({"sample_rate": 44100}, "it is for 44100 Hz, and the model around it for 48000"),
    ({"sample_rate": 999999999}, "its sample_rate is 999999999; expected a number in Hz"),
    ({"sample_rate": "fast"}, "its sample_rate is 'fast'"),
    ({"sample_rate": True}, "its sample_rate is True"),
    ({"sample_rate": -2}, "its sample_rate is -2"),
    ({"config": []}, "its 'config' is not an object"),
    ({"metadata": "x"}, "its 'metadata' is not an object"),
]


@pytest.mark.parametrize("place", PLACES, ids=PLACES.get)
@pytest.mark.parametrize(("damage", "told"), DAMAGE, ids=lambda d: str(d)[:40])
def test_a_damaged_model_inside_is_named(
    tmp_path: Path, place: Callable[[Document], Document], damage: Document, told: str
) -> None:
    (tmp_path / "m.nam").write_text(json.dumps(place(model(**damage))))
    with pytest.raises(ModelFileError) as caught:
        read_model(tmp_path / "m.nam")
    assert f"the model inside it at {PLACES[place]}: " in str(caught.value)
    assert told in str(caught.value)


@pytest.mark.parametrize("place", PLACES, ids=PLACES.get)
def test_a_model_inside_lacks_nothing(place: Callable[[Document], Document]) -> None:
    assert problem_within(place(model())) == ""
    for key in ("version", "architecture", "config", "weights"):
        damaged = {k: v for k, v in model().items() if k != key}
        assert f"it has no '{key}', so it is not a model file" in problem_within(place(damaged))


def test_a_rate_that_nobody_states_contradicts_none() -> None:
    for unknown in (0, -1, None):
        assert problem_within(in_a_row(model(sample_rate=unknown))) == ""
    outer = {**in_a_row(in_a_row(model(sample_rate=96000))), "sample_rate": None}
    assert "for 96000 Hz, and the model around it for 48000" in problem_within(outer)


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (model("Sequential", {"models": [model()] * 2000}), "more than 256 models"),
        (model("Sequential", {"models": [model("Sequential", {"models": [model()] * 20})] * 20}), "more than 256"),
    ],
)
def test_there_are_not_so_many_that_looking_takes_time(made: Document, told: str) -> None:
    assert told in problem_within(made)


def test_models_are_not_nested_without_end() -> None:
    made = model()
    for _ in range(8):
        made = model("Sequential", {"models": [made]})
    assert problem_within(made) == ""
    assert problem_within(model("Sequential", {"models": [made]})) == "its models are nested more than 8 deep"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("newer", "at models[1]: its version is 0.9.0"),
        ("older", "at models[0]: its version is 0.4.0"),
        ("no_version", "at models[0]: it has no 'version'"),
    ],
)
def test_the_children_that_were_accepted_once_are_refused(faults: Path, name: str, told: str) -> None:
    with pytest.raises(ModelFileError) as caught:
        info.describe(faults / f"sequential_child_{name}.nam")
    assert told in str(caught.value)


def test_checking_changes_nothing() -> None:
    made = two_deep(model())
    before = copy.deepcopy(made)
    problem_within(made)
    assert made == before
