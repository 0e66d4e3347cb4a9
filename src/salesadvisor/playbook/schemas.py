"""What may stand in the files of a playbook? Their JSON Schemas, by which editors help and check.

A schema sees one file. What takes two, such as a stage that a rule names and no strategy declares,
only loading the playbook can find. Scenario files have no schema yet.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from pydantic import BaseModel

from salesadvisor.domain.elements import Match
from salesadvisor.domain.rules import SCOPES, Scope
from salesadvisor.domain.strategy import Strategy
from salesadvisor.errors import ReportError
from salesadvisor.playbook.condition_schemas import condition_definitions, state_definitions
from salesadvisor.playbook.json_schema import DRAFT, Schema, list_of, ref, schema_of
from salesadvisor.playbook.rule_files import STRATEGY_FILE, TEST_SUFFIX, RuleFile
from salesadvisor.playbook.rule_tests import CaseFile
from salesadvisor.playbook.schema_help import HELP

SCHEMA_SUFFIX = ".schema.json"
SCHEMA_FOLDER = ".schemas"
_SETTING = "# yaml-language-server: $schema="

_VALUE: Schema = {"type": ["string", "integer"]}
_SHORT_FORMS: Mapping[type[BaseModel], tuple[Schema, ...]] = MappingProxyType(
    {
        Match: (
            {**_VALUE, "description": "This value."},
            {**list_of(_VALUE), "description": "One of these values."},
        )
    }
)


def playbook_schemas() -> dict[str, Schema]:
    """The schemas of a playbook's files by name: strategy, rules, tests."""
    return {"strategy": _strategy(), "rules": _rules(), "tests": _tests()}


def as_document(schema: Schema, title: str) -> Schema:
    """The schema with what a document begins with."""
    return {"$schema": DRAFT, "title": title, **schema}


def schema_text(schema: Schema) -> str:
    """The schema as its file holds it."""
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def write_schemas(folder: Path, schemas: Mapping[str, Schema]) -> tuple[Path, ...]:
    """Write NAME.schema.json for each schema; raises ReportError if that can't be done."""
    paths = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, schema in schemas.items():
            path = folder / f"{name}{SCHEMA_SUFFIX}"
            path.write_text(schema_text(schema), encoding="utf-8")
            paths.append(path)
    except OSError as problem:
        why = (problem.strerror or str(problem)).lower()
        raise ReportError(str(folder), f"can't be written: {why}", "check the path") from None
    return tuple(paths)


def schema_of_file(name: str) -> str:
    """Which schema a playbook's file of that name has: strategy, rules or tests."""
    if name == STRATEGY_FILE:
        return "strategy"
    return "tests" if name.endswith(TEST_SUFFIX) else "rules"


def setting(name: str, folder: str = SCHEMA_FOLDER) -> str:
    """The line that tells an editor which schema the file below it has."""
    return f"{_SETTING}{folder}/{name}{SCHEMA_SUFFIX}"


def with_setting(text: str, name: str) -> str:
    """A file's text under that line, unless it begins with one."""
    return text if text.startswith(_SETTING) else f"{setting(name)}\n{text}"


def _strategy() -> Schema:
    made = schema_of(Strategy, short_forms=_SHORT_FORMS, help_texts=HELP)
    parts = made["definitions"]
    _require(made, "process", least=None)
    _require(parts["Process"], "pipelines", least=1)
    _require(parts["Pipeline"], "stages", least=1)
    parts["Attribute"]["anyOf"] = [{"required": ["values"]}, {"required": ["number"]}]
    return as_document(made, "Strategy of a playbook (strategy.yaml)")


def _require(part: Schema, key: str, *, least: int | None) -> None:
    part["required"] = [*part.get("required", []), key]
    if least is not None:
        part["properties"][key]["minItems"] = least


def _rules() -> Schema:
    made = schema_of(RuleFile, help_texts=HELP)
    rule = made["definitions"]["RuleEntry"]
    rule["allOf"] = [*(_of_scope(scope) for scope in SCOPES), *_WHAT_ASKS_FOR_MORE]
    del rule["properties"]["when"]["additionalProperties"]
    made["definitions"].update(condition_definitions())
    return as_document(made, "Rules of one element of the strategy (ELEMENT.yaml)")


_WHAT_ASKS_FOR_MORE = (
    {
        "if": {"properties": {"evidence": {"const": "published"}}, "required": ["evidence"]},
        "then": {"properties": {"source": {"type": "string"}}, "required": ["source"]},
    },
    {
        "if": {"properties": {"stake": {"const": "fixed"}}, "required": ["stake"]},
        "then": {"properties": {"stake_minor": {"minimum": 1}}, "required": ["stake_minor"]},
    },
)


def _of_scope(scope: Scope) -> Schema:
    """A rule of the scope asks for the signals of that scope; a rule that says none is a deal's."""
    is_of_scope: Schema = {"properties": {"scope": {"const": scope}}}
    if scope != "deal":
        is_of_scope["required"] = ["scope"]
    name = ref(f"signal_{scope}")
    return {
        "if": is_of_scope,
        "then": {
            "properties": {
                "when": ref(f"condition_{scope}"),
                "dedupe": {"items": name},
                "urgency": {"properties": {"signal": name}},
            }
        },
    }


def _tests() -> Schema:
    made = schema_of(CaseFile, help_texts=HELP)
    case = made["definitions"]["Case"]
    case["properties"]["given"] = ref("state")
    made["definitions"].update(state_definitions())
    return as_document(made, "Tests of the rules beside it (ELEMENT.test.yaml)")
