"""How do findings, coverage, explanations and mutants of rules read?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from salesadvisor.cli.explain_text import condition_tree
from salesadvisor.cli.layout import Page
from salesadvisor.cli.moments import Moment
from salesadvisor.cli.wording import counted, iso
from salesadvisor.domain.vocabulary import shown
from salesadvisor.engine.explain import Verdict, asks_values
from salesadvisor.study.mutants import MissingCase, Mutation, killed_permille
from salesadvisor.study.rule_coverage import SIDES, LeafCoverage, RuleCoverage, Side
from salesadvisor.study.rule_explaining import ExplainedRule
from salesadvisor.study.rule_history import Met
from salesadvisor.study.rule_lint import Finding

_SAID: Mapping[bool | None, str] = {True: "yes", False: "no", None: "unknown"}
_MOST_CHANGES_SHOWN = 3


def lint_page(directory: Path, findings: Sequence[Finding], history: Sequence[Met]) -> Page:
    """The findings, one below the other, each with its cure."""
    page = Page()
    errors = sum(one.severity == "error" for one in findings)
    if findings:
        counts = f"{counted(errors, 'error')}, {counted(len(findings) - errors, 'warning')}"
        page.line(f"Rules in {directory}: {counts}", "bold")
    else:
        page.line(f"Rules in {directory}: nothing found", "bold")
    page.line(_asked(history))
    for one in findings:
        page.line()
        head = " ".join(part for part in (_short(one.place), one.rule, one.kind) if part)
        page.line(f"{head} ({one.severity})", "bold")
        page.line(one.problem, indent=2)
        page.line(f"-> {one.cure}", indent=2)
    return page


def lint_document(
    directory: Path, findings: Sequence[Finding], history: Sequence[Met]
) -> dict[str, Any]:
    """The same for a program."""
    return {
        "directory": str(directory),
        "history_rows": {met.scope: met.rows for met in history},
        "findings": [
            {
                "kind": one.kind,
                "severity": one.severity,
                "rule": one.rule or None,
                "place": one.place,
                "problem": one.problem,
                "cure": one.cure,
            }
            for one in findings
        ],
    }


def coverage_page(found: Sequence[RuleCoverage], *, in_full: bool) -> Page:
    """What was exercised by rule, then what was not; `in_full` shows every condition."""
    page = Page()
    leaves = [leaf for one in found for leaf in one.leaves]
    covered, wanted = sum(one.covered for one in found), sum(one.wanted for one in found)
    page.line(
        f"{counted(len(leaves), 'condition')} of {counted(len(found), 'rule')}: tests show"
        f" {covered} of {wanted} of their answers",
        "bold",
    )
    page.line("true, false, unknown: conditions that decided a test case by that answer.")
    page.line(_fired_line(found))
    page.line()
    page.rows(
        [
            (
                one.rule.id,
                f"{one.cases}",
                *(_share(one.leaves, side) for side in SIDES),
                _percent(one.fired, one.rows),
            )
            for one in found
        ],
        head=("rule", "cases", "true", "false", "unknown", "fired"),
        right=(1, 2, 3, 4, 5),
        whole=(0, 1, 2, 3, 4, 5),
    )
    if in_full:
        _conditions(page, leaves)
    _gaps(page, found)
    return page


def coverage_document(found: Sequence[RuleCoverage]) -> dict[str, Any]:
    """The same for a program."""
    return {
        "rules": [
            {
                "rule": one.rule.id,
                "cases": one.cases,
                "fired": one.fired,
                "rows": one.rows,
                "conditions": [
                    {
                        "asks": str(leaf.test),
                        "place": leaf.place,
                        "decided": {side: leaf.decided[side] for side in SIDES},
                        "missing": list(leaf.missing),
                        "history": None
                        if leaf.met is None
                        else {side: getattr(leaf.met, side) for side in SIDES},
                    }
                    for leaf in one.leaves
                ],
            }
            for one in found
        ]
    }


def explained_page(moment: Moment, found: ExplainedRule) -> Page:
    """The rule's conditions as a tree with values, and what would change the answer."""
    page = Page()
    rule, deal = found.rule, found.deal
    if found.verdict is None:
        page.line(f"{rule.id} {rule.title}: not asked about {deal.deal}", "bold")
        page.line(f"as of {moment.text}")
        page.line(f"The deal is {deal.status} then, and rules judge open deals.")
        return page
    said = "fires" if found.fires else "is silent"
    page.line(f"{rule.id} {rule.title}: {said} on {deal.deal}", "bold")
    page.line(f"as of {moment.text}")
    page.line(f"{rule.element}, {rule.evidence}; {_short(rule.place)}")
    if not rule.enabled:
        page.line("The rule is switched off: it gives no advice.")
    if found.fires:
        page.line()
        page.line(found.because)
        page.line(f"-> {rule.do}")
    page.line()
    page.rows(
        list(_tree_rows(found, found.verdict)),
        head=("holds", "condition", "value", "line"),
        right=(3,),
        faint=(3,),
        whole=(0, 1, 3),
    )
    _changes(page, found)
    return page


