"""What do the signals of a deal read at a moment? `observe` fills one row from the folded state.

Written once, like `evolve`: plain Python on integers, run live on slotted objects and compiled over
record arrays in bulk. Windows look back through `events[first:after]`, the deal's rows known before
`as_of` of which those of the last 90 days matter.
"""

from __future__ import annotations

from collections.abc import Sequence

from salesadvisor.domain.signals import Signals
from salesadvisor.domain.state import (
    ACTIVITY,
    ATTRIBUTE_VALUE,
    BY_STAGE,
    CALL,
    CHAMPION_GAP_DAYS,
    CLAIM_PRESENTED,
    COMPETITOR_NAMED,
    CONSTRAINT_STATE,
    CONTACT_ROLE,
    CRITERION_MET,
    DAY,
    DELAY_COUNT,
    DEMO,
    EMAIL,
    FIRST_ATTRIBUTE_BIT,
    INBOUND,
    MAX_DELAY_DAYS,
    MAX_OBJECTIONS,
    MAX_REPLY_DAYS,
    MEETING,
    NO_AXIS,
    OBJECTION_RAISED_AT,
    OF_AGE,
    OF_STAGE_DAYS,
    OUTBOUND,
    REPLY_DAYS,
    ROLE_REACHED,
    TOPIC_DISCUSSED,
    UNKNOWN,
    Deal,
    LogRow,
    Terms,
)

WINDOW_SECONDS = 90 * DAY  # the longest look-back of any window
HOUR = 3_600
LEAST_GAPS = 3  # below it a deal has no usual gap of its own
RIVAL_WON, RIVAL_LOSING = range(2)
SLOT_SECONDS = 900  # grain of the calendar tables


def observe(
    deal: Deal,
    book: Sequence[int],
    events: Sequence[LogRow],
    first: int,
    after: int,
    as_of: int,
    terms: Terms,
    won_p80: Sequence[int],
    median_amount: int,
    rivals: Sequence[int],
    constraints: Sequence[int],
    row: Signals,
) -> None:
    """Fill `row` with the signals of an open deal as of `as_of` (epoch seconds).

    `won_p80` holds by stage code the P80 of won deals' days in that stage as known at `as_of`,
    `median_amount` the median first amount of all deals known then, in minor units; UNKNOWN where
    history cannot say. `rivals` holds two numbers by competitor, `RIVAL_WON` and `RIVAL_LOSING`,
    `constraints` what `conformance.judge` fills in.
    Everything in `deal` and `events[:after]` must be known before `as_of`.
    """
    row.tier = tier_of(book, terms)
    row.is_excluded = is_excluded(book, terms)
    _observe_stage(deal, as_of, terms, won_p80, row)
    _observe_amount(deal, median_amount, row)
    _observe_dates(deal, as_of, terms, row)
    _observe_windows(deal, events, first, after, as_of, row)
    row.meetings_procurement_only = procurement_meetings(book, events, first, after, as_of, terms)
    _observe_contact(deal, book, as_of, terms, row)
    _observe_replies(deal, book, as_of, row)
    _observe_standards(deal, as_of, terms, row)
    _observe_offer(deal, book, as_of, terms, row)
    _observe_rivals(deal, rivals, row)
    _observe_progress(deal, as_of, terms, row)
    _observe_records(deal, book, as_of, terms, row)
    _observe_constraints(constraints, row)
    row.win_probability_bp = UNKNOWN


def _observe_stage(
    deal: Deal, as_of: int, terms: Terms, won_p80: Sequence[int], row: Signals
) -> None:
    stage = deal.stage
    row.stage = stage
    row.pipeline = deal.pipeline
    row.stage_moves = deal.stage_moves
    row.stage_visits = deal.stage_visits
    row.stage_regressions = deal.regressions
    row.days_since_regression = days_since(deal.regression_at, as_of)
    row.stage_skips = deal.skips
    row.days_in_stage = days_since(deal.stage_since, as_of)
    row.business_days_in_stage = business_days_since(deal.stage_since, as_of, terms)
    row.age_days = days_since(deal.opened_at, as_of)
    row.cycle = deal.cycle
    row.stage_rank = UNKNOWN
    row.stages_remaining = UNKNOWN
    row.stage_limit_days = UNKNOWN
    row.days_over_stage_limit = UNKNOWN
    row.won_p80_days = UNKNOWN
    row.days_over_won_p80 = UNKNOWN
    if stage == UNKNOWN:
        return
    row.stage_rank = terms.stage_rank[stage]
    row.stages_remaining = terms.stages_remaining[stage]
    row.stage_limit_days = terms.stage_limit_days[stage]
    row.won_p80_days = won_p80[stage]
    row.days_over_stage_limit = over(row.days_in_stage, row.stage_limit_days)
    row.days_over_won_p80 = over(row.days_in_stage, row.won_p80_days)


