"""What is missing, counted twice or out of scale? Fields of deals and their activities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from salesadvisor.domain import state
from salesadvisor.domain.history import UNRESOLVED_REF
from salesadvisor.domain.state import UNKNOWN
from salesadvisor.log.columns import NO_DAY
from salesadvisor.study.doctor.facts import Facts, example_in, moment
from salesadvisor.study.doctor.finding import Hit

_MINUTE_US = 60_000_000
_OUTLYING = 100  # times the median
_KINDS = ("call", "email", "meeting", "demo", "task", "other")
_DIRECTIONS = {state.OUTBOUND: " out", state.INBOUND: " in"}


def field_faults(facts: Facts) -> Iterator[Hit]:
    """What deals, amounts and activities lack or say twice."""
    yield from _missing_of_deals(facts)
    yield from _amounts(facts)
    yield from _activities(facts)
    yield from _contacts(facts)
    yield _lost_corrections(facts)


def _missing_of_deals(facts: Facts) -> Iterator[Hit]:
    columns, opened = facts.columns, facts.opened_deals
    opening = facts.opening[opened]
    without_owner = opened[columns["who"][opening] < 0]
    yield _missing(facts, "missing_owner", without_owner, state.OWNER, columns["who"] >= 0)
    without_amount = opened[columns["value"][opening] == UNKNOWN]
    yield _missing(
        facts, "missing_amount", without_amount, state.AMOUNT, columns["value"] != UNKNOWN
    )
    dated = facts.has_any(facts.of_kind(state.CLOSE_DATE))[opened]
    undated = opened[(columns["due"][opening] == NO_DAY) & ~dated]
    yield facts.deal_hit("missing_close_date", undated, len(opened), lambda row: "no close date")
    accounts = facts.has_any(np.flatnonzero(columns["kind"] == state.ACCOUNT))[opened]
    yield facts.deal_hit(
        "missing_account", opened[~accounts], len(opened), lambda row: "no account"
    )
    described = (columns["kind"] == state.ATTRIBUTE) & (columns["who"] < 0)
    attributed = facts.has_any(np.flatnonzero(described))[opened]
    if facts.strategy.attributes:
        yield facts.deal_hit(
            "missing_attributes", opened[~attributed], len(opened), lambda row: "no attribute"
        )


def _missing(facts: Facts, code: str, deals: Any, later: int, says_it: Any) -> Hit:
    """A field that the opening lacks; a later event of kind `later` may have filled it."""
    filled = facts.has_any(np.flatnonzero((facts.columns["kind"] == later) & says_it))
    never = int((~filled[deals]).sum())
    detail = f"{never:,} of them never got one." if len(deals) else ""
    name = code.removeprefix("missing_")
    hit = facts.deal_hit(
        code, deals, len(facts.opened_deals), lambda row: f"opened without an {name}", detail
    )
    return replace(hit, harmful=never)


def _amounts(facts: Facts) -> Iterator[Hit]:
    columns = facts.columns
    rows = facts.of_kind(state.OPENED, state.AMOUNT, state.WON)
    rows = rows[columns["value"][rows] != UNKNOWN]
    value, currency = columns["value"][rows], columns["extra"][rows]
    foreign = (currency >= 0) & (facts.tables.own_currency[np.maximum(currency, 0)] != 1)

    def told(row: int) -> str:
        label = columns["extra"][row]
        return f"{int(columns['value'][row]) / 100:,.0f}" + (
            f" {facts.label(int(label))}" if label >= 0 else ""
        )

    which = Counter(facts.label(int(code)) for code in currency[foreign])
    listed = ", ".join(f"{name} {count:,}" for name, count in which.most_common(5))
    yield facts.hit("other_currency", rows[foreign], len(rows), told, listed)
    yield facts.hit("zero_amount", rows[value == 0], len(rows), told)
    usual = value[~foreign & (value > 0)]
    median = int(np.median(usual)) if len(usual) else 1
    far = ~foreign & (value > 0) & ((value > median * _OUTLYING) | (value * _OUTLYING < median))
    detail = f"The median is {median / 100:,.0f}." if far.any() else ""
    yield facts.hit("outlying_amount", rows[far], len(rows), told, detail)


def _activities(facts: Facts) -> Iterator[Hit]:
    columns = facts.columns
    rows = facts.of_kind(state.ACTIVITY)
    twice, first_of = _repeated(facts, rows)
    yield facts.hit(
        "logged_twice", twice, len(rows),
        lambda row: f"{_activity(facts, row)} as event {columns['position'][first_of[row]]}",
    )  # fmt: skip
    idle = facts.opened_deals[~facts.has_any(rows)[facts.opened_deals]]
    yield facts.deal_hit("no_activities", idle, len(facts.opened_deals), lambda row: "no activity")
    kind = columns["word"][rows]
    talks = rows[(kind == state.CALL) | (kind == state.EMAIL)]
    yield facts.hit(
        "no_direction", talks[columns["other"][talks] < 0], len(talks),
        lambda row: f"{_activity(facts, row)} without direction",
    )  # fmt: skip
    people = rows[kind <= state.DEMO]
    yield facts.hit(
        "no_contact", people[columns["who"][people] < 0], len(people),
        lambda row: f"{_activity(facts, row)} without contact",
    )  # fmt: skip


def _repeated(facts: Facts, rows: Any) -> tuple[Any, dict[int, int]]:
    """Activities of the same deal, kind, direction, contact and minute as an earlier row."""
    columns = facts.columns
    parts = [columns[name][rows].astype(np.uint64) for name in ("deal", "word", "other", "who")]
    parts.append((columns["occurred_us"][rows] // _MINUTE_US).astype(np.uint64))
    key = np.zeros(len(rows), np.uint64)
    for part in parts:
        key = (key ^ part) * np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(29)
    order = np.argsort(key, kind="stable")
    same = np.ones(max(len(rows) - 1, 0), np.bool_)
    for part in parts:
        same &= part[order][1:] == part[order][:-1]
    later, earlier = rows[order[1:][same]], rows[order[:-1][same]]
    first_of = dict(zip(later.tolist(), earlier.tolist(), strict=True))
    return np.sort(later), first_of


def _activity(facts: Facts, row: int) -> str:
    columns = facts.columns
    direction = _DIRECTIONS.get(int(columns["other"][row]), "")
    at = moment(int(columns["occurred_us"][row]))
    return f"{_KINDS[int(columns['word'][row])]}{direction} of {at:%Y-%m-%d %H:%M}"


def _contacts(facts: Facts) -> Iterator[Hit]:
    """Contacts by deal: those an activity names, against those added with a role."""
    columns = facts.columns
    name_count = np.int64(max(len(facts.log.words.names), 1))
    pair = columns["deal"].astype(np.int64) * name_count + columns["who"]
    met = facts.of_kind(state.ACTIVITY)
    met = met[columns["who"][met] >= 0]
    added = facts.of_kind(state.CONTACT)
    pairs, first = np.unique(pair[met], return_index=True)
    with_role = np.unique(pair[added[columns["word"][added] >= 0]])
    unknown = met[first[~np.isin(pairs, with_role, assume_unique=True)]]
    yield facts.hit(
        "contact_without_role", unknown, len(pairs),
        lambda row: f"{facts.name(int(columns['who'][row]))} has no role",
    )  # fmt: skip


def _lost_corrections(facts: Facts) -> Hit:
    columns = facts.log.columns
    markers = np.flatnonzero(np.isin(columns["kind"], (state.CORRECTED, state.RETRACTED)))
    lost = markers[columns["ref"][markers] == UNRESOLVED_REF]
    examples = tuple(
        example_in(facts.log, columns, int(row), "means an event that is not there")
        for row in lost[:3]
    )
    return Hit("lost_correction", len(lost), len(markers), examples)
