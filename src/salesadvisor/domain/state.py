"""What is true of a deal after these events? `evolve` remembers one event at a time.

Events arrive in the order in which they became known, so the state as of any moment is the fold
of a prefix. A late fact must not undo a newer one: whatever means "latest" compares `occurred`.

`evolve` is written once: live it runs on slotted objects, in bulk it is compiled over record
arrays. So it is plain Python on integers: epoch seconds, local day numbers, minor units, codes
and bit masks.
"""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence
from dataclasses import dataclass
from typing import NamedTuple

UNKNOWN = -(1 << 62)  # the one sentinel for "not known", below every real value
DAY = 86_400  # seconds

# What a row of the log is about. Closing kinds keep the order of the status codes below.
NOTHING = 0
ACTIVITY = 1
STAGE = 2
OPENED = 3
AMOUNT = 4
CLOSE_DATE = 5
OWNER = 6
PLANNED = 7
NEXT_STEP = 8
CONTACT = 9
CRITERION = 10
QUOTE = 11
DISCOUNT = 12
COMPETITOR = 13
CLAIM = 14
OBJECTION_RAISED = 15
OBJECTION_ANSWERED = 16
FORECAST = 17
TOPIC = 18
ATTRIBUTE = 19
ACCOUNT = 20
REOPENED = 21
WON = 22
LOST = 23
NO_DECISION = 24
CANCELLED = 25
VOIDED = 26
CORRECTED = 27
RETRACTED = 28
ADVICE = 29

# Status of a deal.
NOT_OPENED = 0
OPEN = 1
STATUS_WON = 2
STATUS_LOST = 3
STATUS_NO_DECISION = 4
STATUS_CANCELLED = 5
STATUS_VOIDED = 6
STATUS_NAMES = ("not opened", "open", "won", "lost", "no decision", "cancelled", "voided")
FIRST_CLOSING_KIND = WON
STATUS_OF_FIRST_CLOSING_KIND = STATUS_WON

# Kinds of activity and its directions, as coded in the log.
CALL, EMAIL, MEETING, DEMO, TASK, OTHER = range(6)
OUTBOUND, INBOUND = range(2)

# Kinds of channels.
DIRECT, PARTNER = range(2)

# What a derived signal reads, and of what a threshold is.
CRITERION_MET, CLAIM_PRESENTED, TOPIC_DISCUSSED, ROLE_REACHED, COMPETITOR_NAMED = range(5)
OVER_THRESHOLD, CONSTRAINT_STATE = 5, 6
OF_STAGE_DAYS, OF_AGE, OF_AMOUNT = range(3)
NO_AXIS, BY_STAGE, BY_PIPELINE = range(3)

# Fields a strategy may require, as bits; attribute slot n is bit FIRST_ATTRIBUTE_BIT + n.
FIELD_BITS = {
    "owner": 0, "amount": 1, "close_date": 2, "account": 3, "next_step": 4, "contact": 5,
    "competitor": 6, "quote": 7,
}  # fmt: skip
FIRST_ATTRIBUTE_BIT = 16

# The book of a deal: what needs a slot for each contact, attribute, objection, delay or stage.
MAX_CONTACTS = 62
MAX_ATTRIBUTES = 24
MAX_OBJECTIONS = 62
MAX_STAGES = 62
MAX_DELAY_DAYS = 31
MAX_REPLY_DAYS = 63
CONTACT_ROLE = 0
CONTACT_LAST_AT = CONTACT_ROLE + 64
CONTACT_ROLE_AT = CONTACT_LAST_AT + 64
CONTACT_HEARD_AT = CONTACT_ROLE_AT + 64
ATTRIBUTE_VALUE = CONTACT_HEARD_AT + 64
ATTRIBUTE_AT = ATTRIBUTE_VALUE + MAX_ATTRIBUTES
ATTRIBUTE_ACCOUNT = ATTRIBUTE_AT + MAX_ATTRIBUTES
OBJECTION_RAISED_AT = ATTRIBUTE_ACCOUNT + MAX_ATTRIBUTES
OBJECTION_ANSWERED_AT = OBJECTION_RAISED_AT + 64
DELAY_COUNT = OBJECTION_ANSWERED_AT + 64
SECONDS_IN_STAGE = DELAY_COUNT + MAX_DELAY_DAYS + 1
REPLY_DAYS = SECONDS_IN_STAGE + 64
CHAMPION_GAP_DAYS = REPLY_DAYS + MAX_REPLY_DAYS + 1
BOOK_SIZE = CHAMPION_GAP_DAYS + MAX_REPLY_DAYS + 1


