"""Did things happen in an order that can't be? Openings, stages, closes and what came after."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from salesadvisor.domain import state
from salesadvisor.study.doctor.facts import NONE, Facts, moment
from salesadvisor.study.doctor.finding import Hit

_CLOSES = tuple(range(state.FIRST_CLOSING_KIND, state.VOIDED + 1))
_LEAST_WON = 50
_YEAR_US = 365 * state.DAY * 1_000_000
# What may well lie before a deal was opened: how the team met the buyer.
_COMES_FIRST = (
    state.ACTIVITY, state.PLANNED, state.CONTACT, state.TOPIC, state.ATTRIBUTE, state.ACCOUNT,
    state.ADVICE,
)  # fmt: skip
_KIND_NAMES = {
    state.ACTIVITY: "an activity", state.STAGE: "a stage change", state.OPENED: "an opening",
    state.AMOUNT: "an amount", state.CLOSE_DATE: "a close date", state.OWNER: "an owner",
    state.PLANNED: "a planned activity", state.NEXT_STEP: "a next step",
    state.CONTACT: "a contact", state.CRITERION: "a criterion", state.QUOTE: "a quote",
    state.DISCOUNT: "a discount", state.COMPETITOR: "a competitor", state.CLAIM: "a claim",
    state.OBJECTION_RAISED: "an objection", state.OBJECTION_ANSWERED: "an answered objection",
    state.FORECAST: "a forecast category", state.REOPENED: "a reopening", state.WON: "won",
    state.LOST: "lost", state.NO_DECISION: "no decision", state.CANCELLED: "cancelled",
    state.VOIDED: "voided",
}  # fmt: skip


def order_faults(facts: Facts) -> Iterator[Hit]:
    """What can't have happened in the order in which it is told."""
    yield from _openings(facts)
    yield from _around_the_opening(facts)
    yield from _closes(facts)
    yield from _around_the_close(facts)
    yield from _same_stage(facts)
    yield from _outcomes(facts)


def kind_name(facts: Facts, row: int) -> str:
    """What an event is, in a word or two."""
    return _KIND_NAMES.get(int(facts.columns["kind"][row]), "an event")


def _openings(facts: Facts) -> Iterator[Hit]:
    never = np.flatnonzero((facts.opening == NONE) & (facts.starts[1:] > facts.starts[:-1]))
    count = facts.log.deal_count
    yield facts.deal_hit("never_opened", never, count, lambda row: kind_name(facts, row))
    deal = facts.columns["deal"]
    closed = facts.of_kind(*_CLOSES)
    ended = facts.first_of(closed)
    ghosts = np.flatnonzero((ended != NONE) & (facts.opening == NONE))
    yield facts.hit(
        "closed_without_opening", ended[ghosts], int((ended != NONE).sum()),
        lambda row: kind_name(facts, row),
    )  # fmt: skip
    opened = facts.of_kind(state.OPENED)
    again = opened[opened != facts.opening[deal[opened]]]
    yield facts.hit("opened_again", again, len(opened), lambda row: _first_told(facts, row))


def _first_told(facts: Facts, row: int) -> str:
    first = int(facts.opening[facts.columns["deal"][row]])
    return f"first opened on {_day(facts, first)}"


def _around_the_opening(facts: Facts) -> Iterator[Hit]:
    deal, occurred = facts.columns["deal"], facts.columns["occurred_us"]
    opening = facts.opening[deal]
    has_opening = (opening != NONE) & facts.is_event
    comes_first = np.isin(facts.columns["kind"], _COMES_FIRST)
    before = has_opening & ~comes_first & (occurred < occurred[np.maximum(opening, 0)])
    count = int(facts.is_event.sum())

    def told(row: int) -> str:
        return f"{kind_name(facts, row)}; opened on {_day(facts, int(opening[row]))}"

    yield facts.hit("before_opening", np.flatnonzero(before), count, told)
    rows = np.arange(len(deal))
    unseen = has_opening & (rows < opening) & ~before
    yield facts.hit("opening_told_late", np.flatnonzero(unseen), count, told)


