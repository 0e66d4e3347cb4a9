"""What may a rule ask beyond a single deal? The catalogues of the other scopes.

A signal of an account is named `account.<name>`, one of a rep `rep.<name>`, of the whole team
`team.<name>`, of a declared goal `goal.<name>`. `recommendation.`, `rule.` and `model.` are the
scopes of the meta rules, which watch the advice itself. As for deals, every value is an integer
and `UNKNOWN` stands for what cannot be known from what was recorded by then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from salesadvisor.domain.rules import Scope
from salesadvisor.domain.signals import CATALOGUE, SignalSpec, catalogue_of, flag, signal

_NO_DEAL_OPEN = "no deal is open"


@dataclass(slots=True)
class AccountSignals:
    """One account at one checkpoint: all deals that are its own then, open or closed."""

    tier: int = signal(
        "code", "Best tier of the target market that a deal of the account fits.", "none fits"
    )
    open_deals: int = signal("count", "Open deals of the account.")
    open_amount_minor: int = signal("minor units", "Amount of its open deals, the known ones.")
    won_deals: int = signal("count", "Deals of the account that are won.")
    lost_deals: int = signal("count", "Deals of the account that are lost.")
    days_since_contact: int = signal(
        "days",
        "Days since the account was last heard or written to on any deal, open or closed.",
        "there was none",
    )
    days_since_inbound: int = signal(
        "days", "Days since the account was last heard on any deal, or met.", "there was none"
    )
    days_since_outbound: int = signal(
        "days", "Days since the last outbound activity on any deal.", "there was none"
    )
    activities_28d: int = signal("count", "Activities of the last 28 days on its deals.")
    contacts_active_30d: int = signal(
        "count", "Contacts with an activity in the last 30 days, summed over its deals."
    )
    days_since_opened: int = signal("days", "Days since its newest deal was opened.")
    channel_conflict: int = flag(
        "Whether a direct deal and a partner's deal of one study are open at the same time.",
        "the strategy names no attribute in which they agree (channels.conflict_on)",
    )


@dataclass(slots=True)
class WorkSignals:
    """What is read alike of a rep's deals and of all deals, at one checkpoint.

    Effort is the minutes of the activities of the last 28 days; an activity without a duration
    takes what the strategy says (activity.minutes). What happened while a deal was closed counts.
    """

    open_deals: int = signal("count", "Open deals.")
    open_amount_minor: int = signal("minor units", "Amount of the open deals.")
    unfit_effort_permille: int = signal(
        "per mille",
        "Share of the effort of 28 days on deals of no tier or an excluded segment.",
        "no effort in 28 days, or the strategy declares no tier",
    )
    effort_gap_permille: int = signal(
        "per mille",
        "How far the effort on one tier falls short of its declared share, for the worst tier.",
        "no effort in 28 days, or no tier has a declared share",
    )
    effort_short_tier: int = signal(
        "code", "The tier whose effort falls short most.", "no tier's effort falls short"
    )
    deals_opened_28d: int = signal("count", "Deals opened or reopened in the last 28 days.")
    amount_opened_28d_minor: int = signal("minor units", "Amount of those deals, as known now.")
    response_hours_median: int = signal(
        "hours",
        "Median hours from opening to the first outbound activity, deals opened in 90 days; from "
        "two days on in whole days, 31 and more as 31.",
        "no deal of the last 90 days was answered",
    )
    unanswered_deals: int = signal(
        "count", "Open deals opened in the last 90 days without an outbound activity."
    )
    won_90d: int = signal("count", "Deals won in the last 90 days.")
    lost_90d: int = signal("count", "Deals lost in the last 90 days.")
    conformance_permille: int = signal(
        "per mille",
        "Kept constraints of all that apply, over the open deals.",
        "no constraint applies",
    )
    advice_answered_permille: int = signal(
        "per mille",
        "Share of the advice given in the last 90 days that was answered.",
        "no advice was given in 90 days",
    )


@dataclass(slots=True)
class RepSignals(WorkSignals):
    """One rep at one checkpoint: the deals owned then, also those closed in the last 90 days."""

    effort_minutes_28d: int = signal("minutes", "Minutes of activity in the last 28 days.")
    activities_28d: int = signal("count", "Activities of the last 28 days.")
    deals_silent: int = signal(
        "count", "Open deals without an activity, or an opening before any, in 14 days."
    )
    deals_without_step: int = signal("count", "Open deals without a planned next step.")
    deals_past_close_date: int = signal("count", "Open deals whose close date passed.")
    constraints_broken: int = signal(
        "count", "Open deals that break a declared order of events (process.constraints)."
    )
    days_unacknowledged: int = signal(
        "days",
        "Days since the strategy in force was published without the rep's acknowledgement.",
        "no strategy was published by then",
    )


@dataclass(slots=True)
class TeamSignals(WorkSignals):
    """All deals together at one checkpoint, those closed in the last 90 days included.

    The mix of channels also has deals that closed earlier, within its own period.
    """

    deals_without_owner: int = signal(
        "count", "Open deals without an owner, a day or more after their opening."
    )
    channel_gap_permille: int = signal(
        "per mille",
        "Largest difference of a channel's share of the deals opened in the mix period from plan.",
        "no such deal, or the strategy declares no mix",
    )
    channel_off_plan: int = signal(
        "code", "The channel with that difference.", "no channel is off plan"
    )
    channel_deals: int = signal("count", "Deals opened in the mix period, with a channel.")
    drifting_tiers: int = signal(
        "count",
        "Tiers whose win rate lay below the interval of what came before in both last quarters.",
    )
    drifting_tier: int = signal("code", "The first of these tiers.", "there is none")
    losing_competitors: int = signal(
        "count",
        "Competitors with a 95 % interval of the win rate below the win rate of all deals.",
    )
    acknowledged_permille: int = signal(
        "per mille",
        "Share of the declared reps who acknowledged the strategy in force.",
        "no strategy was published by then, or no rep is declared",
    )
    days_unacknowledged: int = signal(
        "days",
        "Days since the strategy in force was published while a rep has not acknowledged it.",
        "no strategy was published by then, or no rep is declared",
    )


@dataclass(slots=True)
class GoalSignals:
    """One declared goal at one checkpoint between its start and its due date."""

    attainment_permille: int = signal(
        "per mille", "Reached of the goal's value.", "the metric has no value yet"
    )
    pace_permille: int = signal(
        "per mille",
        "Attainment against the share of the business days that passed; a rate is due whole.",
        "the metric has no value yet, or no business day passed",
    )
    curve_pace_permille: int = signal(
        "per mille",
        "Attainment against what history's own curve had reached by this part of the period.",
        "history has no full earlier period to compare with",
    )
    days_left: int = signal("days", "Calendar days until the goal is due.")
    hit_probability_bp: int = signal(
        "basis points",
        "Chance of reaching the goal by its due date.",
        "fewer than 10 wins, less than 28 days of history, or no amount of a money goal by then",
    )
    gap_minor: int = signal(
        "minor units",
        "What is missing to the goal's value.",
        "no money goal, or no amount is recorded",
    )
    coverage_permille: int = signal(
        "per mille",
        "Open pipeline expected to close by the due date against what is missing.",
        "no goal of an amount won, nothing is missing, or no open deal has a close date",
    )
    required_coverage_permille: int = signal(
        "per mille",
        "Coverage that history needed: 1 / value conversion of the pipeline.",
        "no goal of an amount won, or too little closed by then",
    )
    created_to_need_permille: int = signal(
        "per mille",
        "Pipeline opened in 28 days against what the goal needs in 28 days.",
        "no money goal, open deals cover it, new ones come too late, or too little closed by then",
    )


@dataclass(slots=True)
class RecommendationSignals:
    """One deal and rule that was advised, as the answers to it stand."""

    times_issued: int = signal("count", "Times this advice was given for the deal.")
    expired_unanswered: int = signal("count", "Times it expired without an answer, in a row.")
    days_open: int = signal("days", "Days it is open by now.", "it is not open")
    dismissed: int = flag("Whether the last answer was a dismissal.")


@dataclass(slots=True)
class RuleSignals:
    """One rule of the playbook, as it did so far."""

    issued_90d: int = signal("count", "Recommendations of the rule given in the last 90 days.")
    accepted_permille: int = signal(
        "per mille",
        "Share of those due for an answer that was accepted or done.",
        "none was due for an answer",
    )
    dismissed_permille: int = signal(
        "per mille",
        "Share of those due for an answer that was dismissed.",
        "none was due for an answer",
    )
    expired_permille: int = signal(
        "per mille",
        "Share of those due for an answer that expired.",
        "none was due for an answer",
    )
    effect_deals: int = signal("count", "Deals from which its effect was measured.", "not measured")
    effect_low_permille: int = signal(
        "per mille", "Lower end of the interval of the measured effect.", "not measured"
    )
    effect_high_permille: int = signal(
        "per mille", "Upper end of the interval of the measured effect.", "not measured"
    )


@dataclass(slots=True)
class ModelSignals:
    """The win model in service."""

    score_psi_permille: int = signal(
        "per mille",
        "Population stability index of the scores now against those of the training window.",
        "fewer than 50 deals on one side",
    )
    deals_closed: int = signal("count", "Closed deals the model learned from.")
    days_since_fit: int = signal("days", "Days since the training cut.")


SCOPE_MODELS: Mapping[Scope, type] = MappingProxyType(
    {
        "account": AccountSignals,
        "rep": RepSignals,
        "team": TeamSignals,
        "goal": GoalSignals,
        "recommendation": RecommendationSignals,
        "rule": RuleSignals,
        "model": ModelSignals,
    }
)
CATALOGUES: Mapping[Scope, tuple[SignalSpec, ...]] = MappingProxyType(
    {
        "deal": CATALOGUE,
        **{scope: catalogue_of(model, scope, f"{scope}.") for scope, model in SCOPE_MODELS.items()},
    }
)