class Terms(NamedTuple):
    """What the kernel needs of a strategy: arrays indexed by stage or pipeline code, and masks.

    Masks of `*_by_stage` are cumulative: they hold what is wanted by this stage of the pipeline.
    A tier leaf k says: attribute slot `leaf_slot[k]` lies in [leaf_low[k], leaf_high[k]], or has
    its bit in `leaf_mask[k]` when that is not UNKNOWN; leaves of one alternative are and-ed.
    """

    stage_rank: Sequence[int]
    stages_remaining: Sequence[int]
    stage_limit_days: Sequence[int]
    stage_criteria: Sequence[int]
    earlier_criteria: Sequence[int]
    claims_by_stage: Sequence[int]
    claims_by_tier: Sequence[int]  # by tier code, and last for a deal of no tier
    topics_by_stage: Sequence[int]
    roles_by_stage: Sequence[int]
    fields_by_stage: Sequence[int]
    contacts_by_stage: Sequence[int]  # active contacts wanted; last for a deal of no known stage
    discount_rank: Sequence[int]  # by pipeline: rank from which a discount is allowed
    fields_always: int
    decision_roles: int
    champion_roles: int
    procurement_roles: int
    authority_bp: int
    pricing_topic: int
    backdating_seconds: int
    tier_leaf: Sequence[int]
    tier_slot: Sequence[int]
    tier_low: Sequence[int]
    tier_high: Sequence[int]
    tier_mask: Sequence[int]
    excluded_leaf: Sequence[int]
    excluded_slot: Sequence[int]
    excluded_low: Sequence[int]
    excluded_high: Sequence[int]
    excluded_mask: Sequence[int]
    standard_stage: Sequence[int]  # activity standards in order: mask of stages, UNKNOWN: any
    standard_tier: Sequence[int]  # mask of tiers, UNKNOWN: any
    standard_week: Sequence[int]
    standard_silent: Sequence[int]
    activity_minutes: Sequence[int]  # by kind of activity, where none are recorded
    channel_slot: int  # attribute slot of the channel, UNKNOWN if none is declared
    channel_code: Sequence[int]  # by value of that attribute: place in the mix, or UNKNOWN
    channel_kind: Sequence[int]  # by value: DIRECT, PARTNER or UNKNOWN
    channel_share: Sequence[int]  # by place in the mix, per mille; UNKNOWN where none is planned
    mix_seconds: int
    conflict_slot: int
    tier_share: Sequence[int]  # planned share of effort by tier, per mille; UNKNOWN where none is
    derived_kind: Sequence[int]
    derived_code: Sequence[int]
    threshold_of: Sequence[int]
    threshold_start: Sequence[int]  # where each threshold's cells begin among the limits
    threshold_stages: Sequence[int]  # 1, or the number of stages (by stage) or pipelines
    threshold_axis: Sequence[int]  # NO_AXIS, BY_STAGE or BY_PIPELINE
    threshold_tiers: Sequence[int]  # 1, or the number of tiers and one for no tier
    calendar_origin: int
    local_day: Sequence[int]  # local day number of each quarter of an hour since the origin
    business_day: Sequence[int]  # business days begun up to that quarter of an hour


@dataclass(slots=True)
class LogRow:
    """One row of the log with the strategy's codes filled in; the meaning by kind is below.

    kind      code           other            who      value        due
    OPENED    stage          pipeline         owner    amount       close day
    STAGE     stage
    AMOUNT                                             amount
    ACTIVITY  activity kind  direction        contact  minutes
    PLANNED   activity kind                            contact      day
    CONTACT   role                            contact
    DISCOUNT                                           basis points
    ATTRIBUTE slot                            account  code or number
    others    code (criterion, claim, objection, topic, category, stage), due (day), who (owner)

    `delay` is seconds from happening to recording, UNKNOWN on a row derived from another row.
    """

    known: int = 0
    occurred: int = 0
    day: int = 0
    delay: int = 0
    kind: int = NOTHING
    code: int = UNKNOWN
    other: int = UNKNOWN
    who: int = UNKNOWN
    value: int = UNKNOWN
    due: int = UNKNOWN


