"""What do a rep's, an account's or all deals come to at a moment? Deals are added up one by one.

`add_deal` adds one folded deal to a tally, `read_account`, `read_rep` and `read_team` turn the
tally into signals. Like the fold, this is plain Python on integers and runs in both gears. Sums do
not depend on the order of the deals, so any split of the work gives the same signals.
"""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence

from salesadvisor.domain.observe import (
    days_since,
    is_excluded,
    last_activity_or_opening,
    local_day,
    next_step_day,
    tier_of,
)
from salesadvisor.domain.scopes import AccountSignals, RepSignals, TeamSignals, WorkSignals
from salesadvisor.domain.state import (
    ACTIVITY,
    ATTRIBUTE_VALUE,
    DAY,
    DIRECT,
    NOT_OPENED,
    OPEN,
    PARTNER,
    STATUS_LOST,
    STATUS_VOIDED,
    STATUS_WON,
    UNKNOWN,
    Deal,
    LogRow,
    Terms,
)

# Places of a tally. Those of an account come first, so that its tally can be short.
OPEN_DEALS = 0
OPEN_AMOUNT = 1
WON_EVER = 2
LOST_EVER = 3
LAST_IN = 4
LAST_OUT = 5
NEWEST_OPENING = 6
BEST_TIER = 7
ACTIVITIES = 8
ACTIVE_CONTACTS = 9
DIRECT_STUDIES = 10
PARTNER_STUDIES = 11
OWNER = 12  # of the deal last worked on
OWNER_AT = 13
ACCOUNT_SIZE = 14
MINUTES = 14
UNFIT_MINUTES = 15
SILENT = 16
WITHOUT_STEP = 17
PAST_CLOSE = 18
OPENED = 19
OPENED_AMOUNT = 20
UNANSWERED = 21
ANSWERED = 22
WON = 23
LOST = 24
BROKEN_DEALS = 25
KEPT = 26
JUDGED = 27
IN_MIX = 28
OWNERLESS = 29
HOURS_AT = 30  # deals answered within so many hours: each of two days, then each day of a month
HOUR_SLOTS = 48 + 30
TIER_MINUTES_AT = HOURS_AT + HOUR_SLOTS
CHANNEL_DEALS_AT = TIER_MINUTES_AT + 62
TALLY_SIZE = CHANNEL_DEALS_AT + 62

HOUR = 3_600
EFFORT_SECONDS = 28 * DAY
OUTCOME_SECONDS = 90 * DAY
SILENT_SECONDS = 14 * DAY
ACTIVE_SECONDS = 30 * DAY


def clear(tally: MutableSequence[int]) -> None:
    """Make it the tally of no deal."""
    for place in range(len(tally)):
        tally[place] = 0
    tally[LAST_IN] = UNKNOWN
    tally[LAST_OUT] = UNKNOWN
    tally[NEWEST_OPENING] = UNKNOWN
    tally[BEST_TIER] = UNKNOWN
    tally[OWNER] = UNKNOWN
    tally[OWNER_AT] = UNKNOWN


