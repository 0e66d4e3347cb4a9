"""What is wrong with a rulebook, beyond what keeps it from being read?"""

from salesadvisor.study.rule_lint.finding import KINDS, Finding, Severity
from salesadvisor.study.rule_lint.lint import lint

__all__ = ["KINDS", "Finding", "Severity", "lint"]
