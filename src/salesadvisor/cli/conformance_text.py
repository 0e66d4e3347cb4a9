"""How does process conformance read?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from salesadvisor.cli.layout import Page
from salesadvisor.cli.moments import Moment
from salesadvisor.cli.wording import counted, iso
from salesadvisor.domain.metrics import Rate
from salesadvisor.domain.strategy import Strategy
from salesadvisor.domain.vocabulary import CONSTRAINT_STATES
from salesadvisor.study.conformance import (
    Conformance,
    DealConformance,
    Deviation,
    Line,
    Tally,
)

_HEAD = ("conformance", "95 % interval", "kept", "broken", "pending")
_NO_VALUE = "-"
_FREQUENT = 5


def conformance_page(moment: Moment, found: Conformance, by: str, limit: int) -> Page:
    """The whole, then the lines of `by`, then the newest deviations."""
    page = Page()
    page.line(f"Process conformance as of {moment.text}", "bold")
    page.line(_whole(found))
    page.title(f"By {by}")
    if by == "deal":
        _deals(page, found, limit)
    else:
        _lines(page, by, _named(found, by))
    if by == "constraint" and len(found.measures) == 2:
        page.line("the strategy declares no constraints: process.constraints is empty", "dim")
    if found.frequent:
        page.title("Most frequent deviations")
        page.rows([(f"{times:,}", text) for text, times in found.frequent[:_FREQUENT]], right=(0,))
    count = len(found.deviations)
    page.title(f"Deviations ({min(limit, count):,} newest of {count:,})" if count else "Deviations")
    if not count:
        page.line("none")
    page.rows(
        [_deviation_row(one) for one in found.deviations[:limit]],
        head=("certain on", "deal", "owner", "what happened"),
        whole=(0, 1),
    )
    return page


def deal_page(moment: Moment, found: Conformance, deal: str) -> Page:
    """How one deal stands to everything that is declared, and what it did otherwise."""
    page = Page()
    page.line(f"{deal} as of {moment.text}", "bold")
    if not found.deals:
        return page.line("not opened by then, or voided: nothing is asked of it")
    stands = found.deals[0]
    fitness = stands.fitness
    if fitness is None:
        page.line("nothing is decided yet")
    else:
        page.line(f"fitness {_percent(fitness, 0)}: the share of decided constraints that it keeps")
    page.title("Constraints")
    page.rows(
        [
            (measure.name, CONSTRAINT_STATES[state], measure.text)
            for measure, state in zip(found.measures, stands.states, strict=True)
        ],
        whole=(0, 1),
    )
    page.title("Deviations")
    if not found.deviations:
        page.line("none")
    for one in reversed(found.deviations):
        page.item(f"{one.at:%Y-%m-%d %H:%M}", f"{one.measure}: {one.text}")
        owner = f"owner {one.owner}" if one.owner else "no owner"
        page.line(f"{owner}; {', '.join(one.event_ids)}", "dim", indent=17)
    return page


def conformance_document(moment: Moment, found: Conformance, strategy: Strategy) -> dict[str, Any]:
    """The same for a program; the keys are documented in docs/cli.md."""
    return {
        "as_of": iso(moment.as_of),
        "as_of_reason": moment.reason,
        "strategy": {"name": strategy.name, "hash": strategy.content_hash},
        "deals": len(found.deals),
        "without_deviation": _rate(found.without_deviation),
        "mean_fitness": found.mean_fitness,
        "total": {**_tally(found.total.tally), "months": _months(found.total)},
        "by_constraint": [
            {**_line(line), "kind": measure.kind, "asks": measure.text}
            for line, measure in zip(found.by_constraint, found.measures, strict=True)
        ],
        "by_rep": [_line(line) for line in found.by_rep],
        "by_stage": [_line(line) for line in found.by_stage],
        "by_deal": [_deal(one, found) for one in found.deals],
        "frequent": [{"text": text, "deviations": times} for text, times in found.frequent],
        "deviations": [_deviation(one) for one in found.deviations],
    }


def _whole(found: Conformance) -> str:
    free, fitness = found.without_deviation, found.mean_fitness
    deals = counted(len(found.deals), "deal")
    if free is None or fitness is None:
        return f"{deals}, nothing decided yet"
    if free.n < len(found.deals):
        deals += f", {int(free.n):,} of them with something decided"
    return (
        f"{deals}: {_percent(free.value)} ({_interval(free)}) have no deviation; the mean deal"
        f" keeps {_percent(fitness)} of the constraints that apply to it"
    )


def _named(found: Conformance, by: str) -> list[tuple[str, Tally]]:
    match by:
        case "rep":
            return [(line.name or "no owner", line.tally) for line in found.by_rep]
        case "stage":
            return [(line.name or "", line.tally) for line in found.by_stage]
        case "month":
            return [(f"{month:%Y-%m}", tally) for month, tally in found.total.months]
        case _:
            return [(line.name or "", line.tally) for line in found.by_constraint]


def _lines(page: Page, by: str, lines: Sequence[tuple[str, Tally]]) -> None:
    rows = []
    for name, tally in lines:
        rate = tally.conformance
        share = _NO_VALUE if rate is None else _percent(rate.value)
        interval = _NO_VALUE if rate is None else _interval(rate)
        counts = [f"{count:,}" for count in (tally.kept, tally.broken, tally.pending)]
        rows.append((name, share, interval, *counts))
    page.rows(rows, head=(by, *_HEAD), right=(1, 2, 3, 4, 5), whole=(1, 2, 3, 4, 5))
    page.line("pending: may still be kept, and counts neither way", "dim")


def _deals(page: Page, found: Conformance, limit: int) -> None:
    """The deals that keep least, those with more deviations first among equals."""
    broken: dict[str, int] = {}
    for one in found.deviations:
        broken[one.deal] = broken.get(one.deal, 0) + 1
    judged = [(one.fitness, one.deal) for one in found.deals if one.fitness is not None]
    judged.sort(key=lambda one: (one[0], -broken.get(one[1], 0), one[1]))
    page.rows(
        [
            (deal, _percent(fitness, 0), f"{broken.get(deal, 0):,}")
            for fitness, deal in judged[:limit]
        ],
        head=("deal", "fitness", "deviations"),
        right=(1, 2),
    )


def _deviation_row(one: Deviation) -> tuple[str, str, str, str]:
    return f"{one.at:%Y-%m-%d}", one.deal, one.owner or _NO_VALUE, one.text


def _percent(share: float, decimals: int = 1) -> str:
    return f"{share * 100:.{decimals}f} %"


def _interval(rate: Rate) -> str:
    return f"{rate.low * 100:.1f} to {rate.high * 100:.1f} %"


def _rate(rate: Rate | None) -> dict[str, float | None]:
    if rate is None:
        return {"rate": None, "low": None, "high": None}
    return {"rate": rate.value, "low": rate.low, "high": rate.high}


def _tally(tally: Tally) -> dict[str, Any]:
    counts = {"kept": tally.kept, "broken": tally.broken, "pending": tally.pending}
    return {**counts, **_rate(tally.conformance)}


def _months(line: Line) -> list[dict[str, Any]]:
    return [{"month": iso(month), **_tally(tally)} for month, tally in line.months]


def _line(line: Line) -> dict[str, Any]:
    return {"name": line.name, **_tally(line.tally), "months": _months(line)}


def _deal(one: DealConformance, found: Conformance) -> dict[str, Any]:
    states = {
        measure.name: CONSTRAINT_STATES[state]
        for measure, state in zip(found.measures, one.states, strict=True)
    }
    return {"deal_id": one.deal, "fitness": one.fitness, "states": states}


def _deviation(one: Deviation) -> dict[str, Any]:
    return {
        "deal_id": one.deal,
        "constraint": one.measure,
        "kind": one.kind,
        "text": one.text,
        "at": iso(one.at),
        "owner": one.owner,
        "stage": one.stage,
        "event_ids": list(one.event_ids),
    }
