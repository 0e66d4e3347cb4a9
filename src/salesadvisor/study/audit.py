"""How was execution held against the strategy at a moment, besides the advice itself?"""

from __future__ import annotations

from dataclasses import dataclass

from salesadvisor.playbook.strategy_lint import Flaw
from salesadvisor.study.accountability import Accountability
from salesadvisor.study.conformance import Conformance
from salesadvisor.study.goals import GoalReport
from salesadvisor.study.meta import Finding


@dataclass(frozen=True)
class Audit:
    """All of it as of one moment. `findings` are those of the meta rules, `flaws` the strategy's
    own and what the history says against it.
    """

    goals: GoalReport
    conformance: Conformance
    accountability: Accountability
    findings: tuple[Finding, ...]
    flaws: tuple[Flaw, ...]