def explained_document(moment: Moment, found: ExplainedRule) -> dict[str, Any]:
    """The same for a program."""
    labels = found.labels
    return {
        "rule": found.rule.id,
        "title": found.rule.title,
        "place": found.rule.place,
        "deal_id": found.deal.deal,
        "as_of": iso(moment.as_of),
        "as_of_reason": moment.reason,
        "status": found.deal.status,
        "fires": None if found.verdict is None else found.fires,
        "because": found.because if found.fires else None,
        "condition": None if found.verdict is None else condition_tree(found.verdict),
        "changes": [
            {
                "signal": one.signal,
                "value": one.value,
                "to": asks_values(one.values, one.signal, labels),
            }
            for one in found.flips
        ],
        "missing": [
            {"asks": one.asks, "signal": one.signal, "value": one.value, "gap": one.gap}
            for one in found.missing
        ],
    }


def mutation_page(found: Sequence[Mutation]) -> Page:
    """How many mutants each rule's tests killed, and a case for each that survived."""
    page = Page()
    killed = sum(one.killed for one in found)
    count = sum(one.count for one in found)
    equal = sum(one.equal for one in found)
    rate = _rate(killed_permille(found))
    page.line(
        f"{counted(count, 'mutant')} of {counted(len(found), 'rule')}: {killed:,} killed, {rate}",
        "bold",
    )
    page.line(f"{equal:,} more are the same rule and don't count.")
    page.line()
    page.rows(
        [
            (
                one.rule.id, f"{one.count}", f"{one.killed}", _rate(killed_permille([one])),
                f"{one.equal}", _short(one.rule.place),
            )
            for one in found
        ],
        head=("rule", "mutants", "killed", "rate", "same", "place"),
        right=(1, 2, 3, 4),
        whole=(0, 1, 2, 3, 4, 5),
        faint=(5,),
    )  # fmt: skip
    missing = [(one, case) for one in found for case in one.missing]
    if missing:
        page.title("Survivors, and a case that would kill them")
    for one, case in missing:
        page.line()
        page.line(f"{_short(case.place)} {one.rule.id} {_changes_told(case)}", "bold")
        for line in _case_told(one.rule.id, case):
            page.line(line, indent=2)
    return page


def mutation_document(found: Sequence[Mutation]) -> dict[str, Any]:
    """The same for a program."""
    permille = killed_permille(found)
    return {
        "killed_share": None if permille is None else permille / 1000,
        "rules": [
            {
                "rule": one.rule.id,
                "mutants": one.count,
                "killed": one.killed,
                "same": one.equal,
                "missing": [
                    {
                        "place": case.place,
                        "changes": list(case.changes),
                        "given": None
                        if case.given is None
                        else {name: list(values) for name, values in case.given.items()},
                        "expect": case.expect,
                    }
                    for case in one.missing
                ],
            }
            for one in found
        ],
    }


def _asked(history: Sequence[Met]) -> str:
    if not history:
        return "History was not asked."
    rows = ", ".join(f"{met.rows:,} rows of scope {met.scope}" for met in history)
    return f"Asked of history: {rows}."


def _fired_line(found: Sequence[RuleCoverage]) -> str:
    rows = {one.rows for one in found if one.rows}
    if not rows:
        return "History was not asked."
    return f"fired: share of {max(rows):,} rows of history, one for each open deal and week."


def _share(leaves: Sequence[LeafCoverage], side: Side) -> str:
    wanted = [leaf for leaf in leaves if side in leaf.wanted]
    return f"{sum(side not in leaf.missing for leaf in wanted)}/{len(wanted)}" if wanted else ""


def _conditions(page: Page, leaves: Sequence[LeafCoverage]) -> None:
    page.title("Each condition: cases that it decided, and its share of history's rows")
    page.rows(
        [
            (
                f"{leaf.test}",
                *(f"{leaf.decided[side]}" if side in leaf.wanted else "" for side in SIDES),
                *(_of_history(leaf, side) for side in SIDES),
            )
            for leaf in leaves
        ],
        head=("condition", *SIDES, *(f"% {side}" for side in SIDES)),
        right=(1, 2, 3, 4, 5, 6),
        whole=(1, 2, 3, 4, 5, 6),
    )


