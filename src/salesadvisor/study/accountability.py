"""What became of the advice given, by rep, rule or element, and how well does work fit strategy?

Rates are of advice that is due an answer: answered or expired, neither open nor withdrawn. Beside
them stands the exposure, so that reps are compared like for like.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, assert_never, get_args

from salesadvisor.domain import metrics
from salesadvisor.domain.metrics import Rate
from salesadvisor.domain.rules import Rule
from salesadvisor.domain.state import DAY
from salesadvisor.domain.strategy import Strategy
from salesadvisor.study.advising import Advice, OpenDeal, Standing
from salesadvisor.study.answers import STATUSES, Issued, Status

By = Literal["rep", "rule", "element"]
BY: tuple[By, ...] = get_args(By)
NOBODY = "no owner"
NO_LONGER_A_RULE = "rules no longer in the playbook"
SILENT_DAYS = 14
ACKNOWLEDGED = "acknowledged"
_ANSWERED: tuple[Status, ...] = ("accepted", "dismissed", "done")
_TAKEN: tuple[Status, ...] = ("accepted", "done")


@dataclass(frozen=True)
class Line:
    """What became of the advice of one rep, rule or element.

    `open_deals` are those a rep owns now, None for anything but a rep. `detected` of the done were
    seen in later events, the others reported. `answered` and `taken` (accepted or done) are shares
    of what is due an answer; `response_days` is the median time to an answer, where open, expired
    and withdrawn advice counts as waited for until then.
    """

    name: str
    open_deals: int | None
    issued: int
    counts: Mapping[Status, int]
    detected: int
    answered: Rate | None
    taken: Rate | None
    response_days: float | None

    @property
    def issued_per_deal(self) -> float | None:
        return self.issued / self.open_deals if self.open_deals else None


@dataclass(frozen=True)
class Part:
    """One part of an alignment score: the share kept (None without a denominator), of how many."""

    name: str
    meaning: str
    weight: int
    share: float | None
    n: int
    unit: str


@dataclass(frozen=True)
class Alignment:
    """How far a rep's or the team's effort and behaviour follow the strategy, part by part.

    `share` is the mean of the parts that have a value, by their weights; None without any.
    """

    name: str
    parts: tuple[Part, ...]

    @property
    def share(self) -> float | None:
        known = [(one.share, one.weight) for one in self.parts if one.share is not None]
        weight = sum(weight for _, weight in known)
        return sum(share * weight for share, weight in known) / weight if weight else None


@dataclass(frozen=True)
class Accountability:
    """As of `as_of`: lines by rep, rule or element, their total, and the alignment."""

    as_of: datetime
    by: By
    lines: tuple[Line, ...]
    total: Line
    alignment: tuple[Alignment, ...]


def accountability(
    issued: Sequence[Issued],
    advice: Advice,
    rules: Sequence[Rule],
    strategy: Strategy,
    acknowledged: Mapping[str, datetime] | None,
    *,
    by: By = "rep",
) -> Accountability:
    """Count what was issued before the moment of `advice` and measure alignment at it.

    `acknowledged` says who acknowledged the strategy in force; None where it was not published.
    """
    as_of = advice.as_of
    owned = Counter(deal.owner or NOBODY for deal in advice.deals)
    key = _key(by, {rule.id: rule for rule in rules})
    groups: dict[str, list[Issued]] = {name: [] for name in owned} if by == "rep" else {}
    for one in issued:
        groups.setdefault(key(one), []).append(one)
    lines = [
        _line(name, given, as_of, owned[name] if by == "rep" else None)
        for name, given in groups.items()
    ]
    return Accountability(
        as_of=as_of,
        by=by,
        lines=tuple(sorted(lines, key=lambda line: (-line.issued, line.name))),
        total=_line("all", issued, as_of, len(advice.deals)),
        alignment=_alignments(issued, advice, strategy, acknowledged),
    )


def _key(by: By, rules: Mapping[str, Rule]) -> Callable[[Issued], str]:
    match by:
        case "rep":
            return lambda one: one.event.owner or NOBODY
        case "rule":
            return lambda one: one.event.rule
        case "element":
            return lambda one: (
                rules[one.event.rule].element if one.event.rule in rules else NO_LONGER_A_RULE
            )
        case _:
            assert_never(by)


def _line(name: str, given: Sequence[Issued], as_of: datetime, open_deals: int | None) -> Line:
    counts = Counter(one.status(as_of) for one in given)
    due = sum(counts[kind] for kind in (*_ANSWERED, "expired"))
    return Line(
        name=name,
        open_deals=open_deals,
        issued=len(given),
        counts={status: counts[status] for status in STATUSES},
        detected=sum(one.is_detected for one in given),
        answered=metrics.rate(sum(counts[kind] for kind in _ANSWERED), due),
        taken=metrics.rate(sum(counts[kind] for kind in _TAKEN), due),
        response_days=_response_days(given, int(as_of.timestamp())),
    )


def _response_days(given: Sequence[Issued], moment: int) -> float | None:
    waits = [_wait(one, moment) for one in given]
    return metrics.median_duration([days for days, _ in waits], [seen for _, seen in waits])


def _wait(one: Issued, moment: int) -> tuple[float, bool]:
    """Days until the first answer, or for how long it was waited for in vain."""
    if one.first_answered_at is not None:
        return max(0, one.first_answered_at - one.issued_at) / DAY, True
    until = min(moment, one.expires_at, one.answered_at or moment)
    return max(0, until - one.issued_at) / DAY, False


def _alignments(
    issued: Sequence[Issued],
    advice: Advice,
    strategy: Strategy,
    acknowledged: Mapping[str, datetime] | None,
) -> tuple[Alignment, ...]:
    standing = {one.name: one for one in advice.others if one.scope == "rep"}
    team = next((one for one in advice.others if one.scope == "team"), None)
    declared = {rep for one in strategy.alignment.teams for rep in one.reps}
    reps = sorted({deal.owner for deal in advice.deals if deal.owner} | declared)
    members = declared or set(reps)
    alone = [
        Alignment(
            rep,
            _parts(
                [one for one in issued if one.event.owner == rep],
                [deal for deal in advice.deals if deal.owner == rep],
                standing.get(rep),
                _acknowledged([rep], acknowledged),
                advice.as_of,
            ),
        )
        for rep in reps
    ]
    everybody = _parts(
        issued, advice.deals, team, _acknowledged(members, acknowledged), advice.as_of
    )
    return (*alone, Alignment("team", everybody))


def _acknowledged(
    reps: Iterable[str], acknowledged: Mapping[str, datetime] | None
) -> tuple[float | None, int]:
    names = list(reps)
    if acknowledged is None or not names:
        return None, 0
    return sum(name in acknowledged for name in names) / len(names), len(names)


def _parts(
    issued: Sequence[Issued],
    deals: Sequence[OpenDeal],
    standing: Standing | None,
    acknowledged: tuple[float | None, int],
    as_of: datetime,
) -> tuple[Part, ...]:
    """Effort first, then behaviour; what has no denominator has no share."""
    answered = _line("", issued, as_of, None).answered
    due = int(answered.n) if answered else 0
    complete = _known(deals, "completeness_permille")
    active = [one <= SILENT_DAYS for one in _quiet_days(deals)]
    planned = _known(deals, "next_step_set")
    minutes = _of(standing, "effort_minutes_28d") or 0
    short, unfit = _of(standing, "effort_gap_permille"), _of(standing, "unfit_effort_permille")
    kept = _of(standing, "conformance_permille")
    parts = (
        ("effort on plan", "100 % less what the worst tier lacks of its declared share",
         _rest(short), minutes, "minutes"),
        ("effort that fits", "effort on deals of a tier, outside excluded segments",
         _rest(unfit), minutes, "minutes"),
        ("answered", "advice due an answer that was answered",
         None if answered is None else answered.value, due, "recommendations"),
        ("order kept", "declared orders of events kept on open deals",
         None if kept is None else kept / 1_000, len(deals), "open deals"),
        ("fields", "required fields with a value, mean over open deals",
         _mean(complete, 1_000), len(complete), "open deals"),
        ("cadence", f"open deals with an activity in {SILENT_DAYS} days",
         _mean(active, 1), len(active), "open deals"),
        ("next step", "open deals with a planned next step",
         _mean(planned, 1), len(planned), "open deals"),
        (ACKNOWLEDGED, "reps who acknowledged the strategy in force", *acknowledged, "reps"),
    )  # fmt: skip
    return tuple(
        Part(name, meaning, WEIGHTS[name], share, n, unit)
        for name, meaning, share, n, unit in parts
    )


WEIGHTS: Mapping[str, int] = {
    "effort on plan": 2,
    "effort that fits": 2,
    "answered": 2,
    "order kept": 1,
    "fields": 1,
    "cadence": 1,
    "next step": 1,
    ACKNOWLEDGED: 1,
}
"""What each part counts in an alignment score: effort and answers twice the single habits."""


def _of(standing: Standing | None, name: str) -> int | None:
    return None if standing is None else standing.signals.get(f"{standing.scope}.{name}")


def _rest(permille: int | None) -> float | None:
    return None if permille is None else max(0, 1_000 - permille) / 1_000


def _known(deals: Sequence[OpenDeal], name: str) -> list[int]:
    values = (deal.signals.get(name) for deal in deals)
    return [value for value in values if value is not None]


def _quiet_days(deals: Sequence[OpenDeal]) -> list[int]:
    """By deal the days since its last activity, or since it was opened."""
    silent = [
        (deal.signals.get("days_since_activity"), deal.signals.get("age_days")) for deal in deals
    ]
    days = [age if quiet is None else quiet for quiet, age in silent]
    return [one for one in days if one is not None]


def _mean(values: Sequence[float], whole: float) -> float | None:
    return sum(values) / len(values) / whole if values else None
