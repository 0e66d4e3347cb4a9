"""What is wrong with a text that isn't YAML: where, what, and how is it mended?

The parser says what it had expected where it stopped; a person wants the place of the mistake,
which may lie before it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import yaml

_GLUED_COLON = re.compile(r"\s*(- )?(\w[\w.]*):([^\s:/].*)")


class SyntaxProblem(NamedTuple):
    """`line` counts from 1."""

    line: int
    problem: str
    cure: str


class _Known(NamedTuple):
    """What the parser's words mean.

    `is_at_beginning`: of what it was reading when it stopped. `may_be_glued`: or a colon lacks the
    space after it.
    """

    said: str
    problem: str
    cure: str
    is_at_beginning: bool = False
    may_be_glued: bool = False


_KNOWN = (
    _Known(
        "could not find expected ':'",
        "a key without ': '",
        "write 'key: value'",
        is_at_beginning=True,
        may_be_glued=True,
    ),
    _Known(
        "expected ',' or",
        "a bracket opened here is not closed, or a comma is missing",
        "close it, and write [a, b] or {a: 1, b: 2}",
        is_at_beginning=True,
    ),
    _Known(
        "unexpected end of stream",
        "a quote opened here is not closed",
        "close it; inside a text write '' for one",
        is_at_beginning=True,
    ),
    _Known(
        "mapping values are not allowed",
        "a ': ' inside a value, or a line indented too far",
        "put the text in quotes, or indent the line as the keys around it",
        may_be_glued=True,
    ),
    _Known(
        "expected '-' indicator",
        "a line that is no item, inside a list",
        "begin it with '- ', or indent it as the lines around it",
    ),
    _Known(
        "did not find expected key",
        "a line that does not go on with the keys above",
        "indent it as they are; a text that begins with { or [ needs quotes around it",
    ),
    _Known(
        "expected comment or line break",
        "a value that begins with '>' or '|'",
        "put it in quotes",
    ),
)


def syntax_problem(text: str, error: yaml.MarkedYAMLError) -> SyntaxProblem:
    """The parser's error in the words of the person who wrote the text."""
    lines = text.splitlines()
    stopped = error.problem_mark or error.context_mark
    at = stopped.line if stopped else 0
    said = error.problem or "can't be parsed"
    if "cannot start any token" in said or "found a tab" in said:
        return _character(lines, at, stopped.column if stopped else 0)
    for known in _KNOWN:
        if known.said in said:
            begun = error.context_mark if known.is_at_beginning else None
            line = begun.line if begun else at
            glued = known.may_be_glued and _glued_colon(lines, line if begun else at - 1)
            return glued or SyntaxProblem(line + 1, known.problem, known.cure)
    return SyntaxProblem(at + 1, said, "correct the syntax there")


def _character(lines: Sequence[str], at: int, column: int) -> SyntaxProblem:
    """The character at which no value can begin."""
    rest = lines[at][column:] if at < len(lines) else ""
    if "\t" in lines[at][: column + 1] or not rest:
        return SyntaxProblem(at + 1, "a tab in the indentation", "indent with spaces")
    return SyntaxProblem(at + 1, f"a value can't begin with {rest[0]}", "put it in quotes")


def _glued_colon(lines: Sequence[str], at: int) -> SyntaxProblem | None:
    """`key:value` without a space is a text, which runs on into the next line."""
    line = lines[at] if 0 <= at < len(lines) else ""
    if found := _GLUED_COLON.fullmatch(line):
        return SyntaxProblem(at + 1, "no space after ':'", f"write '{found[2]}: {found[3]}'")
    return None
