"""What does the report say? Pure data, from a replay, the advice of its end and one deal's story.

How it looks is web/'s part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from salesadvisor.domain import metrics, state
from salesadvisor.domain.advice import SHOWN
from salesadvisor.domain.rules import Rule
from salesadvisor.study.advising import Advice, money
from salesadvisor.study.audit import Audit
from salesadvisor.study.checkpoints import local_date
from salesadvisor.study.explaining import Explanation
from salesadvisor.study.reliability import Reliability, reliability
from salesadvisor.study.replay import Replay
from salesadvisor.study.scoreboard import ElementLine, Standpoint, scoreboard
from salesadvisor.study.scoreboard.standing import latest_close_of_each_deal
from salesadvisor.study.stages_over_time import StagesOverTime, stages_over_time
from salesadvisor.study.storyline import Storyline, deal_to_tell, storyline
from salesadvisor.study.weekly_advice import WeeklyAdvice, weekly_advice

__all__ = ["Header", "Outcomes", "Summary", "build_summary", "deal_to_tell"]


@dataclass(frozen=True)
class Outcomes:
    """Deals by how they stand now; a deal that was reopened counts by its last cycle."""

    open: int
    won: int
    lost: int
    no_decision: int
    cancelled: int
    voided: int
    win_rate: metrics.Rate | None

    @property
    def deals(self) -> int:
        return self.open + self.won + self.lost + self.no_decision + self.cancelled + self.voided


@dataclass(frozen=True)
class Header:
    """What the report is about and what it rests on. Days are the strategy's local dates."""

    strategy: str
    strategy_hash: str
    currency: str
    timezone: str
    as_of: datetime
    first_day: date
    last_day: date
    events: int
    checkpoints: int
    outcomes: Outcomes
    open_amount: float | None
    rules: int
    model_kind: str
    model_deals: int
    model_won: int
    horizon_days: int
    digest: str
    """Of the replay: equal for the same history, strategy and rules."""


@dataclass(frozen=True)
class Summary:
    """The report. `story` is None when no deal was ever open."""

    header: Header
    scoreboard: tuple[ElementLine, ...]
    stages: StagesOverTime
    advice: WeeklyAdvice
    audit: Audit
    reliability: Reliability
    story: Storyline | None


def build_summary(
    replay: Replay,
    advice: Advice,
    explanation: Explanation | None,
    *,
    events: int,
    rules: Sequence[Rule],
    audit: Audit,
    workers: int = 1,
) -> Summary:
    """Put the report together.

    `replay` covers the history week by week and `advice` is as of its end; `explanation` is that of
    `deal_to_tell(replay, advice)`. `events` is how many the store holds, `rules` are those of the
    playbook and `audit` is as of the moment of `advice`.
    """
    at = Standpoint.of(
        replay.history,
        advice,
        rules,
        audit=audit,
        times_advised=_times_advised(replay),
        workers=workers,
    )
    return Summary(
        header=_header(replay, advice, at, events),
        scoreboard=scoreboard(at),
        stages=stages_over_time(replay),
        advice=weekly_advice(advice, replay.history.strategy),
        audit=audit,
        reliability=reliability(replay, at.closes, at.moment),
        story=None if explanation is None else storyline(replay, explanation),
    )


def outcomes(at: Standpoint) -> Outcomes:
    """How all deals stand at the moment of `at`."""
    ended = latest_close_of_each_deal(at.closes)
    ended = ended[~np.isin(ended["deal"], at.now.deal)]
    count = Counter(ended["status"].tolist())
    return Outcomes(
        open=at.now.count,
        won=count[state.STATUS_WON],
        lost=count[state.STATUS_LOST],
        no_decision=count[state.STATUS_NO_DECISION],
        cancelled=count[state.STATUS_CANCELLED],
        voided=count[state.STATUS_VOIDED],
        win_rate=metrics.win_rate(count[state.STATUS_WON], count[state.STATUS_LOST]),
    )


def _header(replay: Replay, advice: Advice, at: Standpoint, events: int) -> Header:
    strategy = replay.history.strategy
    known = at.now.known("amount_minor")
    open_minor = int(at.now.column("amount_minor")[known].sum())
    return Header(
        strategy=strategy.name,
        strategy_hash=strategy.content_hash,
        currency=strategy.currency,
        timezone=strategy.calendar.timezone,
        as_of=advice.as_of,
        first_day=_first_day(at),
        last_day=at.today,
        events=events,
        checkpoints=len(replay.found.checkpoints),
        outcomes=outcomes(at),
        open_amount=float(money(open_minor, strategy.currency)) if known.any() else None,
        rules=len(replay.rules),
        model_kind=advice.model.kind,
        model_deals=advice.model.n_deals,
        model_won=advice.model.n_won,
        horizon_days=advice.model.horizon_days,
        digest=replay.digest(),
    )


def _first_day(at: Standpoint) -> date:
    if not len(at.flow):
        return at.today
    return local_date(int(at.flow.known.min()), at.strategy.calendar.timezone)


def _times_advised(replay: Replay) -> dict[str, int]:
    """By rule: how often the replay showed it."""
    shown = replay.candidates["rule"][replay.verdict == SHOWN]
    times = np.bincount(shown, minlength=len(replay.rules)).tolist()
    return {rule.id: times[place] for place, rule in enumerate(replay.rules) if rule.enabled}
