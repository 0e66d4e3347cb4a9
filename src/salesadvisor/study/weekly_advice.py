"""What should each rep do this week, why, and what was held back?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from salesadvisor.domain.advice import RANKED_SCOPES, SHOWN, VERDICTS, PriorityParts
from salesadvisor.domain.elements import Element
from salesadvisor.domain.rules import Evidence, Scope
from salesadvisor.domain.strategy import Strategy
from salesadvisor.study.advising import Advice, OpenDeal, Recommendation, money
from salesadvisor.study.subjects import minutes_for

NO_OWNER = "no owner"
_EXAMPLES = 3


@dataclass(frozen=True)
class Parts:
    """A priority and its parts, in the strategy's currency.

    priority = chance x stake x weight x urgency - cost.
    """

    priority: float
    chance_percent: float
    stake: float
    weight: float
    urgency: float
    cost: float


@dataclass(frozen=True)
class AdviceLine:
    """One recommendation as a rep reads it. Probabilities are in percent, None beyond deals.

    `deal` is what it is about, which `scope` may tell to be something else than a deal.
    """

    id: str
    scope: Scope
    deal: str
    stage: str | None
    amount: float | None
    stake_is_assumed: bool
    rule: str
    title: str
    element: Element
    action: str
    because: str
    due: date
    expires_at: datetime
    is_new: bool
    evidence: Evidence
    source: str
    effort_minutes: int
    win_percent: float | None
    win_low: float | None
    win_high: float | None
    parts: Parts
    win_reasons: tuple[tuple[str, float], ...]
    """What moves the probability most: words and log-odds."""
    event_ids: tuple[str, ...]
    strategy_hash: str


@dataclass(frozen=True)
class HeldLine:
    """One recommendation that its rep doesn't see, and why."""

    reason: str
    line: AdviceLine


@dataclass(frozen=True)
class RepWeek:
    """One rep's advice, best first, and the minutes it takes of those the rep has.

    `held` is what was held back, by reason, then best first.
    """

    rep: str
    minutes: int
    capacity: int
    lines: tuple[AdviceLine, ...]
    held: tuple[HeldLine, ...] = ()


@dataclass(frozen=True)
class ScopeCount:
    """How many recommendations about subjects of a scope are shown, and held back."""

    scope: Scope
    shown: int
    held_back: int


@dataclass(frozen=True)
class HeldBack:
    """Recommendations not shown for one reason. `rules` are (id, title, count), most first."""

    reason: str
    count: int
    deals: int
    rules: tuple[tuple[str, str, int], ...]
    best: tuple[AdviceLine, ...]


@dataclass(frozen=True)
class WeeklyAdvice:
    """All advice as of a moment: reps by what their week is worth, then what was held back."""

    reps: tuple[RepWeek, ...]
    held_back: tuple[HeldBack, ...]
    scopes: tuple[ScopeCount, ...] = ()

    @property
    def shown(self) -> int:
        return sum(len(rep.lines) for rep in self.reps)

    @property
    def suppressed(self) -> int:
        return sum(one.count for one in self.held_back)


def weekly_advice(advice: Advice, strategy: Strategy) -> WeeklyAdvice:
    """Group `advice` by rep and by reason of silence."""
    shown, held = _by_owner(advice.shown), _by_owner(advice.held_back)
    reps = [
        RepWeek(
            rep=rep,
            minutes=sum(one.rule.effort_minutes for one in shown.get(rep, [])),
            capacity=minutes_for(rep, strategy),
            lines=tuple(_line(one, strategy) for one in shown.get(rep, [])),
            held=_held(held.get(rep, []), strategy),
        )
        for rep in shown | held
    ]
    reps.sort(key=lambda week: (-sum(line.parts.priority for line in week.lines), week.rep))
    return WeeklyAdvice(tuple(reps), _held_back(advice.held_back, strategy), _scopes(advice))


def _by_owner(found: Sequence[Recommendation]) -> dict[str, list[Recommendation]]:
    by_owner: dict[str, list[Recommendation]] = {}
    for one in found:
        by_owner.setdefault(one.owner or NO_OWNER, []).append(one)
    return by_owner


def _held(found: Sequence[Recommendation], strategy: Strategy) -> tuple[HeldLine, ...]:
    ordered = sorted(found, key=lambda one: (VERDICTS[one.verdict], -one.parts.priority_minor))
    return tuple(HeldLine(_reason(one), _line(one, strategy)) for one in ordered)


def _reason(one: Recommendation) -> str:
    until = one.quiet_until
    return VERDICTS[one.verdict] + ("" if until is None else f" until {until.date()}")


def _scopes(advice: Advice) -> tuple[ScopeCount, ...]:
    shown = Counter(one.scope for one in advice.shown)
    held = Counter(one.scope for one in advice.held_back)
    return tuple(
        ScopeCount(scope, shown[scope], held[scope])
        for scope in RANKED_SCOPES
        if shown[scope] or held[scope]
    )


def _held_back(found: Sequence[Recommendation], strategy: Strategy) -> tuple[HeldBack, ...]:
    by_reason: dict[int, list[Recommendation]] = {}
    for one in found:
        by_reason.setdefault(one.verdict, []).append(one)
    held = [
        HeldBack(
            reason=VERDICTS[verdict],
            count=len(group),
            deals=len({one.about.name for one in group if one.scope == "deal"}),
            rules=tuple(
                (rule, title, count)
                for (rule, title), count in Counter(
                    (one.rule.id, one.rule.title) for one in group
                ).most_common()
            ),
            best=tuple(
                _line(one, strategy)
                for one in sorted(group, key=lambda one: -one.parts.priority_minor)[:_EXAMPLES]
            ),
        )
        for verdict, group in by_reason.items()
    ]
    return tuple(sorted(held, key=lambda one: (-one.count, one.reason)))


def _line(one: Recommendation, strategy: Strategy) -> AdviceLine:
    signals = one.signals
    win = one.win
    why = one.about.win_reasons if isinstance(one.about, OpenDeal) else ()
    stage, amount = signals.get("stage"), signals.get("amount_minor")
    return AdviceLine(
        id=one.id,
        scope=one.scope,
        deal=one.headline,
        stage=None if stage is None else strategy.stages[stage].name,
        amount=None if amount is None else float(money(amount, strategy.currency)),
        stake_is_assumed=one.stake_is_assumed,
        rule=one.rule.id,
        title=one.rule.title,
        element=one.rule.element,
        action=one.action,
        because=one.because,
        due=one.due,
        expires_at=one.expires_at,
        is_new=one.verdict == SHOWN,
        evidence=one.rule.evidence,
        source=one.rule.source,
        effort_minutes=one.rule.effort_minutes,
        win_percent=None if win is None else win.p_bp / 100,
        win_low=None if win is None else win.low_bp / 100,
        win_high=None if win is None else win.high_bp / 100,
        parts=_parts(one.parts, strategy.currency),
        win_reasons=tuple((each.text, each.log_odds_micro / 1e6) for each in why),
        event_ids=one.event_ids,
        strategy_hash=strategy.content_hash,
    )


def _parts(parts: PriorityParts, currency: str) -> Parts:
    return Parts(
        priority=float(money(int(parts.priority_minor), currency)),
        chance_percent=int(parts.chance_bp) / 100,
        stake=float(money(int(parts.stake_minor), currency)),
        weight=int(parts.weight_permille) / 1_000,
        urgency=int(parts.urgency_permille) / 1_000,
        cost=float(money(int(parts.cost_minor), currency)),
    )
