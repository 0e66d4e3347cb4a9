"""How well do deals keep the declared process, by constraint, rep, stage and month?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from salesadvisor.domain.conformance import BROKEN, KEPT, NOT_ACTIVATED, PENDING, empty_trace
from salesadvisor.domain.metrics import Rate, rate
from salesadvisor.domain.state import UNKNOWN
from salesadvisor.log.constraint_terms import constraint_terms, plain_constraint_terms
from salesadvisor.log.passes import History
from salesadvisor.study.checkpoints import local_date
from salesadvisor.study.conformance.checks import Check, Measure, constraint_checks, measures_of
from salesadvisor.study.conformance.stage_order import order_of, stage_checks
from salesadvisor.study.conformance.walk import walks
from salesadvisor.study.stages_over_time import NO_STAGE


@dataclass(frozen=True)
class Tally:
    """How often something was asked, by what became of it."""

    kept: int = 0
    broken: int = 0
    pending: int = 0

    @property
    def conformance(self) -> Rate | None:
        """Kept / decided, None where nothing was decided. Pending is neither."""
        return rate(self.kept, self.kept + self.broken)


@dataclass(frozen=True)
class Line:
    """The tally of one constraint, rep or stage, and by the month in which it was asked."""

    name: str | None
    tally: Tally
    months: tuple[tuple[date, Tally], ...]


@dataclass(frozen=True)
class DealConformance:
    """How one deal stands to each measure, in their order: codes of CONSTRAINT_STATES."""

    deal: str
    states: tuple[int, ...]

    @property
    def fitness(self) -> float | None:
        """Trace fitness: the share of its decided measures that the deal keeps; None without any.

        A measure is broken by one deviation.
        """
        decided = self.states.count(KEPT) + self.states.count(BROKEN)
        return self.states.count(KEPT) / decided if decided else None


@dataclass(frozen=True)
class Deviation:
    """One thing that was not kept: by which deal, when it was certain, and who owned it then.

    `event_ids` are the source ids of the events that show it, in the order of `log_rows`.
    """

    deal: str
    measure: str
    kind: str
    text: str
    at: datetime
    owner: str | None
    stage: str | None
    log_rows: tuple[int, ...]
    event_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Conformance:
    """The process as declared against what was done, as known before `as_of`.

    Lines of `by_constraint` stand in the order of `measures`, those of `by_stage` in the order of
    the process, those of `by_rep` by name (None: nobody owned the deal). `deviations` are newest
    first.
    """

    as_of: datetime
    measures: tuple[Measure, ...]
    total: Line
    by_constraint: tuple[Line, ...]
    by_rep: tuple[Line, ...]
    by_stage: tuple[Line, ...]
    deals: tuple[DealConformance, ...]
    deviations: tuple[Deviation, ...]

    @property
    def mean_fitness(self) -> float | None:
        """The mean trace fitness of the deals that have one."""
        values = [one.fitness for one in self.deals if one.fitness is not None]
        return sum(values) / len(values) if values else None

    @property
    def without_deviation(self) -> Rate | None:
        """The share of deals without any deviation, among those of which something is decided."""
        values = [one.fitness for one in self.deals if one.fitness is not None]
        return rate(values.count(1.0), len(values))

    @property
    def frequent(self) -> tuple[tuple[str, int], ...]:
        """What was done otherwise and how often, the most frequent first."""
        counts = Counter(one.text for one in self.deviations)
        return tuple(sorted(counts.items(), key=lambda each: (-each[1], each[0])))


def conformance(history: History, as_of: datetime, deal: int | None = None) -> Conformance:
    """Check every deal (or the one with that code) that was opened and not voided.

    Raises PlaybookError where a constraint can't be checked.
    """
    strategy = history.strategy
    measures = measures_of(strategy)
    order = order_of(strategy, measures)
    terms = plain_constraint_terms(constraint_terms(strategy))
    longest = int((history.log.starts[1:] - history.log.starts[:-1]).max(initial=0))
    trace = empty_trace(len(terms.kind), longest)
    checks: list[tuple[int, Check]] = []
    deals = []
    names = _Names(history)
    for walk in walks(history, int(as_of.timestamp()), deal):
        if not walk.is_judged:
            continue
        own = [*constraint_checks(walk, strategy, trace, terms), *stage_checks(walk, order)]
        checks += [(walk.deal, check) for check in own]
        deals.append(DealConformance(names.deal(walk.deal), _states(own, len(measures))))
    return _summed(names, as_of, measures, checks, tuple(deals))


def _states(checks: Iterable[Check], measures: int) -> tuple[int, ...]:
    states = [NOT_ACTIVATED] * measures
    for check in checks:
        states[check.measure] = max(states[check.measure], check.verdict)
    return tuple(states)


class _Names:
    """What the codes of a history stand for."""

    def __init__(self, history: History) -> None:
        self._words = history.log.words
        self._stages = history.strategy.stages
        self._zone = history.strategy.calendar.timezone

    def deal(self, code: int) -> str:
        return self._words.deals.words[code]

    def owner(self, code: int) -> str | None:
        return None if code == UNKNOWN else self._words.names.words[code]

    def stage(self, code: int) -> str | None:
        return None if code == UNKNOWN else self._stages[code].name

    def month(self, moment: int) -> date:
        return local_date(moment, self._zone).replace(day=1)


def _summed(
    names: _Names,
    as_of: datetime,
    measures: tuple[Measure, ...],
    checks: Sequence[tuple[int, Check]],
    deals: tuple[DealConformance, ...],
) -> Conformance:
    plain = [check for _, check in checks]
    months = {moment: names.month(moment) for moment in {check.since for check in plain}}
    by_measure = _lines(plain, lambda check: check.measure, months)
    by_rep = _lines(plain, lambda check: check.owner, months)
    by_stage = _lines(plain, lambda check: check.stage, months)
    nothing = Line(None, Tally(), ())
    return Conformance(
        as_of=as_of,
        measures=measures,
        total=_lines(plain, lambda _: 0, months).get(0, nothing),
        by_constraint=tuple(
            replace(by_measure.get(place, nothing), name=measure.name)
            for place, measure in enumerate(measures)
        ),
        by_rep=tuple(
            replace(by_rep[code], name=names.owner(code))
            for code in sorted(by_rep, key=lambda code: names.owner(code) or "")
        ),
        by_stage=tuple(
            replace(by_stage[code], name=names.stage(code) or NO_STAGE)
            for code in sorted(by_stage, key=lambda code: (code == UNKNOWN, code))
        ),
        deals=deals,
        deviations=tuple(_deviations(names, measures, checks)),
    )


def _deviations(
    names: _Names, measures: tuple[Measure, ...], checks: Sequence[tuple[int, Check]]
) -> Iterator[Deviation]:
    """Newest first, those of one second by deal and measure."""
    broken = [(code, check) for code, check in checks if check.verdict == BROKEN]
    broken.sort(key=lambda one: (-one[1].at, names.deal(one[0]), one[1].measure))
    for code, check in broken:
        yield Deviation(
            deal=names.deal(code),
            measure=measures[check.measure].name,
            kind=check.kind,
            text=check.text,
            at=datetime.fromtimestamp(check.at, UTC),
            owner=names.owner(check.owner),
            stage=names.stage(check.stage),
            log_rows=check.log_rows,
        )


def _lines(
    checks: Iterable[Check], key: Callable[[Check], int], months: Mapping[int, date]
) -> dict[int, Line]:
    """The tallies by key; their names are still to be found."""
    counts: dict[int, dict[date, list[int]]] = {}
    for check in checks:
        by_month = counts.setdefault(key(check), {})
        by_month.setdefault(months[check.since], [0] * (BROKEN + 1))[check.verdict] += 1
    return {
        code: Line(
            name=None,
            tally=_tally([sum(column) for column in zip(*by_month.values(), strict=True)]),
            months=tuple((month, _tally(by_month[month])) for month in sorted(by_month)),
        )
        for code, by_month in counts.items()
    }


def _tally(counts: Sequence[int]) -> Tally:
    return Tally(counts[KEPT], counts[BROKEN], counts[PENDING])