def add_deal(
    tally: MutableSequence[int],
    deal: Deal,
    book: Sequence[int],
    events: Sequence[LogRow],
    first: int,
    after: int,
    as_of: int,
    kept: int,
    broken: int,
    terms: Terms,
) -> None:
    """Add a deal as of `as_of`. A short tally takes what an account needs.

    To an account each of its deals counts; else a deal that closed before what is looked back to
    (`look_back_seconds`) counts no more, and one that closed more than 90 days ago only in the mix.

    `events[first:after]` are the deal's rows known before `as_of` of which those of the last 30
    days matter; `kept` and `broken` count its declared orders of events.
    """
    if deal.status == NOT_OPENED or deal.status == STATUS_VOIDED:
        return
    is_open = deal.status == OPEN
    closed_for = 0 if is_open else as_of - deal.closed_at
    if len(tally) > ACCOUNT_SIZE:
        if closed_for > look_back_seconds(terms):
            return
        _add_to_mix(tally, deal, book, as_of, terms)
        if closed_for > OUTCOME_SECONDS:
            return
    tier = tier_of(book, terms)
    if is_open:
        tally[OPEN_DEALS] += 1
        tally[OPEN_AMOUNT] += max(0, deal.amount)
    elif deal.status == STATUS_WON:
        tally[WON_EVER] += 1
    elif deal.status == STATUS_LOST:
        tally[LOST_EVER] += 1
    tally[LAST_IN] = max(tally[LAST_IN], deal.account_in_at)
    tally[LAST_OUT] = max(tally[LAST_OUT], deal.account_out_at)
    tally[NEWEST_OPENING] = max(tally[NEWEST_OPENING], deal.opened_at)
    if tier != UNKNOWN and (tally[BEST_TIER] == UNKNOWN or tier < tally[BEST_TIER]):
        tally[BEST_TIER] = tier
    _add_owner(tally, deal)
    if is_open:
        _add_study(tally, book, terms)
    minutes = _add_activities(tally, events, first, after, as_of, terms)
    if len(tally) == ACCOUNT_SIZE:
        return
    tally[MINUTES] += minutes
    if tier != UNKNOWN:
        tally[TIER_MINUTES_AT + tier] += minutes
    if tier == UNKNOWN or is_excluded(book, terms) == 1:
        tally[UNFIT_MINUTES] += minutes
    _add_opening(tally, deal, as_of)
    if is_open:
        _add_habits(tally, deal, as_of, kept, broken, terms)
    elif deal.status == STATUS_WON:
        tally[WON] += 1
    elif deal.status == STATUS_LOST:
        tally[LOST] += 1


def look_back_seconds(terms: Terms) -> int:
    """For how long after its closing a deal may count for its rep and the team."""
    return max(OUTCOME_SECONDS, terms.mix_seconds)


def _add_owner(tally: MutableSequence[int], deal: Deal) -> None:
    at = last_activity_or_opening(deal)
    is_later = at > tally[OWNER_AT] or (at == tally[OWNER_AT] and deal.owner < tally[OWNER])
    if deal.owner != UNKNOWN and is_later:
        tally[OWNER] = deal.owner
        tally[OWNER_AT] = at


def _add_study(tally: MutableSequence[int], book: Sequence[int], terms: Terms) -> None:
    """Mark the study of an open deal, in which a partner's deal and a direct one may conflict."""
    if terms.conflict_slot == UNKNOWN or terms.channel_slot == UNKNOWN:
        return
    study = book[ATTRIBUTE_VALUE + terms.conflict_slot]
    channel = book[ATTRIBUTE_VALUE + terms.channel_slot]
    if study == UNKNOWN or channel == UNKNOWN:
        return
    if terms.channel_kind[channel] == DIRECT:
        tally[DIRECT_STUDIES] |= 1 << study
    elif terms.channel_kind[channel] == PARTNER:
        tally[PARTNER_STUDIES] |= 1 << study


def _add_activities(
    tally: MutableSequence[int],
    events: Sequence[LogRow],
    first: int,
    after: int,
    as_of: int,
    terms: Terms,
) -> int:
    """Count the activities of the last 28 days and the contacts of 30; returns the minutes."""
    minutes = 0
    active = 0
    for index in range(after - 1, first - 1, -1):
        event = events[index]
        if event.kind != ACTIVITY:
            continue
        age = as_of - event.occurred
        if age <= ACTIVE_SECONDS and event.who != UNKNOWN and active >> event.who & 1 == 0:
            active |= 1 << event.who
            tally[ACTIVE_CONTACTS] += 1
        if age <= EFFORT_SECONDS:
            tally[ACTIVITIES] += 1
            usual = terms.activity_minutes[event.code]
            minutes += event.value if event.value != UNKNOWN else usual
    return minutes


def _add_to_mix(
    tally: MutableSequence[int], deal: Deal, book: Sequence[int], as_of: int, terms: Terms
) -> None:
    """Count the channel of a deal opened in the period of the mix."""
    if terms.channel_slot == UNKNOWN or as_of - deal.opened_at > terms.mix_seconds:
        return
    value = book[ATTRIBUTE_VALUE + terms.channel_slot]
    if value != UNKNOWN and terms.channel_code[value] != UNKNOWN:
        tally[IN_MIX] += 1
        tally[CHANNEL_DEALS_AT + terms.channel_code[value]] += 1