def _closes(facts: Facts) -> Iterator[Hit]:
    kind = facts.columns["kind"]
    opening = facts.opening[facts.columns["deal"]]
    reopened = facts.of_kind(state.REOPENED)
    was_open = _kind_before(facts, reopened) < state.FIRST_CLOSING_KIND
    yield facts.hit(
        "reopened_while_open", reopened[was_open], len(reopened), lambda row: "it was not closed"
    )
    closed = facts.of_kind(*_CLOSES)
    counted = closed[(opening[closed] != NONE) & (closed > opening[closed])]
    before = _kind_before(facts, counted)
    again = before >= state.FIRST_CLOSING_KIND
    differs = int((before[again] != kind[counted[again]]).sum())
    yield facts.hit(
        "closed_again", counted[again], len(closed), lambda row: kind_name(facts, row),
        f"{differs:,} of them say another outcome than the first." if differs else "",
    )  # fmt: skip


def _kind_before(facts: Facts, rows: Any) -> Any:
    """What decided the status just before each row: its kind, NOTHING if nothing did."""
    deal = facts.columns["deal"][rows]
    earlier = np.maximum(rows - 1, 0)
    status = np.where(rows > facts.starts[deal], facts.status_row[earlier], NONE)
    return np.where(status == NONE, state.NOTHING, facts.columns["kind"][status])


def _around_the_close(facts: Facts) -> Iterator[Hit]:
    kind, occurred = facts.columns["kind"], facts.columns["occurred_us"]
    status = facts.status_row
    after = (
        facts.is_event
        & (status != NONE)
        & (kind[status] >= state.FIRST_CLOSING_KIND)
        & (kind < state.REOPENED)
        & ~np.isin(kind, (state.ATTRIBUTE, state.ACCOUNT))
    )
    happened_after = after & (occurred > occurred[status])
    count = int(facts.is_event.sum())

    def told(row: int) -> str:
        close = int(status[row])
        return f"{kind_name(facts, row)}; {kind_name(facts, close)} on {_day(facts, close)}"

    yield facts.hit("after_close", np.flatnonzero(happened_after), count, told)
    yield facts.hit("told_after_close", np.flatnonzero(after & ~happened_after), count, told)


def _same_stage(facts: Facts) -> Iterator[Hit]:
    columns = facts.columns
    named = facts.of_kind(state.STAGE, state.OPENED, state.REOPENED)
    named = named[columns["word"][named] >= 0]
    form = _forms(facts)[columns["word"][named]]
    deal = columns["deal"][named]
    moves = columns["kind"][named] == state.STAGE
    same = np.zeros(len(named), np.bool_)
    same[1:] = moves[1:] & (form[1:] == form[:-1]) & (deal[1:] == deal[:-1])
    yield facts.hit(
        "same_stage", named[same], int(moves.sum()),
        lambda row: f"again to {facts.label(int(columns['word'][row]))}",
    )  # fmt: skip
    changes = facts.has_any(facts.of_kind(state.STAGE))
    still = facts.opened_deals[~changes[facts.opened_deals]]
    yield facts.deal_hit(
        "no_stage_history", still, len(facts.opened_deals),
        lambda row: f"stayed in {facts.label(int(columns['word'][row]))}",
    )  # fmt: skip


def _forms(facts: Facts) -> Any:
    """By label: a number that is equal for spellings that differ in case only."""
    seen: dict[str, int] = {}
    words = facts.log.words.labels.words
    return np.array([seen.setdefault(word.strip().casefold(), len(seen)) for word in words], int)


def _outcomes(facts: Facts) -> Iterator[Hit]:
    columns = facts.columns
    lost = facts.of_kind(state.LOST)
    silent = lost[columns["word"][lost] < 0]
    yield facts.hit("lost_without_reason", silent, len(lost), lambda row: "no reason")
    won = facts.of_kind(state.WON)
    if len(won) < _LEAST_WON:
        deals = facts.log.deal_count
        detail = f"{len(won)} were won, {_LEAST_WON} are wanted."
        yield Hit("few_won", deals, deals, (), detail)
    open_deals = np.flatnonzero(facts.is_open)
    last = facts.known[np.maximum(facts.starts[1:] - 1, 0)][open_deals]
    quiet = open_deals[last < facts.end_us - _YEAR_US]
    yield facts.deal_hit(
        "silent_year", quiet, len(open_deals),
        lambda row: f"last heard of on {_last_day(facts, int(columns['deal'][row]))}",
    )  # fmt: skip


def _last_day(facts: Facts, deal: int) -> str:
    return str(moment(int(facts.known[facts.starts[deal + 1] - 1])).date())


def _day(facts: Facts, row: int) -> str:
    return str(moment(int(facts.columns["occurred_us"][row])).date())