def _observe_amount(deal: Deal, median_amount: int, row: Signals) -> None:
    amount = deal.amount
    row.amount_minor = amount
    row.amount_known = 0 if amount == UNKNOWN else 1
    row.amount_changes = deal.amount_changes
    row.amount_change_permille = UNKNOWN
    row.amount_to_median_permille = UNKNOWN
    if amount == UNKNOWN:
        return
    if deal.first_amount > 0:
        row.amount_change_permille = (amount - deal.first_amount) * 1000 // deal.first_amount
    if median_amount > 0:
        row.amount_to_median_permille = amount * 1000 // median_amount


def _observe_dates(deal: Deal, as_of: int, terms: Terms, row: Signals) -> None:
    today = local_day(as_of, terms)
    row.close_date_pushes = deal.pushes
    row.push_days = deal.push_days
    row.close_date_pull_ins = deal.pull_ins
    row.close_date_known = 0
    row.days_to_close_date = UNKNOWN
    row.days_past_close_date = UNKNOWN
    if deal.close_day != UNKNOWN:
        row.close_date_known = 1
        row.days_to_close_date = deal.close_day - today
        row.days_past_close_date = max(0, today - deal.close_day)
    step = next_step_day(deal, today)
    row.next_step_set = 0
    row.days_to_next_step = UNKNOWN
    row.next_step_kind = UNKNOWN
    row.days_next_step_overdue = UNKNOWN
    row.business_days_next_step_overdue = UNKNOWN
    if step == UNKNOWN:
        return
    row.days_next_step_overdue = 0
    row.business_days_next_step_overdue = 0
    if step >= today:
        row.next_step_set = 1
        row.days_to_next_step = step - today
        if step == deal.planned_day:
            row.next_step_kind = deal.planned_kind
    else:
        row.days_next_step_overdue = today - step
        noon = step * DAY + DAY // 2
        if local_day(noon, terms) > step:  # in the zones furthest east
            noon -= DAY // 2
        row.business_days_next_step_overdue = business_days_since(noon, as_of, terms)


def next_step_day(deal: Deal, today: int) -> int:
    """The day of the nearest step planned for today or later, else of the last one overdue."""
    step = deal.step_day
    if step == UNKNOWN or (deal.planned_day >= today and (step < today or deal.planned_day < step)):
        step = deal.planned_day
    return step


def last_activity_or_opening(deal: Deal) -> int:
    """When the deal was last worked on; before any activity, when it was opened."""
    return deal.activity_at if deal.activity_at != UNKNOWN else deal.opened_at


