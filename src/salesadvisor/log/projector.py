"""Which rows of the log does an event make?

kind         word           other           who        extra      value             due
OPENED       stage          pipeline        owner      currency   amount            close day
STAGE        to
AMOUNT, WON                                            currency   amount
CLOSE_DATE                                                                          to
OWNER                                       to
ACTIVITY     kind (code)    direction       contact               minutes
PLANNED      kind (code)                    contact                                 day
NEXT_STEP                                                                           day
CONTACT      role                           contact
CRITERION, CLAIM, TOPIC     word = which
QUOTE                                                  currency   amount
DISCOUNT                                                          basis points
COMPETITOR                  1 if incumbent  competitor
OBJECTION_*                                 objection
FORECAST     category (code)
LOST, NO_DECISION, CANCELLED, VOIDED        word = reason
REOPENED     stage
ATTRIBUTE    name           value (label)                         value (number)
ACCOUNT                                     account
CORRECTED, RETRACTED                                              ref = position of the event meant

Rows with `sub` > 0 are derived from the event of the same position. The rows of a correction's new
content follow its marker and carry the same `ref`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import orjson

from salesadvisor.domain import state
from salesadvisor.domain.events import (
    DEFAULT_CRM,
    AccountProfiled,
    minor_units,
    subject_key,
    upcast,
)
from salesadvisor.domain.history import NO_REF, UNRESOLVED_REF
from salesadvisor.domain.rules import LARGEST
from salesadvisor.domain.signals import FORECAST_CATEGORIES
from salesadvisor.domain.state import UNKNOWN
from salesadvisor.log.columns import (
    ACCOUNT_ROWS,
    COLUMN_NAMES,
    COLUMN_TYPES,
    NO_DAY,
    UNKNOWN_CODE,
    Words,
)

Payload = Mapping[str, Any]
PositionOf = Callable[[str, str, str], int | None]
"""Where the event of a CRM, a deal and a source id is stored."""

_ALWAYS = -(1 << 62)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.date().toordinal()
_ACTIVITY_KINDS = {"call": 0, "email": 1, "meeting": 2, "demo": 3, "task": 4, "other": 5}
_DIRECTIONS = {"out": state.OUTBOUND, "in": state.INBOUND}
_CATEGORIES = {name: code for code, name in enumerate(FORECAST_CATEGORIES)}


class _Row(NamedTuple):
    """What one row says besides when and of whom."""

    kind: int
    word: int = UNKNOWN_CODE
    other: int = UNKNOWN_CODE
    who: int = UNKNOWN_CODE
    extra: int = UNKNOWN_CODE
    value: int = UNKNOWN
    due: int = NO_DAY


class Stored(NamedTuple):
    """One event as the store hands it over: its position, kind and JSON."""

    position: int
    kind: str
    payload: bytes


class Projector:
    """Turns stored events into rows of the log, in the order of their positions.

    `position_of(crm, deal, source_id)` finds the event that a correction means. What is known of
    accounts is copied into the rows of each of their deals, so that a deal's rows hold all it
    needs.
    """

    def __init__(self, words: Words, position_of: PositionOf) -> None:
        self._words = words
        self._position_of = position_of
        self._profiles: dict[int, list[tuple[Any, ...]]] = {}
        self._deals_of: dict[int, dict[int, int]] = {}
        self._rows: list[tuple[Any, ...]] = []

    def remember_account(self, account: int, row: tuple[Any, ...]) -> None:
        """A profile row of an account that an earlier run projected."""
        self._profiles.setdefault(account, []).append(row)

    def remember_deal_of(self, account: int, deal: int, row: tuple[Any, ...]) -> None:
        """A row that says whose deal it is, in position order; as an earlier run projected it."""
        self._deals_of.setdefault(account, {}).setdefault(deal, _adopted_from(row))

    def project(self, events: Iterable[Stored]) -> dict[str, np.ndarray[Any, Any]]:
        """The rows of `events` as columns, in position order."""
        self._rows = []
        for event in events:
            self._project_one(event)
        columns = zip(*self._rows, strict=True) if self._rows else [()] * len(COLUMN_NAMES)
        return {
            name: np.array(column, dtype=COLUMN_TYPES[name])
            for name, column in zip(COLUMN_NAMES, columns, strict=True)
        }

    def _project_one(self, event: Stored) -> None:
        fields = upcast(event.kind, orjson.loads(event.payload))
        crm = fields.get("crm", DEFAULT_CRM)
        subject = subject_key(crm, fields["subject_id"])
        times = (_microseconds(fields["recorded_at"]), _microseconds(fields["occurred_at"]))
        if event.kind == AccountProfiled.KIND:
            self._profile_account(event.position, subject, times, fields)
        elif event.kind == "corrected" and fields["event"] == AccountProfiled.KIND:
            self._profile_account(event.position, subject, times, fields["fact"])
        elif event.kind in _ROWS_OF:
            self._project_deal(event, crm, self._words.deals.code(subject), times, fields)

    def _project_deal(
        self, event: Stored, crm: str, deal: int, times: tuple[int, int], fields: Payload
    ) -> None:
        ref = NO_REF
        rows = _ROWS_OF[event.kind](fields, self._words)
        if event.kind in ("corrected", "retracted"):
            meant = fields["corrects" if event.kind == "corrected" else "retracts"]
            found = self._position_of(crm, fields["subject_id"], meant)
            # Only what came before: the rows must not depend on how far the store was read.
            ref = found if found is not None and found < event.position else UNRESOLVED_REF
        for sub, row in enumerate(rows):
            if event.kind == "corrected" and sub == 1:
                # New content is never known before its correction.
                times = (max(times), _microseconds(fields["fact_occurred_at"]))
            self._emit(event.position, sub, deal, times, row, ref)
            if row.kind == state.ACCOUNT:
                self._adopt_profile(deal, row.who, _adopted_from(self._rows[-1]))

    def _adopt_profile(self, deal: int, account: int, adopted_us: int) -> None:
        """Copy what is known of the account into a deal that turns out to be one of its deals."""
        deals = self._deals_of.setdefault(account, {})
        if deal not in deals:
            deals[deal] = adopted_us
            for position, sub, _, recorded_us, *rest in self._profiles.get(account, ()):
                self._rows.append((position, sub, deal, max(recorded_us, adopted_us), *rest))

    def _profile_account(
        self, position: int, subject: str, times: tuple[int, int], fields: Payload
    ) -> None:
        account = self._words.names.code(subject)
        for sub, row in enumerate(_attributes(fields, self._words), start=1):
            described = row._replace(who=account)
            self._emit(position, sub, ACCOUNT_ROWS, times, described, NO_REF)
            self._profiles.setdefault(account, []).append(self._rows[-1])
            for deal, adopted_us in sorted(self._deals_of.get(account, {}).items()):
                recorded_us = max(times[0], adopted_us)
                self._emit(position, sub, deal, (recorded_us, times[1]), described, NO_REF)

    def _emit(
        self, position: int, sub: int, deal: int, times: tuple[int, int], row: _Row, ref: int
    ) -> None:
        self._rows.append((position, sub, deal, *times, *row, ref))


def _adopted_from(row: tuple[Any, ...]) -> int:
    """From when a deal may know the profile of the account that `row` names.

    Before its opening a deal has no signals; but a correction must not show its account earlier.
    """
    said = dict(zip(COLUMN_NAMES, row, strict=True))
    return _ALWAYS if said["ref"] == NO_REF else max(said["recorded_us"], said["occurred_us"])


def _microseconds(moment: str) -> int:
    passed = datetime.fromisoformat(moment) - _EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds


def _day(text: str | None) -> int:
    return NO_DAY if text is None else date.fromisoformat(text).toordinal() - _EPOCH_DAY


def _minor(fields: Payload, key: str) -> int:
    amount = fields.get(key)
    if amount is None:
        return UNKNOWN
    return _held(minor_units(Decimal(amount), fields.get("currency")))


def _held(number: int) -> int:
    """`number`, or UNKNOWN where it is too large to count with exactly."""
    return number if abs(number) <= LARGEST else UNKNOWN


def _currency(fields: Payload, words: Words) -> int:
    currency = fields.get("currency")
    return words.labels.code(currency.upper() if currency else None)


def _opened(fields: Payload, words: Words) -> Iterator[_Row]:
    yield _Row(
        state.OPENED,
        word=words.labels.code(fields.get("stage")),
        other=words.labels.code(fields.get("pipeline", "default")),
        who=words.names.code(fields.get("owner")),
        extra=_currency(fields, words),
        value=_minor(fields, "amount"),
        due=_day(fields.get("close_date")),
    )
    if fields.get("account") is not None:
        account = subject_key(fields.get("crm", DEFAULT_CRM), fields["account"])
        yield _Row(state.ACCOUNT, who=words.names.code(account))
    yield from _attributes(fields, words)


def _attributes(fields: Payload, words: Words) -> Iterator[_Row]:
    for name, value in fields.get("attributes", {}).items():
        label, number = UNKNOWN_CODE, UNKNOWN
        if isinstance(value, bool):
            label = words.labels.code("yes" if value else "no")
        elif isinstance(value, int | float):
            number = _held(round(value))
            label = words.labels.code(str(value))
        elif value is not None:
            label = words.labels.code(value)
        yield _Row(state.ATTRIBUTE, words.labels.code(name), label, value=number)


def _attribute_changed(fields: Payload, words: Words) -> Iterator[_Row]:
    yield from _attributes({"attributes": {fields["name"]: fields.get("to")}}, words)


def _activity(fields: Payload, words: Words) -> Iterator[_Row]:
    minutes = fields.get("duration_minutes")
    yield _Row(
        state.ACTIVITY,
        word=_ACTIVITY_KINDS[fields["kind"]],
        other=_DIRECTIONS.get(fields.get("direction", ""), UNKNOWN_CODE),
        who=words.names.code(fields.get("contact")),
        value=UNKNOWN if minutes is None else _held(minutes),
    )
    for topic in fields.get("topics", ()):
        yield _Row(state.TOPIC, word=words.labels.code(topic))


def _corrected(fields: Payload, words: Words) -> Iterator[_Row]:
    yield _Row(state.CORRECTED)
    rows = _ROWS_OF.get(fields["event"])
    if rows is not None and fields["event"] not in ("corrected", "retracted"):
        yield from rows({**fields["fact"], "crm": fields.get("crm", DEFAULT_CRM)}, words)


def _money(kind: int, key: str) -> Callable[[Payload, Words], Iterator[_Row]]:
    def rows(fields: Payload, words: Words) -> Iterator[_Row]:
        yield _Row(kind, extra=_currency(fields, words), value=_minor(fields, key))

    return rows


def _label(kind: int, key: str) -> Callable[[Payload, Words], Iterator[_Row]]:
    def rows(fields: Payload, words: Words) -> Iterator[_Row]:
        yield _Row(kind, word=words.labels.code(fields.get(key)))

    return rows


def _name(kind: int, key: str) -> Callable[[Payload, Words], Iterator[_Row]]:
    def rows(fields: Payload, words: Words) -> Iterator[_Row]:
        yield _Row(kind, who=words.names.code(fields.get(key)))

    return rows


def _date(kind: int, key: str) -> Callable[[Payload, Words], Iterator[_Row]]:
    def rows(fields: Payload, words: Words) -> Iterator[_Row]:
        yield _Row(kind, due=_day(fields.get(key)))

    return rows


def _planned(fields: Payload, words: Words) -> Iterator[_Row]:
    contact = words.names.code(fields.get("contact"))
    kind = _ACTIVITY_KINDS[fields["kind"]]
    yield _Row(state.PLANNED, word=kind, who=contact, due=_day(fields.get("due")))


def _contact(fields: Payload, words: Words) -> Iterator[_Row]:
    role = words.labels.code(fields.get("role"))
    yield _Row(state.CONTACT, word=role, who=words.names.code(fields["contact"]))


def _discount(fields: Payload, words: Words) -> Iterator[_Row]:
    yield _Row(state.DISCOUNT, value=round(Decimal(fields["percent"]) * 100))


def _competitor(fields: Payload, words: Words) -> Iterator[_Row]:
    incumbent = 1 if fields.get("incumbent") else 0
    name = words.names.code(fields["competitor"])
    yield _Row(state.COMPETITOR, other=incumbent, who=name)


def _category(fields: Payload, words: Words) -> Iterator[_Row]:
    yield _Row(state.FORECAST, word=_CATEGORIES[fields["to"]])


def _retracted(fields: Payload, words: Words) -> Iterator[_Row]:
    yield _Row(state.RETRACTED)


# Event kinds that make rows; the others (advice, strategy) are read from the store itself.
_ROWS_OF: dict[str, Callable[[Payload, Words], Iterator[_Row]]] = {
    "opened": _opened,
    "stage_changed": _label(state.STAGE, "to"),
    "amount_changed": _money(state.AMOUNT, "to"),
    "close_date_changed": _date(state.CLOSE_DATE, "to"),
    "owner_changed": _name(state.OWNER, "to"),
    "activity": _activity,
    "activity_planned": _planned,
    "next_step_set": _date(state.NEXT_STEP, "due"),
    "contact_added": _contact,
    "criterion_met": _label(state.CRITERION, "criterion"),
    "quote_sent": _money(state.QUOTE, "amount"),
    "discount_offered": _discount,
    "competitor_identified": _competitor,
    "claim_presented": _label(state.CLAIM, "claim"),
    "objection_raised": _name(state.OBJECTION_RAISED, "objection"),
    "objection_answered": _name(state.OBJECTION_ANSWERED, "objection"),
    "forecast_category_set": _category,
    "attribute_changed": _attribute_changed,
    "won": _money(state.WON, "amount"),
    "lost": _label(state.LOST, "reason"),
    "no_decision": _label(state.NO_DECISION, "reason"),
    "cancelled": _label(state.CANCELLED, "reason"),
    "voided": _label(state.VOIDED, "reason"),
    "reopened": _label(state.REOPENED, "stage"),
    "corrected": _corrected,
    "retracted": _retracted,
}
PROJECTED_KINDS = frozenset(_ROWS_OF)
