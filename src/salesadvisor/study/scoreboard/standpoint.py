"""From where is execution looked at? The strategy, the open deals now and then, and the flow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from salesadvisor.domain.rules import Rule
from salesadvisor.domain.state import DAY, Terms
from salesadvisor.domain.strategy import Strategy
from salesadvisor.log.passes import History
from salesadvisor.study.advising import Advice, Recommendation
from salesadvisor.study.audit import Audit
from salesadvisor.study.checkpoints import local_date
from salesadvisor.study.scoreboard.measure import Count, Measure, Plan, share
from salesadvisor.study.scoreboard.standing import (
    Flow,
    Standing,
    earlier,
    flow_of,
    has_recording_times,
    known_closes,
    standings,
)


@dataclass(frozen=True)
class Standpoint:
    """All that the scoreboard is measured from, as of `moment` (epoch seconds).

    `before` is None when the history is too short for a comparison. `closes` are the closings that
    count now, `names` the people and things of the log, `shown` and `held_back` today's advice.
    `team` are the team's signals, empty where no rule asks for them. `times_advised` says how often
    a replay of all history showed the advice of each rule whose advice is ranked.
    """

    strategy: Strategy
    terms: Terms
    moment: int
    now: Standing
    before: Standing | None
    closes: Any
    flow: Flow
    names: Sequence[str]
    attributes: tuple[str, ...]
    has_recording_times: bool
    rules: tuple[Rule, ...]
    shown: tuple[Recommendation, ...]
    held_back: tuple[Recommendation, ...]
    team: Mapping[str, int | None]
    times_advised: Mapping[str, int]
    audit: Audit

    @classmethod
    def of(
        cls,
        history: History,
        advice: Advice,
        rules: Sequence[Rule],
        *,
        audit: Audit,
        times_advised: Mapping[str, int],
        workers: int = 1,
    ) -> Standpoint:
        """As of the moment of `advice`."""
        moment = int(advice.as_of.timestamp())
        flow = flow_of(history, moment)
        then = earlier(moment)
        is_old = bool(len(flow)) and int(flow.known.min()) < then
        (*before, now), found = standings(history, [then, moment] if is_old else [moment], workers)
        return cls(
            strategy=history.strategy,
            terms=history.terms,
            moment=moment,
            now=now,
            before=before[0] if before else None,
            closes=known_closes(found.closes, moment),
            flow=flow,
            names=history.log.words.names.words,
            attributes=history.attributes,
            has_recording_times=has_recording_times(history),
            rules=tuple(rules),
            shown=advice.shown,
            held_back=advice.held_back,
            team=next((one.signals for one in advice.others if one.scope == "team"), {}),
            times_advised=times_advised,
            audit=audit,
        )

    @property
    def today(self) -> date:
        return local_date(self.moment, self.strategy.calendar.timezone)

    def share(self, label: str, count: Count, of: str, plan: Plan | None = None) -> Measure:
        """The percentage of open deals that `count` finds, now and before."""
        return share(label, self.now, self.before, count, of, plan=plan)

    def windows(self, days: int) -> tuple[Flow, Flow]:
        """What came in during the last `days`, and during as many days up to 13 weeks ago."""
        then = earlier(self.moment)
        return (
            self.flow.within(self.moment - days * DAY, self.moment),
            self.flow.within(then - days * DAY, then),
        )

    def has_window_before(self, days: int) -> bool:
        """Whether the earlier window lies within the history."""
        start = earlier(self.moment) - days * DAY
        return bool(len(self.flow)) and int(self.flow.known.min()) <= start
