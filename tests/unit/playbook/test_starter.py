"""Does a started playbook keep the template's comments and work with other stages?"""

import json
from pathlib import Path

import pytest

from salesadvisor.errors import PlaybookError
from salesadvisor.playbook.playbook import find_playbook, load_playbook
from salesadvisor.playbook.rule_tests import run_rule_tests
from salesadvisor.playbook.schemas import schema_of_file
from salesadvisor.playbook.starter import start_playbook
from tests.unit.playbook.test_rule_tests import fired

STAGES = ["A_SUBMITTED", "on: hold", "no", "W #3", "Überprüfung 'x'", "2026-01-01", "7"]


def test_a_started_playbook_has_the_given_stages_and_passes_its_tests(tmp_path: Path) -> None:
    directory = start_playbook(
        tmp_path / "mine",
        find_playbook("generic_b2b"),
        name="loans",
        currency="EUR",
        pipeline="loan offers",
        stages=STAGES,
    )
    strategy = load_playbook(directory).strategy
    assert (strategy.name, strategy.currency) == ("loans", "EUR")
    assert [ref.name for ref in strategy.stages] == STAGES
    assert {ref.pipeline for ref in strategy.stages} == {"loan offers"}
    assert [ref.stage.late for ref in strategy.stages] == [False] * 6 + [True]
    results = run_rule_tests(directory, fired)
    assert results != ()
    assert [r.text for r in results if not r.passed] == []


def test_a_started_playbook_keeps_the_comments(tmp_path: Path) -> None:
    template = find_playbook("generic_b2b")
    directory = start_playbook(tmp_path / "mine", template, currency="EUR", stages=["a", "b"])
    text = (directory / "strategy.yaml").read_text(encoding="utf-8")
    comments = [line for line in _template(template).splitlines() if line.startswith("#")]
    assert comments != []
    assert set(comments) <= set(text.splitlines())
    assert "currency: EUR  # ISO code of your amounts" in text


def test_without_stages_it_is_the_template_itself(tmp_path: Path) -> None:
    template = find_playbook("clinical_research")
    directory = start_playbook(tmp_path / "mine", template)
    assert load_playbook(directory).content_hash == load_playbook(template).content_hash
    text = (directory / "strategy.yaml").read_text(encoding="utf-8")
    assert text.partition("\n")[2] == _template(template)


def test_every_file_of_a_started_playbook_names_a_schema_that_lies_beside_it(
    tmp_path: Path,
) -> None:
    directory = start_playbook(tmp_path / "mine", find_playbook("generic_b2b"))
    files = sorted(directory.glob("*.yaml"))
    assert len(files) > 10
    for file in files:
        setting = file.read_text(encoding="utf-8").partition("\n")[0]
        schema = directory / setting.removeprefix("# yaml-language-server: $schema=")
        assert schema.name == f"{schema_of_file(file.name)}.schema.json"
        assert json.loads(schema.read_text(encoding="utf-8"))["title"] != ""


def test_a_playbook_after_a_started_one_names_its_schemas_once(tmp_path: Path) -> None:
    first = start_playbook(tmp_path / "first", find_playbook("generic_b2b"))
    second = start_playbook(tmp_path / "second", first)
    assert _template(second) == _template(first)


def test_nothing_is_left_where_the_result_would_be_wrong(tmp_path: Path) -> None:
    with pytest.raises(PlaybookError, match="'a' is there twice"):
        start_playbook(tmp_path / "mine", find_playbook("generic_b2b"), stages=["a", "a"])
    assert list(tmp_path.iterdir()) == []


def test_a_directory_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(PlaybookError, match="is not an empty directory"):
        start_playbook(tmp_path, find_playbook("generic_b2b"))
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


def _template(directory: Path) -> str:
    return (directory / "strategy.yaml").read_text(encoding="utf-8")
