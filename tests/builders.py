"""Small histories, the team they belong to, and both gears that fold them.

Days are counted from Monday, 1 January 2024, 00:00 UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import numpy as np

from salesadvisor.domain.events import DEFAULT_CRM, Event, event_payload, parse_event
from salesadvisor.domain.rules import Action, All, Rule, Test
from salesadvisor.domain.signals import CATALOGUE
from salesadvisor.domain.state import UNKNOWN
from salesadvisor.domain.strategy import Strategy
from salesadvisor.domain.vocabulary import derived
from salesadvisor.log.columns import ACCOUNT_ROWS, Log, Words, in_deal_order
from salesadvisor.log.live import LiveFold, Reference, Standing
from salesadvisor.log.passes import History, Panel, Survey, panels, survey
from salesadvisor.log.projector import Projector, Stored
from salesadvisor.log.terms import terms_of

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
DEAL = "D-1"
NOTHING_KNOWN = Reference([UNKNOWN] * 20, UNKNOWN, [UNKNOWN, 0] * 20, [UNKNOWN] * 200)

_numbers = count(1)


def day(number: float = 0, hour: float = 0) -> datetime:
    """The moment `number` days and `hour` hours after that Monday."""
    return MONDAY + timedelta(days=number, hours=hour)


def on(number: int) -> date:
    """The date that many days after that Monday."""
    return MONDAY.date() + timedelta(days=number)


def moment(number: float = 0, hour: float = 0) -> int:
    return int(day(number, hour).timestamp())


def happened(
    kind: str,
    at: float = 0,
    /,
    *,
    late: float = 0,
    deal: str = DEAL,
    id: str | None = None,
    crm: str = DEFAULT_CRM,
    **data: Any,
) -> Event:
    """An event on day `at`, recorded `late` days after it."""
    return parse_event(
        kind,
        {
            "subject_id": deal,
            "crm": crm,
            "occurred_at": day(at),
            "recorded_at": day(at + late),
            "source_id": id or f"{kind}-{next(_numbers)}",
            **data,
        },
    )


def opened(at: float = 0, stage: str | None = "lead", **data: Any) -> Event:
    return happened("opened", at, pipeline="sales", stage=stage, **data)


def moved(at: float, to: str, **data: Any) -> Event:
    return happened("stage_changed", at, to=to, **data)


def did(at: float, kind: str = "call", direction: str | None = "out", **data: Any) -> Event:
    return happened("activity", at, kind=kind, direction=direction, **data)


def profiled(at: float, account: str = "A-1", *, late: float = 0, **attributes: Any) -> Event:
    return happened("account_profiled", at, late=late, deal=account, attributes=attributes)


def corrected(event: Event, at: float, *, day_now: float | None = None, **changes: Any) -> Event:
    """From day `at` on, `event` reads as with `changes`, and as of day `day_now` if given."""
    data = event.model_dump(mode="json", by_alias=True, exclude_none=True)
    envelope = {"subject_id", "occurred_at", "recorded_at", "source_id", "crm", "schema_version"}
    fact = {key: value for key, value in data.items() if key not in envelope}
    return happened(
        "corrected",
        at,
        deal=event.subject_id,
        crm=event.crm,
        corrects=event.source_id,
        event=event.KIND,
        fact={**fact, **changes},
        fact_occurred_at=event.occurred_at if day_now is None else day(day_now),
    )


def retracted(event: Event, at: float) -> Event:
    return happened("retracted", at, deal=event.subject_id, crm=event.crm, retracts=event.source_id)


def rule(identity: str, **fields: Any) -> Rule:
    """A rule that fires on every deal but for what `fields` say."""
    base = Rule(
        id=identity,
        element="process",
        title="",
        when=All((Test("age_days", "ge", 0),)),
        because="",
        do="",
        action=Action(kind="call"),
        owner="ops",
    )
    return replace(base, **fields)


def team(**changes: Any) -> Strategy:
    """A strategy in which every signal can be known. `changes` replace whole elements.

    Where tiers, stages or attributes are replaced, what other elements say of them goes too.
    """
    declared = {**_TEAM, **changes}
    if "target_market" in changes:
        declared = {**declared, **_without("tier", "segments", declared)}
    if "process" in changes:
        declared = {**declared, **_without("stage", "required_from_stage", declared)}
    if "attributes" in changes:
        declared = {**declared, "channels": {}}
    return Strategy.model_validate({**declared, **changes})


def _without(part: str, of_claim: str, declared: dict[str, Any]) -> dict[str, Any]:
    """The sections that name a tier or a stage, without what they say of it."""
    standards = declared["activity"].get("standards", [])
    thresholds = declared["thresholds"]
    claims = declared["value_proposition"].get("claims", [])
    return {
        "activity": {
            **declared["activity"],
            "standards": [one for one in standards if part not in one],
        },
        "thresholds": {
            name: one for name, one in thresholds.items() if part not in one.get("by", ())
        },
        "value_proposition": {"claims": [one for one in claims if of_claim not in one]},
    }


_TEAM: dict[str, Any] = {
    "name": "team",
    "currency": "USD",
    "attributes": {
        "channel": {"values": ["direct", "partner", "fair"]},
        "seats": {"number": True},
        "size": {"values": ["small", "mid", "large"]},
        "study": {"values": ["alpha", "beta"]},
    },
    "thresholds": {
        "stalled": {
            "of": "days_in_stage",
            "by": ["stage", "tier"],
            "at_least": 2,
            "else": 30,
        },
        "slow": {"of": "age_days", "percentile": 50, "by": ["tier", "pipeline"], "at_least": 2},
        "large": {"of": "amount_minor", "percentile": 90, "at_least": 3, "else": 5_000},
        "late": {"of": "days_in_stage", "by": ["pipeline", "stage"], "at_least": 3},
    },
    "target_market": {
        "tiers": [
            {
                "name": "core",
                "where": {"size": "large", "seats": {"ge": 100}},
                "effort_share_percent": 60,
            },
            {"name": "wide", "where": {"size": ["mid", "large"]}, "effort_share_percent": 30},
        ],
        "excluded": [{"name": "tiny", "where": {"seats": {"lt": 5}}}],
    },
    "value_proposition": {
        "claims": [
            {"id": "fast", "text": "It is fast.", "required_from_stage": "demo"},
            {"id": "safe", "text": "It is safe.", "required_from_stage": "offer"},
            {"id": "cheap", "text": "It is cheap."},
            {
                "id": "grows",
                "text": "It grows with you.",
                "segments": ["core"],
                "required_from_stage": "lead",
            },
        ]
    },
    "process": {
        "pipelines": [
            {
                "name": "sales",
                "stages": [
                    {"name": "lead", "limit_days": 10, "exit_criteria": ["need"]},
                    {
                        "name": "demo",
                        "limit_days": 20,
                        "exit_criteria": ["budget", "sponsor"],
                        "required_fields": ["amount", "next_step", "contact"],
                        "required_roles": ["user"],
                    },
                    {
                        "name": "offer",
                        "exit_criteria": ["terms"],
                        "required_fields": ["close_date", "size", "quote", "competitor"],
                        "required_roles": ["boss"],
                        "required_topics": ["pricing"],
                        "shortlist": True,
                    },
                    {"name": "closing", "limit_days": 5, "late": True},
                ],
            },
            {
                "name": "renewals",
                "stages": [{"name": "review", "limit_days": 30}, {"name": "offer"}],
            },
        ]
    },
    "channels": {
        "mix": [
            {"name": "direct", "share_percent": 50, "kind": "direct"},
            {"name": "partner", "share_percent": 40, "kind": "partner"},
            {"name": "fair"},
        ],
        "mix_days": 120,
        "conflict_on": "study",
    },
    "pricing": {"discount_authority_percent": 10},
    "competition": {"competitors": [{"name": "Arcanum"}, {"name": "Helixon"}]},
    "conversations": {"topics": ["pricing", "timeline"], "by_stage": {"closing": ["timeline"]}},
    "relationships": {
        "roles": ["user", "buyer", "boss"],
        "decision_roles": ["buyer", "boss"],
        "champion_roles": ["user"],
        "procurement_roles": ["buyer"],
        "required_contacts": 2,
        "required_contacts_late": 3,
    },
    "activity": {
        "standards": [
            {"stage": "demo", "tier": "wide", "min_per_week": 3},
            {"stage": "demo", "max_silent_days": 5},
            {"stage": "offer", "min_per_week": 1, "max_silent_days": 7},
            {"tier": "core", "max_silent_days": 10},
            {"stage": "lead", "min_per_week": 2},
        ],
        "minutes": {"call": 25},
    },
    "crm": {"backdating_days": 2, "required_fields": ["owner", "account"]},
}
TEAM = team()


def stored(events: Iterable[Event]) -> list[Stored]:
    """The events as a store would hand them over, numbered from 1."""
    return [
        Stored(position, event.KIND, event_payload(event))
        for position, event in enumerate(events, start=1)
    ]


class Positions:
    """Where the events of a list would be stored."""

    def __init__(self, events: Iterable[Event]) -> None:
        self._found: dict[tuple[str, str, str], int] = {}
        for position, event in enumerate(events, start=1):
            key = (event.crm, event.subject_id, event.source_id)
            self._found.setdefault(key, position)

    def __call__(self, crm: str, deal: str, source_id: str) -> int | None:
        return self._found.get((crm, deal, source_id))


def log_of(events: Sequence[Event]) -> Log:
    """The log of these events without a folder."""
    words = Words()
    columns: dict[str, Any] = dict(Projector(words, Positions(events)).project(stored(events)))
    order = in_deal_order(columns)
    columns = {name: column[order] for name, column in columns.items()}
    is_account = columns["deal"] == ACCOUNT_ROWS
    accounts = {name: column[is_account] for name, column in columns.items()}
    columns = {name: column[~is_account] for name, column in columns.items()}
    starts = np.searchsorted(columns["deal"], np.arange(len(words.deals) + 1)).astype(np.int64)
    return Log(columns, accounts, starts, words, len(events))


def signal_names(strategy: Strategy) -> list[str]:
    """The signals of a deal in the order of both gears' rows."""
    attributes = [f"attribute.{name}" for name in strategy.attribute_names]
    return [*(spec.name for spec in CATALOGUE), *attributes, *derived_names(strategy)]


