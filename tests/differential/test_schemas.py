"""Do the schemas of the files and the readers of the files judge alike?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from salesadvisor.cli.schemas import all_schemas
from salesadvisor.errors import BadInput
from salesadvisor.playbook.playbook import load_playbook, load_strategy, shipped_playbooks
from salesadvisor.playbook.rule_tests import load_cases
from salesadvisor.playbook.schemas import schema_of_file
from salesadvisor.playbook.yaml_file import load_yaml
from salesadvisor.sources.mapping import load_mapping
from tests.differential.schema_cases import RIGHT, WRONG, Case
from tests.unit.playbook.files import playbook, rule

ROOT = Path(__file__).parents[2]
SHIPPED = [
    *(path for folder in shipped_playbooks().values() for path in sorted(folder.glob("*.yaml"))),
    *sorted((ROOT / "mappings").glob("*.yaml")),
]


@cache
def validators() -> dict[str, Draft7Validator]:
    return {name: Draft7Validator(schema) for name, schema in all_schemas().items()}


def kind_of(path: Path) -> str:
    return "mapping" if path.parent.name == "mappings" else schema_of_file(path.name)


def seen_by_an_editor(data: Any) -> Any:
    """Days as text: no editor knows them as more."""
    match data:
        case dict():
            return {key: seen_by_an_editor(value) for key, value in data.items()}
        case list():
            return [seen_by_an_editor(item) for item in data]
        case date():
            return data.isoformat()
        case _:
            return data


def complaints(kind: str, path: Path) -> list[str]:
    """What the schema finds wrong with the file."""
    data = seen_by_an_editor(load_yaml(path).data)
    return [error.message for error in validators()[kind].iter_errors(data)]


def written(case: Case, folder: Path) -> Path:
    """The file of the case, in a playbook if it belongs to one."""
    match case.kind:
        case "strategy":
            path = folder / "strategy.yaml"
        case "rules":
            playbook(folder)
            path = folder / "closing.yaml"
        case "tests":
            playbook(folder, closing=rule("{calls_7d: 0}"))
            path = folder / "closing.test.yaml"
        case _:
            path = folder / "mapping.yaml"
    path.write_text(case.text, encoding="utf-8")
    return path


def read(kind: str, path: Path) -> None:
    """Read the file as the product does; raises BadInput."""
    match kind:
        case "strategy":
            load_strategy(path)
        case "rules":
            load_playbook(path.parent)
        case "tests":
            load_cases(load_playbook(path.parent))
        case _:
            load_mapping(path)


def test_the_schemas_are_schemas() -> None:
    assert sorted(validators()) == ["mapping", "rules", "strategy", "tests"]
    for validator in validators().values():
        Draft7Validator.check_schema(validator.schema)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_shipped_file_is_right_in_the_eyes_of_its_schema(path: Path) -> None:
    assert complaints(kind_of(path), path) == []


@pytest.mark.parametrize("name", sorted(RIGHT))
def test_what_is_right_is_right_to_both(tmp_path: Path, name: str) -> None:
    path = written(RIGHT[name], tmp_path)
    read(RIGHT[name].kind, path)
    assert complaints(RIGHT[name].kind, path) == []


@pytest.mark.parametrize("name", sorted(WRONG))
def test_what_is_wrong_is_wrong_to_both(tmp_path: Path, name: str) -> None:
    path = written(WRONG[name], tmp_path)
    with pytest.raises(BadInput):
        read(WRONG[name].kind, path)
    assert complaints(WRONG[name].kind, path) != []


VALUES = st.sampled_from(
    [None, "x", "yes", "I", "II", "won", "2026-01-01", 5, -1, 10**17, 0.5, True, [], ["x"], [3, 9],
     {}, {"x": 1}, {"gt": 3}, {"column": "c"}, {"eq": "x"}, {"between": [1, 2]}, {"is_null": True}]
)  # fmt: skip
KEYS = st.sampled_from(
    [
        "x",
        "name",
        "not",
        "any",
        "stage",
        "calls_7d",
        "topic.pricing",
        "scope",
        "event",
        "within_days",
    ]
)


def places(data: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of everything inside the data."""
    pairs = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in pairs:
        yield (*at, key)
        if isinstance(value, dict | list):
            yield from places(value, (*at, key))


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_no_editor_complains_of_what_is_read(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """A right file, changed anywhere in any way: if it is still read, its schema takes it too."""
    case = RIGHT[data.draw(st.sampled_from(sorted(RIGHT)))]
    folder = tmp_path_factory.mktemp("changed")
    path = written(case, folder)
    content = seen_by_an_editor(load_yaml(path).data)
    place = data.draw(st.sampled_from(list(places(content))))
    inside = content
    for key in place[:-1]:
        inside = inside[key]
    match data.draw(st.sampled_from(["remove", "replace", "add"])):
        case "remove":
            del inside[place[-1]]
        case "add" if isinstance(inside, dict):
            inside[data.draw(KEYS)] = data.draw(VALUES)
        case _:
            inside[place[-1]] = data.draw(VALUES)
    path.write_text(json.dumps(content), encoding="utf-8")
    try:
        read(case.kind, path)
    except BadInput:
        return
    assert complaints(case.kind, path) == []
