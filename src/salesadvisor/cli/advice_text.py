"""How does advice read: each rep's steps with their reasons, and what was not shown?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from salesadvisor.cli.layout import Page
from salesadvisor.cli.moments import Moment
from salesadvisor.cli.wording import (
    NO_WIN,
    amount,
    counted,
    decimal_text,
    factor,
    fraction,
    iso,
    share,
    win_document,
    win_text,
)
from salesadvisor.domain.advice import ALREADY_OPEN, SHOWN, UNLIMITED, PriorityParts
from salesadvisor.domain.strategy import Strategy
from salesadvisor.domain.vocabulary import Vocabulary, shown
from salesadvisor.engine.explain import LeafVerdict
from salesadvisor.study.advising import Advice, Churn, Recommendation
from salesadvisor.study.checkpoints import local_date
from salesadvisor.study.near_rules import holding
from salesadvisor.study.subjects import minutes_in, week_start
from salesadvisor.study.why_not import WhyNot, by_reason, reason_of

_SCALED = ("basis points", "per mille", "minor units")


def advice_page(
    moment: Moment,
    advice: Advice,
    told: Sequence[Recommendation],
    held: Sequence[Recommendation],
    issued: int | None,
    strategy: Strategy,
    words: Vocabulary,
    *,
    limit: int,
) -> Page:
    """`told` are shown in full, `held` with the reason why no rep sees them.

    At most `limit` of each rep were told.
    """
    page = advice_head(moment, advice, strategy, _recorded(issued))
    ranks = _ranks(advice)
    for owner, group in groupby(told, key=lambda one: one.owner):
        own = list(group)
        page.title(f"{owner or 'no owner'}{_week(owner, advice, strategy)}")
        for one in own:
            _add(page, f"{ranks[one.id]}.", one, strategy, words)
        left = sum(one.owner == owner for one in advice.shown) - len(own)
        if left > 0 and len(own) == limit:
            page.line(f"{left} more: raise --limit to see them", "dim", indent=3)
    if held:
        page.title("Not shown, and why")
        for one in held:
            _add(page, "-", one, strategy, words, verdict=reason_of(one))
    elif kept := _held_back(advice):
        page.line()
        page.line("Not shown: " + "; ".join(f"{why} ({n:,})" for why, n in kept.items()), "dim")
    return page


def advice_head(moment: Moment, advice: Advice, strategy: Strategy, recorded: str = "") -> Page:
    """What every answer about advice begins with; `recorded` says what was written down."""
    page = Page()
    page.line(f"Advice as of {moment.text}", "bold")
    page.line(
        f"{counted(len(advice.deals), 'open deal')}, "
        f"{counted(len(advice.shown), 'recommendation')}" + (recorded and f"; {recorded}")
    )
    page.line(f"strategy {strategy.name} {strategy.content_hash}")
    if advice.groundless:
        page.line(
            f"no activity is recorded, so {', '.join(sorted(advice.groundless))} are silent", "dim"
        )
    if advice.churn is not None:
        page.line(churn_line(churn_document(advice.churn), "since the last issue"), "dim")
    return page


def advice_document(
    moment: Moment,
    advice: Advice,
    told: Sequence[Recommendation],
    held: Sequence[Recommendation],
    issued: int | None,
    strategy: Strategy,
    words: Vocabulary,
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
        "churn": churn_document(advice.churn),
        "recommendations": [
            {"rank": ranks[one.id], **recommendation_document(one, strategy, words)} for one in told
        ],
        "held_back": [recommendation_document(one, strategy, words) for one in held],
        "held_back_counts": _held_back(advice),
    }


def recommendation_document(
    one: Recommendation, strategy: Strategy, words: Vocabulary
) -> dict[str, Any]:
    """One recommendation with its parts."""
    currency, parts = strategy.currency, one.parts
    return {
        "recommendation_id": one.id,
        "scope": one.scope,
        "subject": one.subject,
        "deal_id": one.subject if one.scope == "deal" else None,
        "owner": one.owner,
        "verdict": one.verdict_text,
        "why_not": None if one.verdict in (SHOWN, ALREADY_OPEN) else reason_of(one),
        "rule": one.rule.id,
        "rule_version": one.rule.version,
        "element": one.rule.element,
        "evidence": one.rule.evidence,
        "salience": one.rule.salience,
        "title": one.rule.title,
        "action": one.action,
        "because": one.because,
        "conditions": [
            {"signal": leaf.signal, "value": leaf.value, "asks": leaf.asks}
            for leaf in holding(one.rule, one.signals, words)
        ],
        "due": iso(one.due),
        "expires": iso(one.expires_at),
        "effort_minutes": one.rule.effort_minutes,
        "currency": currency,
        "priority": decimal_text(parts.priority_minor, currency),
        "parts": {
            "chance": fraction(parts.chance_bp),
            "stake": decimal_text(parts.stake_minor, currency),
            "stake_is_assumed": one.stake_is_assumed,
            "weight": int(parts.weight_permille) / 1000,
            "urgency": int(parts.urgency_permille) / 1000,
            "cost": decimal_text(parts.cost_minor, currency),
        },
        "win_probability": win_document(one.win) or NO_WIN,
        "signals": one.asked_signals,
        "event_ids": list(one.event_ids),
    }


def parts_text(parts: PriorityParts, currency: str) -> str:
    """1,895,791 USD = 3.84 % chance × 41,000,000 USD × 1.2 weight − 25 USD of time."""
    urgency = parts.urgency_permille
    hurry = "" if urgency == 1000 else f" × {factor(urgency)} urgency"
    return (
        f"{amount(parts.priority_minor, currency)} = {fraction(parts.chance_bp):.2%} chance"
        f" × {amount(parts.stake_minor, currency)} × {factor(parts.weight_permille)} weight{hurry}"
        f" − {amount(parts.cost_minor, currency)} of time"
    ).replace("% ", " % ")


def held_text(leaf: LeafVerdict, words: Vocabulary, currency: str) -> str:
    """days_in_stage is 21 (>= 15); where only one value holds, without saying it twice."""
    is_now = f"{leaf.signal} is {shown(words[leaf.signal], leaf.value, currency)}"
    asked = _asked(leaf, words, currency)
    return is_now if asked.startswith(("=", "is ")) else f"{is_now} ({asked})"


def lacking_text(leaf: LeafVerdict, words: Vocabulary, currency: str) -> str:
    """days_in_stage >= 15, is 10."""
    asked = _asked(leaf, words, currency)
    return f"{leaf.signal} {asked}, is {shown(words[leaf.signal], leaf.value, currency)}"


def _asked(leaf: LeafVerdict, words: Vocabulary, currency: str) -> str:
    """>= 300.1 %: what is asked, in the unit of the value."""
    spec, asked = words[leaf.signal], leaf.asks.removeprefix(f"{leaf.signal} ")
    if spec.unit not in _SCALED:
        return asked
    return re.sub(r"-?\d+", lambda number: shown(spec, int(number[0]), currency), asked)


def churn_line(churn: Mapping[str, Any] | None, between: str) -> str:
    """How steady the queue is."""
    if churn is None or churn["without_facts_share"] is None:
        return "Queue: nothing was seen twice, so there is no churn to tell"
    reasons = [
        f"{count:,} {what}"
        for what, count in (
            ("as a week with new minutes began", churn["new_week"]),
            ("as they expired", churn["lapsed"]),
        )
        if count
    ]
    return (
        f"Queue {between}: {share(churn['without_facts_share'])} of"
        f" {churn['seen']:,} places changed though nothing happened on the deal"
        + (f" ({', '.join(reasons)})" if reasons else "")
    )


def churn_document(churn: Churn | None) -> dict[str, Any] | None:
    """The same for a program."""
    if churn is None:
        return None
    return {
        "seen": churn.seen,
        "changed": churn.changed,
        "without_facts": churn.without_facts,
        "without_facts_share": churn.share,
        "new_week": churn.new_week,
        "lapsed": churn.lapsed,
    }


def why_not_page(page: Page, found: WhyNot, strategy: Strategy, words: Vocabulary) -> Page:
    """What was held back and why, then what is silent and what it lacks."""
    page.title(f"Held back: {len(found.held):,}")
    if len(found.held) > 1:
        page.rows([(f"{n:,}", why) for why, n in by_reason(found.held)], right=(0,), indent=2)
    for one in found.held:
        _add(page, "-", one, strategy, words, verdict=reason_of(one))
    for rule in found.off:
        page.line(
            f"{rule.id} {rule.title}: switched off, not in its period, or it asks for activities"
            " and none is recorded",
            indent=2,
        )
    if found.silents:
        of = f" of {found.silents:,}" if found.silents > len(found.silent) else ""
        page.title(f"Silent, the nearest first: {len(found.silent):,}{of}")
    for silent in found.silent:
        rule = silent.near.rule
        page.item("-", f"{silent.about.name}: {rule.id} {rule.title}", "bold")
        page.rows(
            [
                ("lacks", lacking_text(leaf, words, strategy.currency))
                for leaf in silent.near.missing
            ],
            faint=(0,),
            indent=3,
        )
    return page


def why_not_document(found: WhyNot, strategy: Strategy, words: Vocabulary) -> dict[str, Any]:
    """The same for a program."""
    return {
        "held_back": [recommendation_document(one, strategy, words) for one in found.held],
        "silent": [
            {
                "scope": one.about.scope,
                "subject": one.about.name,
                "rule": one.near.rule.id,
                "title": one.near.rule.title,
                "missing": [
                    {"asks": leaf.asks, "signal": leaf.signal, "value": leaf.value, "gap": leaf.gap}
                    for leaf in one.near.missing
                ],
            }
            for one in found.silent
        ],
        "silent_pairs": found.silents,
        "off": [rule.id for rule in found.off],
    }


def _add(
    page: Page,
    mark: str,
    one: Recommendation,
    strategy: Strategy,
    words: Vocabulary,
    verdict: str | None = None,
) -> None:
    known = verdict or (_given(one) if one.verdict == ALREADY_OPEN else "")
    head = f"{one.headline}, by {one.due:%a %Y-%m-%d}" + (f" ({known})" if known else "")
    page.item(mark, head, "bold")
    indent = max(len(mark) + 1, 3)
    page.line(one.action, indent=indent)
    page.rows(_rows(one, strategy, words), faint=(0, 1), indent=indent)


def _given(one: Recommendation) -> str:
    if one.before is not None and one.before.answer == "accepted":
        return "accepted, not done yet"
    return "already given, still open"


def _rows(one: Recommendation, strategy: Strategy, words: Vocabulary) -> list[tuple[str, str]]:
    rule, currency = one.rule, strategy.currency
    first = f", put before others (salience {rule.salience})" if rule.salience > 0 else ""
    assumed = ", assumed as no amount is known" if one.stake_is_assumed else ""
    conditions = [held_text(leaf, words, currency) for leaf in holding(rule, one.signals, words)]
    return [
        ("because", one.because),
        ("as", "; ".join(conditions)),
        ("rule", f"{rule.id} {rule.title}{first}"),
        ("element", f"{rule.element}; effect {rule.evidence}; {rule.effort_minutes} minutes"),
        ("at stake", amount(one.parts.stake_minor, currency) + assumed),
        ("worth", parts_text(one.parts, currency)),
        *([] if one.win is None else [("win", win_text(one.win))]),
        ("id", one.id),
    ]


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
    today = local_date(int(advice.as_of.timestamp()), strategy.calendar.timezone)
    monday = week_start(today)
    minutes = minutes_in(monday, owner, strategy)
    mine = [one for one in advice.shown if one.owner == owner]
    new = sum(one.rule.effort_minutes for one in mine if one.is_of_week(monday))
    before = sum(one.rule.effort_minutes for one in mine) - new
    of = "" if minutes == UNLIMITED else f" of {minutes}"
    return f", {new}{of} minutes this week" + (f", {before} from before" if before else "")


def _held_back(advice: Advice) -> dict[str, int]:
    held = [one for one in advice.recommendations if one.verdict not in (SHOWN, ALREADY_OPEN)]
    return dict(by_reason(held))


def _recorded(issued: int | None) -> str:
    if issued is None:
        return "looked back: nothing recorded"
    return f"{issued:,} newly recorded" if issued else "nothing new to record"