def _add_opening(tally: MutableSequence[int], deal: Deal, as_of: int) -> None:
    """Count a deal opened lately: its amount, and how soon it was answered."""
    age = as_of - deal.opened_at
    if age <= EFFORT_SECONDS:
        tally[OPENED] += 1
        tally[OPENED_AMOUNT] += max(0, deal.amount)
    if age <= OUTCOME_SECONDS:
        if deal.first_out_at != UNKNOWN:
            tally[ANSWERED] += 1
            tally[HOURS_AT + hour_slot((deal.first_out_at - deal.opened_at) // HOUR)] += 1
        elif deal.status == OPEN:
            tally[UNANSWERED] += 1


def _add_habits(
    tally: MutableSequence[int], deal: Deal, as_of: int, kept: int, broken: int, terms: Terms
) -> None:
    """Count what an open deal lacks."""
    today = local_day(as_of, terms)
    if as_of - last_activity_or_opening(deal) > SILENT_SECONDS:
        tally[SILENT] += 1
    if next_step_day(deal, today) < today:
        tally[WITHOUT_STEP] += 1
    if deal.close_day != UNKNOWN and deal.close_day < today:
        tally[PAST_CLOSE] += 1
    if deal.owner == UNKNOWN and as_of - deal.opened_at >= DAY:
        tally[OWNERLESS] += 1
    if broken > 0:
        tally[BROKEN_DEALS] += 1
    tally[KEPT] += kept
    tally[JUDGED] += kept + broken


def hour_slot(hours: int) -> int:
    """Where a number of hours is counted: by the hour for two days, then by the day."""
    if hours < 48:
        return max(0, hours)
    return min(48 + hours // 24 - 2, HOUR_SLOTS - 1)


def hours_of(slot: int) -> int:
    """The hours at which a slot begins."""
    return slot if slot < 48 else (slot - 46) * 24


def read_account(tally: Sequence[int], as_of: int, terms: Terms, row: AccountSignals) -> None:
    """Fill `row` from the tally of an account's deals."""
    row.tier = tally[BEST_TIER]
    row.open_deals = tally[OPEN_DEALS]
    row.open_amount_minor = tally[OPEN_AMOUNT]
    row.won_deals = tally[WON_EVER]
    row.lost_deals = tally[LOST_EVER]
    row.days_since_inbound = days_since(tally[LAST_IN], as_of)
    row.days_since_outbound = days_since(tally[LAST_OUT], as_of)
    row.days_since_contact = days_since(max(tally[LAST_IN], tally[LAST_OUT]), as_of)
    row.activities_28d = tally[ACTIVITIES]
    row.contacts_active_30d = tally[ACTIVE_CONTACTS]
    row.days_since_opened = days_since(tally[NEWEST_OPENING], as_of)
    row.channel_conflict = UNKNOWN
    if terms.conflict_slot != UNKNOWN and terms.channel_slot != UNKNOWN:
        row.channel_conflict = 1 if tally[DIRECT_STUDIES] & tally[PARTNER_STUDIES] else 0


def read_work(tally: Sequence[int], terms: Terms, answered_permille: int, row: WorkSignals) -> None:
    """Fill what a rep's deals and all deals are read alike for."""
    row.open_deals = tally[OPEN_DEALS]
    row.open_amount_minor = tally[OPEN_AMOUNT]
    row.unfit_effort_permille = UNKNOWN
    if len(terms.tier_share) > 0:
        row.unfit_effort_permille = share(tally[UNFIT_MINUTES], tally[MINUTES])
    tier = furthest(tally, TIER_MINUTES_AT, tally[MINUTES], terms.tier_share, False)
    row.effort_short_tier = tier
    row.effort_gap_permille = gap_of(
        tally, TIER_MINUTES_AT, tally[MINUTES], terms.tier_share, False, tier
    )
    row.deals_opened_28d = tally[OPENED]
    row.amount_opened_28d_minor = tally[OPENED_AMOUNT]
    row.response_hours_median = median_hours(tally)
    row.unanswered_deals = tally[UNANSWERED]
    row.won_90d = tally[WON]
    row.lost_90d = tally[LOST]
    row.conformance_permille = share(tally[KEPT], tally[JUDGED])
    row.advice_answered_permille = answered_permille


def read_rep(
    tally: Sequence[int], terms: Terms, answered_permille: int, unacknowledged: int, row: RepSignals
) -> None:
    """Fill `row` from the tally of a rep's deals, and what is known of the rep's answers."""
    read_work(tally, terms, answered_permille, row)
    row.effort_minutes_28d = tally[MINUTES]
    row.activities_28d = tally[ACTIVITIES]
    row.deals_silent = tally[SILENT]
    row.deals_without_step = tally[WITHOUT_STEP]
    row.deals_past_close_date = tally[PAST_CLOSE]
    row.constraints_broken = tally[BROKEN_DEALS]
    row.days_unacknowledged = unacknowledged


def read_team(
    tally: Sequence[int],
    terms: Terms,
    drifting: int,
    losing: int,
    answered_permille: int,
    acknowledged_permille: int,
    unacknowledged: int,
    row: TeamSignals,
) -> None:
    """Fill `row` from the tally of all deals. `drifting` is a mask of tiers, `losing` a count."""
    read_work(tally, terms, answered_permille, row)
    row.deals_without_owner = tally[OWNERLESS]
    row.channel_deals = tally[IN_MIX]
    channel = furthest(tally, CHANNEL_DEALS_AT, tally[IN_MIX], terms.channel_share, True)
    row.channel_off_plan = channel
    row.channel_gap_permille = gap_of(
        tally, CHANNEL_DEALS_AT, tally[IN_MIX], terms.channel_share, True, channel
    )
    row.drifting_tiers = 0
    row.drifting_tier = UNKNOWN
    for tier in range(len(terms.tier_share)):
        if drifting >> tier & 1:
            row.drifting_tiers += 1
            if row.drifting_tier == UNKNOWN:
                row.drifting_tier = tier
    row.losing_competitors = losing
    row.acknowledged_permille = acknowledged_permille
    row.days_unacknowledged = unacknowledged


def furthest(
    tally: Sequence[int], start: int, whole: int, planned: Sequence[int], both_ways: bool
) -> int:
    """The part whose share of `whole` is furthest from plan; UNKNOWN if none is.

    Parts are counted from `start` on, `planned` is their share per mille. Below plan, unless
    `both_ways`.
    """
    worst = 0
    found = UNKNOWN
    for part in range(len(planned)):
        if planned[part] != UNKNOWN and whole > 0:
            gap = distance(tally[start + part], whole, planned[part], both_ways)
            if gap > worst:
                worst = gap
                found = part
    return found


def gap_of(
    tally: Sequence[int],
    start: int,
    whole: int,
    planned: Sequence[int],
    both_ways: bool,
    part: int,
) -> int:
    """How far that part is from plan, per mille; 0 where `part` is none, UNKNOWN without a plan."""
    if part != UNKNOWN:
        return distance(tally[start + part], whole, planned[part], both_ways)
    for share_planned in planned:
        if share_planned != UNKNOWN and whole > 0:
            return 0
    return UNKNOWN


def distance(taken: int, whole: int, planned: int, both_ways: bool) -> int:
    """How far below its planned share a part is (or above, if `both_ways`), per mille."""
    short = planned - share(taken, whole)
    return abs(short) if both_ways else short


def median_hours(tally: Sequence[int]) -> int:
    """The lower median of the hours to the first answer."""
    if tally[ANSWERED] == 0:
        return UNKNOWN
    below = 0
    for slot in range(HOUR_SLOTS):
        below += tally[HOURS_AT + slot]
        if 2 * below >= tally[ANSWERED]:
            return hours_of(slot)
    return UNKNOWN


def share(part: int, whole: int) -> int:
    """`part` of `whole`, per mille; UNKNOWN of nothing."""
    return UNKNOWN if whole == 0 else part * 1000 // whole
