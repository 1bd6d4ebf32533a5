"""Which configs are understood, and what is said of the others."""

import json

import pytest

from nam_kernel.config import validate
from nam_plugin_lstm.config import CatLSTMConfig, LSTMConfig
from support import CASES


@pytest.mark.parametrize("version", ["v0.3", "v0.10"])
def test_configs_of_all_times_are_understood(version):
    path = CASES / "configs" / version / "lstm.json"
    if not path.exists():
        pytest.skip(f"needs the cases ({CASES}); set NAM_CASES")
    given = json.loads(path.read_text())["net"]["config"]
    config, problems = validate(LSTMConfig, given)
    assert problems == []
    assert config.arguments() == {
        "hidden_size": given["hidden_size"],
        "num_layers": 3,
        "train_burn_in": given["train_burn_in"],
        "train_truncate": given["train_truncate"] or 0,
        "bias": True,
        "dropout": 0.0,
    }


def test_harmless_arguments_of_torch_are_understood():
    harmless = {"batch_first": False, "bidirectional": False, "proj_size": 0, "input_size": 1}
    assert validate(LSTMConfig, {"hidden_size": 3, **harmless})[1] == []


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("batch_first", True, "leave this key out"),
        ("bidirectional", True, "hears the future"),
        ("proj_size", 2, "cannot hold a projection"),
        ("input_size", 3, "named CatLSTM"),
        ("dropout", 1.0, "less than 1"),
        ("train_truncate", -1, "at least 0"),
        ("num_layer", 2, "did you mean 'num_layers'?"),
        ("hidden_size", 2.5, "whole number"),
    ],
)
def test_what_a_player_cannot_play_is_refused_with_the_reason(key, value, reason):
    _, problems = validate(LSTMConfig, {"hidden_size": 3, key: value}, path="net.config")
    assert [problem.where for problem in problems] == [f"net.config.{key}"]
    assert reason in problems[0].what


def test_dropout_needs_a_place():
    assert validate(LSTMConfig, {"hidden_size": 3, "num_layers": 2, "dropout": 0.1})[1] == []
    (problem,) = validate(LSTMConfig, {"hidden_size": 3, "dropout": 0.1})[1]
    assert "between layers" in problem.what


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"conditions": ["gain", "tone"]}, ("gain", "tone")),
        ({"conditions": [{"name": "gain", "_note": "the left one"}, "tone"]}, ("gain", "tone")),
        ({"input_size": 3}, ("", "")),
        ({"input_size": 2, "conditions": ["gain"]}, ("gain",)),
    ],
)
def test_conditions_are_named_or_counted(given, names):
    config, problems = validate(CatLSTMConfig, {"hidden_size": 3, **given})
    assert problems == []
    assert tuple(condition.name for condition in config.records()) == names


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "without conditions use LSTM"),
        ({"input_size": 1}, "without conditions use LSTM"),
        ({"conditions": []}, "without conditions use LSTM"),
        ({"input_size": 2, "conditions": ["gain", "tone"]}, "make 3"),
        ({"conditions": ["gain", "gain"]}, "two conditions are named 'gain'"),
    ],
)
def test_conditions_that_do_not_add_up_are_refused(given, reason):
    (problem,) = validate(CatLSTMConfig, {"hidden_size": 3, **given})[1]
    assert reason in problem.what


@pytest.mark.parametrize(
    ("condition", "where", "reason"),
    [
        (" ", None, "a name of its own"),
        ({}, ".name", "missing"),
        (3, "", "expected an object"),
        ({"name": "gain", "hihg": 3}, "", "did you mean 'high'"),
        ({"name": "gain", "low": "off"}, ".low", "expected a number"),
        ({"name": "gain", "low": 2}, "", "goes from 2 to 1; low comes first"),
        ({"name": "gain", "default": 11}, "", "is 11 by default, which is out of its range"),
        ({"name": "gain", "choices": ["a", "b"], "default": 2}, "", "is 2 by default, which is out of its range"),
    ],
)
def test_a_condition_that_makes_no_sense_is_refused_in_its_place(condition, where, reason):
    (problem,) = validate(CatLSTMConfig, {"hidden_size": 3, "conditions": ["tone", condition]})[1]
    assert problem.where == ("conditions" if where is None else f"conditions[1]{where}")
    assert reason in problem.what


def test_an_editor_offers_a_condition_as_a_name_or_an_object():
    schema = CatLSTMConfig.model_json_schema()
    name, described = schema["properties"]["conditions"]["anyOf"][0]["items"]["anyOf"]
    assert (name, described) == ({"type": "string"}, {"$ref": "#/$defs/Condition"})
    assert set(schema["$defs"]["Condition"]["properties"]) == {
        "name",
        "low",
        "high",
        "default",
        "unit",
        "choices",
        "step",
        "curve",
    }
