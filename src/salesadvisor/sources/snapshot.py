"""What does a snapshot say, one row a deal, under its mapping?

A deal was opened on one day with what was known then, and had an outcome on another. Its source ids
are `DEAL:opened`, `DEAL:stage` and `DEAL:closed`, so a later snapshot with a changed row becomes a
correction. A day without a time is its midnight; `opened` comes before the outcome of the same day.
A row that can't be placed in time (no opening date, an outcome without a closing date) is rejected.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from salesadvisor.domain.events import Event
from salesadvisor.domain.naming import did_you_mean
from salesadvisor.sources.duplicates import Ids
from salesadvisor.sources.lookup import Fields, Text
from salesadvisor.sources.mapping import Mapping, SnapshotForm
from salesadvisor.sources.rows import Collapsed, Read, Reject, Row, UnfitRow, make_event
from salesadvisor.sources.table import Maker, Table
from salesadvisor.sources.text import Record
from salesadvisor.sources.times import parse_time


class Snapshot:
    """A snapshot's columns and meanings. Raises MappingError if the table lacks a column."""

    def __init__(self, mapping: Mapping, form: SnapshotForm, table: Table) -> None:
        self._form = form
        self._table = table
        self._width = len(table.columns)
        self._deal = self._column("deal")
        self._outcome = self._column("outcome")
        self._stage = self._column("stage")
        self._open = table.maker(form.opened, ("opened",))
        self._outcomes: dict[str, Maker | None] = {
            name: table.maker(says[0], ("outcomes", name)) if says else None
            for name, says in form.outcomes.items()
        }
        self._times = {
            role: self._column(role) for role in ("opened", "closed", "recorded", "stage_entered")
        }

    def rows(self, records: Iterable[Record]) -> Iterator[Row]:
        """What became of each record."""
        ids = Ids()
        for record in records:
            try:
                yield self._row(record, ids)
            except UnfitRow as unfit:
                yield Reject(record.line, str(unfit), record.raw)

    def _row(self, record: Record, ids: Ids) -> Row:
        if problem := record.problem_with(self._width):
            raise UnfitRow(problem)
        line, fields, raw, _ = record
        deal = self._deal(fields)
        if deal is None:
            raise UnfitRow(f"{self._form.columns.deal}: is empty; every deal needs an id")
        if again := ids.see(deal, content=raw, line=line):
            if again.same_line:
                return Collapsed(line, again.same_line, "a copy of that line")
            raise UnfitRow(f"deal '{deal}' stands on line {again.line}; keep one row a deal")
        return Read(line, tuple(self._events(deal, fields)))

    def _events(self, deal: str, fields: Fields) -> list[Event]:
        opened_at = self._time("opened", fields)
        if opened_at is None:
            raise UnfitRow(f"no opening date in '{self._form.columns.opened}'; it can't be placed")
        recorded_at = self._time("recorded", fields)
        events = [self._open(fields, self._envelope(deal, "opened", opened_at, opened_at))]
        entered_at, stage = self._time("stage_entered", fields), self._stage(fields)
        outcome, closed_at = self._how_it_ended(fields, opened_at)
        if stage and entered_at and not outcome:
            envelope = self._envelope(deal, "stage", entered_at, recorded_at)
            events.append(make_event("stage_changed", {"to": stage, **envelope}))
        if outcome and closed_at:
            events.append(outcome(fields, self._envelope(deal, "closed", closed_at, recorded_at)))
        return events

    def _how_it_ended(
        self, fields: Fields, opened_at: datetime
    ) -> tuple[Maker | None, datetime | None]:
        columns = self._form.columns
        word = self._outcome(fields) or ""
        if word not in self._outcomes:
            cure = did_you_mean(word, self._outcomes)
            raise UnfitRow(f"{columns.outcome}: unknown outcome '{word}'; declare it, or {cure}")
        outcome = self._outcomes[word]
        if outcome is None:
            return None, None
        closed_at = self._time("closed", fields)
        if closed_at is None:
            raise UnfitRow(f"'{word}' without a date in '{columns.closed}'; add it")
        if closed_at < opened_at:
            days = (opened_at - closed_at).days
            raise UnfitRow(f"{columns.closed}: closed {days} days before it opened; correct it")
        return outcome, closed_at

    def _envelope(
        self, deal: str, fact: str, occurred_at: datetime, recorded_at: datetime | None
    ) -> dict[str, Any]:
        return {
            "crm": self._form.crm,
            "subject_id": deal,
            "occurred_at": occurred_at,
            "recorded_at": recorded_at or occurred_at,
            "source_id": f"{deal}:{fact}",
        }

    def _time(self, role: str, fields: Fields) -> datetime | None:
        text = self._times[role](fields)
        if text is None:
            return None
        form = self._form.file
        column = getattr(self._form.columns, role)
        return parse_time(text, column, zone=form.zone, pattern=form.time_format)

    def _column(self, role: str) -> Text:
        column = getattr(self._form.columns, role)
        return self._table.text(column, ("columns", role)) if column else lambda _: None