def _observe_windows(
    deal: Deal, events: Sequence[LogRow], first: int, after: int, as_of: int, row: Signals
) -> None:
    """Count the activities of the last 7, 14, 21, 30 and 90 days, newest known first."""
    advanced_at = max(deal.stage_since, deal.criterion_at)
    activities_7 = unadvanced = 0
    calls_7 = calls_14 = calls_30 = calls_90 = 0
    sent_7 = sent_14 = sent_30 = sent_90 = 0
    heard_7 = heard_14 = heard_30 = heard_90 = 0
    met_7 = met_14 = met_30 = met_90 = 0
    out_14 = out_30 = in_14 = in_30 = any_21 = 0
    unanswered = since_quote = active = 0
    for index in range(after - 1, first - 1, -1):
        event = events[index]
        if event.kind != ACTIVITY:
            continue
        age = as_of - event.occurred
        if age > WINDOW_SECONDS:
            continue
        week = 1 if age <= 7 * DAY else 0
        fortnight = 1 if age <= 14 * DAY else 0
        month = 1 if age <= 30 * DAY else 0
        any_21 += 1 if age <= 21 * DAY else 0
        activities_7 += week
        if event.code == CALL:
            calls_7 += week
            calls_14 += fortnight
            calls_30 += month
            calls_90 += 1
        elif event.code == MEETING or event.code == DEMO:
            met_7 += week
            met_14 += fortnight
            met_30 += month
            met_90 += 1
            if event.occurred > advanced_at:
                unadvanced += 1
        elif event.code == EMAIL and event.other == OUTBOUND:
            sent_7 += week
            sent_14 += fortnight
            sent_30 += month
            sent_90 += 1
        elif event.code == EMAIL and event.other == INBOUND:
            heard_7 += week
            heard_14 += fortnight
            heard_30 += month
            heard_90 += 1
        if event.other == OUTBOUND:
            out_14 += fortnight
            out_30 += month
            if event.occurred > deal.in_at:
                unanswered += 1
        elif event.other == INBOUND:
            in_14 += fortnight
            in_30 += month
        if event.occurred > deal.quote_at:
            since_quote += 1
        if month == 1 and event.who != UNKNOWN:
            active |= 1 << event.who
    row.calls_7d = calls_7
    row.calls_14d = calls_14
    row.calls_30d = calls_30
    row.calls_90d = calls_90
    row.emails_out_7d = sent_7
    row.emails_out_14d = sent_14
    row.emails_out_30d = sent_30
    row.emails_out_90d = sent_90
    row.emails_in_7d = heard_7
    row.emails_in_14d = heard_14
    row.emails_in_30d = heard_30
    row.emails_in_90d = heard_90
    row.meetings_7d = met_7
    row.meetings_14d = met_14
    row.meetings_30d = met_30
    row.meetings_90d = met_90
    row.outbound_14d = out_14
    row.outbound_30d = out_30
    row.inbound_14d = in_14
    row.inbound_30d = in_30
    row.activities_21d = any_21
    row.activities_short_7d = activities_7  # held against the standards below
    row.meetings_without_advance = unadvanced
    row.unanswered_outbound = unanswered
    row.contacts_since_quote = UNKNOWN if deal.quote_at == UNKNOWN else since_quote
    row.contacts_active_30d = bits_in(active)


def procurement_meetings(
    book: Sequence[int], events: Sequence[LogRow], first: int, after: int, as_of: int, terms: Terms
) -> int:
    """Meetings of 90 days with procurement, later than the last one with any other known role.

    UNKNOWN without a procurement role. Meetings with contacts of no known role tell nothing.
    """
    if terms.procurement_roles == 0:
        return UNKNOWN
    others_at = UNKNOWN
    for index in range(first, after):
        if meets_role(book, events[index], as_of, ~terms.procurement_roles):
            others_at = max(others_at, events[index].occurred)
    count = 0
    for index in range(first, after):
        if events[index].occurred > others_at:
            if meets_role(book, events[index], as_of, terms.procurement_roles):
                count += 1
    return count


def meets_role(book: Sequence[int], event: LogRow, as_of: int, roles: int) -> bool:
    """Whether this is a meeting of the last 90 days with a contact of one of `roles` (a mask)."""
    if event.kind != ACTIVITY or (event.code != MEETING and event.code != DEMO):
        return False
    if event.who == UNKNOWN or as_of - event.occurred > WINDOW_SECONDS:
        return False
    role = book[CONTACT_ROLE + event.who]
    return role != UNKNOWN and roles >> role & 1 == 1


def _observe_replies(deal: Deal, book: Sequence[int], as_of: int, row: Signals) -> None:
    waiting = days_since(deal.waiting_since, as_of)
    row.days_awaiting_reply = waiting
    row.reply_days_median = UNKNOWN
    row.reply_days_p90 = UNKNOWN
    row.awaiting_to_median_permille = UNKNOWN
    if deal.replies >= LEAST_GAPS:
        row.reply_days_median = percentile(book, REPLY_DAYS, deal.replies, 50)
        row.reply_days_p90 = percentile(book, REPLY_DAYS, deal.replies, 90)
        if waiting != UNKNOWN:
            row.awaiting_to_median_permille = waiting * 1000 // max(1, row.reply_days_median)
    row.awaiting_over_p90_days = over(waiting, row.reply_days_p90)
    row.first_response_hours = UNKNOWN
    row.hours_unanswered = UNKNOWN
    if deal.first_out_at != UNKNOWN:
        row.first_response_hours = (deal.first_out_at - deal.opened_at) // HOUR
    else:
        row.hours_unanswered = max(0, as_of - deal.opened_at) // HOUR