@dataclass(slots=True)
class Deal:
    """Everything remembered of one deal besides its book."""

    status: int = NOT_OPENED
    cycle: int = 0
    opened_at: int = UNKNOWN
    closed_at: int = UNKNOWN
    pipeline: int = UNKNOWN
    stage: int = UNKNOWN
    stage_since: int = UNKNOWN
    stage_at: int = UNKNOWN
    stage_moves: int = 0
    stage_visits: int = 0
    regressions: int = 0
    regression_at: int = UNKNOWN
    skips: int = 0
    amount: int = UNKNOWN
    amount_at: int = UNKNOWN
    first_amount: int = UNKNOWN
    amount_changes: int = 0
    close_day: int = UNKNOWN
    close_day_at: int = UNKNOWN
    pushes: int = 0
    push_days: int = 0
    pull_ins: int = 0
    owner: int = UNKNOWN
    owner_at: int = UNKNOWN
    handovers: int = 0
    account: int = UNKNOWN
    out_at: int = UNKNOWN
    in_at: int = UNKNOWN
    account_out_at: int = UNKNOWN  # these two also while the deal is closed
    account_in_at: int = UNKNOWN
    first_out_at: int = UNKNOWN
    waiting_since: int = UNKNOWN
    replies: int = 0
    champion_at: int = UNKNOWN
    champion_gaps: int = 0
    activity_at: int = UNKNOWN
    activity_day: int = UNKNOWN
    contacts: int = 0
    contacts_added: int = 0
    roles: int = 0
    decision_at: int = UNKNOWN
    step_day: int = UNKNOWN
    step_at: int = UNKNOWN
    planned_day: int = UNKNOWN
    planned_kind: int = UNKNOWN
    planned_at: int = UNKNOWN
    quotes: int = 0
    quote_at: int = UNKNOWN
    discount: int = UNKNOWN
    discount_at: int = UNKNOWN
    discount_early: int = 0
    competitor: int = 0
    competitors: int = 0
    incumbent: int = 0
    claims: int = 0
    objections: int = 0
    criteria: int = 0
    criterion_at: int = UNKNOWN
    topics: int = 0
    forecast: int = UNKNOWN
    forecast_at: int = UNKNOWN
    attributes: int = 0
    events: int = 0
    backdated: int = 0
    frozen: int = 0


def evolve(deal: Deal, book: MutableSequence[int], event: LogRow, terms: Terms) -> None:
    """Remember `event`. A closed deal stays as it is until it is reopened, or voided."""
    kind = event.kind
    if kind == NOTHING or kind == ADVICE:
        return
    if deal.status > OPEN and kind != REOPENED:
        if kind == VOIDED:  # a duplicate found after its end counts no more
            deal.status = STATUS_VOIDED
        elif kind == ACTIVITY:
            _remember_account_contact(deal, event)
        if event.delay != UNKNOWN:
            deal.frozen += 1
        return
    _remember_recording(deal, book, event, terms)
    if kind == ACTIVITY:
        _remember_activity(deal, book, event, terms)
    elif kind == STAGE:
        _enter_stage(deal, book, event.code, event.occurred, terms)
    elif kind == OPENED or kind == REOPENED:
        _open(deal, book, event, terms)
    elif kind >= FIRST_CLOSING_KIND and kind <= VOIDED:
        _close(deal, book, event)
    elif kind <= OWNER:
        _remember_terms(deal, event)
    elif kind <= CONTACT:
        _remember_plan(deal, book, event, terms)
    else:
        _remember_progress(deal, book, event, terms)


def _remember_recording(
    deal: Deal, book: MutableSequence[int], event: LogRow, terms: Terms
) -> None:
    if event.delay == UNKNOWN:
        return
    deal.events += 1
    days = event.delay // DAY
    if days < 0:
        days = 0
    if days > MAX_DELAY_DAYS:
        days = MAX_DELAY_DAYS
    book[DELAY_COUNT + days] += 1
    if event.delay > terms.backdating_seconds:
        deal.backdated += 1


