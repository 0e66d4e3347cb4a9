"""How does a manager's digest read: each team's load, what nobody answered, what is late?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from salesadvisor.cli.advice_text import recommendation_document
from salesadvisor.cli.layout import Page
from salesadvisor.cli.wording import amount, counted
from salesadvisor.domain.strategy import Strategy
from salesadvisor.domain.vocabulary import Vocabulary
from salesadvisor.study.advising import Recommendation
from salesadvisor.study.digest import Digest, RepLoad, TeamDigest
from salesadvisor.study.meta import Finding

_MOST = 10
_EXAMPLES = 3
_HEADS = (
    "minutes: advice of this week, of those there are; before: minutes of advice still open from"
    " earlier weeks; late: past its day; ignored: left unanswered until it became the manager's;"
    " waiting, needs: held back for want of time, and the minutes it would take"
)
Day = Callable[[Recommendation], date]


def digest_page(page: Page, found: Digest, findings: Sequence[Finding], strategy: Strategy) -> Page:
    """Adds the digest, team by team, and what the meta rules found."""
    page.line(f"Digest for {found.manager}")
    for team in found.teams:
        _team(page, team, strategy)
    page.line()
    page.line(_HEADS, "dim")
    if found.own:
        page.title(f"For {found.manager}: {counted(len(found.own), 'recommendation')}")
        _list(page, found.own, strategy, "due", _due, with_rep=False)
    findings_page(page, findings)
    return page


def digest_document(
    found: Digest, findings: Sequence[Finding], strategy: Strategy, words: Vocabulary
) -> dict[str, Any]:
    """The same for a program."""
    return {
        "manager": found.manager,
        "teams": [
            {
                "team": team.team,
                "reps": [_load(rep) for rep in team.reps],
                "escalated": [
                    recommendation_document(one, strategy, words) for one in team.escalated
                ],
                "overdue": [recommendation_document(one, strategy, words) for one in team.overdue],
            }
            for team in found.teams
        ],
        "own": [recommendation_document(one, strategy, words) for one in found.own],
        "findings": [finding_document(one) for one in findings],
    }


def findings_page(page: Page, findings: Sequence[Finding]) -> None:
    """What the rules about advice, rules and model have found."""
    if not findings:
        return
    page.title("About the advice itself")
    for _, group in groupby(findings, key=lambda one: one.rule.id):
        same = list(group)
        first = same[0].rule
        page.item(first.id, f"{first.title}: {len(same):,}", "bold")
        page.rows([(one.subject, one.because) for one in same[:_EXAMPLES]], faint=(0, 1), indent=5)
        if len(same) > _EXAMPLES:
            page.line(f"and {len(same) - _EXAMPLES:,} more: --json lists them", "dim", indent=5)
        page.line(same[0].action, indent=5)


def finding_document(one: Finding) -> dict[str, Any]:
    return {
        "rule": one.rule.id,
        "scope": one.rule.scope,
        "subject": one.subject,
        "owner": one.rule.owner,
        "because": one.because,
        "action": one.action,
    }


def _team(page: Page, team: TeamDigest, strategy: Strategy) -> None:
    page.title(team.team)
    page.rows(
        [
            (
                rep.rep + (" (away)" if rep.is_away else ""),
                f"{rep.open_deals:,}",
                f"{rep.shown:,}",
                f"{rep.minutes:,}" + ("" if rep.capacity is None else f" of {rep.capacity:,}"),
                f"{rep.carried:,}",
                f"{rep.overdue:,}",
                f"{rep.escalated:,}",
                f"{rep.waiting:,}",
                f"{rep.waiting_minutes:,}",
            )
            for rep in team.reps
        ],
        head=(
            "rep",
            "deals",
            "advice",
            "minutes",
            "before",
            "late",
            "ignored",
            "waiting",
            "needs",
        ),
        right=range(1, 9),
        whole=range(9),
        indent=2,
    )
    if team.escalated:
        page.title(f"Left unanswered, now yours: {len(team.escalated):,}")
        _list(page, team.escalated, strategy, "last given", _last_given)
    if team.overdue:
        page.title(f"Late: {len(team.overdue):,}")
        _list(page, team.overdue, strategy, "due", _due)


def _list(
    page: Page,
    found: Sequence[Recommendation],
    strategy: Strategy,
    when: str,
    day: Day,
    *,
    with_rep: bool = True,
) -> None:
    named = 2 if with_rep else 1
    page.rows(
        [
            (
                *(one.headline, one.owner or "no owner")[:named],
                f"{day(one):%Y-%m-%d}",
                amount(one.parts.priority_minor, strategy.currency),
                f"{one.rule.id} {one.action}",
            )
            for one in found[:_MOST]
        ],
        head=(*("about", "rep")[:named], when, "worth", "action"),
        right=(named + 1,),
        whole=range(named + 2),
        indent=2,
    )
    if len(found) > _MOST:
        page.line(f"and {len(found) - _MOST:,} more: --json lists them", "dim", indent=2)


def _due(one: Recommendation) -> date:
    return one.due


def _last_given(one: Recommendation) -> date:
    return one.due if one.before is None else one.before.event.occurred_at.date()


def _load(rep: RepLoad) -> dict[str, Any]:
    return {
        "rep": rep.rep,
        "open_deals": rep.open_deals,
        "shown": rep.shown,
        "minutes": rep.minutes,
        "carried": rep.carried,
        "capacity": rep.capacity,
        "away": rep.is_away,
        "overdue": rep.overdue,
        "escalated": rep.escalated,
        "waiting": rep.waiting,
        "waiting_minutes": rep.waiting_minutes,
    }
