"""What does a real CRM do to a clean history? Faults planted on purpose, and counted."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import orjson

from salesadvisor.sources.sample.chance import Draw, draws, pick
from salesadvisor.sources.sample.clock import DAY
from salesadvisor.sources.sample.journal import Fact
from salesadvisor.sources.sample.spec import SampleSpec

_STREAM = 3
_UNREADABLE_ROWS = 16
_OWN_SERIALS = 5_000
UNKNOWN_STAGES = ("Proposal Subm.", "BD meeting", "Negotiation", "On hold?")
CLOSES = frozenset({"won", "lost", "no_decision", "cancelled", "voided"})
_ByKind = dict[str, list[int]]


class Row(NamedTuple):
    """One line of a native event file; `data` is JSON text."""

    deal_id: str
    occurred_at: str
    recorded_at: str
    event: str
    source_id: str
    data: str


class Soiled(NamedTuple):
    """`planted` counts every fault by name.

    `unreadable` names the fault of the spoiled extra row that follows the fact at a position.
    """

    facts: list[Fact]
    planted: dict[str, int]
    unreadable: dict[int, str]


def soil(facts: list[Fact], spec: SampleSpec) -> Soiled:
    """The facts with faults in them, again in the order of recording."""
    draw = draws(spec.seed, _STREAM)
    by_kind: _ByKind = defaultdict(list)
    for index, fact in enumerate(facts):
        by_kind[fact[4]].append(index)
    dirty = list(facts)
    planted: dict[str, int] = {}
    for plant in (_relabel_stages, _empty_fields, _forget_reasons, _repeat, _precede, _outlive):
        planted |= plant(dirty, by_kind, draw)
    dirty.sort()
    places = _some(draw, range(len(dirty)), _UNREADABLE_ROWS)
    faults = list(SPOILS)
    unreadable = {at: faults[n % len(faults)] for n, at in enumerate(places)}
    return Soiled(dirty, planted, unreadable)


def _some(draw: Draw, items: Sequence[int], count: int) -> list[int]:
    chosen: dict[int, None] = {}
    while len(chosen) < min(count, len(items)):
        chosen[pick(draw, items)] = None
    return list(chosen)


def _share(items: Sequence[int], share: float) -> int:
    return max(1, round(share * len(items))) if items else 0


def _put(dirty: list[Fact], index: int, field: str, value: str) -> None:
    fact = dirty[index]
    data = orjson.loads(fact[5]) | {field: value}
    dirty[index] = (*fact[:5], orjson.dumps(data).decode())


def _drop(dirty: list[Fact], index: int, field: str) -> None:
    fact = dirty[index]
    data = orjson.loads(fact[5])
    del data[field]
    dirty[index] = (*fact[:5], orjson.dumps(data).decode())


def _relabel_stages(dirty: list[Fact], by_kind: _ByKind, draw: Draw) -> dict[str, int]:
    moves = by_kind["stage_changed"]
    unknown, mixed = _share(moves, 0.004), _share(moves, 0.012)
    chosen = _some(draw, moves, unknown + mixed)
    for index in chosen[:unknown]:
        _put(dirty, index, "to", pick(draw, UNKNOWN_STAGES))
    for index in chosen[unknown:]:
        _put(dirty, index, "to", orjson.loads(dirty[index][5])["to"].title())
    return {
        "stage_changes_to_an_unknown_stage": len(chosen[:unknown]),
        "stage_changes_with_mixed_case_label": len(chosen[unknown:]),
    }


def _empty_fields(dirty: list[Fact], by_kind: _ByKind, draw: Draw) -> dict[str, int]:
    opened = by_kind["opened"]
    shares = {"owner": 0.015, "amount": 0.020, "attributes": 0.010}
    planted = {}
    for name, share in shares.items():
        chosen = _some(draw, opened, _share(opened, share))
        for index in chosen:
            _drop(dirty, index, name)
        planted[f"opened_without_{name}"] = len(chosen)
    return planted


def _forget_reasons(dirty: list[Fact], by_kind: _ByKind, draw: Draw) -> dict[str, int]:
    lost = by_kind["lost"]
    chosen = _some(draw, lost, _share(lost, 0.05))
    for index in chosen:
        _drop(dirty, index, "reason")
    return {"lost_without_reason": len(chosen)}


def _repeat(dirty: list[Fact], by_kind: _ByKind, draw: Draw) -> dict[str, int]:
    activities = by_kind["activity"]
    same, twice = _share(activities, 0.006), _share(activities, 0.003)
    chosen = _some(draw, activities, same + twice)
    for index in chosen[:same]:
        dirty.append(dirty[index])
    for index in chosen[same:]:
        recorded, occurred, subject, serial, kind, data = dirty[index]
        dirty.append((recorded, occurred, subject, serial + _OWN_SERIALS, kind, data))
    return {
        "duplicated_rows": len(chosen[:same]),
        "activities_logged_twice_with_another_source_id": len(chosen[same:]),
    }


def _precede(dirty: list[Fact], by_kind: _ByKind, draw: Draw) -> dict[str, int]:
    first = dirty[0][1]
    late = [index for index in by_kind["opened"] if dirty[index][1] > first + 30 * DAY]
    chosen = _some(draw, late, _share(late, 0.010))
    for index in chosen:
        _, occurred, subject, _, _, data = dirty[index]
        before = occurred - DAY * (7 + 7 * int(2 * draw()))
        move = orjson.dumps({"from": "identified", "to": orjson.loads(data)["stage"]}).decode()
        dirty.append((before, before, subject, _OWN_SERIALS, "stage_changed", move))
    return {"stage_changes_before_the_deal_was_opened": len(chosen)}


def _outlive(dirty: list[Fact], by_kind: _ByKind, draw: Draw) -> dict[str, int]:
    reopened = {dirty[index][2] for index in by_kind["reopened"]}
    end = max(fact[0] for fact in dirty)
    closes = [
        index
        for kind in sorted(CLOSES)
        for index in by_kind[kind]
        if dirty[index][2] not in reopened and dirty[index][0] < end - 30 * DAY
    ]
    chosen = _some(draw, closes, _share(closes, 0.02))
    for index in chosen:
        recorded, _, subject, _, _, _ = dirty[index]
        after = recorded + DAY * 7 * (1 + int(3 * draw()))
        kind, data = pick(draw, _AFTERTHOUGHTS)
        dirty.append((after, after, subject, _OWN_SERIALS + 1, kind, data))
    return {"events_after_the_close": len(chosen)}


_AFTERTHOUGHTS = (
    ("activity", '{"kind":"email","direction":"out","topics":[]}'),
    ("activity", '{"kind":"call","direction":"in","duration_minutes":12,"topics":[]}'),
    ("stage_changed", '{"to":"shortlisted"}'),
)


def _with_data(row: Row, event: str, data: dict[str, object]) -> Row:
    return row._replace(event=event, data=json.dumps(data))


SPOILS: dict[str, Callable[[Row], Row]] = {
    "a day that does not exist": lambda row: row._replace(occurred_at="2025-02-30T10:00:00+00:00"),
    "a word for a date": lambda row: row._replace(occurred_at="yesterday"),
    "negative money": lambda row: _with_data(row, "quote_sent", {"amount": "-125000.00"}),
    "money in words": lambda row: _with_data(row, "amount_changed", {"to": "two million"}),
    "data cut off": lambda row: row._replace(data='{"kind":"call","direction":'),
    "an event of no known kind": lambda row: row._replace(event="stage_moved"),
    "no deal": lambda row: row._replace(deal_id=""),
    "a discount above 100 percent": lambda row: _with_data(
        row, "discount_offered", {"percent": "140"}
    ),
}
