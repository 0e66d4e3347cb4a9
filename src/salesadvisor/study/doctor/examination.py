"""What does an examination find, and which questions can this history answer?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import orjson

from salesadvisor.domain import state
from salesadvisor.domain.events import DEFAULT_CRM, subject_key
from salesadvisor.domain.strategy import Strategy
from salesadvisor.errors import SourceError
from salesadvisor.log.columns import Log
from salesadvisor.log.projector import PROJECTED_KINDS
from salesadvisor.store import RawStored
from salesadvisor.study.doctor.ailments import AREAS
from salesadvisor.study.doctor.facts import Facts, moment
from salesadvisor.study.doctor.fields import field_faults
from salesadvisor.study.doctor.finding import (
    Example,
    Finding,
    Hit,
    Level,
    finding_of,
    shown_share,
)
from salesadvisor.study.doctor.order import order_faults
from salesadvisor.study.doctor.times import median_delay_seconds, time_faults
from salesadvisor.study.doctor.words import word_faults

ReadRaw = Callable[[int, int], Sequence[RawStored]]
"""At most so many events of the store past a position, as `Store.read_raw`."""

_PAGE = 20_000
_EXAMPLES = 3
_SEVERITY: dict[Level, int] = {"unusable": 0, "care": 1, "fine": 2}


@dataclass(frozen=True)
class AreaVerdict:
    """What the history is good for in one area: `text` is "fine" or says why not."""

    area: str
    title: str
    level: Level
    text: str


@dataclass(frozen=True)
class Examination:
    """A history, examined under a strategy. `findings` stand by area, the worst first in each.

    `median_delay_seconds` is from happening to recording, None when nothing was recorded later
    than it happened.
    """

    events: int
    deals: int
    open: int
    won: int
    lost: int
    first_at: datetime | None
    last_at: datetime | None
    median_delay_seconds: int | None
    findings: tuple[Finding, ...]
    verdicts: tuple[AreaVerdict, ...]

    def finding(self, code: str) -> Finding | None:
        """The finding of that code, None if the history hasn't that fault."""
        return next((one for one in self.findings if one.code == code), None)


def examine(
    log: Log,
    strategy: Strategy,
    *,
    read_raw: ReadRaw | None = None,
    rejects: Sequence[Path] = (),
) -> Examination:
    """Examine the whole history as it reads today.

    With `read_raw` (the store's) examples name the source id of their event, and events that don't
    say who did them are counted. `rejects` are rejects files of imports. Raises SourceError if one
    of them can't be read.
    """
    facts = Facts.of(log, strategy)
    hits = [*_all_hits(facts, read_raw, rejects)]
    findings = [finding_of(hit) for hit in hits if hit.count]
    areas = list(AREAS)
    findings.sort(key=lambda one: (areas.index(one.area), _SEVERITY[one.level], -one.share))
    if read_raw is not None:
        findings = [_with_source_ids(one, read_raw) for one in findings]
    occurred = log.columns["occurred_us"]
    return Examination(
        events=_event_count(log),
        deals=log.deal_count,
        open=int(facts.is_open.sum()),
        won=len(facts.of_kind(state.WON)),
        lost=len(facts.of_kind(state.LOST)),
        first_at=moment(int(occurred.min())) if len(occurred) else None,
        last_at=moment(facts.end_us) if len(occurred) else None,
        median_delay_seconds=median_delay_seconds(facts),
        findings=tuple(findings),
        verdicts=tuple(_verdict(area, findings) for area in areas),
    )


def _all_hits(facts: Facts, read_raw: ReadRaw | None, rejects: Sequence[Path]) -> Iterator[Hit]:
    if facts.log.row_count:
        yield from time_faults(facts)
        yield from order_faults(facts)
        yield from word_faults(facts)
        yield from field_faults(facts)
    if read_raw is not None:
        yield _without_actor(read_raw)
    yield _rejected(rejects, _event_count(facts.log))


def _event_count(log: Log) -> int:
    return int((log.columns["sub"] == 0).sum()) + len(np.unique(log.accounts["position"]))