def derived_names(strategy: Strategy) -> list[str]:
    return [spec.name for spec in derived(strategy)]


def standing(
    events: Sequence[Event], as_of: datetime, *, strategy: Strategy = TEAM, deal: str = DEAL
) -> Standing:
    """The live gear's state of a deal."""
    return _live(events, as_of, strategy, deal)[1]


def signals(
    events: Sequence[Event],
    as_of: datetime,
    *,
    strategy: Strategy = TEAM,
    deal: str = DEAL,
    reference: Reference = NOTHING_KNOWN,
) -> dict[str, int | None]:
    """The live gear's signals of a deal by name, None for unknown."""
    fold, stands = _live(events, as_of, strategy, deal)
    row = fold.signals(stands, int(as_of.timestamp()), reference)
    return named(row, strategy)


def named(row: Sequence[int], strategy: Strategy) -> dict[str, int | None]:
    names = signal_names(strategy)
    return {
        name: None if value == UNKNOWN else value for name, value in zip(names, row, strict=True)
    }


def _live(
    events: Sequence[Event], as_of: datetime, strategy: Strategy, deal: str
) -> tuple[LiveFold, Standing]:
    times = [int(event.occurred_at.timestamp()) for event in events]
    until = int(as_of.timestamp())
    first, last = min([*times, until]), max([*times, until])
    fold = LiveFold(strategy, terms_of(strategy, first, last, derived_names(strategy)))
    numbered = list(zip(stored(events), events, strict=True))
    mine = [row for row, event in numbered if event.STREAM == "deal" and event.subject_id == deal]
    profiles = [row for row, event in numbered if event.STREAM == "account"]
    rows = fold.bind(mine, Positions(events), profiles)
    return fold, fold.stand(rows, until)