def _of_history(leaf: LeafCoverage, side: Side) -> str:
    if leaf.met is None:
        return ""
    rows = sum(getattr(leaf.met, one) for one in SIDES)
    return _percent(getattr(leaf.met, side), rows).removesuffix(" %")


def _gaps(page: Page, found: Sequence[RuleCoverage]) -> None:
    gaps = [
        (_short(leaf.place), one.rule.id, f"{leaf.test}", ", ".join(leaf.missing))
        for one in found
        for leaf in one.leaves
        if leaf.missing
    ]
    if gaps:
        page.title("No test in which it decides")
        head = ("place", "rule", "condition", "as")
        page.rows(gaps, head=head, whole=(0, 1), indent=2)
    unmet = [
        (_short(leaf.place), one.rule.id, f"{leaf.test}", ", ".join(_never_met(leaf)))
        for one in found
        for leaf in one.leaves
        if _never_met(leaf)
    ]
    if unmet:
        page.title("Never so in history")
        head = ("place", "rule", "condition", "never")
        page.rows(unmet, head=head, whole=(0, 1), indent=2)


def _never_met(leaf: LeafCoverage) -> list[str]:
    """That a signal was always known is no gap of history."""
    if leaf.met is None:
        return []
    sides: tuple[Side, ...] = ("true", "false")
    return [side for side in sides if not getattr(leaf.met, side)]


def _tree_rows(
    found: ExplainedRule, node: Verdict, lead: str = "", branch: str = ""
) -> Iterator[tuple[str, str, str, str]]:
    value = ""
    if node.signal is not None:
        spec = found.playbook.words[node.signal]
        value = shown(spec, node.value, found.playbook.strategy.currency)
    line = _short(node.place).partition(":")[2]
    yield _SAID[node.verdict], f"{lead}{branch}{node.text}", value, line
    below = lead + {"": "", "├─ ": "│  ", "└─ ": "   "}[branch]
    for index, item in enumerate(node.items):
        is_last = index == len(node.items) - 1
        yield from _tree_rows(found, item, below, "└─ " if is_last else "├─ ")


def _changes(page: Page, found: ExplainedRule) -> None:
    wanted = "keep silent" if found.fires else "fire"
    words, currency = found.playbook.words, found.playbook.strategy.currency
    if found.flips:
        page.title(f"It would {wanted} if one of these alone were different")
        page.rows(
            [
                (
                    one.signal,
                    shown(words[one.signal], one.value, currency),
                    asks_values(one.values, one.signal, found.labels),
                )
                for one in found.flips
            ],
            head=("signal", "is", "would have to be"),
            indent=2,
        )
    elif found.missing:
        page.title("It would fire if all of these were different")
        page.rows(
            [
                (
                    one.signal,
                    shown(words[one.signal], one.value, currency),
                    one.asks.removeprefix(f"{one.signal} "),
                )
                for one in found.missing
            ],
            head=("signal", "is", "has to be"),
            indent=2,
        )
    else:
        page.line()
        page.line(f"No signal alone would make it {wanted}.")


def _changes_told(case: MissingCase) -> str:
    shown_changes = "; ".join(case.changes[:_MOST_CHANGES_SHOWN])
    rest = len(case.changes) - _MOST_CHANGES_SHOWN
    return shown_changes + (f"; and {rest} more" if rest > 0 else "")


def _case_told(identity: str, case: MissingCase) -> Iterator[str]:
    """The case as it is written in a test file."""
    if case.given is None:
        yield "it has more alternatives than a rule may have: no case can be told"
        return
    given = ", ".join(
        f"{name}: {values[0] if len(values) == 1 else '[' + ', '.join(values) + ']'}"
        for name, values in case.given.items()
    )
    yield f"given: {{{given}}}"
    yield f"expect: {{{identity}: {case.expect}}}"


def _rate(permille: int | None) -> str:
    return "-" if permille is None else f"{permille / 10:.1f} %"


def _percent(part: int | None, whole: int | None) -> str:
    if part is None or not whole:
        return "-"
    return f"{part * 100 / whole:.1f} %"


def _short(place: str) -> str:
    """The file's name and line; which folder it is in stands above."""
    return place.replace("\\", "/").rpartition("/")[2]
