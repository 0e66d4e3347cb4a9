"""Which recommendations go out, as rows for a target? What reps should see, the best first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from salesadvisor.domain.events import minor_units
from salesadvisor.domain.strategy import Strategy
from salesadvisor.study.advising import Advice, Recommendation, money
from salesadvisor.targets.rows import AdviceRow


def best_of_each(advice: Advice, per_owner: int | None) -> tuple[Recommendation, ...]:
    """What is shown in `advice`, at most `per_owner` of each rep (None: all)."""
    taken: Counter[str | None] = Counter()
    chosen = []
    for one in advice.shown:
        taken[one.owner] += 1
        if per_owner is None or taken[one.owner] <= per_owner:
            chosen.append(one)
    return tuple(chosen)


def exact(minor: int, currency: str) -> Decimal:
    """Minor units as an amount with all digits of its currency: 148620.00."""
    return money(int(minor), currency).quantize(Decimal(1) / minor_units(Decimal(1), currency))


def advice_rows(chosen: Iterable[Recommendation], strategy: Strategy) -> list[AdviceRow]:
    """The recommendations as rows."""
    return [
        AdviceRow(
            recommendation_id=one.id,
            deal_id=one.subject if one.scope == "deal" else None,
            owner=one.owner,
            rule=one.rule.id,
            element=one.rule.element,
            action=one.action,
            because=one.because,
            due=one.due,
            expires=one.expires_at,
            priority=exact(one.parts.priority_minor, strategy.currency),
            currency=strategy.currency,
            win_probability=_fraction(one),
            evidence=one.rule.evidence,
            event_ids=one.event_ids,
            strategy=strategy.content_hash,
            scope=one.scope,
            subject=one.subject,
        )
        for one in chosen
    ]


def _fraction(one: Recommendation) -> Decimal | None:
    if one.win is None:
        return None
    return (Decimal(one.win.p_bp) / 10_000).quantize(Decimal("0.0001"))