def _open(deal: Deal, book: MutableSequence[int], event: LogRow, terms: Terms) -> None:
    moves = deal.stage_moves
    if event.kind == REOPENED:
        if deal.status <= OPEN or deal.status == STATUS_VOIDED:
            return
        moves = 0
        deal.stage_visits = 0
        deal.regressions = 0
        deal.regression_at = UNKNOWN
        deal.skips = 0
        deal.pushes = 0
        deal.push_days = 0
        deal.pull_ins = 0
        deal.handovers = 0
        deal.closed_at = UNKNOWN
        deal.stage_since = event.occurred
        deal.stage_at = event.occurred
        deal.first_out_at = UNKNOWN
        if event.code != UNKNOWN:
            deal.stage = UNKNOWN
            _enter_stage(deal, book, event.code, event.occurred, terms)
    else:
        if deal.status != NOT_OPENED:
            return
        deal.pipeline = event.other
        if event.who != UNKNOWN and event.occurred >= deal.owner_at:
            deal.owner = event.who
            deal.owner_at = event.occurred
        if event.value != UNKNOWN:
            _set_amount(deal, event.value, event.occurred)
        if event.due != UNKNOWN and event.occurred >= deal.close_day_at:
            deal.close_day = event.due
            deal.close_day_at = event.occurred
        if event.code != UNKNOWN:
            _enter_stage(deal, book, event.code, event.occurred, terms)
        elif deal.stage_since == UNKNOWN:
            deal.stage_since = event.occurred
        if deal.first_out_at < event.occurred:  # of those known before, only the last is left
            deal.first_out_at = deal.out_at if deal.out_at >= event.occurred else UNKNOWN
    deal.stage_moves = moves
    deal.status = OPEN
    deal.cycle += 1
    deal.opened_at = event.occurred


def _close(deal: Deal, book: MutableSequence[int], event: LogRow) -> None:
    if deal.status != OPEN:
        return
    if deal.stage != UNKNOWN and event.occurred > deal.stage_since:
        book[SECONDS_IN_STAGE + deal.stage] += event.occurred - deal.stage_since
    deal.status = event.kind - FIRST_CLOSING_KIND + STATUS_OF_FIRST_CLOSING_KIND
    deal.closed_at = event.occurred
    if event.kind == WON and event.value != UNKNOWN:
        deal.amount = event.value
        deal.amount_at = max(deal.amount_at, event.occurred)


def _enter_stage(
    deal: Deal, book: MutableSequence[int], stage: int, occurred: int, terms: Terms
) -> None:
    deal.stage_moves += 1
    if occurred < deal.stage_at:
        return
    deal.stage_at = occurred
    if stage == deal.stage and deal.stage_since != UNKNOWN:
        return
    if stage != UNKNOWN and deal.stage != UNKNOWN:
        moved = terms.stage_rank[stage] - terms.stage_rank[deal.stage]
        if moved < 0:
            deal.regressions += 1
            deal.regression_at = occurred
        if moved > 1:
            deal.skips += moved - 1
    if deal.stage != UNKNOWN:
        book[SECONDS_IN_STAGE + deal.stage] += occurred - deal.stage_since
    deal.stage = stage
    deal.stage_since = occurred
    deal.stage_visits += 1


def _remember_terms(deal: Deal, event: LogRow) -> None:
    if event.kind == AMOUNT:
        if event.value != deal.amount:
            deal.amount_changes += 1
        _set_amount(deal, event.value, event.occurred)
    elif event.kind == CLOSE_DATE:
        _move_close_day(deal, event)
    elif event.occurred >= deal.owner_at:
        if deal.owner != UNKNOWN and event.who != UNKNOWN and event.who != deal.owner:
            deal.handovers += 1
        deal.owner = event.who
        deal.owner_at = event.occurred


def _set_amount(deal: Deal, amount: int, occurred: int) -> None:
    if deal.first_amount == UNKNOWN:
        deal.first_amount = amount
    if occurred >= deal.amount_at:
        deal.amount = amount
        deal.amount_at = occurred


def _move_close_day(deal: Deal, event: LogRow) -> None:
    if event.occurred < deal.close_day_at:
        return
    if event.due != UNKNOWN and deal.close_day != UNKNOWN:
        moved = event.due - deal.close_day
        if moved > 0:
            deal.push_days += moved
            if month_of(event.due) > month_of(deal.close_day):
                deal.pushes += 1
        elif moved < 0:
            deal.pull_ins += 1
    deal.close_day = event.due
    deal.close_day_at = event.occurred


