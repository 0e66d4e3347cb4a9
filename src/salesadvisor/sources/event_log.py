"""What does an event log say, one row an event, under its mapping?

- A source id is derived from deal, activity, lifecycle and time, numbered where a log repeats them
  (further events of one row add :2, :3 ...). So rows appended later, and rows corrected in any
  other column, keep their ids. A copy of a whole row is collapsed.
- An activity's START..COMPLETE is one event: it occurred at the start, is recorded at the end, and
  has a duration; the START row is collapsed into the COMPLETE row. The first end belongs to the
  first start. A start without an end, and an end without a start, stand alone without a duration.
- Activities that come `together` are one event: that of the first; its id is numbered by deal.
- At one moment a deal does not move backwards: a stage before one that it moved to at the same time
  is collapsed into it, since the order of such rows is an accident of the log.
- A row of `owner` that names another person than the last also changes the owner.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple

from salesadvisor.domain.events import Event
from salesadvisor.sources.duplicates import Ids
from salesadvisor.sources.lookup import Fields
from salesadvisor.sources.meaning import EventLog, Meaning, Saying, Together
from salesadvisor.sources.rows import Collapsed, Read, Reject, Row, UnfitRow, make_event
from salesadvisor.sources.text import Record
from salesadvisor.sources.times import parse_time


class _Said(NamedTuple):
    """A row, with what its columns say."""

    line: int
    fields: Fields
    raw: str
    deal: str
    activity: str
    lifecycle: str | None
    occurred_at: datetime
    recorded_at: datetime
    actor: str | None

    @property
    def key(self) -> tuple[str, str, str | None, datetime]:
        return self.deal, self.activity, self.lifecycle, self.occurred_at


class _Start(NamedTuple):
    """An activity that has not ended yet."""

    said: _Said
    source_id: str
    meaning: Meaning


def read_event_log(log: EventLog, records: Iterable[Record], *, width: int) -> Iterator[Row]:
    """The rows of a log with `width` columns; the start of an activity comes with its end."""
    reading = _Reading(log, width)
    for record in records:
        try:
            yield from reading.rows(record)
        except UnfitRow as unfit:
            yield Reject(record.line, str(unfit), record.raw)
    yield from reading.rest()


class _Reading:
    """One pass over a log, with what it must remember of each deal."""

    def __init__(self, log: EventLog, width: int) -> None:
        self._log = log
        self._width = width
        self._ids = Ids()
        self._started: dict[tuple[str, str], deque[_Start]] = defaultdict(deque)
        self._together: dict[tuple[str, int], tuple[int, datetime, int]] = {}
        self._moves: dict[str, tuple[datetime, int, int]] = {}
        self._owners: dict[str, str] = {}

    def rows(self, record: Record) -> Iterator[Row]:
        said = self._said(record)
        again = self._ids.see(said.key, content=said.raw, line=said.line)
        if again and again.same_line:
            yield Collapsed(said.line, again.same_line, "a copy of that line")
            return
        meaning, phase = self._log.meaning(said.activity, said.lifecycle)
        id_ = _source_id(*said.key, again.times if again else 1)
        if not meaning.events or phase == "ignore":
            yield Collapsed(said.line, None, "the mapping ignores it")
        elif phase == "start":
            self._started[said.deal, said.activity].append(_Start(said, id_, meaning))
        elif phase == "planned":
            yield self._read(said, id_, meaning.plans)
        elif meaning.together:
            yield self._one_of_several(said, meaning.events, meaning.together)
        elif meaning.is_work:
            yield from self._ended(said, id_, meaning)
        else:
            yield self._read(said, id_, meaning.events)

    def rest(self) -> Iterator[Row]:
        """The activities that were started and have not ended."""
        starts = [start for starts in self._started.values() for start in starts]
        for said, id_, meaning in sorted(starts, key=lambda start: start.said.line):
            try:
                yield self._read(said, id_, meaning.events)
            except UnfitRow as unfit:
                yield Reject(said.line, str(unfit), said.raw)

    def _said(self, record: Record) -> _Said:
        if problem := record.problem_with(self._width):
            raise UnfitRow(problem)
        line, fields, raw, _ = record
        log = self._log
        occurred_at = self._moment(log.form.columns.time, _given(log.time(fields), "time"))
        recorded = log.recorded(fields)
        return _Said(
            line,
            fields,
            raw,
            _given(log.deal(fields), "deal"),
            _given(log.activity(fields), "activity"),
            log.lifecycle(fields),
            occurred_at,
            self._moment(log.form.columns.recorded or "", recorded) if recorded else occurred_at,
            log.actor(fields),
        )

    def _moment(self, column: str, text: str) -> datetime:
        log = self._log
        return parse_time(text, column, zone=log.zone, pattern=log.form.file.time_format)

    def _ended(self, said: _Said, id_: str, meaning: Meaning) -> Iterator[Row]:
        starts = self._started.get((said.deal, said.activity))
        start = starts[0] if starts else None
        if not starts or start is None or start.said.occurred_at > said.occurred_at:
            yield self._read(said, id_, meaning.events)
            return
        whole = said._replace(
            occurred_at=start.said.occurred_at, actor=said.actor or start.said.actor
        )
        minutes = round((said.occurred_at - whole.occurred_at).total_seconds() / 60)
        read = self._read(whole, start.source_id, meaning.events, duration_minutes=minutes)
        starts.popleft()
        if not starts:
            del self._started[said.deal, said.activity]
        yield Collapsed(start.said.line, said.line, "its end is that line")
        yield read

    def _one_of_several(self, said: _Said, sayings: Sequence[Saying], group: Together) -> Row:
        key = (said.deal, group.number)
        times, first, line = self._together.get(key, (0, said.occurred_at, 0))
        if line and abs(said.occurred_at - first) <= group.within:
            return Collapsed(said.line, line, "one event together with that line")
        id_ = _source_id(said.deal, f"together {group.number}", None, None, times + 1)
        read = self._read(said, id_, sayings)
        self._together[key] = (times + 1, said.occurred_at, said.line)
        return read

    def _read(
        self,
        said: _Said,
        id_: str,
        sayings: Sequence[Saying],
        *,
        duration_minutes: int | None = None,
    ) -> Row:
        ahead = self._line_ahead(said, sayings)
        owner = self._new_owner(said)
        events = []
        for number, saying in enumerate(sayings, 1):
            if ahead and saying.rank is not None:
                continue
            envelope = self._envelope(said, id_ if number == 1 else f"{id_}:{number}")
            if saying.kind == "opened" and owner:
                envelope["owner"] = owner
            if saying.kind == "activity" and duration_minutes is not None:
                envelope["duration_minutes"] = duration_minutes
            events.append(saying.make(said.fields, envelope))
        if ahead and not events:
            return Collapsed(said.line, ahead, "at that moment the deal was further already")
        if owner and sayings[0].kind != "opened":
            events.append(self._owner_changed(said, f"{id_}:owner", owner))
        self._remember(said, sayings, owner)
        return Read(said.line, tuple(events))

    def _envelope(self, said: _Said, source_id: str) -> dict[str, Any]:
        return {
            "crm": self._log.form.crm,
            "subject_id": said.deal,
            "occurred_at": said.occurred_at,
            "recorded_at": said.recorded_at,
            "source_id": source_id,
            "actor": said.actor,
        }

    def _line_ahead(self, said: _Said, sayings: Sequence[Saying]) -> int | None:
        """The line that moved the deal, at the same moment, beyond the stage of this one."""
        moment, rank, line = self._moves.get(said.deal, (None, 0, 0))
        if moment != said.occurred_at:
            return None
        return line if any(s.rank is not None and s.rank < rank for s in sayings) else None

    def _new_owner(self, said: _Said) -> str | None:
        rule = self._log.form.owner
        if rule is None or (rule.activities and said.activity not in rule.activities):
            return None
        person = self._log.owner(said.fields)
        if person is None or person in rule.never or person == self._owners.get(said.deal):
            return None
        return person

    def _owner_changed(self, said: _Said, id_: str, owner: str) -> Event:
        change = {"from": self._owners.get(said.deal), "to": owner}
        return make_event("owner_changed", {**change, **self._envelope(said, id_)})

    def _remember(self, said: _Said, sayings: Sequence[Saying], owner: str | None) -> None:
        if owner:
            self._owners[said.deal] = owner
        ranks = [saying.rank for saying in sayings if saying.rank is not None]
        if ranks:
            self._moves[said.deal] = (said.occurred_at, max(ranks), said.line)


def _given(text: str | None, role: str) -> str:
    if text is None:
        raise UnfitRow(f"the {role} is empty")
    return text


def _source_id(
    deal: str, activity: str, lifecycle: str | None, moment: datetime | None, number: int
) -> str:
    at = moment.isoformat() if moment else ""
    key = "\x1f".join((deal, activity, lifecycle or "", at, str(number)))
    return blake2b(key.encode(), digest_size=12).hexdigest()
