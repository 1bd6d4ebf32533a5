"""The keys of ``loss``: what each switches on, which older spellings are understood, and what is refused."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from nam_kernel import plugins
from nam_kernel.config import RunConfig
from nam_kernel.config.base import collect_notes
from nam_kernel.errors import ConfigError
from nam_kernel.run.objective import objective
from nam_plugin_losses.hooks import nam_configure


@pytest.fixture(autouse=True)
def own_home(monkeypatch: pytest.MonkeyPatch, tmp_path) -> Iterator[None]:
    monkeypatch.setenv("NAM_HOME", str(tmp_path))
    plugins.use(None)
    yield
    plugins.use(None)


def terms(loss: dict[str, Any]) -> dict[str, tuple[str, float | None, dict[str, Any]]]:
    """By label: the loss, its weight and its parameters."""
    found = objective(loss, ("MSE", "ESR"))
    return {t.label: (t.bound.record.name, t.weight, t.bound.keywords()) for t in found.terms}


def told(loss: dict[str, Any]) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        objective(loss, ("MSE", "ESR"))
    return [str(problem) for problem in caught.value.problems]


def configured(loss: Any) -> tuple[Any, list[str]]:
    config = RunConfig({}, {"loss": copy.deepcopy(loss)}, {}, sources={"model": "model.json"})
    with collect_notes() as notes:
        nam_configure(config)
    return config.model["loss"], notes


def test_nothing_said_is_the_mean_squared_error():
    assert terms({}) == {"MSE": ("MSE", 1.0, {})}


@pytest.mark.parametrize(
    ("loss", "label", "term"),
    [
        ({"mse_weight": 0.5}, "MSE", ("MSE", 0.5, {})),
        ({"mrstft_weight": 2e-4}, "MRSTFT", ("MRSTFT", 2e-4, {})),
        ({"dc_weight": 0.1}, "DC MSE", ("DC", 0.1, {})),
        ({"pre_emph_weight": 1, "pre_emph_coef": 0.95}, "Pre-emphasized MSE", ("PreEmphasisMSE", 1.0, {"coef": 0.95})),
        (
            {"pre_emph_mrstft_weight": 2e-4, "pre_emph_mrstft_coef": 0.85},
            "Pre-emphasized MRSTFT",
            ("PreEmphasisMRSTFT", 2e-4, {"coef": 0.85}),
        ),
    ],
)
def test_each_key_switches_one_loss_on_beside_the_mse(loss, label, term):
    found = terms(loss)
    assert found[label] == term
    assert set(found) == {"MSE", label}


def test_the_mse_is_left_out_by_null():
    assert set(terms({"mse_weight": None, "dc_weight": 1.0})) == {"DC MSE"}


@pytest.mark.parametrize("key", ["pre_emph", "pre_emph_mrstft"])
@pytest.mark.parametrize("coef", [{}, {"coef": None}])
def test_a_weight_without_its_coefficient_says_what_is_usual(key, coef):
    (problem,) = told({f"{key}_weight": 1.0, **{f"{key}_{name}": value for name, value in coef.items()}})
    assert problem.startswith(f"loss.{key}_coef: ")
    assert "needs" in problem
    assert "0.85 or 0.95" in problem


def test_a_listed_loss_names_its_coefficient_too():
    (problem,) = told({"losses": [{"name": "PreEmphasisMSE"}]})
    assert problem.startswith("loss.losses[0].config.coef: ")
    assert "0.85 or 0.95" in problem


@pytest.mark.parametrize(
    ("old", "today"),
    [
        ({"mstft_weight": 2e-4}, {"mrstft_weight": 2e-4}),
        ({"mstft_key": 2e-4}, {"mrstft_weight": 2e-4}),
        ({"mstft_weight": None}, {"mrstft_weight": None}),
        (
            {"pre_emph_mstft_weight": 0.5, "pre_emph_mstft_coef": 0.85},
            {"pre_emph_mrstft_weight": 0.5, "pre_emph_mrstft_coef": 0.85},
        ),
    ],
)
def test_older_spellings_are_understood_and_noted(old, today):
    loss, notes = configured(old)
    assert loss == today
    assert len(notes) == len(old)
    for key in old:
        assert any(note.startswith(f"loss.{key} ") for note in notes)


def test_fourier_is_the_error_of_the_spectra_in_place_of_the_mse():
    loss, notes = configured({"fourier": True})
    assert terms(loss) == {"MSE_FFT": ("FourierMSE", 1.0, {})}
    assert len(notes) == 1
    assert "FourierMSE" in notes[0]


def test_fourier_takes_the_weight_of_the_mse_and_stands_beside_other_losses():
    loss, _ = configured({"fourier": True, "mse_weight": 0.25, "dc_weight": 1, "losses": [{"name": "ESR"}]})
    assert terms(loss) == {"DC MSE": ("DC", 1.0, {}), "ESR": ("ESR", 1.0, {}), "MSE_FFT": ("FourierMSE", 0.25, {})}


def test_fourier_of_an_mse_that_is_left_out_is_nothing():
    loss, _ = configured({"fourier": True, "mse_weight": None, "dc_weight": 1})
    assert set(terms(loss)) == {"DC MSE"}


def test_no_fourier_is_the_mse():
    loss, _ = configured({"fourier": False, "mse_weight": 0.5})
    assert loss == {"mse_weight": 0.5}


def test_todays_keys_are_left_alone():
    given = {"mse_weight": 1.0, "mrstft_weight": 2e-4, "pre_emph_weight": 1, "pre_emph_coef": 0.85, "_note": ""}
    assert configured(given) == (given, [])


@pytest.mark.parametrize(
    ("loss", "where", "what"),
    [
        ({"mstft_weight": 1, "mrstft_weight": 1}, "loss.mstft_weight", "leave mstft_weight out"),
        ({"mstft_weight": 1, "mstft_key": 1}, "loss.mstft_key", "leave mstft_key out"),
        ({"mstft_key": "many"}, "loss.mstft_key", "a number of at least 0"),
        ({"mstft_weight": -1}, "loss.mstft_weight", "a number of at least 0"),
        ({"mstft_weight": True}, "loss.mstft_weight", "a number of at least 0"),
        ({"pre_emph_mstft_coef": "x"}, "loss.pre_emph_mstft_coef", "expected a number"),
        ({"pre_emph_mstft_coef": float("nan")}, "loss.pre_emph_mstft_coef", "expected a number"),
        ({"fourier": "yes"}, "loss.fourier", "true or false"),
        ({"fourier": 1}, "loss.fourier", "true or false"),
        ({"fourier": None}, "loss.fourier", "true or false"),
        ({"fourier": True, "mse_weight": "x"}, "loss.mse_weight", "a number of at least 0"),
    ],
)
def test_wrong_older_keys_are_named(loss, where, what):
    with pytest.raises(ConfigError) as caught:
        configured(loss)
    (problem,) = caught.value.problems
    assert caught.value.source == "model.json"
    assert problem.where == where
    assert what in problem.what


def test_every_wrong_older_key_is_told_at_once():
    with pytest.raises(ConfigError) as caught:
        configured({"mstft_weight": -1, "fourier": 3})
    assert [p.where for p in caught.value.problems] == ["loss.mstft_weight", "loss.fourier"]


@pytest.mark.parametrize("model", [{}, {"loss": None}, {"loss": 3}, {"loss": ["fourier"]}])
def test_a_loss_that_is_no_object_is_left_to_the_validation(model):
    config = RunConfig({}, dict(model), {})
    nam_configure(config)
    assert config.model == model


def test_losses_that_are_no_list_are_left_to_the_validation():
    loss, _ = configured({"fourier": True, "losses": 3})
    assert [line.split(":")[0] for line in told(loss)] == ["loss.losses"]
