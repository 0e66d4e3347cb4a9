"""Is this row new, known, or does it now say something else?

A source row is named by its CRM, the kind of its stream and its source id. Its content is the fact:
kind, subject, `occurred_at` and data. `recorded_at` is not part of it: a CRM that touches a record
without changing it (a migration, an export run) has told us nothing new. Of several rows of one
name in one import the last one counts, so that importing the same file again changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from hashlib import sha256
from operator import attrgetter

from salesadvisor.domain.events import Corrected, Event, event_data, event_payload
from salesadvisor.store.recorder import Key, SourceRow

_LONGEST_SOURCE_ID = 400


@dataclass(frozen=True, slots=True)
class Conflict:
    """A row that was not stored: its source id already belongs to another subject."""

    event: Event
    belongs_to: str

    def __str__(self) -> str:
        return (
            f"source id '{self.event.source_id}' already belongs to {self.event.stream}"
            f" '{self.belongs_to}'"
        )


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of each row handed in; together the counts are all of them (`rows`).

    `superseded` rows said something else, but a later row of the same import and source id says
    what the store already holds. A row still waiting for the end of its import is in no count yet.
    """

    added: int = 0
    known: int = 0
    corrected: int = 0
    superseded: int = 0
    conflicts: tuple[Conflict, ...] = ()

    @property
    def stored(self) -> int:
        """How many events the store has gained."""
        return self.added + self.corrected

    @property
    def rows(self) -> int:
        return self.stored + self.known + self.superseded + len(self.conflicts)

    def __add__(self, other: Appended) -> Appended:
        return Appended(
            self.added + other.added,
            self.known + other.known,
            self.corrected + other.corrected,
            self.superseded + other.superseded,
            self.conflicts + other.conflicts,
        )


@dataclass(frozen=True, slots=True)
class Batch:
    """Events ready to be stored, as parallel columns."""

    events: Sequence[Event]
    kinds: list[str]
    keys: list[Key]
    subjects: list[str]
    known_ats: list[datetime]
    states: list[bytes]
    contents: list[bytes]

    def __len__(self) -> int:
        return len(self.events)

    def only(self, places: Sequence[int]) -> Batch:
        if len(places) == len(self.events):
            return self
        columns = (getattr(self, column.name) for column in fields(self))
        return Batch(*([column[place] for place in places] for column in columns))


_named = attrgetter(
    "KIND", "stream", "crm", "subject_id", "source_id", "occurred_at", "recorded_at"
)


def batch_of(events: Sequence[Event]) -> Batch:
    """Encodes `events` and names their source rows and subjects."""
    batch = Batch(events, [], [], [], [], [], [])
    scope_of = ("", "")
    # One pass and one look at each event: of a large batch, none is in the processor's cache twice.
    for event in events:
        kind, stream, crm, subject_id, source_id, occurred_at, recorded_at = _named(event)
        state = event_payload(event)
        if scope_of != (stream, crm):
            scope_of, scope = (stream, crm), _scope(stream, crm)
        batch.kinds.append(kind)
        batch.keys.append(scope + source_id)
        batch.subjects.append(scope + subject_id)
        batch.known_ats.append(occurred_at if occurred_at > recorded_at else recorded_at)
        batch.states.append(state)
        batch.contents.append(content_of(kind, state))
    return batch


def key_of(event: Event) -> Key:
    return _scope(event.stream, event.crm) + event.source_id


def _scope(stream: str, crm: str) -> str:
    # With its length, since a CRM's name may hold any character: no two pairs read alike.
    return f"{stream}:{len(crm)}:{crm}:"


def content_of(kind: str, state: bytes) -> bytes:
    """128 bits of the fact in `state`: everything but when it was recorded.

    Equal hashes mean equal facts; different ones only ask to compare the events themselves, since
    '1000.0' and '1000.00', or two schema versions, are one fact.
    """
    # The first such key is the envelope's: inside a JSON text the quotes would be escaped.
    before, _, recorded = state.partition(b'"recorded_at":"')
    after = recorded[recorded.index(b'"') :]
    return sha256(kind.encode() + before + after).digest()[:16]


def same_fact(one: Event, other: Event) -> bool:
    return _fact(one) == _fact(other)


def _fact(event: Event) -> tuple[str, dict[str, object]]:
    fact = event.model_dump(exclude={"recorded_at", "source_id", "schema_version"})
    return event.KIND, {name: value for name, value in fact.items() if value is not None}


@dataclass(slots=True)
class Version:
    """The newest version of a source row: what it says, and since when that is known."""

    row: SourceRow
    reads: Event
    known_at: datetime


def newest_version(key: Key, row: SourceRow, stored: Event) -> Version:
    """The version that `stored`, the event at `row`'s position, gives the source row `key`."""
    reads: Event = stored
    if isinstance(stored, Corrected) and key_of(stored) != key:
        reads = stored.replacement()
    return Version(row, reads, stored.known_at)