def _observe_standards(deal: Deal, as_of: int, terms: Terms, row: Signals) -> None:
    """Hold the deal against the first activity standard that fits it, for each of its numbers."""
    weekly = UNKNOWN
    silent = UNKNOWN
    for index in range(len(terms.standard_stage)):
        stages = terms.standard_stage[index]
        tiers = terms.standard_tier[index]
        if stages != UNKNOWN and (deal.stage == UNKNOWN or stages >> deal.stage & 1 == 0):
            continue
        if tiers != UNKNOWN and (row.tier == UNKNOWN or tiers >> row.tier & 1 == 0):
            continue
        if weekly == UNKNOWN:
            weekly = terms.standard_week[index]
        if silent == UNKNOWN:
            silent = terms.standard_silent[index]
    done = row.activities_short_7d
    row.activities_short_7d = UNKNOWN if weekly == UNKNOWN else max(0, weekly - done)
    row.days_over_silent_limit = over(days_since(last_activity_or_opening(deal), as_of), silent)


def _observe_contact(
    deal: Deal, book: Sequence[int], as_of: int, terms: Terms, row: Signals
) -> None:
    row.days_since_contact_out = days_since(deal.out_at, as_of)
    row.days_since_contact_in = days_since(deal.in_at, as_of)
    row.business_days_since_inbound = business_days_since(deal.in_at, as_of, terms)
    row.days_since_activity = days_since(deal.activity_at, as_of)
    row.contacts_reached = bits_in(deal.contacts)
    row.roles_covered = bits_in(deal.roles)
    row.roles_missing = 0
    if deal.stage != UNKNOWN:
        row.roles_missing = bits_in(terms.roles_by_stage[deal.stage] & ~deal.roles)
    row.has_decision_role = UNKNOWN
    if terms.decision_roles != 0:
        row.has_decision_role = 1 if deal.roles & terms.decision_roles else 0
    row.days_since_decision_role = days_since(deal.decision_at, as_of)
    wanted = terms.contacts_by_stage[deal.stage if deal.stage != UNKNOWN else -1]
    row.contacts_short = UNKNOWN
    if wanted != UNKNOWN:
        row.contacts_short = max(0, wanted - row.contacts_active_30d)
    row.champion_known = UNKNOWN
    if terms.champion_roles != 0:
        row.champion_known = 1 if deal.roles & terms.champion_roles else 0
    row.days_since_champion = days_since(deal.champion_at, as_of)
    row.champion_gap_days_median = UNKNOWN
    row.champion_silent_permille = UNKNOWN
    if deal.champion_gaps >= LEAST_GAPS:
        usual = percentile(book, CHAMPION_GAP_DAYS, deal.champion_gaps, 50)
        row.champion_gap_days_median = usual
        row.champion_silent_permille = row.days_since_champion * 1000 // max(1, usual)


def _observe_offer(deal: Deal, book: Sequence[int], as_of: int, terms: Terms, row: Signals) -> None:
    row.quote_sent = 1 if deal.quotes > 0 else 0
    row.quotes = deal.quotes
    row.days_since_quote = days_since(deal.quote_at, as_of)
    row.days_quote_unfollowed = UNKNOWN
    if deal.quote_at != UNKNOWN and deal.activity_at <= deal.quote_at:
        row.days_quote_unfollowed = row.days_since_quote
    row.discount_bp = deal.discount
    row.discount_over_authority_bp = UNKNOWN
    if deal.discount != UNKNOWN and terms.authority_bp != UNKNOWN:
        row.discount_over_authority_bp = max(0, deal.discount - terms.authority_bp)
    row.discount_before_shortlist = UNKNOWN
    if deal.pipeline != UNKNOWN and terms.discount_rank[deal.pipeline] != UNKNOWN:
        row.discount_before_shortlist = deal.discount_early
    row.competitor_known = deal.competitor
    row.incumbent_rival = deal.incumbent
    row.open_objections = bits_in(deal.objections)
    oldest = as_of
    if deal.objections != 0:
        for objection in range(MAX_OBJECTIONS):
            if deal.objections >> objection & 1:
                oldest = min(oldest, book[OBJECTION_RAISED_AT + objection])
    row.business_days_objection_open = UNKNOWN
    if deal.objections != 0:
        row.business_days_objection_open = business_days_since(oldest, as_of, terms)


