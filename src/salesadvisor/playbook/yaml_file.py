"""What does a YAML file say, and on which line?

The one door to YAML. A file is data only: no tag, no anchor, one document, no key twice. Plain
`yes` and `no` are words, as in YAML 1.2; only `true` and `false` are booleans.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from salesadvisor.domain.elements import KeyPath
from salesadvisor.errors import BadInput, PlaybookError
from salesadvisor.playbook.yaml_problems import problems_of
from salesadvisor.playbook.yaml_syntax import syntax_problem

MAX_BYTES = 1 << 20
_MAX_DEPTH = 40
_MAX_DIGITS = 18

YamlEvent = Any  # a yaml.Event of the kind that isinstance tells
Model = TypeVar("Model", bound=BaseModel)

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?[0-9][0-9_]*")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}


@dataclass(frozen=True)
class Document:
    """A file's plain data, with the line of every key and item by its path of keys.

    `error` is the class of error that a problem in this file is.
    """

    path: Path
    data: Any
    lines: Mapping[KeyPath, int]
    error: type[BadInput] = PlaybookError

    def place(self, at: KeyPath = ()) -> str:
        """`file:line` of the key path, or of the nearest one above it that stands in the file."""
        while at not in self.lines and at:
            at = at[:-1]
        return f"{self.path}:{self.lines.get(at, 1)}"

    def wrong(self, at: KeyPath, problem: str, cure: str) -> BadInput:
        """The error to raise for what stands at the key path."""
        return self.error(self.place(at), problem, cure)


def load_yaml(path: Path, *, error: type[BadInput] = PlaybookError) -> Document:
    """The data of the YAML file at `path`.

    Raises `error` with file, line and cure if it can't be read, isn't UTF-8, is larger than 1 MiB,
    isn't YAML, or uses tags, anchors, several documents or a key twice.
    """
    text = _read(path, error)
    lines: dict[KeyPath, int] = {}
    try:
        events = yaml.parse(text, Loader=_LOADER)
        data = _Reader(path, events, lines, error).document()
    except yaml.MarkedYAMLError as problem:
        line, what, cure = syntax_problem(text, problem)
        raise error(f"{path}:{line}", f"not YAML: {what}", cure) from None
    except yaml.YAMLError as problem:
        what = str(problem).splitlines()[0]
        raise error(f"{path}:1", f"not YAML: {what}", "save it as plain UTF-8 text") from None
    return Document(path, data, lines, error)


def validate(model: type[Model], document: Document, *, at: KeyPath = ()) -> Model:
    """The part of the document under `at` as a `model`.

    Raises the document's error with the first problem: `file:line: field: problem; cure`.
    """
    found = _validated(model, document, at)
    if isinstance(found, list):
        raise found[0]
    return found


def form_problems(
    model: type[BaseModel], document: Document, *, at: KeyPath = ()
) -> Iterator[BadInput]:
    """Everything that keeps the part of the document under `at` from being a `model`."""
    found = _validated(model, document, at)
    yield from found if isinstance(found, list) else ()


def _validated(model: type[Model], document: Document, at: KeyPath) -> Model | list[BadInput]:
    """The model, or at least one problem."""
    data = document.data
    for key in at:
        data = data[key]
    if not isinstance(data, dict):
        problem = f"holds {_kind(data)} instead of keys and values"
        return [document.wrong(at, problem, "write 'key: value'")]
    try:
        return model.model_validate(data)
    except ValidationError as error:
        found = []
        for where, problem, cure in problems_of(model, error, lambda p: _line(document, at + p)):
            field = ".".join(str(key) for key in where)
            text = f"{field}: {problem}" if field else problem
            found.append(document.wrong(at + where, text, cure))
        return found


def _line(document: Document, at: KeyPath) -> int:
    return int(document.place(at).rpartition(":")[2])


def _read(path: Path, error: type[BadInput]) -> str:
    try:
        if path.is_dir():
            raise error(str(path), "is a directory", "name a YAML file")
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as problem:
        why = (problem.strerror or str(problem)).lower()
        raise error(str(path), f"can't be read: {why}", "check the path") from None
    if len(raw) > MAX_BYTES:
        raise error(str(path), "is larger than 1 MiB", "split it, or name the right file")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = raw[: problem.start].count(b"\n") + 1
        raise error(f"{path}:{line}", "is not UTF-8 text", "save it as UTF-8") from None


class _Reader:
    """Builds plain data from the parser's events: nothing is ever expanded or constructed."""

    def __init__(
        self,
        path: Path,
        events: Iterator[YamlEvent],
        lines: dict[KeyPath, int],
        error: type[BadInput],
    ) -> None:
        self._path = path
        self._events = events
        self._lines = lines
        self._error = error

    def document(self) -> Any:
        documents = [
            self._value(next(self._events), ())
            for event in self._events
            if isinstance(event, yaml.DocumentStartEvent) and self._is_first(event)
        ]
        return documents[0] if documents else None

    def _is_first(self, event: YamlEvent) -> bool:
        if () in self._lines:
            self._fail(event, "holds several documents", "keep one, without '---' between")
        return True

    def _value(self, event: YamlEvent, at: KeyPath) -> Any:
        self._refuse(event, at)
        self._lines.setdefault(at, _line_of(event))
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(at)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(at)
        return self._scalar(event)

    def _refuse(self, event: YamlEvent, at: KeyPath) -> None:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self._fail(event, "uses an anchor or alias", "write the value out where it is needed")
        if tag := getattr(event, "tag", None):
            self._fail(event, f"uses the tag '{tag}'", "remove the tag; only plain values are read")
        if len(at) > _MAX_DEPTH:
            self._fail(event, f"is nested deeper than {_MAX_DEPTH} levels", "flatten it")

    def _mapping(self, at: KeyPath) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            self._refuse(event, at)
            if not isinstance(event, yaml.ScalarEvent):
                self._fail(event, "a key is a list or a mapping", "use a word as the key")
            key = event.value
            if key in found:
                first = self._lines[*at, key]
                self._fail(event, f"duplicate key '{key}', first on line {first}", "keep one")
            self._lines[*at, key] = _line_of(event)
            found[key] = self._value(next(self._events), (*at, key))
        return found

    def _sequence(self, at: KeyPath) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            found.append(self._value(event, (*at, len(found))))
        return found

    def _scalar(self, event: YamlEvent) -> Any:
        text: str = event.value
        if event.style not in (None, ""):
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _DATE.fullmatch(text):
            try:
                return date.fromisoformat(text)
            except ValueError:
                self._fail(event, f"'{text}' is no day of the calendar", "correct the date")
        if _INTEGER.fullmatch(text):
            return self._integer(event, text.replace("_", ""))
        if _NUMBER.fullmatch(text):
            return self._finite(event, float(text))
        return text

    def _integer(self, event: YamlEvent, digits: str) -> int:
        if len(digits) > _MAX_DIGITS:
            self._fail(event, "a number has more than 18 digits", "quote it if it is a name")
        return int(digits)

    def _finite(self, event: YamlEvent, number: float) -> float:
        if not math.isfinite(number):
            self._fail(event, f"'{event.value}' is too large a number", "correct it")
        return number

    def _fail(self, event: YamlEvent, problem: str, cure: str) -> NoReturn:
        raise self._error(f"{self._path}:{_line_of(event)}", problem, cure)


def _line_of(event: YamlEvent) -> int:
    return int(event.start_mark.line) + 1


def _kind(data: Any) -> str:
    match data:
        case None:
            return "nothing"
        case list():
            return "a list"
        case _:
            return "a single value"
