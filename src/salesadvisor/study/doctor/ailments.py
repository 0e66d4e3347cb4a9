"""What can be wrong with a history, and what does each fault cost?

One entry a fault: which area of the analysis it harms, and from which share on the area may be
used with care only, or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

AREAS: Mapping[str, str] = {
    "timing": "Looking back in time",
    "stages": "Stages and process",
    "outcomes": "Outcomes and win probability",
    "activities": "Activities and contacts",
    "money": "Amounts",
    "ownership": "Owners and accounts",
    "market": "Attributes and tiers",
    "sources": "What was read",
}
"""Every area of the analysis with its title, in the order in which they are judged."""

NEVER = 1001  # per mille that no share reaches


@dataclass(frozen=True)
class Ailment:
    """A fault that a history can have.

    `unit` is what is counted. From `care_from` per mille of them on the area may be used with
    care, from `unusable_from` on it can't be used for `unusable_for`.
    """

    code: str
    area: str
    title: str
    unit: str
    costs: str
    care_from: int = 1
    unusable_from: int = NEVER
    unusable_for: str = ""


_ALL = (
    Ailment(
        "no_recording_times", "timing", "No recording times", "events",
        "Every event reads as known the moment it happened, so a look-ahead cannot be excluded: a"
        " replay may advise from what was written down later, and nobody can see backdating.",
        unusable_from=1000, unusable_for="backtests that are free of look-ahead",
    ),
    Ailment(
        "recorded_in_bulk", "timing", "Recorded in bulk", "events",
        "Their recording time is that of a migration: before it the replay sees none of them.",
        care_from=10, unusable_from=500, unusable_for="looking back past the migration",
    ),
    Ailment(
        "backdated", "timing", "Backdated further than the strategy allows", "events",
        "Replays see them late, so advice of those weeks was given without them; the signals"
        " backdated_events and logging_delay_days_median rise.",
        care_from=20, unusable_from=500, unusable_for="looking back by less than the delay",
    ),
    Ailment(
        "late_logging", "timing", "Logged later than the strategy asks for", "events",
        "Silence and missing activity look worse than they are until the event is logged, so rules"
        " on days_since_contact_out or activities_21d fire too early.",
        care_from=250,
    ),
    Ailment(
        "recorded_before_it_happened", "timing", "Dated after their recording", "events",
        "They count from the day they are dated, not from the day they were known; plans logged as"
        " facts inflate activity to come.",
        care_from=10, unusable_from=500, unusable_for="looking back in time",
    ),
    Ailment(
        "shared_timestamps", "timing", "Sharing their moment with another event of the deal",
        "events",
        "Their order rests on the order of the file: a stage move or an outcome beside them may"
        " read the other way round, as in stage_regressions and stage_skips.",
        care_from=20, unusable_from=NEVER,
    ),
    Ailment(
        "days_without_time", "timing", "Dates without a time of day", "events",
        "What happened within a day has no order, and signals in hours or business days are a day"
        " rough.",
        care_from=500,
    ),
    Ailment(
        "no_stage_history", "stages", "Deals that never change stage", "deals",
        "days_in_stage is the deal's age, and stage_moves, stage_regressions and days_over_won_p80"
        " say nothing; process rules can't tell a stuck deal from a new one.",
        care_from=600, unusable_from=1000, unusable_for="process rules and stage signals",
    ),
    Ailment(
        "unknown_stage", "stages", "Stages that the strategy does not declare", "stage entries",
        "The stage reads as unknown from there on: process rules stay silent, stage_rank, the"
        " limits and the model's stage bins go without it.",
        unusable_from=200, unusable_for="process rules and stage signals",
    ),
    Ailment(
        "stage_spelling", "stages", "Stages in another spelling than declared", "stage entries",
        "Nothing: they are read as the declared stage.",
        care_from=NEVER,
    ),
    Ailment(
        "unknown_pipeline", "stages", "Pipelines that the strategy does not declare", "deals",
        "With several pipelines declared no stage of these deals is known; with one, they are read"
        " as deals of that one.",
        care_from=NEVER,
    ),
    Ailment(
        "same_stage", "stages", "Stage changes to the stage the deal is in", "stage changes",
        "stage_moves counts them, days_in_stage does not begin again.",
        care_from=50,
    ),
    Ailment(
        "unknown_criterion", "stages", "Exit criteria that the strategy does not declare",
        "criteria met",
        "criteria_met and stage_criteria_missing ignore them, so rules ask for what was done.",
        care_from=10, unusable_from=500, unusable_for="rules on exit criteria",
    ),
    Ailment(
        "unknown_claim", "stages", "Claims that the strategy does not declare", "claims presented",
        "claims_presented and claims_missing ignore them, so rules ask for what was said.",
        care_from=10, unusable_from=500, unusable_for="rules on claims",
    ),
    Ailment(
        "unknown_topic", "stages", "Topics that the strategy does not declare", "topics",
        "topics_missing and pricing_discussed ignore them.",
        care_from=10, unusable_from=500, unusable_for="rules on topics",
    ),
    Ailment(
        "never_opened", "outcomes", "Deals that were never opened", "deals",
        "They are in no replay: no signals, no advice, no lesson for the win probability.",
        care_from=5, unusable_from=200, unusable_for="win rates and win probability",
    ),
    Ailment(
        "closed_without_opening", "outcomes", "Deals closed without having been opened", "deals",
        "Their outcome is ignored; win rates and the win probability learn from fewer deals, and"
        " from other ones than you sold.",
        unusable_from=100, unusable_for="win rates and win probability",
    ),
    Ailment(
        "opened_again", "outcomes", "Opened a second time", "openings",
        "The second opening is ignored; if it is another deal, the history mixes the two.",
    ),
    Ailment(
        "reopened_while_open", "outcomes", "Reopened while not closed", "reopenings",
        "They are ignored; the close before them is missing, and with it a lost or won outcome.",
        care_from=50,
    ),
    Ailment(
        "closed_again", "outcomes", "Closed a second time", "closings",
        "Only the first outcome counts. Where the two differ, win rates rest on the wrong one.",
        care_from=5,
    ),
    Ailment(
        "before_opening", "outcomes", "Events from before the deal was opened", "events",
        "Age and days in stage begin too late, and a stage entered before the opening is overruled"
        " by the stage of the opening.",
    ),
    Ailment(
        "after_close", "outcomes", "Events after the deal was closed", "events",
        "The fold ignores them until a reopening; if the deal went on, its outcome came too early.",
    ),
    Ailment(
        "told_after_close", "outcomes", "Recorded only once the deal was closed", "events",
        "They happened before the close but no signal ever saw them, so the model learns from"
        " less than the rep knew.",
        care_from=50, unusable_from=500, unusable_for="win probability",
    ),
    Ailment(
        "opening_told_late", "outcomes", "Recorded before the opening was", "events",
        "Until the opening is recorded the deal is in no replay, so its first days get no advice.",
        care_from=50,
    ),
    Ailment(
        "few_won", "outcomes", "Too few won deals to learn from", "deals",
        "The win probability falls back on the base rate, and days_over_won_p80 may be unknown.",
    ),
    Ailment(
        "lost_without_reason", "outcomes", "Lost without a reason", "lost deals",
        "Losses can't be told apart by reason: to a rival, to price or to no decision.",
        care_from=200, unusable_from=900, unusable_for="loss reasons",
    ),
    Ailment(
        "silent_year", "outcomes", "Open deals without an event for over a year", "open deals",
        "They are probably dead: coverage and pipeline are overstated, the median amount and the"
        " win probability count them as undecided, and rules on silence fire on each.",
        care_from=20, unusable_from=500, unusable_for="coverage and pipeline",
    ),
    Ailment(
        "logged_twice", "activities", "Activities logged twice", "activities",
        "Counts such as calls_14d, emails_out_30d and unanswered_outbound are too high.",
        care_from=2, unusable_from=200, unusable_for="rules that count activities",
    ),
    Ailment(
        "no_activities", "activities", "Deals without any activity", "deals",
        "Every rule on calls, emails, meetings, silence or contacts reads them as never worked.",
        care_from=200, unusable_from=900, unusable_for="rules on activities, silence and contacts",
    ),
    Ailment(
        "no_direction", "activities", "Calls and emails without a direction", "calls and emails",
        "days_since_contact_in and _out, outbound_14d and unanswered_outbound don't see them.",
        care_from=50, unusable_from=500, unusable_for="rules on inbound and outbound contact",
    ),
    Ailment(
        "no_contact", "activities", "Activities without a contact", "calls, emails and meetings",
        "contacts_reached, contacts_active_30d and roles_covered don't see them.",
        care_from=200, unusable_from=900, unusable_for="rules on contacts and roles",
    ),
    Ailment(
        "contact_without_role", "activities", "Contacts of a deal whose role is not known",
        "contacts of deals",
        "roles_covered, roles_missing and has_decision_role don't see them, so rules ask for people"
        " who were met.",
        care_from=100, unusable_from=800, unusable_for="rules on buying roles",
    ),
    Ailment(
        "unknown_role", "activities", "Roles that the strategy does not declare",
        "contacts with a role",
        "roles_covered and has_decision_role ignore them.",
        care_from=10, unusable_from=500, unusable_for="rules on buying roles",
    ),
    Ailment(
        "missing_actor", "activities", "Events that don't say who did it", "events",
        "They count for the deal, but for no rep's activity.",
        care_from=20, unusable_from=800, unusable_for="questions about one rep's activity",
    ),
    Ailment(
        "missing_amount", "money", "Deals opened without an amount", "deals",
        "Until one is known the median amount stands for them in priorities;"
        " amount_to_median_permille is unknown.",
        care_from=10, unusable_from=500, unusable_for="ranking by value",
    ),
    Ailment(
        "zero_amount", "money", "Amounts of zero", "amounts",
        "Advice on these deals has no value at stake and sinks to the end of the list; the median"
        " amount is too low.",
        care_from=10, unusable_from=500, unusable_for="ranking by value",
    ),
    Ailment(
        "outlying_amount", "money", "Amounts a hundred times the median, or a hundredth of it",
        "amounts",
        "One of them outranks every other advice, or none; look for a missing or an extra"
        " thousand.",
        care_from=2,
    ),
    Ailment(
        "other_currency", "money", "Amounts in another currency than the strategy's", "amounts",
        "They read as unknown: nothing is converted.",
        care_from=10, unusable_from=500, unusable_for="ranking by value",
    ),
    Ailment(
        "missing_close_date", "money", "Deals without an expected close date", "deals",
        "days_to_close_date, days_past_close_date and close_date_pushes are unknown, so rules on"
        " slipping stay silent.",
        care_from=200, unusable_from=950, unusable_for="rules on close dates",
    ),
    Ailment(
        "missing_owner", "ownership", "Deals opened without an owner", "deals",
        "Their advice reaches no rep and no capacity limits it.",
        care_from=10, unusable_from=800, unusable_for="advice by rep",
    ),
    Ailment(
        "missing_account", "ownership", "Deals without an account", "deals",
        "What is known of the account (size, region, contract) is missing from their tier and"
        " attributes.",
        care_from=50, unusable_from=900, unusable_for="questions by account",
    ),
    Ailment(
        "missing_attributes", "market", "Deals opened without attributes", "deals",
        "Their tier is unknown: rules on tiers and on the excluded market stay silent.",
        care_from=10, unusable_from=500, unusable_for="rules on tiers",
    ),
    Ailment(
        "unknown_attribute", "market", "Attributes that the strategy does not declare",
        "attribute values",
        "No rule and no tier can ask for them.",
        care_from=NEVER,
    ),
    Ailment(
        "unknown_value", "market", "Attribute values that the strategy does not declare",
        "attribute values",
        "They read as unknown, so the deal has no tier where the tier asks for them.",
        unusable_from=300, unusable_for="rules on tiers",
    ),
    Ailment(
        "rejected_rows", "sources", "Rows that could not be read", "rows",
        "What they say is not in the history.",
        unusable_from=300, unusable_for="any conclusion before the rejects are mended",
    ),
    Ailment(
        "lost_correction", "sources", "Corrections of events that are not there", "corrections",
        "They change nothing; the event they mean was never imported.",
    ),
)  # fmt: skip

AILMENTS: Mapping[str, Ailment] = {ailment.code: ailment for ailment in _ALL}
