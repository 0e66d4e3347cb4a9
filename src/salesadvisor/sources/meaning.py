"""What does each activity of an event log mean? A mapping, compiled for one file's columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import NamedTuple

from salesadvisor.domain.elements import KeyPath
from salesadvisor.domain.naming import did_you_mean
from salesadvisor.sources.lookup import Text
from salesadvisor.sources.mapping import STAGE_KEYS, EventLogForm, Mapping, Say
from salesadvisor.sources.rows import UnfitRow
from salesadvisor.sources.table import Maker, Table

_PLANNED_TOO = ("kind", "contact")  # what a plan has in common with the activity


class Saying(NamedTuple):
    """One event of a meaning; `rank` is that of the stage it moves the deal to, if it does."""

    kind: str
    make: Maker
    rank: int | None


class Together(NamedTuple):
    """The group of activities that are one event; `number` names it."""

    number: int
    within: timedelta


class Meaning(NamedTuple):
    """What an activity means: events when it completes, `plans` when it is scheduled.

    No events: the mapping ignores it. `is_work`: it has a start and an end.
    """

    events: Sequence[Saying]
    plans: Sequence[Saying] = ()
    together: Together | None = None

    @property
    def is_work(self) -> bool:
        return bool(self.plans)


class EventLog:
    """An event log's columns and meanings. Raises MappingError if the table lacks a column."""

    def __init__(self, mapping: Mapping, form: EventLogForm, table: Table) -> None:
        self.form = form
        self.zone = form.file.zone
        columns = form.columns
        self._table = table
        self.deal = table.text(columns.deal, ("columns", "deal"))
        self.time = table.text(columns.time, ("columns", "time"))
        self.activity = table.text(columns.activity, ("columns", "activity"))
        self.recorded = self._column("recorded", columns.recorded)
        self.lifecycle = self._column("lifecycle", columns.lifecycle)
        self.actor = self._column("actor", columns.actor)
        self.owner = self._column("owner", columns.owner) if columns.owner else self.actor
        self._phases = {
            name.casefold(): phase
            for phase in ("planned", "start", "complete", "ignore")
            for name in getattr(form.lifecycle, phase)
        }
        self._meanings = self._compiled()

    def meaning(self, activity: str, lifecycle: str | None) -> tuple[Meaning, str]:
        """What the activity means and its phase: planned, start, complete or ignore.

        A meaning for 'ACTIVITY+LIFECYCLE' goes before that for ACTIVITY. Raises UnfitRow.
        """
        if lifecycle is None:
            phase = "complete"
        elif exact := self._meanings.get(f"{activity}+{lifecycle}"):
            return exact, "complete"
        else:
            phase = self._phases.get(lifecycle.casefold(), "")
        meaning = self._meanings.get(activity)
        if meaning is None:
            cure = did_you_mean(activity, self._meanings)
            raise UnfitRow(f"unknown activity '{activity}'; declare it or 'ignore' it, or {cure}")
        if meaning.events and not (phase == "complete" or meaning.is_work):
            phase = "ignore" if phase == "ignore" else ""
        if not phase:
            cure = f"declare '{activity}+{lifecycle}', or name the lifecycle in 'lifecycle'"
            raise UnfitRow(f"'{activity}' has no meaning with lifecycle '{lifecycle}'; {cure}")
        return meaning, phase

    def _column(self, role: str, column: str | None) -> Text:
        """The column of a role; one that only the standard names may be missing."""
        at: KeyPath = ("columns", role)
        is_given = role in self.form.columns.model_fields_set
        if column is None:
            return lambda _: None
        return self._table.text(column, at, optional=not is_given)

    def _compiled(self) -> dict[str, Meaning]:
        meanings = {
            name: self._meaning(says, ("activities", name))
            for name, says in self.form.activities.items()
        }
        for number, group in enumerate(self.form.together):
            events = [self._saying(say, ("together", number, "as")) for say in group.as_]
            window = Together(number, timedelta(seconds=group.within_seconds))
            meanings |= dict.fromkeys(group.activities, Meaning(events, together=window))
        return meanings

    def _meaning(self, says: Iterable[Say], at: KeyPath) -> Meaning:
        says = tuple(says)
        plans = [_plan(say) for say in says if say.event == "activity"]
        return Meaning(
            [self._saying(say, at) for say in says], [self._saying(plan, at) for plan in plans]
        )

    def _saying(self, say: Say, at: KeyPath) -> Saying:
        stage = say.literals.get(STAGE_KEYS.get(say.event, ""))
        rank = None if stage is None else self.form.pipeline.stages.index(stage)
        return Saying(say.event, self._table.maker(say, at), rank)


def _plan(say: Say) -> Say:
    given = {**say.literals, **{key: cell.model_dump() for key, cell in say.cells.items()}}
    return Say.model_validate(
        {"event": "activity_planned", **{k: given[k] for k in _PLANNED_TOO if k in given}}
    )
