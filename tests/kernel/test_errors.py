"""Claims about the error tree."""

from __future__ import annotations

import inspect
import pickle

import pytest

from nam_kernel import errors

ERRORS = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, Exception)]


@pytest.mark.parametrize("error", ERRORS, ids=lambda c: c.__name__)
def test_the_module_docstring_draws_every_error(error: type[Exception]) -> None:
    assert error.__name__ in (errors.__doc__ or "")


@pytest.mark.parametrize("error", ERRORS, ids=lambda c: c.__name__)
def test_everything_descends_from_the_root(error: type[Exception]) -> None:
    assert issubclass(error, errors.NamKernelError)


def test_a_users_mistake_has_exit_code_2_and_a_failure_1() -> None:
    assert errors.ConfigError("f", ["x"]).exit_code == 2
    assert errors.PluginError("x").exit_code == 1


def test_a_registration_error_is_caught_as_a_key_error_and_reads_as_a_sentence() -> None:
    error = errors.RegistrationError("the name is taken")
    assert isinstance(error, KeyError)
    assert str(error) == "the name is taken"


def test_all_problems_of_a_config_are_told_each_on_a_line_of_its_own() -> None:
    error = errors.ConfigError("data.json", [errors.Problem("train.ny", "too small"), "is odd"])
    assert str(error).splitlines() == ["data.json: 2 problems", "  - train.ny: too small", "  - is odd"]


def test_a_config_error_survives_the_way_between_processes() -> None:
    error = pickle.loads(pickle.dumps(errors.ConfigError("data.json", [errors.Problem("a", "b")])))
    assert str(error) == "data.json: a: b"
