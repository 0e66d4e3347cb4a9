"""Do a playbook's rules pass their tests on the engine that decides live?"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from salesadvisor.domain.rules import Rule
from salesadvisor.engine.boxes import compile_rules
from salesadvisor.engine.live import LiveEngine, open_live_engine
from salesadvisor.playbook.playbook import load_playbook
from salesadvisor.playbook.rule_tests import Row, RuleTestResult, load_cases, run_rule_tests


def check_rules(directory: Path) -> tuple[tuple[RuleTestResult, ...], str | None]:
    """Every expectation of the playbook's tests, and the engine's note if it has one.

    Raises PlaybookError for a file that can't be read, and Fault where the engine and a rule's own
    condition disagree on a case.
    """
    playbook = load_playbook(directory)
    boxset = compile_rules(playbook.rules, {name: at for at, name in enumerate(playbook.words)})
    examples = [case.row for case in load_cases(playbook)]
    engine: LiveEngine
    with closing(open_live_engine(boxset, examples=examples)) as engine:

        def fired(rules: tuple[Rule, ...], row: Row) -> set[str]:
            return {firing.rule_id for firing in engine.evaluate(row)} & {one.id for one in rules}

        return run_rule_tests(directory, fired), engine.note