def _without_actor(read_raw: ReadRaw) -> Hit:
    """Events that don't say who did it, of the kinds that say it at all.

    The log doesn't keep it, so the store is read.
    """
    named: Counter[str] = Counter()
    nameless: Counter[str] = Counter()
    first: dict[str, list[RawStored]] = {}
    after = 0
    while page := read_raw(after, _PAGE):
        after = page[-1].position
        for event in page:
            # Inside a JSON string the quotes would be escaped, so this is the key.
            if b'"actor":' in event.state:
                named[event.kind] += 1
                continue
            nameless[event.kind] += 1
            if nameless[event.kind] <= _EXAMPLES:
                first.setdefault(event.kind, []).append(event)
    kinds = [kind for kind in named if kind in PROJECTED_KINDS]
    missing = sum(nameless[kind] for kind in kinds)
    shown = sorted(event for kind in kinds for event in first.get(kind, ()))[:_EXAMPLES]
    total = missing + sum(named[kind] for kind in kinds)
    return Hit("missing_actor", missing, total, tuple(_example_of(event) for event in shown))


def _example_of(event: RawStored) -> Example:
    fields = orjson.loads(event.state)
    deal = subject_key(fields.get("crm", DEFAULT_CRM), fields["subject_id"])
    at = datetime.fromisoformat(fields["occurred_at"]).replace(microsecond=0)
    text = f"{event.kind.replace('_', ' ')} by nobody"
    return Example(deal, event.position, at, text, fields["source_id"])


def _rejected(paths: Sequence[Path], events: int) -> Hit:
    """Rows of rejects files, against these and the events that were read."""
    reasons: Counter[str] = Counter()
    told: list[tuple[int, str]] = []
    for path in paths:
        for record in _records(path):
            reasons[record["reason"]] += 1
            again = reasons[record["reason"]]
            if again <= _EXAMPLES:
                told.append((again, f"{record['file']}:{record['line']}: {record['reason']}"))
    # One example a reason, as far as there are reasons.
    told.sort(key=lambda one: one[0])
    examples = tuple(Example("", None, None, text) for _, text in told[:_EXAMPLES])
    count = reasons.total()
    common = "; ".join(f"{number:,} times {why}" for why, number in reasons.most_common(3))
    return Hit("rejected_rows", count, count + events, examples, common)


def _records(path: Path) -> Iterable[dict[str, str]]:
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise SourceError(str(path), f"can't be read: {why}", "leave it out") from None
    for number, line in enumerate(lines, start=1):
        try:
            record = orjson.loads(line)
            yield {name: record[name] for name in ("file", "line", "reason")}
        except (orjson.JSONDecodeError, KeyError, TypeError):
            raise SourceError(
                f"{path}:{number}", "is no line of a rejects file", "import the source again"
            ) from None


def _with_source_ids(finding: Finding, read_raw: ReadRaw) -> Finding:
    examples = tuple(_with_source_id(example, read_raw) for example in finding.examples)
    return replace(finding, examples=examples)


def _with_source_id(example: Example, read_raw: ReadRaw) -> Example:
    if example.position is None or example.source_id is not None:
        return example
    found = read_raw(example.position - 1, 1)
    if not found:
        return example
    return replace(example, source_id=orjson.loads(found[0].state)["source_id"])


def _verdict(area: str, findings: Sequence[Finding]) -> AreaVerdict:
    own = [one for one in findings if one.area == area]
    unusable = [one for one in own if one.level == "unusable"]
    care = [one for one in own if one.level == "care"]
    title = AREAS[area]
    if unusable:
        purposes = ", nor for ".join(dict.fromkeys(one.unusable_for for one in unusable))
        text = f"not usable for {purposes}: {_reasons(unusable)}"
        if care:
            text += f"; for the rest usable with care: {_reasons(care)}"
        return AreaVerdict(area, title, "unusable", text)
    if care:
        return AreaVerdict(area, title, "care", f"usable with care: {_reasons(care)}")
    return AreaVerdict(area, title, "fine", "fine")


def _reasons(findings: Sequence[Finding]) -> str:
    return ", ".join(
        f"{one.title[0].lower()}{one.title[1:]} ({shown_share(one.share)})" for one in findings
    )
