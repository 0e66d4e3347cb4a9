"""What may a rule ask about a deal? The catalogue of signals.

Every signal is an integer; `UNKNOWN` stands for "cannot be known from what was recorded". The
fields of `Signals` are the catalogue: their order is the column order of a signals row
everywhere. `domain/observe.py` fills them; docs/signals.md is generated from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

from salesadvisor.domain.state import UNKNOWN

__all__ = [
    "ACTIVITY_KINDS",
    "CATALOGUE",
    "SIGNAL_INDEX",
    "UNKNOWN",
    "SignalSpec",
    "Signals",
    "catalogue_of",
    "flag",
    "signal",
]


@dataclass(frozen=True, slots=True)
class SignalSpec:
    """One entry of the catalogue. `values` are the labels of an enumerated signal, by code."""

    name: str
    unit: str
    unknown_means: str
    sentence: str
    scope: str = "deal"
    values: tuple[str, ...] | None = None


FORECAST_CATEGORIES = ("omitted", "pipeline", "best_case", "commit")
ACTIVITY_KINDS = ("call", "email", "meeting", "demo", "task", "other")
"""As coded in the log (domain/state.py)."""
YES_NO = ("no", "yes")


def signal(
    unit: str, sentence: str, unknown: str = "never", values: tuple[str, ...] | None = None
) -> Any:
    """A field of a catalogue."""
    spec = {"unit": unit, "sentence": sentence, "unknown_means": unknown, "values": values}
    return field(default=UNKNOWN, metadata=spec)


def flag(sentence: str, unknown: str = "never") -> Any:
    """A field of a catalogue that reads yes or no."""
    return signal("yes/no", sentence, unknown, YES_NO)


_NO_STAGE = "the deal's stage is not one of the strategy"
_NO_AMOUNT = "no amount is recorded"
_NO_CLOSE_DATE = "no close date is recorded"


@dataclass(slots=True)
class Signals:
    """One deal at one checkpoint, in integers."""

    stage: int = signal("code", "Stage the deal is in, as declared by the strategy.", _NO_STAGE)
    pipeline: int = signal(
        "code", "Pipeline the deal runs through.", "the pipeline is not one of the strategy"
    )
    stage_rank: int = signal(
        "rank", "Position of the stage in its pipeline, first stage 0.", _NO_STAGE
    )
    stages_remaining: int = signal(
        "stages", "Stages of the pipeline that still lie ahead.", _NO_STAGE
    )
    days_in_stage: int = signal(
        "days", "Whole days since the deal entered its stage.", "no stage was ever recorded"
    )
    business_days_in_stage: int = signal(
        "business days",
        "Business days since the deal entered its stage.",
        "no stage was ever recorded",
    )
    stage_limit_days: int = signal(
        "days", "Days the strategy allows in this stage.", "the strategy sets no limit"
    )
    days_over_stage_limit: int = signal(
        "days",
        "Days in stage beyond the strategy's limit; negative while within it.",
        "no stage, or the strategy sets no limit",
    )
    won_p80_days: int = signal(
        "days",
        "Days within which four of five won deals had left this stage, as known then.",
        "fewer than 5 deals were won by then",
    )
    days_over_won_p80: int = signal(
        "days",
        "Days in stage beyond the P80 of won deals; negative while within it.",
        "no stage, or fewer than 5 deals were won by then",
    )
    stage_moves: int = signal("count", "Stage changes in this cycle.")
    stage_visits: int = signal("count", "Times a stage was entered in this cycle.")
    stage_regressions: int = signal("count", "Moves back to an earlier stage in this cycle.")
    days_since_regression: int = signal(
        "days", "Days since the last move back.", "the deal never moved back"
    )
    stage_skips: int = signal("count", "Stages jumped over by forward moves in this cycle.")
    age_days: int = signal("days", "Whole days since this cycle of the deal was opened.")
    cycle: int = signal("count", "Cycle of the deal: 1, and one more after each reopening.")
    amount_minor: int = signal("minor units", "Amount of the deal.", _NO_AMOUNT)
    amount_known: int = flag("Whether an amount is recorded.")
    amount_changes: int = signal("count", "Times the amount was changed.")
    amount_change_permille: int = signal(
        "per mille",
        "Change of the amount against the first amount.",
        "no amount, or the first amount was 0",
    )
    amount_to_median_permille: int = signal(
        "per mille",
        "Amount against the median first amount of all deals known then.",
        "no amount, or no deal with an amount was known then",
    )
    close_date_known: int = flag("Whether a close date is recorded.")
    days_to_close_date: int = signal(
        "days", "Calendar days until the close date; negative once it has passed.", _NO_CLOSE_DATE
    )
    days_past_close_date: int = signal(
        "days", "Calendar days the close date lies in the past, else 0.", _NO_CLOSE_DATE
    )
    close_date_pushes: int = signal(
        "count", "Times the close date moved into a later month in this cycle."
    )
    push_days: int = signal("days", "Sum of all later moves of the close date in this cycle.")
    close_date_pull_ins: int = signal("count", "Times the close date moved earlier in this cycle.")
    calls_7d: int = signal("count", "Calls in the last 7 days, both directions.")
    calls_14d: int = signal("count", "Calls in the last 14 days, both directions.")
    calls_30d: int = signal("count", "Calls in the last 30 days, both directions.")
    calls_90d: int = signal("count", "Calls in the last 90 days, both directions.")
    emails_out_7d: int = signal("count", "E-mails sent in the last 7 days.")
    emails_out_14d: int = signal("count", "E-mails sent in the last 14 days.")
    emails_out_30d: int = signal("count", "E-mails sent in the last 30 days.")
    emails_out_90d: int = signal("count", "E-mails sent in the last 90 days.")
    emails_in_7d: int = signal("count", "E-mails received in the last 7 days.")
    emails_in_14d: int = signal("count", "E-mails received in the last 14 days.")
    emails_in_30d: int = signal("count", "E-mails received in the last 30 days.")
    emails_in_90d: int = signal("count", "E-mails received in the last 90 days.")
    meetings_7d: int = signal("count", "Meetings and demos in the last 7 days.")
    meetings_14d: int = signal("count", "Meetings and demos in the last 14 days.")
    meetings_30d: int = signal("count", "Meetings and demos in the last 30 days.")
    meetings_90d: int = signal("count", "Meetings and demos in the last 90 days.")
    outbound_14d: int = signal("count", "Outbound activities in the last 14 days.")
    outbound_30d: int = signal("count", "Outbound activities in the last 30 days.")
    inbound_14d: int = signal("count", "Inbound activities in the last 14 days.")
    inbound_30d: int = signal("count", "Inbound activities in the last 30 days.")
    activities_21d: int = signal("count", "Activities of any kind in the last 21 days.")
    days_since_contact_out: int = signal(
        "days", "Days since the last outbound activity.", "there was none"
    )
    days_since_contact_in: int = signal(
        "days", "Days since the buyer was last heard (inbound, or a meeting).", "there was none"
    )
    first_response_hours: int = signal(
        "hours",
        "Hours from the opening of this cycle to the first outbound activity since.",
        "there was none",
    )
    hours_unanswered: int = signal(
        "hours",
        "Hours since the opening while no outbound activity followed it.",
        "an outbound activity followed",
    )
    business_days_since_inbound: int = signal(
        "business days", "Business days since the buyer was last heard.", "there was none"
    )
    days_since_activity: int = signal(
        "days", "Days since the last activity of any kind.", "there was none"
    )
    unanswered_outbound: int = signal(
        "count", "Outbound activities of the last 90 days since the buyer was last heard."
    )
    days_awaiting_reply: int = signal(
        "days",
        "Days since the first outbound activity after the buyer was last heard.",
        "no answer is awaited",
    )
    reply_days_median: int = signal(
        "days",
        "Median days the buyer of this deal took to answer, 63 and more as 63.",
        "fewer than 3 answers so far",
    )
    reply_days_p90: int = signal(
        "days",
        "Days within which nine of ten answers came, 63 and more as 63.",
        "fewer than 3 answers so far",
    )
    awaiting_over_p90_days: int = signal(
        "days",
        "Days awaiting a reply beyond the P90 of this buyer's own; negative while within it.",
        "no answer is awaited, or fewer than 3 answers so far",
    )
    awaiting_to_median_permille: int = signal(
        "per mille",
        "Days awaiting a reply against this buyer's own median (one day at least).",
        "no answer is awaited, or fewer than 3 answers so far",
    )
    days_over_silent_limit: int = signal(
        "days",
        "Days without activity beyond what the first fitting activity standard allows; negative "
        "while within. Before any activity the days since the opening count.",
        "no standard with a limit fits the deal",
    )
    activities_short_7d: int = signal(
        "count",
        "Activities missing in the last 7 days to what the first fitting standard asks, else 0.",
        "no standard with a number a week fits the deal",
    )
    contacts_reached: int = signal(
        "count", "Distinct contacts with at least one activity (62 are told apart)."
    )
    contacts_active_30d: int = signal(
        "count", "Distinct contacts with an activity in the last 30 days."
    )
    contacts_short: int = signal(
        "count",
        "Active contacts missing to what the strategy wants at this stage, else 0.",
        "the strategy names no number",
    )
    roles_covered: int = signal("count", "Buying roles of the strategy with a contact reached.")
    roles_missing: int = signal(
        "count", "Roles the strategy requires at this stage or before that nobody covers."
    )
    has_decision_role: int = flag(
        "Whether a contact with a decision role was reached.", "the strategy names no decision role"
    )
    days_since_decision_role: int = signal(
        "days", "Days since the last activity with a decision role.", "there was none"
    )
    champion_known: int = flag(
        "Whether a contact with a champion role was reached.", "the strategy names no champion role"
    )
    days_since_champion: int = signal(
        "days", "Days since a champion was last heard (inbound, or a meeting).", "none was"
    )
    champion_gap_days_median: int = signal(
        "days",
        "Median days from one time a champion was heard to the next, 63 and more as 63.",
        "fewer than 3 such times so far",
    )
    champion_silent_permille: int = signal(
        "per mille",
        "Days since a champion was heard against that median (one day at least).",
        "fewer than 3 such times so far",
    )
    meetings_procurement_only: int = signal(
        "count",
        "Latest meetings in a row, of 90 days, with procurement roles only; contacts of no known "
        "role are left out.",
        "the strategy names no procurement role",
    )
    next_step_set: int = flag("Whether a step dated today or later is planned.")
    days_to_next_step: int = signal(
        "days", "Calendar days until the nearest planned step.", "no future step is planned"
    )
    next_step_kind: int = signal(
        "code",
        "Kind of activity that the nearest planned step is.",
        "no future step is planned, or it names no kind",
        ACTIVITY_KINDS,
    )
    days_next_step_overdue: int = signal(
        "days", "Calendar days a planned step is overdue, else 0.", "no step is planned"
    )
    business_days_next_step_overdue: int = signal(
        "business days", "Business days a planned step is overdue, else 0.", "no step is planned"
    )
    quote_sent: int = flag("Whether a quote or budget was sent.")
    quotes: int = signal("count", "Quotes sent.")
    days_since_quote: int = signal("days", "Days since the last quote.", "no quote was sent")
    contacts_since_quote: int = signal(
        "count", "Activities of the last 90 days since the last quote.", "no quote was sent"
    )
    days_quote_unfollowed: int = signal(
        "days",
        "Days since the last quote while no activity followed it.",
        "no quote was sent, or an activity followed",
    )
    discount_bp: int = signal("basis points", "Latest discount offered.", "none was offered")
    discount_over_authority_bp: int = signal(
        "basis points",
        "Latest discount beyond the rep's authority, else 0.",
        "no discount, or the strategy sets no authority",
    )
    discount_before_shortlist: int = flag(
        "Whether a discount was offered before the stage the strategy allows it from.",
        "the strategy names no such stage",
    )
    competitor_known: int = flag("Whether a competitor is recorded.")
    incumbent_rival: int = flag("Whether a competitor is recorded as the incumbent.")
    matchup_won_permille: int = signal(
        "per mille",
        "Lowest win rate so far against a recorded competitor, of those met in 8 deals or more.",
        "no declared competitor is recorded, or fewer than 8 deals with one were won or lost",
    )
    matchup_losing: int = flag(
        "Whether the 95 % interval of the win rate against a recorded competitor lies below the "
        "win rate of all deals.",
        "no declared competitor is recorded",
    )
    claims_presented: int = signal("count", "Claims of the strategy presented.")
    claims_missing: int = signal(
        "count",
        "Claims wanted by this stage, and meant for the deal's tier, that were not presented.",
    )
    open_objections: int = signal("count", "Objections raised and not answered.")
    business_days_objection_open: int = signal(
        "business days", "Business days the oldest open objection waits.", "no objection is open"
    )
    criteria_met: int = signal("count", "Exit criteria of the strategy met.")
    stage_criteria_missing: int = signal(
        "count", "Exit criteria of the present stage not met.", _NO_STAGE
    )
    criteria_unmet_earlier: int = signal(
        "count", "Exit criteria of earlier stages not met.", _NO_STAGE
    )
    days_criterion_unmet: int = signal(
        "days",
        "Days since the stage was entered while one of its exit criteria is not met.",
        "none is open, or the stage is not known",
    )
    meetings_without_advance: int = signal(
        "count",
        "Meetings of the last 90 days since the deal last advanced: entered its stage or met an "
        "exit criterion.",
    )
    days_since_criterion: int = signal(
        "days", "Days since the last exit criterion was met.", "none was met"
    )
    topics_missing: int = signal(
        "count", "Topics the strategy wants discussed by this stage that were not."
    )
    pricing_discussed: int = flag(
        "Whether pricing was a topic.", "the strategy has no topic named pricing"
    )
    constraints_broken: int = signal(
        "count", "Declared orders of events (process.constraints) that the deal breaks."
    )
    constraints_pending: int = signal("count", "Declared orders that wait for their second event.")
    conformance_permille: int = signal(
        "per mille",
        "Declared orders kept of those that apply to the deal, waiting ones left out.",
        "none applies",
    )
    forecast_category: int = signal(
        "code", "Forecast category set by the rep.", "none was set", FORECAST_CATEGORIES
    )
    logging_delay_days_median: int = signal(
        "days", "Median days between an event and its recording, 31 and more as 31."
    )
    backdated_events: int = signal("count", "Events recorded later than the strategy allows.")
    required_fields: int = signal("count", "Fields the strategy requires at this stage.")
    missing_fields: int = signal("count", "Required fields without a value.")
    completeness_permille: int = signal(
        "per mille", "Share of the required fields with a value.", "no field is required"
    )
    owner_known: int = flag("Whether the deal has an owner.")
    owner_changes: int = signal(
        "count", "Times the deal passed straight from one owner to another in this cycle."
    )
    tier: int = signal(
        "code",
        "First tier of the target market that the deal's attributes fit.",
        "no tier fits, or the attributes are not recorded",
    )
    is_excluded: int = flag("Whether the attributes fit a segment the strategy excludes.")
    win_probability_bp: int = signal(
        "basis points", "The model's chance of a win within the strategy's horizon.", "no model"
    )


def catalogue_of(model: type, scope: str = "deal", prefix: str = "") -> tuple[SignalSpec, ...]:
    """The entries of a dataclass of signals, in the order of its fields."""
    return tuple(
        SignalSpec(name=prefix + item.name, scope=scope, **item.metadata) for item in fields(model)
    )


CATALOGUE: tuple[SignalSpec, ...] = catalogue_of(Signals)
SIGNAL_INDEX: Mapping[str, int] = MappingProxyType(
    {spec.name: index for index, spec in enumerate(CATALOGUE)}
)