def _remember_activity(deal: Deal, book: MutableSequence[int], event: LogRow, terms: Terms) -> None:
    at = event.occurred
    deal.activity_at = max(deal.activity_at, at)
    deal.activity_day = max(deal.activity_day, event.day)
    _remember_account_contact(deal, event)
    is_heard = hears_buyer(event)
    if is_heard:
        _remember_reply(deal, book, at)
        deal.in_at = max(deal.in_at, at)
    if event.other == OUTBOUND:
        deal.out_at = max(deal.out_at, at)
        if at >= deal.opened_at and (deal.first_out_at == UNKNOWN or at < deal.first_out_at):
            deal.first_out_at = at
        if at > deal.in_at and (deal.waiting_since == UNKNOWN or at < deal.waiting_since):
            deal.waiting_since = at
    if deal.step_day != UNKNOWN and event.day >= deal.step_day and at >= deal.step_at:
        deal.step_day = UNKNOWN
    if deal.planned_day != UNKNOWN and event.day >= deal.planned_day and at >= deal.planned_at:
        deal.planned_day = UNKNOWN
    contact = event.who
    if contact == UNKNOWN:
        return
    deal.contacts |= 1 << contact
    book[CONTACT_LAST_AT + contact] = max(book[CONTACT_LAST_AT + contact], at)
    if is_heard:
        book[CONTACT_HEARD_AT + contact] = max(book[CONTACT_HEARD_AT + contact], at)
    role = book[CONTACT_ROLE + contact]
    if role != UNKNOWN:
        deal.roles |= 1 << role
        if terms.decision_roles >> role & 1:
            deal.decision_at = max(deal.decision_at, at)
        if is_heard and terms.champion_roles >> role & 1:
            _hear_champion(deal, book, at)


def hears_buyer(event: LogRow) -> bool:
    """Whether the buyer speaks in this activity."""
    return event.other == INBOUND or event.code == MEETING or event.code == DEMO


def _remember_account_contact(deal: Deal, event: LogRow) -> None:
    if hears_buyer(event):
        deal.account_in_at = max(deal.account_in_at, event.occurred)
    if event.other == OUTBOUND:
        deal.account_out_at = max(deal.account_out_at, event.occurred)


