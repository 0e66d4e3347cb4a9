"""Random histories of a few deals and their accounts, with all the dirt that a CRM has."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from salesadvisor.domain.events import Event
from tests.builders import happened, on

HOURS = (0.0, 0.5, 9.0, 12.0, 22.5, 23.75)
DELAYS = (0.0, 0.0, 0.0, 0.0, 0.02, 1.0, 3.0, 40.0, -2.0)
STAGES = ("lead", "demo", "offer", "closing", "review", "Demo ", "elsewhere")
CONTACTS = ("ann", "bob", "cyd")
ROLES = ("user", "buyer", "boss", "Boss", "gardener", None)
OBJECTIONS = ("price", "risk")
DUE_DAYS = tuple(range(-3, 100, 7))
AMOUNTS = ("0", "10.005", "100", "99.99", "2500000", None)
CURRENCIES = ("USD", "usd", "EUR", None)
KINDS = ("call", "email", "meeting", "demo", "task", "other")

# What each kind of event may say. Kinds that make a history interesting stand more than once.
SAYS: dict[str, dict[str, tuple[Any, ...]]] = {
    "stage_changed": {"to": STAGES},
    "amount_changed": {"to": AMOUNTS, "currency": CURRENCIES},
    "close_date_changed": {"to": (*map(on, DUE_DAYS), None)},
    "owner_changed": {"to": ("eve", "ole", "ida", None)},
    "activity": {
        "kind": KINDS,
        "direction": ("out", "out", "in", None),
        "contact": (*CONTACTS, None),
        "topics": ((), (), ("pricing",), ("timeline", "weather"), ("Pricing",)),
        "duration_minutes": (None, 0, 30, None, 90),
    },
    "activity_planned": {"kind": KINDS, "due": (*map(on, DUE_DAYS), None), "contact": CONTACTS},
    "next_step_set": {"due": (*map(on, DUE_DAYS), None)},
    "contact_added": {"contact": CONTACTS, "role": ROLES},
    "criterion_met": {"criterion": ("need", "budget", "sponsor", "terms", "Need", "luck")},
    "quote_sent": {"amount": AMOUNTS, "currency": CURRENCIES},
    "discount_offered": {"percent": ("0", "5", "10.005", "12.5", "100")},
    "competitor_identified": {
        "competitor": ("Arcanum", "Helixon", "arcanum ", "Nobody"),
        "incumbent": (False, True),
    },
    "claim_presented": {"claim": ("fast", "safe", "cheap", "blue", "Grows")},
    "objection_raised": {"objection": OBJECTIONS},
    "objection_answered": {"objection": OBJECTIONS},
    "forecast_category_set": {"to": ("omitted", "pipeline", "best_case", "commit")},
    "attribute_changed": {
        "name": ("size", "seats", "Size", "colour", "channel", "study"),
        "to": (
            "large",
            12,
            "Mid",
            None,
            250,
            "huge",
            7.5,
            True,
            "partner",
            "alpha",
            "Direct",
            "beta",
        ),
    },
    "won": {"amount": AMOUNTS, "currency": CURRENCIES},
    "lost": {"reason": ("price", None)},
    "no_decision": {},
    "cancelled": {},
    "voided": {},
    "reopened": {"stage": (*STAGES, None, None)},
    "opened": {
        "pipeline": ("sales", "sales", "sales", "renewals", "elsewhere"),
        "stage": (*STAGES, None),
        "amount": AMOUNTS,
        "currency": CURRENCIES,
        "close_date": (*map(on, DUE_DAYS), None),
        "owner": ("eve", None, "ole"),
        "account": (None,),  # each deal has its own: account_of
        "attributes": (
            {},
            {"size": "Large", "seats": 4, "channel": "partner", "study": "alpha"},
            {"seats": 250, "size": None},
            {"channel": "direct", "size": "mid", "study": "alpha"},
            {"channel": "fair", "size": "large", "seats": 100, "study": "beta"},
        ),
    },
    "account_profiled": {
        "attributes": (
            {"size": "large", "seats": 120},
            {"size": "mid"},
            {"size": "huge", "seats": None},
            {"Seats": 99.5, "colour": "blue"},
            {"size": True, "seats": "many"},
        )
    },
}
USUAL = {"activity": 9, "stage_changed": 6, "reopened": 4, "won": 2, "opened": 1}
# Deals that stay open and are talked about: for what needs several meetings, answers or rivals.
TALKATIVE = {
    **dict.fromkeys(("won", "lost", "no_decision", "cancelled", "voided", "reopened", "opened"), 0),
    "activity": 40, "contact_added": 8, "competitor_identified": 4, "attribute_changed": 1,
    "quote_sent": 1, "discount_offered": 1, "amount_changed": 1,
}  # fmt: skip
CORRECTABLE = tuple(kind for kind in SAYS if kind not in ("opened", "account_profiled"))


@dataclass(frozen=True)
class Draft:
    """An event to be: `says` are places in the lists above, `target` names what it corrects."""

    kind: str
    deal: int
    day: int
    hour: int
    delay: int
    says: tuple[int, ...]
    target: int = 0


def drafts(weights: Mapping[str, int] = USUAL, most: int = 24) -> SearchStrategy[list[Draft]]:
    kinds = _weighed(weights)
    draft = st.builds(
        Draft,
        kind=st.sampled_from([*kinds, *["corrected"] * 6, *["retracted"] * 4]),
        deal=st.sampled_from((1, 1, 1, 2)),
        day=st.integers(0, 70),
        hour=st.integers(0, len(HOURS) - 1),
        delay=st.integers(0, len(DELAYS) - 1),
        says=st.tuples(*[st.integers(0, 11)] * 8),
        target=st.integers(0, 11),
    )
    return st.lists(draft, max_size=most)


def _weighed(weights: Mapping[str, int]) -> list[str]:
    return [kind for kind in SAYS for _ in range(weights.get(kind, 2))]


def seeded_drafts(
    seed: int, deals: int, events: int, weights: Mapping[str, int] = USUAL
) -> list[Draft]:
    """The same by a seed, for volume: deals that open, each with so many events more."""
    dice = random.Random(seed)
    closings = ["won"] if weights["won"] else []
    kinds = [*_weighed(weights), *closings, "corrected", "corrected", "retracted"]
    found = []
    for number in range(deals * (events + 1)):
        is_first = number % (events + 1) == 0
        draft = Draft(
            kind=dice.choice(kinds),
            deal=2 + number // (events + 1),
            day=dice.randrange(71),
            hour=dice.randrange(len(HOURS)),
            delay=dice.randrange(len(DELAYS)),
            says=tuple(dice.randrange(12) for _ in range(8)),
            target=dice.randrange(12),
        )
        found.append(replace(draft, kind="opened", day=number % 20) if is_first else draft)
    return found


def history(given: Sequence[Draft]) -> list[Event]:
    """The events of the drafts, in the order of the store. The first deal opens on day 0."""
    events = [
        happened("opened", 0, deal="D-1", id="first", pipeline="sales", stage="lead", account="A-1")
    ]
    for number, draft in enumerate(given):
        event = _event(draft, number, events)
        if event is not None:
            events.append(event)
    return events


def _event(draft: Draft, number: int, before: Sequence[Event]) -> Event | None:
    at = draft.day + HOURS[draft.hour] / 24
    named = {"deal": f"D-{draft.deal}", "id": f"e{number}", "late": DELAYS[draft.delay]}
    if draft.kind in SAYS:
        if draft.kind == "account_profiled":
            named["deal"] = "A-2" if draft.target % 4 == 0 else "A-1"
        return happened(draft.kind, at, **named, **_said(draft.kind, draft))
    mine = [event for event in before if event.subject_id == named["deal"] and event.KIND in SAYS]
    if not mine:
        return None
    target = mine[-1 - draft.target % len(mine)]
    if draft.kind == "retracted":
        return happened("retracted", at, **named, retracts=target.source_id)
    kind = target.KIND
    if draft.says[7] == 0 and kind != "opened":
        kind = CORRECTABLE[draft.says[6] * 2 % len(CORRECTABLE)]
    moved = draft.says[5] % 3
    now = target.occurred_at if moved else happened("no_decision", draft.says[4] * 6).occurred_at
    return happened(
        "corrected",
        at,
        **named,
        corrects=target.source_id,
        event=kind,
        fact=_json(kind, draft),
        fact_occurred_at=now,
    )


def long_history(seed: int, deals: int = 150, events: int = 14) -> list[Event]:
    """Talked-about deals that end one by one over two years: first mostly won, then mostly lost."""
    begun = history(seeded_drafts(seed, deals, events, TALKATIVE))
    ends = [
        happened(
            "won" if (number % 5 == 0) == (number >= 0.6 * deals) else "lost",
            72 + number * 600 / deals,
            deal=f"D-{2 + number}",
            id=f"end-{number}",
        )
        for number in range(deals)
    ]
    return [*begun, *ends]


def account_of(deal: int) -> str:
    """The account of a deal: a few deals have one, and it stays theirs."""
    return f"A-{1 + deal // 3 % 2}"


def _said(kind: str, draft: Draft) -> dict[str, Any]:
    said = {
        key: choices[place % len(choices)]
        for (key, choices), place in zip(SAYS[kind].items(), draft.says, strict=False)
    }
    return {**said, "account": account_of(draft.deal)} if kind == "opened" else said


def _json(kind: str, draft: Draft) -> dict[str, Any]:
    fact = {key: value for key, value in _said(kind, draft).items() if value is not None}
    return {
        key: value.isoformat() if hasattr(value, "isoformat") else value
        for key, value in fact.items()
    }
