"""Do the playbooks that we ship load, keep their tests, and hold what they promise?"""

from pathlib import Path

import pytest

from salesadvisor.domain.rules import each_test
from salesadvisor.domain.strategy import ELEMENTS
from salesadvisor.domain.vocabulary import names_in, told
from salesadvisor.engine.boxes import compile_rules
from salesadvisor.errors import PlaybookError
from salesadvisor.playbook.playbook import find_playbook, load_playbook, shipped_playbooks
from salesadvisor.playbook.rule_tests import load_cases, run_rule_tests
from salesadvisor.playbook.yaml_file import load_yaml
from tests.unit.playbook.test_rule_tests import fired

SHIPPED = ("clinical_research", "generic_b2b")


def test_both_playbooks_are_found_by_name() -> None:
    assert tuple(shipped_playbooks()) == SHIPPED
    with pytest.raises(PlaybookError, match="did you mean 'generic_b2b'"):
        find_playbook("generic-b2b")


def test_a_directory_without_a_strategy_is_no_playbook(tmp_path: Path) -> None:
    with pytest.raises(PlaybookError, match=r"holds no strategy\.yaml"):
        find_playbook(tmp_path)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_rule_keeps_its_tests(name: str) -> None:
    results = run_rule_tests(find_playbook(name), fired)
    assert results != ()
    assert [r.text for r in results if not r.passed] == []


@pytest.mark.parametrize("name", SHIPPED)
def test_every_rule_compiles(name: str) -> None:
    playbook = load_playbook(find_playbook(name))
    columns = {signal: column for column, signal in enumerate(playbook.words)}
    assert len(compile_rules(playbook.rules, columns).boxes) >= len(playbook.rules)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_text_reads_in_every_case_in_which_its_rule_fires(name: str) -> None:
    playbook = load_playbook(find_playbook(name))
    currency = playbook.strategy.currency
    for case in load_cases(playbook):
        for rule in playbook.rules:
            if rule.id in fired((rule,), case.row):
                said = told(rule.because, case.row, playbook.words, currency)
                assert "{" not in said
                assert len(said) > 20


@pytest.mark.parametrize("name", SHIPPED)
def test_a_reason_names_a_signal_that_its_condition_asks_for(name: str) -> None:
    for rule in load_playbook(find_playbook(name)).rules:
        assert set(names_in(rule.because)) & set(rule.signals), rule.id


def test_clinical_research_declares_and_covers_its_elements() -> None:
    playbook = load_playbook(find_playbook("clinical_research"))
    assert len(playbook.rules) >= 20
    assert len({rule.element for rule in playbook.rules}) >= 10
    said = load_yaml(playbook.directory / "strategy.yaml").data
    sections = {"comprehensive": "strategy_review"}
    assert [e for e in ELEMENTS if sections.get(e, e) not in said] == []


def test_generic_b2b_names_no_stage_and_fits_any_pipeline() -> None:
    playbook = load_playbook(find_playbook("generic_b2b"))
    assert len(playbook.rules) >= 8
    assert [ref.name for ref in playbook.strategy.stages] == [
        "prospecting",
        "qualified",
        "proposal",
        "negotiation",
    ]
    tests = [test for rule in playbook.rules for test in each_test(rule.when)]
    assert [str(t) for t in tests if t.signal in ("stage", "pipeline", "tier")] == []
    assert [t.signal for t in tests if t.signal.startswith("attribute.")] == []