def _observe_rivals(deal: Deal, rivals: Sequence[int], row: Signals) -> None:
    row.matchup_won_permille = UNKNOWN
    row.matchup_losing = UNKNOWN
    if deal.competitors == 0:
        return
    row.matchup_losing = 0
    for rival in range(len(rivals) // 2):
        if deal.competitors >> rival & 1:
            won = rivals[2 * rival + RIVAL_WON]
            if won != UNKNOWN:
                worst = row.matchup_won_permille
                row.matchup_won_permille = won if worst == UNKNOWN else min(worst, won)
            row.matchup_losing |= rivals[2 * rival + RIVAL_LOSING]


def _observe_progress(deal: Deal, as_of: int, terms: Terms, row: Signals) -> None:
    stage = deal.stage
    row.claims_presented = bits_in(deal.claims)
    row.criteria_met = bits_in(deal.criteria)
    row.days_since_criterion = days_since(deal.criterion_at, as_of)
    row.claims_missing = 0
    row.topics_missing = 0
    row.stage_criteria_missing = UNKNOWN
    row.criteria_unmet_earlier = UNKNOWN
    if stage != UNKNOWN:
        meant = terms.claims_by_tier[row.tier if row.tier != UNKNOWN else -1]
        row.claims_missing = bits_in(terms.claims_by_stage[stage] & meant & ~deal.claims)
        row.topics_missing = bits_in(terms.topics_by_stage[stage] & ~deal.topics)
        row.stage_criteria_missing = bits_in(terms.stage_criteria[stage] & ~deal.criteria)
        row.criteria_unmet_earlier = bits_in(terms.earlier_criteria[stage] & ~deal.criteria)
    row.days_criterion_unmet = UNKNOWN
    if row.stage_criteria_missing > 0:
        row.days_criterion_unmet = row.days_in_stage
    row.pricing_discussed = UNKNOWN
    if terms.pricing_topic != UNKNOWN:
        row.pricing_discussed = deal.topics >> terms.pricing_topic & 1
    row.forecast_category = deal.forecast


def _observe_constraints(constraints: Sequence[int], row: Signals) -> None:
    count = len(constraints) - 3
    kept = constraints[count]
    row.constraints_broken = constraints[count + 1]
    row.constraints_pending = constraints[count + 2]
    row.conformance_permille = UNKNOWN
    if kept + row.constraints_broken > 0:
        row.conformance_permille = kept * 1000 // (kept + row.constraints_broken)


def _observe_records(
    deal: Deal, book: Sequence[int], as_of: int, terms: Terms, row: Signals
) -> None:
    row.owner_known = 0 if deal.owner == UNKNOWN else 1
    row.owner_changes = deal.handovers
    row.backdated_events = deal.backdated
    row.logging_delay_days_median = 0
    below = 0
    for days in range(MAX_DELAY_DAYS + 1):
        below += book[DELAY_COUNT + days]
        if 2 * below >= deal.events:
            row.logging_delay_days_median = days
            break
    required = terms.fields_always
    if deal.stage != UNKNOWN:
        required |= terms.fields_by_stage[deal.stage]
    have = deal.attributes << FIRST_ATTRIBUTE_BIT
    have |= row.owner_known | row.amount_known << 1 | row.close_date_known << 2
    have |= (0 if deal.account == UNKNOWN else 1) << 3 | row.next_step_set << 4
    have |= (1 if deal.contacts | deal.contacts_added else 0) << 5
    have |= deal.competitor << 6 | row.quote_sent << 7
    row.required_fields = bits_in(required)
    row.missing_fields = bits_in(required & ~have)
    row.completeness_permille = UNKNOWN
    if required != 0:
        present = row.required_fields - row.missing_fields
        row.completeness_permille = present * 1000 // row.required_fields


def observe_derived(
    deal: Deal,
    book: Sequence[int],
    terms: Terms,
    limits: Sequence[int],
    constraints: Sequence[int],
    row: Signals,
    index: int,
) -> int:
    """The value of derived signal `index` (of `terms.derived_kind`), after `row` was filled.

    `limits` are the cells of the learned thresholds as known then, `constraints` the states of the
    declared orders of events.
    """
    kind = terms.derived_kind[index]
    code = terms.derived_code[index]
    if kind == CRITERION_MET:
        return deal.criteria >> code & 1
    if kind == CLAIM_PRESENTED:
        return deal.claims >> code & 1
    if kind == TOPIC_DISCUSSED:
        return deal.topics >> code & 1
    if kind == ROLE_REACHED:
        return deal.roles >> code & 1
    if kind == COMPETITOR_NAMED:
        return deal.competitors >> code & 1
    if kind == CONSTRAINT_STATE:
        return constraints[code]
    return over(learned_value(terms.threshold_of[code], row), limit_of(code, limits, terms, row))


def learned_value(of: int, row: Signals) -> int:
    """The value that a threshold limits."""
    if of == OF_STAGE_DAYS:
        return row.days_in_stage
    if of == OF_AGE:
        return row.age_days
    return row.amount_minor


def limit_of(threshold: int, limits: Sequence[int], terms: Terms, row: Signals) -> int:
    """The limit in the cell of the deal's stage (or pipeline) and tier."""
    place = 0
    axis = terms.threshold_axis[threshold]
    if axis != NO_AXIS:
        place = row.stage if axis == BY_STAGE else row.pipeline
    if place == UNKNOWN:
        return UNKNOWN
    tiers = terms.threshold_tiers[threshold]
    tier = 0
    if tiers > 1:
        tier = row.tier if row.tier != UNKNOWN else tiers - 1
    return limits[terms.threshold_start[threshold] + place * tiers + tier]


def tier_of(book: Sequence[int], terms: Terms) -> int:
    """The first tier of the target market that fits, UNKNOWN if none does."""
    return first_fit(
        book, terms.tier_leaf, terms.tier_slot, terms.tier_low, terms.tier_high, terms.tier_mask
    )


def is_excluded(book: Sequence[int], terms: Terms) -> int:
    """1 if the attributes fit a segment that the strategy excludes, else 0."""
    excluded = first_fit(
        book,
        terms.excluded_leaf,
        terms.excluded_slot,
        terms.excluded_low,
        terms.excluded_high,
        terms.excluded_mask,
    )
    return 0 if excluded == UNKNOWN else 1


def percentile(counts: Sequence[int], start: int, total: int, percent: int) -> int:
    """The smallest value that `percent` of `total` did not exceed; counts from `start` on."""
    wanted = (total * percent + 99) // 100
    below = 0
    for value in range(MAX_REPLY_DAYS + 1):
        below += counts[start + value]
        if below >= wanted:
            return value
    return MAX_REPLY_DAYS


def first_fit(
    book: Sequence[int],
    leaf_of: Sequence[int],
    slots: Sequence[int],
    lows: Sequence[int],
    highs: Sequence[int],
    masks: Sequence[int],
) -> int:
    """The first segment all of whose leaves the deal's attributes satisfy, UNKNOWN if none.

    Leaves of one segment stand together, `leaf_of[k]` names the segment of leaf k.
    """
    index = 0
    count = len(leaf_of)
    while index < count:
        segment = leaf_of[index]
        fits = True
        while index < count and leaf_of[index] == segment:
            value = book[ATTRIBUTE_VALUE + slots[index]]
            if masks[index] != UNKNOWN:
                fits = fits and value >= 0 and value < 62 and masks[index] >> value & 1 == 1
            else:
                fits = fits and value >= lows[index] and value <= highs[index]
            index += 1
        if fits:
            return segment
    return UNKNOWN


def days_since(moment: int, as_of: int) -> int:
    """Whole elapsed days, UNKNOWN when the moment is; a moment ahead of `as_of` counts as 0."""
    if moment == UNKNOWN:
        return UNKNOWN
    return max(0, as_of - moment) // DAY


def business_days_since(moment: int, as_of: int, terms: Terms) -> int:
    """Business days begun after the local day of `moment` up to the local day of `as_of`."""
    if moment == UNKNOWN:
        return UNKNOWN
    begun = terms.business_day[calendar_slot(as_of, terms)]
    return max(0, begun - terms.business_day[calendar_slot(moment, terms)])


def local_day(moment: int, terms: Terms) -> int:
    """Day number since 1970-01-01 of `moment` in the strategy's time zone."""
    return terms.local_day[calendar_slot(moment, terms)]


def calendar_slot(moment: int, terms: Terms) -> int:
    """Index into the calendar tables; moments outside them read as their first or last slot."""
    slot = (moment - terms.calendar_origin) // SLOT_SECONDS
    return max(0, min(slot, len(terms.local_day) - 1))


def over(value: int, limit: int) -> int:
    """`value - limit`, UNKNOWN when either is."""
    if value == UNKNOWN or limit == UNKNOWN:
        return UNKNOWN
    return value - limit


def bits_in(mask: int) -> int:
    """How many bits of a non-negative mask are set."""
    count = 0
    while mask != 0:
        mask &= mask - 1
        count += 1
    return count