Waiting = dict[Key, list[tuple[Event, bytes]]]
"""Changed rows of an import with their content hashes, by source row, in the file's order."""


@dataclass(slots=True)
class Sorted:
    """A batch sorted out: which places are fresh, which sources say the same in other bytes."""

    fresh: list[int] = field(default_factory=list)
    outcome: Appended = field(default_factory=Appended)
    rewritten: dict[Key, SourceRow] = field(default_factory=dict)


def sort_out(
    batch: Batch, known: dict[Key, SourceRow], doubtful: dict[Key, Version], waiting: Waiting
) -> Sorted:
    """Which rows of `batch` are fresh; changed ones are put into `waiting`.

    `known` holds what the store knows of the batch's keys, `doubtful` the versions of those whose
    content hash differs. Fresh rows join `known`, as rows of the same batch can repeat them.
    """
    result = Sorted()
    if not known and len(set(batch.keys)) == len(batch):
        return Sorted(list(range(len(batch))), Appended(added=len(batch)))
    same = superseded = 0
    conflicts = []
    fresh_events: dict[Key, Event] = {}
    for place, (key, content) in enumerate(zip(batch.keys, batch.contents, strict=True)):
        event = batch.events[place]
        row = known.get(key)
        if row is None:
            known[key] = SourceRow(content, 0, 0)
            fresh_events[key] = event
            result.fresh.append(place)
            continue
        if row.content != content:
            reads = fresh_events[key] if key in fresh_events else doubtful[key].reads
            if reads.subject_id != event.subject_id:
                conflicts.append(Conflict(event, reads.subject_id))
                continue
            if not same_fact(reads, event):
                waiting.setdefault(key, []).append((event, content))
                continue
            if key not in fresh_events:
                result.rewritten[key] = row._replace(content=content)
        same += 1
        if waiting:
            corrected = corrected_before(event)
            settled = {key, corrected[0]} if corrected else {key}
            superseded += sum(len(waiting.pop(name, ())) for name in settled)
    result.outcome = Appended(
        added=len(result.fresh), known=same, superseded=superseded, conflicts=tuple(conflicts)
    )
    return result


@dataclass(frozen=True, slots=True)
class Correction:
    """An event that corrects the source row `key`, whose content is then `content`."""

    key: Key
    event: Event
    content: bytes
    number: int


def corrections_of(
    waiting: Waiting, versions: dict[Key, Version], learned_at: datetime
) -> list[Correction]:
    """A correction for each waiting row that says something else than the version before it."""
    made = []
    for key, rows in waiting.items():
        version = versions[key]
        reads, known_at, number = version.reads, version.known_at, version.row.corrections
        for event, content in rows:
            if same_fact(reads, event):
                continue
            number += 1
            at = event.recorded_at
            # Never before what is known already: an answer as of an earlier day must not change.
            recorded_at = at if at > known_at else max(learned_at, known_at)
            correction = _correction(
                event, recorded_at, _derived_id(event.source_id, number, content)
            )
            made.append(Correction(key, correction, content, number))
            reads, known_at = event, correction.known_at
    return made


def _correction(event: Event, recorded_at: datetime, source_id: str) -> Event:
    if event.stream != "deal":
        # The newest account and strategy facts count as they are: they are stated anew.
        return event.model_copy(update={"recorded_at": recorded_at, "source_id": source_id})
    fact = event_data(event)
    if event.schema_version != 1:
        fact["schema_version"] = event.schema_version
    return Corrected(
        subject_id=event.subject_id,
        crm=event.crm,
        occurred_at=recorded_at,
        recorded_at=recorded_at,
        source_id=source_id,
        corrects=event.source_id,
        event=event.KIND,
        fact=fact,
        fact_occurred_at=event.occurred_at,
    )


def corrected_before(event: Event) -> tuple[Key, int] | None:
    """The source row that a store has corrected by this event, and for the how-manieth time.

    None for any other event. A file that was exported from a store brings its corrections along.
    """
    if not isinstance(event, Corrected) or not event.source_id.startswith(f"{event.corrects}~"):
        return None
    number = event.source_id.removeprefix(f"{event.corrects}~").partition("-")[0]
    if not number.isdecimal() or len(number) > 9:
        return None
    return _scope(event.stream, event.crm) + event.corrects, int(number)


def _derived_id(source_id: str, number: int, content: bytes) -> str:
    """Another id a correction: the same content can come back after another one."""
    if len(source_id) > _LONGEST_SOURCE_ID:
        digest = sha256(source_id.encode()).hexdigest()[:16]
        source_id = f"{source_id[:_LONGEST_SOURCE_ID]}~{digest}"
    return f"{source_id}~{number}-{content.hex()[:12]}"
