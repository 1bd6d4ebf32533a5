"""Turn pydantic's errors into problems that name the place in the document, the cause and the way out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from nam_kernel.errors import Problem
from nam_kernel.text import suggestion

Model = TypeVar("Model", bound=BaseModel)

_PLAIN = {
    "missing": "this key is missing",
    "int_type int_from_float int_parsing": "expected a whole number, got {got}",
    "float_type float_parsing": "expected a number, got {got}",
    "finite_number": "expected a finite number, got {got}",
    "bool_type bool_parsing": "expected true or false, got {got}",
    "string_type": "expected a string, got {got}",
    "list_type tuple_type": "expected a list, got {got}",
    "dict_type model_type model_attributes_type dataclass_type": "expected an object {{...}}, got {got}",
    "greater_than": "must be greater than {gt}, got {got}",
    "greater_than_equal": "must be at least {ge}, got {got}",
    "less_than": "must be less than {lt}, got {got}",
    "less_than_equal": "must be at most {le}, got {got}",
    "too_long": "there are more than {max_length} entries",
    "literal_error enum": "must be {expected}, got {got}",
    "none_required": "must be null, got {got}",
}
_WORDS = {kind: words for kinds, words in _PLAIN.items() for kind in kinds.split()}


def validate(
    model: type[Model], data: Any, *, path: str = "", base: Path | None = None, beside: Sequence[str] = ()
) -> tuple[Model | None, list[Problem]]:
    """
    Return ``data`` as an instance of a config model, or what is wrong with it.

    :param path: where ``data`` is in its document, ``"net.config"``
    :param base: the folder in which relative paths are looked up first
    :param beside: keys that the same object may have and somebody else checks, for the suggestion on an unknown one
    :return: the model and no problems, or None and at least one
    """
    context: dict[str, Any] = {"base": base, "beside": tuple(beside)}
    try:
        return model.model_validate(data, context=context), []
    except ValidationError as error:
        return None, problems_of(error, path, context.get("known_keys", []))
    except RecursionError:
        return None, [Problem(path, "nested too deeply to be a config")]


def problems_of(
    error: ValidationError, path: str = "", known: Sequence[tuple[frozenset[str], tuple[str, ...]]] = ()
) -> list[Problem]:
    """
    Return what pydantic found in plain words.

    :param path: as in ``validate``
    :param known: for each object, the keys that it has and those that it may have
    """
    return _without_union_noise([_problem(e, path, known) for e in error.errors(include_url=False)])


def join(path: str, *parts: str | int) -> str:
    """Return a place in a document: ``join("train", 1, "ny")`` is ``train[1].ny``."""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def _problem(error: Mapping[str, Any], path: str, known: Sequence[tuple[frozenset[str], tuple[str, ...]]]) -> Problem:
    where = join(path, *(part for part in error["loc"] if not _names_a_union_branch(part)))
    kind = error["type"]
    if kind == "extra_forbidden":
        key = error["loc"][-1]
        keys = next((keys for given, keys in reversed(known) if key in given and key not in keys), ())
        return Problem(where, f"unknown key; {suggestion(str(key), keys)}")
    if kind in ("value_error", "assertion_error"):
        return Problem(where, str(error["ctx"]["error"]) if "ctx" in error else error["msg"])
    if kind in _WORDS:
        return Problem(where, _WORDS[kind].format(got=_show(error.get("input")), **error.get("ctx", {})))
    return Problem(where, f"{error['msg']}, got {_show(error.get('input'))}")


def _names_a_union_branch(part: Any) -> bool:
    """Pydantic puts the type that it tried into the path; a document has no such key."""
    return isinstance(part, str) and (
        part in {"int", "float", "str", "bool", "none", "FilePath"}
        or any(mark in part for mark in ("[", "(", "-"))
        or part.endswith("Config")
    )


def _without_union_noise(problems: list[Problem]) -> list[Problem]:
    """Merge the complaints about one place: a union complains once per alternative."""
    merged: dict[str, Problem] = {}
    for problem in problems:
        before = merged.get(problem.where)
        if before is None:
            merged[problem.where] = problem
        elif problem.what not in before.what:
            merged[problem.where] = Problem(problem.where, f"{before.what}; or: {problem.what}")
    return list(merged.values())


def _show(value: Any) -> str:
    """Return a value as JSON would write it, shortened."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = f'"{value}"' if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
