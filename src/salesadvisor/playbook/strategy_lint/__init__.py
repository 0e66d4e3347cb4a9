"""What is missing in a strategy, what contradicts, and which goal is not SMART?

`lint` reads the strategy alone; what a history says against it is study/strategy_check.py's.
A declaration that can't be read at all (an unknown name, a wrong kind) is an error on load already.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from salesadvisor.domain.elements import ELEMENTS
from salesadvisor.domain.strategy import Strategy
from salesadvisor.playbook.strategy_lint.execution import execution_flaws
from salesadvisor.playbook.strategy_lint.finding import Finding, Flaw, Severity, placed
from salesadvisor.playbook.strategy_lint.goals import goal_flaws
from salesadvisor.playbook.strategy_lint.intent import intent_flaws
from salesadvisor.playbook.strategy_lint.process import process_flaws
from salesadvisor.playbook.strategy_lint.upkeep import upkeep_flaws
from salesadvisor.playbook.yaml_file import load_yaml, validate

__all__ = ["Finding", "Flaw", "Severity", "flaws", "lint"]

_ORDER = ("calendar", *ELEMENTS)


def lint(
    path: Path, today: date, more: Iterable[Flaw] = (), *, now: date | None = None
) -> tuple[Finding, ...]:
    """Everything wrong with the strategy file at `path` and `more`, by element, faults first.

    Goals are judged as of `today`, which for a history of the past is its end; `now` is the day on
    which the file is read. Raises PlaybookError if it can't be read.
    """
    document = load_yaml(path)
    found = [*flaws(validate(Strategy, document), today, now or today), *more]
    found.sort(key=lambda one: (_ORDER.index(one.element), one.severity))
    return tuple(placed(one, document) for one in found)


def flaws(strategy: Strategy, today: date, now: date) -> Iterator[Flaw]:
    """Everything wrong with `strategy` by itself; see `lint` for the days."""
    yield from intent_flaws(strategy)
    yield from process_flaws(strategy)
    yield from execution_flaws(strategy)
    yield from upkeep_flaws(strategy, now)
    yield from goal_flaws(strategy, today)
