"""What counts of a deal's history as of a moment? The oracle of the fold: lists of events.

It reads domain events, not rows of the log, and shares with the product only their models and the
strategy. Nothing here is quick.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from salesadvisor.domain.events import (
    AccountProfiled,
    Cancelled,
    Corrected,
    Event,
    Lost,
    NoDecision,
    Opened,
    Reopened,
    Retracted,
    Voided,
    Won,
    minor_units,
)
from salesadvisor.domain.strategy import Strategy

CLOSINGS = (Won, Lost, NoDecision, Cancelled, Voided)


class Numbered(NamedTuple):
    """An event, its place in the store, and the key of its subject."""

    position: int
    event: Event
    subject: str


class Fact(NamedTuple):
    """An event that counts. `delay` in seconds; None where a correction restated it."""

    event: Event
    occurred: int
    delay: int | None


@dataclass(frozen=True)
class Story:
    """A deal as of a moment.

    `chapters` hold the facts that the deal took in: each ends with a closing, or is the present
    one. `seen` also has those that came while it was closed.
    """

    seen: tuple[Fact, ...]
    chapters: tuple[tuple[Fact, ...], ...]
    status: str
    cycle: int
    openings: tuple[Fact, ...]

    @property
    def is_open(self) -> bool:
        return self.status == "open"

    @property
    def endings(self) -> list[Fact]:
        """The facts that closed it, each the last of its chapter."""
        ended = self.chapters[:-1] if self.status in ("not opened", "open") else self.chapters
        return [chapter[-1] for chapter in ended]

    @property
    def kept(self) -> list[Fact]:
        return [fact for chapter in self.chapters for fact in chapter]

    def kept_of(self, *models: type[Event]) -> list[Fact]:
        return [fact for fact in self.kept if isinstance(fact.event, models)]


def second(at: datetime) -> int:
    """Whole seconds since 1970."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)


def numbered(events: Iterable[Event]) -> list[Numbered]:
    return [
        Numbered(place, event, event.subject_key) for place, event in enumerate(events, start=1)
    ]


def story(events: Sequence[Numbered], deal: str, as_of: datetime) -> Story:
    """The deal whose key is `deal`, from all events of a store."""
    return told(facts_known(events, deal, as_of))


def told(seen: Sequence[Fact]) -> Story:
    """A story from facts in the order in which they became known."""
    chapters: list[list[Fact]] = [[]]
    openings: list[Fact] = []
    status = "not opened"
    for fact in seen:
        event = fact.event
        if status not in ("not opened", "open"):
            if not isinstance(event, Reopened):
                status = "voided" if isinstance(event, Voided) else status
                continue
            if status != "voided":
                status = "open"
                openings.append(fact)
                chapters.append([])
        elif status == "not opened" and isinstance(event, Opened):
            status = "open"
            openings.append(fact)
        elif status == "open" and isinstance(event, CLOSINGS):
            status = event.KIND
        chapters[-1].append(fact)
    return Story(tuple(seen), tuple(map(tuple, chapters)), status, len(openings), tuple(openings))


def facts_known(events: Sequence[Numbered], deal: str, as_of: datetime) -> list[Fact]:
    """The deal's facts known before `as_of`, in the order in which they became known.

    A correction puts its content where the corrected event stands, a retraction removes it; the
    last of them speaks. What is known of the deal's account comes along.
    """
    own = known_of(events, deal, as_of)
    found = [(one, fact) for one in own if (fact := _as_corrected(one, own, as_of)) is not None]
    accounts = {fact.event.account for _, fact in found if isinstance(fact.event, Opened)}
    found += [
        (one, Fact(one.event, second(one.event.occurred_at), None))
        for one in events
        if one.subject in accounts
        and isinstance(one.event, AccountProfiled)
        and one.event.known_at < as_of
    ]
    found.sort(key=lambda pair: (pair[0].event.known_at, pair[0].position))
    return [fact for _, fact in found]


def known_of(events: Sequence[Numbered], deal: str, as_of: datetime) -> list[Numbered]:
    """The deal's events known before `as_of`, in the order in which they became known."""
    own = [one for one in events if one.subject == deal and one.event.STREAM == "deal"]
    known = [one for one in own if one.event.known_at < as_of]
    return sorted(known, key=lambda one: (one.event.known_at, one.position))


def _as_corrected(one: Numbered, own: Sequence[Numbered], as_of: datetime) -> Fact | None:
    event = one.event
    if isinstance(event, Corrected | Retracted):
        return None
    speaking = [
        other.event
        for other in own
        if _means(other, one) and not any(_takes_back(third, other) for third in own)
    ]
    if not speaking:
        delay = (event.recorded_at - event.occurred_at) // timedelta(seconds=1)
        return Fact(event, second(event.occurred_at), delay)
    last = speaking[-1]
    if not isinstance(last, Corrected):
        return None
    fact = last.replacement()
    return Fact(fact, second(fact.occurred_at), None) if fact.known_at < as_of else None


def _takes_back(marker: Numbered, one: Numbered) -> bool:
    return isinstance(marker.event, Retracted) and _means(marker, one)


def _means(marker: Numbered, one: Numbered) -> bool:
    event = marker.event
    if marker.position < one.position:
        return False
    if isinstance(event, Corrected):
        return event.corrects == one.event.source_id
    return isinstance(event, Retracted) and event.retracts == one.event.source_id


def in_time(facts: Iterable[Fact]) -> list[Fact]:
    """Without the late ones: those that happened before one that was already known."""
    taken: list[Fact] = []
    for fact in facts:
        if not taken or fact.occurred >= taken[-1].occurred:
            taken.append(fact)
    return taken


def pipeline_of(seen: Iterable[Fact], strategy: Strategy) -> str | None:
    """The pipeline of the deal's first opening."""
    names = [pipeline.name for pipeline in strategy.process.pipelines]
    for fact in seen:
        if isinstance(fact.event, Opened):
            same = [name for name in names if same_word(name, fact.event.pipeline)]
            return same[0] if same else names[0] if len(names) == 1 else None
    return None


def same_word(a: str, b: str) -> bool:
    return a.strip().casefold() == b.strip().casefold()


def first_amounts(events: Sequence[Numbered], as_of: datetime, currency: str) -> list[int]:
    """The first amount known of each deal that has one."""
    found = []
    for deal in deals_in(events):
        it = story(events, deal, as_of)
        amounts = [
            amount
            for fact in it.kept
            if not isinstance(fact.event, Opened) or fact is it.openings[0]
            if (amount := amount_in(fact.event, currency)) is not None
        ]
        found += amounts[:1]
    return found


def amount_in(event: Event, currency: str) -> int | None:
    """The amount that an opening or a change of the amount states, in minor units."""
    if event.KIND not in ("opened", "amount_changed"):
        return None
    amount = event.amount if isinstance(event, Opened) else getattr(event, "to")  # noqa: B009
    return money(amount, getattr(event, "currency", None), currency)


def money(amount: object, named: str | None, currency: str) -> int | None:
    if amount is None or (named is not None and named.upper() != currency):
        return None
    return minor_units(amount, currency)  # type: ignore[arg-type]


def deals_in(events: Sequence[Numbered]) -> list[str]:
    return list(dict.fromkeys(one.subject for one in events if one.event.STREAM == "deal"))
