"""How does advice read: each rep's steps with their reasons, and what was not shown?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from salesadvisor.cli.layout import Page
from salesadvisor.cli.moments import Moment
from salesadvisor.cli.wording import (
    amount,
    counted,
    decimal_text,
    factor,
    fraction,
    iso,
    win_document,
    win_text,
)
from salesadvisor.domain.advice import ALREADY_OPEN, SHOWN, PriorityParts
from salesadvisor.domain.strategy import Strategy
from salesadvisor.study.advising import Advice, Recommendation

_NOT_NEW = "already given, still open"


def advice_page(
    moment: Moment,
    advice: Advice,
    told: Sequence[Recommendation],
    held: Sequence[Recommendation],
    issued: int | None,
    strategy: Strategy,
    *,
    limit: int,
) -> Page:
    """`told` are shown in full, `held` with the reason why no rep sees them.

    At most `limit` of each rep were told.
    """
    page = Page()
    page.line(f"Advice as of {moment.text}", "bold")
    page.line(
        f"{counted(len(advice.deals), 'open deal')}, "
        f"{counted(len(advice.shown), 'recommendation')}; {_recorded(issued)}"
    )
    page.line(f"strategy {strategy.name} {strategy.content_hash}")
    ranks = _ranks(advice)
    for owner, group in groupby(told, key=lambda one: one.owner):
        own = list(group)
        page.title(f"{owner or 'no owner'}{_week(owner, advice, strategy)}")
        for one in own:
            _add(page, f"{ranks[one.id]}.", one, strategy)
        left = sum(one.owner == owner for one in advice.shown) - len(own)
        if left > 0 and len(own) == limit:
            page.line(f"{left} more: raise --limit to see them", "dim", indent=3)
    if held:
        page.title("Not shown, and why")
        for one in held:
            _add(page, "-", one, strategy, verdict=one.verdict_text)
    elif kept := _held_back(advice):
        page.line()
        page.line("Not shown: " + "; ".join(f"{why} ({n:,})" for why, n in kept.items()), "dim")
    return page


def advice_document(
    moment: Moment,
    advice: Advice,
    told: Sequence[Recommendation],
    held: Sequence[Recommendation],
    issued: int | None,
    strategy: Strategy,
) -> dict[str, Any]:
    """The same for a program; the keys are documented in docs/cli.md."""
    ranks = _ranks(advice)
    return {
        "as_of": iso(moment.as_of),
        "as_of_reason": moment.reason,
        "strategy": {"name": strategy.name, "hash": strategy.content_hash},
        "open_deals": len(advice.deals),
        "shown": len(advice.shown),
        "issued": issued,
        "recommendations": [
            {"rank": ranks[one.id], **recommendation_document(one, strategy)} for one in told
        ],
        "held_back": [recommendation_document(one, strategy) for one in held],
        "held_back_counts": _held_back(advice),
    }


def recommendation_document(one: Recommendation, strategy: Strategy) -> dict[str, Any]:
    """One recommendation with its parts."""
    currency, parts = strategy.currency, one.parts
    return {
        "recommendation_id": one.id,
        "deal_id": one.subject,
        "owner": one.owner,
        "verdict": one.verdict_text,
        "rule": one.rule.id,
        "rule_version": one.rule.version,
        "element": one.rule.element,
        "evidence": one.rule.evidence,
        "salience": one.rule.salience,
        "title": one.rule.title,
        "action": one.action,
        "because": one.because,
        "due": iso(one.due),
        "expires": iso(one.expires_at),
        "effort_minutes": one.rule.effort_minutes,
        "currency": currency,
        "priority": decimal_text(parts.priority_minor, currency),
        "parts": {
            "chance": fraction(parts.chance_bp),
            "stake": decimal_text(parts.stake_minor, currency),
            "weight": int(parts.weight_permille) / 1000,
            "urgency": int(parts.urgency_permille) / 1000,
            "cost": decimal_text(parts.cost_minor, currency),
        },
        "win_probability": win_document(one.win),
        "signals": one.asked_signals,
        "event_ids": list(one.event_ids),
    }


def parts_text(parts: PriorityParts, currency: str) -> str:
    """worth 1,895,791 USD = 3.84 % chance × 41,000,000 USD × 1.2 weight − 25 USD of time."""
    urgency = parts.urgency_permille
    hurry = "" if urgency == 1000 else f" × {factor(urgency)} urgency"
    return (
        f"worth {amount(parts.priority_minor, currency)} = {fraction(parts.chance_bp):.2%} chance"
        f" × {amount(parts.stake_minor, currency)} × {factor(parts.weight_permille)} weight{hurry}"
        f" − {amount(parts.cost_minor, currency)} of time"
    ).replace("% ", " % ")


def _add(
    page: Page, mark: str, one: Recommendation, strategy: Strategy, verdict: str | None = None
) -> None:
    known = verdict or (_NOT_NEW if one.verdict == ALREADY_OPEN else "")
    head = f"{one.subject}  by {one.due:%a %Y-%m-%d}" + (f"  ({known})" if known else "")
    page.item(mark, head, "bold")
    indent = max(len(mark) + 1, 3)
    page.line(one.action, indent=indent)
    page.line(f"because {one.because}", "dim", indent=indent)
    page.line(parts_text(one.parts, strategy.currency), "dim", indent=indent)
    if one.win is not None:
        page.line(f"win probability {win_text(one.win)}", "dim", indent=indent)
    rule = one.rule
    page.line(
        f"{rule.id} {rule.title}; effect {rule.evidence}, {rule.effort_minutes} minutes"
        + (f", put before others (salience {rule.salience})" if rule.salience > 0 else ""),
        "dim",
        indent=indent,
    )


def _ranks(advice: Advice) -> dict[str, int]:
    """The rank of each recommendation within its owner's."""
    seen: Counter[str | None] = Counter()
    ranks = {}
    for one in advice.shown:
        seen[one.owner] += 1
        ranks[one.id] = seen[one.owner]
    return ranks


def _week(owner: str | None, advice: Advice, strategy: Strategy) -> str:
    if owner is None:
        return ""
    taken = sum(one.rule.effort_minutes for one in advice.shown if one.owner == owner)
    return f", {taken} of {strategy.accountability.minutes_for(owner)} minutes this week"


def _held_back(advice: Advice) -> dict[str, int]:
    held = [one for one in advice.recommendations if one.verdict not in (SHOWN, ALREADY_OPEN)]
    count = Counter(one.verdict_text for one in held)
    return dict(sorted(count.items(), key=lambda pair: (-pair[1], pair[0])))


def _recorded(issued: int | None) -> str:
    if issued is None:
        return "looked back: nothing recorded"
    return f"{issued:,} newly recorded" if issued else "nothing new to record"