def bulk_rows(
    history: History, checkpoints: Sequence[int], *, workers: int = 1
) -> tuple[Survey, dict[tuple[str, int], list[int]], dict[tuple[str, int], str | None]]:
    """The bulk gear's survey, and its signals and owners by deal and checkpoint."""
    found = survey(history, np.array(checkpoints, np.int64), workers)
    words = history.log.words

    def keep(panel: Panel) -> list[tuple[tuple[str, int], list[int], str | None]]:
        count = panel.count
        keys = [
            (words.deals.words[deal], int(found.checkpoints[time]))
            for deal, time in zip(panel.deal[:count], panel.time[:count], strict=True)
        ]
        owners = [
            None if owner == UNKNOWN else words.names.words[owner]
            for owner in panel.owner[:count].tolist()
        ]
        return list(zip(keys, panel.block[:, :count].T.tolist(), owners, strict=True))

    kept = [one for part in panels(history, found, keep, workers) for one in part]
    return found, {key: row for key, row, _ in kept}, {key: owner for key, _, owner in kept}


def different(
    strategy: Strategy, expected: Sequence[int], got: Sequence[int]
) -> Mapping[str, tuple[int, int]]:
    """The signals on which two rows disagree."""
    names = signal_names(strategy)
    return {name: (a, b) for name, a, b in zip(names, expected, got, strict=True) if a != b}
