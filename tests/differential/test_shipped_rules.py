"""Do both engines decide the cases beside the shipped rules as the oracle does?"""

from collections.abc import Mapping

import numpy as np
import pytest

from salesadvisor.domain.signals import UNKNOWN
from salesadvisor.engine.boxes import BoxSet, compile_rules
from salesadvisor.engine.bulk import BulkMatcher
from salesadvisor.engine.live import open_live_engine
from salesadvisor.playbook.playbook import Playbook, find_playbook, load_playbook
from salesadvisor.playbook.rule_tests import load_cases
from tests.oracles.three_valued import truth

Row = Mapping[str, int | None]


def compiled(playbook: Playbook) -> BoxSet:
    columns = {signal: column for column, signal in enumerate(playbook.words)}
    return compile_rules(playbook.rules, columns)


def expected(playbook: Playbook, row: Row) -> set[str]:
    return {rule.id for rule in playbook.rules if truth(rule.when, row) is True}


@pytest.mark.parametrize("name", ["clinical_research", "generic_b2b"])
def test_the_live_engine_fires_what_the_oracle_fires(name: str) -> None:
    playbook = load_playbook(find_playbook(name))
    engine = open_live_engine(compiled(playbook))
    try:
        for case in load_cases(playbook):
            fired = {firing.rule_id for firing in engine.evaluate(case.row)}
            assert fired == expected(playbook, case.row), case.place
    finally:
        engine.close()


@pytest.mark.parametrize("name", ["clinical_research", "generic_b2b"])
def test_the_block_matcher_fires_what_the_oracle_fires(name: str) -> None:
    playbook = load_playbook(find_playbook(name))
    cases = load_cases(playbook)
    values = [[UNKNOWN if v is None else v for v in case.row.values()] for case in cases]
    block = np.ascontiguousarray(np.array(values, np.int64).T)
    fired = BulkMatcher(compiled(playbook)).match(block, len(cases))
    for column, case in enumerate(cases):
        ids = {rule.id for rule, hit in zip(playbook.rules, fired[:, column], strict=True) if hit}
        assert ids == expected(playbook, case.row), case.place
