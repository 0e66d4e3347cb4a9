"""Are the pages that are made from the code fresh, and do the others show what is true?"""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from salesadvisor.cli import docs, schemas
from salesadvisor.domain.elements import ELEMENTS
from salesadvisor.errors import PlaybookError
from salesadvisor.playbook.playbook import find_playbook, load_playbook, load_strategy
from salesadvisor.playbook.rule_tests import run_rule_tests
from salesadvisor.playbook.schemas import schema_text
from salesadvisor.playbook.strategy_lint import lint
from tests.unit.playbook.test_rule_tests import fired

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", sorted(docs.pages()))
def test_a_generated_page_is_fresh(name: str) -> None:
    written = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert written == docs.pages()[name], "run: .venv/bin/python -m salesadvisor.cli.docs docs"


@pytest.mark.parametrize("name", sorted(schemas.all_schemas()))
def test_a_schema_is_fresh(name: str) -> None:
    written = (ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")
    fresh = schema_text(schemas.all_schemas()[name])
    assert written == fresh, "run: .venv/bin/salesadvisor schema --out schemas"


def test_no_schema_is_left_over() -> None:
    files = {path.name for path in (ROOT / "schemas").iterdir()}
    assert files == {f"{name}.schema.json" for name in schemas.all_schemas()}


def test_the_strategy_of_the_page_on_strategies_is_sound_and_declares_every_element(
    tmp_path: Path,
) -> None:
    page = (ROOT / "docs" / "strategy.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    path = tmp_path / "strategy.yaml"
    path.write_text("\n".join(blocks), encoding="utf-8")
    declared = load_strategy(path)
    assert [element for element in ELEMENTS if not declared.declares(element)] == []
    assert lint(path, date(2026, 7, 1)) == ()


def rules_page() -> str:
    return (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")


def playbook_of_the_page(folder: Path, rules: str) -> Path:
    """The clinical-research playbook with the page's rule file and its test."""
    playbook = folder / "team"
    shutil.copytree(find_playbook("clinical_research"), playbook)
    tests = re.findall(r"```yaml\n(.*?)```", rules_page(), re.DOTALL)[1]
    (playbook / "closing.yaml").write_text(rules, encoding="utf-8")
    (playbook / "closing.test.yaml").write_text(tests, encoding="utf-8")
    return playbook


def test_the_rule_of_the_page_on_rules_keeps_its_tests(tmp_path: Path) -> None:
    rules = re.findall(r"```yaml\n(.*?)```", rules_page(), re.DOTALL)[0]
    results = run_rule_tests(playbook_of_the_page(tmp_path, rules), fired)
    mine = [result for result in results if result.rule_id == "CL01"]
    assert len(mine) == 4
    assert all(result.passed for result in mine)


def test_the_mistake_on_the_page_on_rules_is_told_as_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = re.findall(r"```yaml\n(.*?)```", rules_page(), re.DOTALL)[0]
    playbook_of_the_page(
        tmp_path, rules.replace("days_past_close_date: {gt", "days_past_close_dat: {gt")
    )
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PlaybookError) as error:
        load_playbook(Path("team"))
    assert f"error: {error.value}" in rules_page()


def test_every_way_to_write_a_condition_on_the_page_can_be_read(tmp_path: Path) -> None:
    rules = re.findall(r"```yaml\n(.*?)```", rules_page(), re.DOTALL)[0]
    written = re.findall(r"^\| `([\w.]+: .+?)` \|", rules_page(), re.MULTILINE)
    assert len(written) >= 11
    for condition in written:
        before = "      days_past_close_date: {gt: 0}\n      stage: {at_most: bid_defense}\n"
        changed = rules.replace(before, f"      {condition}\n")
        assert changed != rules
        load_playbook(playbook_of_the_page(tmp_path / condition[:8].strip(": "), changed))
        shutil.rmtree(tmp_path / condition[:8].strip(": "))
