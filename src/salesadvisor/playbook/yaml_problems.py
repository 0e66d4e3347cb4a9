"""How does one say in a line what a model found wrong with a file, and how to mend it?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from salesadvisor.domain.elements import KeyPath, Misfit
from salesadvisor.domain.naming import did_you_mean

Found = tuple[KeyPath, str, str]

_SHOWN = 60
_CURES: Mapping[str, str] = {
    "int_type": "write a whole number, such as 30",
    "int_parsing": "write a whole number, such as 30",
    "int_from_float": "write a whole number, such as 30",
    "float_type": "write a number, such as 0.5",
    "float_parsing": "write a number, such as 0.5",
    "decimal_type": "write a number, such as 12.5",
    "decimal_parsing": "write a number, such as 12.5",
    "bool_type": "write true or false",
    "bool_parsing": "write true or false",
    "date_type": "write the day as 2026-11-30",
    "date_parsing": "write the day as 2026-11-30",
    "date_from_datetime_parsing": "write the day as 2026-11-30",
    "string_type": "write a text, in quotes if it looks like a number",
    "list_type": "write a list: [a, b]",
    "tuple_type": "write a list: [a, b]",
    "dict_type": "write 'key: value' pairs",
    "model_type": "write 'key: value' pairs",
}


def problems_of(
    model: type[BaseModel], error: ValidationError, line_of: Callable[[KeyPath], int]
) -> list[Found]:
    """In the order of the file: a problem's path of keys, what it is, and the cure."""
    every: list[Mapping[str, Any]] = list(error.errors(include_url=False))
    causes = [details for details in every if not _follows_from_another(details, every)]
    found = [_problem(model, details) for details in causes or every]
    return sorted(found, key=lambda problem: (line_of(problem[0]), problem[1]))


def _follows_from_another(details: Mapping[str, Any], every: list[Mapping[str, Any]]) -> bool:
    """A list is too short without its wrong items; a key is missing that was misspelt beside."""
    where = details["loc"]
    others = [other for other in every if other is not details]
    match details["type"]:
        case "too_short":
            return any(other["loc"][: len(where)] == where for other in others)
        case "missing":
            misspelt = [other["loc"] for other in others if other["type"] == "extra_forbidden"]
            return any(other[:-1] == where[:-1] for other in misspelt)
        case _:
            return False


def _problem(model: type[BaseModel], details: Mapping[str, Any]) -> Found:
    where: KeyPath = tuple(key for key in details["loc"] if key != "[key]")
    kind: str = details["type"]
    got = _shown(details.get("input"))
    context: Mapping[str, Any] = details.get("ctx", {})
    match kind, context.get("error"):
        case "extra_forbidden", _:
            return (
                where,
                f"unknown key '{where[-1]}'",
                did_you_mean(str(where[-1]), _keys_at(model, where[:-1])),
            )
        case "missing", _:
            return where[:-1], f"'{where[-1]}' is missing", f"add '{where[-1]}: ...'"
        case "too_short" | "string_too_short", _:
            return where, "is empty", "add what is missing"
        case "literal_error", _:
            words = context["expected"].replace(" or ", ", ").replace("'", "").split(", ")
            return where, f"unknown value {got}", did_you_mean(str(details["input"]), words)
        case _, Misfit() as misfit:
            return where + misfit.path, misfit.problem, misfit.cure
        case _, ValueError() as problem:
            return where, str(problem), "correct it"
        case _:
            message = details["msg"].removeprefix("Input ")
            cure = _CURES.get(kind, "correct it")
            return where, f"{got} {message[0].lower()}{message[1:]}", cure


def _shown(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case dict():
            return "keys and values"
        case list() | tuple():
            return "a list" if value else "an empty list"
        case bool():
            return f"'{value}'".lower()
        case _:
            text = f"'{value}'"
            return text if len(text) <= _SHOWN else text[: _SHOWN - 4] + "...'"


def _keys_at(model: type[BaseModel], where: KeyPath) -> list[str]:
    """The keys that the model's part at `where` may have."""
    kind: Any = model
    for key in where:
        inner = _models_in(kind)
        fields = {_name(n, f): f for m in inner for n, f in m.model_fields.items()}
        kind = fields[key].annotation if isinstance(key, str) and key in fields else kind
    return [_name(n, f) for m in _models_in(kind) for n, f in m.model_fields.items()]


def _name(name: str, field: Any) -> str:
    return field.alias or name


def _models_in(kind: Any) -> list[type[BaseModel]]:
    """The models that stand in an annotation: `dict[str, tuple[Tier, ...]]` holds Tier."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [kind]
    return [model for part in get_args(kind) for model in _models_in(part)]