def _remember_reply(deal: Deal, book: MutableSequence[int], at: int) -> None:
    """The buyer was heard: how long had we waited? What came before we waited is no reply.

    After an answer that becomes known late we may still wait: since the last outbound activity.
    """
    if deal.waiting_since == UNKNOWN or at < deal.waiting_since:
        return
    days = min((at - deal.waiting_since) // DAY, MAX_REPLY_DAYS)
    book[REPLY_DAYS + days] += 1
    deal.replies += 1
    deal.waiting_since = deal.out_at if deal.out_at > at else UNKNOWN


def _hear_champion(deal: Deal, book: MutableSequence[int], at: int) -> None:
    """A champion was heard: how long after the last time?"""
    if deal.champion_at != UNKNOWN and at > deal.champion_at:
        days = min((at - deal.champion_at) // DAY, MAX_REPLY_DAYS)
        book[CHAMPION_GAP_DAYS + days] += 1
        deal.champion_gaps += 1
    deal.champion_at = max(deal.champion_at, at)


def _remember_plan(deal: Deal, book: MutableSequence[int], event: LogRow, terms: Terms) -> None:
    if event.kind == PLANNED:
        if event.occurred >= deal.planned_at:
            deal.planned_day = still_ahead(deal, event)
            deal.planned_kind = event.code
            deal.planned_at = event.occurred
    elif event.kind == NEXT_STEP:
        if event.occurred >= deal.step_at:
            deal.step_day = still_ahead(deal, event)
            deal.step_at = event.occurred
    elif event.who != UNKNOWN:
        deal.contacts_added |= 1 << event.who
        if event.occurred < book[CONTACT_ROLE_AT + event.who]:
            return
        book[CONTACT_ROLE_AT + event.who] = event.occurred
        book[CONTACT_ROLE + event.who] = event.code
        if event.code != UNKNOWN and deal.contacts >> event.who & 1:
            deal.roles |= 1 << event.code
            if terms.decision_roles >> event.code & 1:
                deal.decision_at = max(deal.decision_at, book[CONTACT_LAST_AT + event.who])
            if terms.champion_roles >> event.code & 1:
                deal.champion_at = max(deal.champion_at, book[CONTACT_HEARD_AT + event.who])


def _remember_progress(deal: Deal, book: MutableSequence[int], event: LogRow, terms: Terms) -> None:
    kind = event.kind
    code = event.code
    if kind == QUOTE:
        deal.quotes += 1
        deal.quote_at = max(deal.quote_at, event.occurred)
    elif kind == DISCOUNT:
        _remember_discount(deal, event, terms)
    elif kind == COMPETITOR:
        deal.competitor = 1
        if code != UNKNOWN:
            deal.competitors |= 1 << code
        if event.other == 1:
            deal.incumbent = 1
    elif kind == ACCOUNT:
        _join_account(deal, book, event.who)
    elif kind == FORECAST:
        if event.occurred >= deal.forecast_at:
            deal.forecast = code
            deal.forecast_at = event.occurred
    elif code == UNKNOWN:
        return
    elif kind == CRITERION:
        deal.criteria |= 1 << code
        deal.criterion_at = max(deal.criterion_at, event.occurred)
    elif kind == CLAIM:
        deal.claims |= 1 << code
    elif kind == TOPIC:
        deal.topics |= 1 << code
    elif kind == OBJECTION_RAISED:
        raised = max(book[OBJECTION_RAISED_AT + code], event.occurred)
        book[OBJECTION_RAISED_AT + code] = raised
        if event.occurred >= book[OBJECTION_ANSWERED_AT + code]:
            deal.objections |= 1 << code
    elif kind == OBJECTION_ANSWERED:
        answered = max(book[OBJECTION_ANSWERED_AT + code], event.occurred)
        book[OBJECTION_ANSWERED_AT + code] = answered
        if event.occurred >= book[OBJECTION_RAISED_AT + code]:
            deal.objections &= ~(1 << code)
    elif kind == ATTRIBUTE:
        _remember_attribute(deal, book, event)


def still_ahead(deal: Deal, step: LogRow) -> int:
    """The day of a planned step, UNKNOWN where an activity that is already known has taken it."""
    if step.due != UNKNOWN and deal.activity_day >= step.due and deal.activity_at >= step.occurred:
        return UNKNOWN
    return step.due


def _join_account(deal: Deal, book: MutableSequence[int], account: int) -> None:
    """The deal is this account's: what it had from another one's profile is not its own."""
    deal.account = account
    for slot in range(MAX_ATTRIBUTES):
        lender = book[ATTRIBUTE_ACCOUNT + slot]
        if lender != UNKNOWN and lender != account:
            book[ATTRIBUTE_VALUE + slot] = UNKNOWN
            book[ATTRIBUTE_AT + slot] = UNKNOWN
            book[ATTRIBUTE_ACCOUNT + slot] = UNKNOWN
            deal.attributes &= ~(1 << slot)


def _remember_attribute(deal: Deal, book: MutableSequence[int], event: LogRow) -> None:
    """`who` is the account whose profile states it, UNKNOWN where the deal itself does."""
    slot = event.code
    if event.who != UNKNOWN and deal.account != UNKNOWN and event.who != deal.account:
        return
    if event.occurred < book[ATTRIBUTE_AT + slot]:
        return
    book[ATTRIBUTE_VALUE + slot] = event.value
    book[ATTRIBUTE_AT + slot] = event.occurred
    book[ATTRIBUTE_ACCOUNT + slot] = event.who
    if event.value != UNKNOWN:
        deal.attributes |= 1 << slot
    else:
        deal.attributes &= ~(1 << slot)


def _remember_discount(deal: Deal, event: LogRow, terms: Terms) -> None:
    if deal.pipeline != UNKNOWN and deal.stage != UNKNOWN:
        allowed_from = terms.discount_rank[deal.pipeline]
        if allowed_from != UNKNOWN and terms.stage_rank[deal.stage] < allowed_from:
            deal.discount_early = 1
    if event.occurred >= deal.discount_at:
        deal.discount = event.value
        deal.discount_at = event.occurred


def month_of(day: int) -> int:
    """Months since March of year 0 for a day number since 1970-01-01 (civil calendar)."""
    shifted = day + 719_468
    era = shifted // 146_097
    day_of_era = shifted - era * 146_097
    year_of_era = (
        day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    return (year_of_era + era * 400) * 12 + (5 * day_of_year + 2) // 153


def empty_book() -> list[int]:
    """The book of a deal of which nothing is known yet."""
    book = [UNKNOWN] * BOOK_SIZE
    for slot in range(DELAY_COUNT, BOOK_SIZE):
        book[slot] = 0
    return book
