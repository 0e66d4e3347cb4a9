"""How does a team get a playbook of its own? A copy of a shipped one, with its own stages.

The comments of the template stay: they are its manual. Each file begins with the line by which an
editor finds its schema, kept in the folder itself so that it works offline.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from salesadvisor.errors import PlaybookError
from salesadvisor.playbook.playbook import load_playbook
from salesadvisor.playbook.rule_files import STRATEGY_FILE
from salesadvisor.playbook.schemas import (
    SCHEMA_FOLDER,
    playbook_schemas,
    schema_of_file,
    with_setting,
    write_schemas,
)

_BARE_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_ -]*[A-Za-z0-9_]|[A-Za-z]")
_NOT_WORDS = {"true", "false", "null"}


def start_playbook(
    directory: Path,
    template: Path,
    *,
    name: str | None = None,
    currency: str | None = None,
    pipeline: str | None = None,
    stages: Sequence[str] = (),
) -> Path:
    """Copy the playbook at `template` to the new `directory`, with these names and stages.

    What isn't given stays as in the template. Nothing is left behind if the result doesn't load.
    Raises PlaybookError if `directory` already holds a playbook, or the result would be wrong.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise PlaybookError(str(directory), "is not an empty directory", "name a new one")
    unfinished = directory.with_name(f".{directory.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        unfinished.mkdir(parents=True)
        for file in sorted(template.glob("*.yaml")):
            text = with_setting(file.read_text(encoding="utf-8"), schema_of_file(file.name))
            (unfinished / file.name).write_text(text, encoding="utf-8")
        write_schemas(unfinished / SCHEMA_FOLDER, playbook_schemas())
        path = unfinished / STRATEGY_FILE
        text = path.read_text(encoding="utf-8")
        text = starter_strategy(
            text, name=name, currency=currency, pipeline=pipeline, stages=stages
        )
        path.write_text(text, encoding="utf-8")
        load_playbook(unfinished)
        if directory.exists():
            directory.rmdir()
        unfinished.rename(directory)
    except OSError as problem:
        why = (problem.strerror or str(problem)).lower()
        raise PlaybookError(str(directory), f"can't be written: {why}", "check the path") from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return directory


def starter_strategy(
    template: str,
    *,
    name: str | None = None,
    currency: str | None = None,
    pipeline: str | None = None,
    stages: Sequence[str] = (),
) -> str:
    """The text of the template's strategy with another name, currency, pipeline and stages.

    The template has one pipeline, its `stages:` one to a line; the last stage is marked late.
    """
    lines = template.splitlines()
    if name is not None:
        lines = _with_value(lines, r"name: ", name)
    if currency is not None:
        lines = _with_value(lines, r"currency: ", currency)
    if pipeline is not None:
        lines = _with_value(lines, r" +- name: ", pipeline)
    if stages:
        lines = _with_stages(lines, stages)
    return "\n".join(lines) + "\n"


def _with_value(lines: list[str], key: str, value: str) -> list[str]:
    """The lines with the value of the first such key replaced; its comment stays."""
    for index, line in enumerate(lines):
        if match := re.match(rf"({key})[^#]*?(\s*#.*)?$", line):
            changed = f"{match[1]}{_quoted(value)}{match[2] or ''}"
            return [*lines[:index], changed, *lines[index + 1 :]]
    return lines


def _with_stages(lines: list[str], stages: Sequence[str]) -> list[str]:
    start = next(i for i, line in enumerate(lines) if re.match(r" +stages:", line))
    indent = _indent(lines[start])
    end = start + 1
    while end < len(lines) and lines[end].strip() and _indent(lines[end]) > indent:
        end += 1
    written = [f"{' ' * (indent + 2)}- {{name: {_quoted(stage)}}}" for stage in stages[:-1]]
    written.append(f"{' ' * (indent + 2)}- {{name: {_quoted(stages[-1])}, late: true}}")
    return [*lines[: start + 1], *written, *lines[end:]]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _quoted(text: str) -> str:
    """The text as YAML reads it back: JSON strings are YAML strings."""
    if _BARE_WORD.fullmatch(text) and text not in _NOT_WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)
