"""How does one say in a line what a model found wrong with a file, and how to mend it?"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from salesadvisor.domain.elements import KeyPath, Misfit
from salesadvisor.domain.naming import did_you_mean

Found = tuple[KeyPath, str, str]

_SHOWN = 60
_LISTED = 6
_WHOLE = "a whole number", "write a whole number, such as 30"
_NUMBER = "a number", "write a number, such as 12.5"
_DAY = "a day", "write the day as 2026-11-30"
_FLAG = "yes or no", "write yes or no"
_TEXT = "a text", "write a text, in quotes if it looks like a number"
_LIST = "a list", "write a list: [a, b], or a line with '- ' for each item"
_KEYS = "keys and values", "write 'key: value' pairs"

# What a value is not, and the cure, by pydantic's name for it.
_KINDS: Mapping[str, tuple[str, str]] = {
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "bool_type": _FLAG,
    "bool_parsing": _FLAG,
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "string_type": _TEXT,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "dict_type": _KEYS,
    "model_type": _KEYS,
}
# What a value must keep to, by pydantic's name for it; {limit} is the limit.
_LIMITS: Mapping[str, tuple[str, str, str]] = {
    "greater_than_equal": ("ge", "is below {limit}", "write {limit} or more"),
    "less_than_equal": ("le", "is above {limit}", "write {limit} or less"),
    "string_too_long": ("max_length", "is longer than {limit} characters", "shorten it"),
    "too_long": ("max_length", "has more than {limit} items", "remove some"),
    "decimal_max_places": (
        "decimal_places",
        "has more than {limit} decimal places",
        "round it",
    ),
    "decimal_max_digits": ("max_digits", "has more than {limit} digits", "round it"),
}
_PATTERNS: Mapping[str, str] = {
    r"^[A-Z]{3}$": "write three capital letters, as in EUR",
    r"^\S(.*\S)?$": "remove the blanks around it, and keep it on one line",
    r"^[a-z][a-z0-9_]{0,39}$": "write small letters, digits and _, a letter first, at most 40",
    r"^[A-Za-z][A-Za-z0-9_-]{0,39}$": "write letters, digits, - and _, a letter first, at most 40",
}
_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+")


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
            return where, f"unknown key '{where[-1]}'", _cure_of_key(model, where, details)
        case "missing", _:
            return where[:-1], f"'{where[-1]}' is missing", f"add '{where[-1]}: ...'"
        case "too_short" | "string_too_short", _:
            return where, "is empty", "add what is missing"
        case "literal_error", _:
            words = context["expected"].replace(" or ", ", ").replace("'", "").split(", ")
            return where, f"unknown value {got}", did_you_mean(str(details["input"]), words)
        case "string_pattern_mismatch", _:
            pattern = context["pattern"]
            cure = _PATTERNS.get(pattern, f"match {pattern}")
            return where, f"{got} is not of the right form", cure
        case _, Misfit() as misfit:
            return where + misfit.path, misfit.problem, misfit.cure
        case _, ValueError() as error:
            return where, str(error), "correct it"
        case _ if kind in _KINDS:
            return where, *_problem_of_kind(model, where, details)
        case _ if kind in _LIMITS:
            key, problem, cure = _LIMITS[kind]
            limit = context[key]
            return where, f"{got} {problem.format(limit=limit)}", cure.format(limit=limit)
        case _:
            message = details["msg"].removeprefix("Input ")
            return where, f"{got} {message[0].lower()}{message[1:]}", "correct it"


def _cure_of_key(model: type[BaseModel], where: KeyPath, details: Mapping[str, Any]) -> str:
    if str(where[-1]).isdigit() and details["input"] is None:
        return "a comma divides two values: write 7.5 and 10000"
    return did_you_mean(str(where[-1]), _keys_at(model, where[:-1]))


def _problem_of_kind(
    model: type[BaseModel], where: KeyPath, details: Mapping[str, Any]
) -> tuple[str, str]:
    """What is wrong with a value of another kind than the model wants."""
    value = details["input"]
    wanted, cure = _KINDS[details["type"]]
    match value:
        case None if wanted != _TEXT[0]:
            return "nothing is written here", f"{cure}, or remove the key"
        case dict() if wanted == _TEXT[0]:
            cure = "put a text that begins with { in quotes"
        case dict() if wanted == _LIST[0]:
            cure = "begin each item with '- '"
        case str() if wanted in (_WHOLE[0], _NUMBER[0]):
            cure += _cure_of_number(value)
        case _ if wanted == _KEYS[0] and (keys := _keys_at(model, where)):
            more = " ..." if len(keys) > _LISTED else ""
            cure += f"; its keys are {', '.join(keys[:_LISTED])}{more}"
    return f"{_shown(value)} {_is_not(wanted, value)}", cure


def _is_not(wanted: str, value: Any) -> str:
    if isinstance(value, dict):
        return f"stand where {wanted} belongs"
    if wanted == _KEYS[0]:
        return f"stands where {wanted} belong"
    return f"is not {wanted}"


def _cure_of_number(text: str) -> str:
    """What keeps this text from being the number in it."""
    if _THOUSANDS.fullmatch(text):
        return f", here {text.replace(',', '')}"
    if text.isdigit():
        return ", without quotes"
    return ", without sign or unit" if any(map(str.isdigit, text)) else ""


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
