"""What truly moves an outcome in a sample history? Every coefficient, once.

The simulation adds these up to a deal's *advantage*; truth.json prints the very same numbers.
    chance of being lost within a week    = 1 - exp(-lost[stage] * exp(-advantage))
    chance of ending without a decision   = the same with stalled[stage] * exp(-advantage / 2)
    chance of a cancelled study           = the same with CANCELLED, whatever the advantage
    business days in a stage              = lognormal(median[stage]) * exp(-SPEED * advantage)
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Effect:
    """One thing that does, or does not, change how deals end.

    `coefficient` is added to the advantage for each `per`; `rules` are ids of the shipped
    playbook's rules that look at it; `action` names what a rep can force with `true_lift`.
    """

    name: str
    rules: tuple[str, ...]
    coefficient: float
    per: str
    words: str
    action: str | None = None


PROMISE = 0.55
COOLING = -1.10
ROLE = 0.18
MOST_ROLES = 3
DECISION_ROLE = 0.40
SLOW_RESPONSE = -0.40
NEXT_STEP = 0.45
EARLY_DISCOUNT = -0.70
LATE_DISCOUNT = 0.05
INCUMBENT = -0.70
RIVAL = {"Arcanum": -2.20}
PROCUREMENT_ONLY = -0.40
SWITCHING_CASE = 0.45
CLAIM = 0.20
RECRUITMENT_PLAN = 0.45
PREPARED_DEFENSE = 0.45
OPEN_OBJECTION = -0.45
WRONG_MODEL = -0.50
PRICE_DISCUSSED = 0.20
SKIPPED_STAGE = -0.30

SIZE = {"small": -0.25, "mid": 0.25, "large": 0.0}
AREA = {
    "oncology": 0.35, "rare_disease": 0.35, "cns": 0.10, "cardiology": -0.10, "immunology": 0.0,
    "infectious": -0.10, "other": -0.45,
}  # fmt: skip
PHASE = {"I": -0.10, "II": 0.20, "III": 0.15, "IV": -0.35}
REGION = {"north_america": 0.10, "europe": 0.10, "apac": -0.15, "row": -0.30}
CHANNEL = {
    "direct": 0.0, "preferred_provider": 0.30, "partner": -0.10, "conference": -0.15,
    "inbound": 0.15,
}  # fmt: skip
PREFERRED_PROVIDER = 0.35
LARGE_AND_NOT_LISTED = -0.60

CANCELLED = 0.0045
SPEED = 0.12
NO_DECISION_SHARE = 0.5
MSA_SPEED = 0.60
COOLING_BEGINS = 0.060
COOLING_ENDS_ALONE = 0.07
COOLING_ENDS_BY_NEW_CONTACT = 0.45

EFFECTS: tuple[Effect, ...] = (
    Effect("promise", (), PROMISE, "standard deviation",
           "how much the sponsor wants us; hidden, and also the reason why reps work harder"),
    Effect("roles_covered", ("RL01", "RL05"), ROLE,
           "role reached beyond the first, at most three",
           "more buying roles reached lower the chance of losing, and of the buyer going quiet"),
    Effect("decision_role_reached", ("RL02",), DECISION_ROLE, "deal, once true",
           "outsourcing or an executive has been reached", "reach_decision_role"),
    Effect("clinicians_left_out", ("RL05",), PROCUREMENT_ONLY, "week, from the proposal on",
           "the sponsor buys through procurement, and we meet nobody else",
           "bring_clinicians"),
    Effect("slow_response", ("PX01", "CH04"), SLOW_RESPONSE, "week, while true",
           "the rep's last answer to the buyer took longer than one business day",
           "respond_slowly"),
    Effect("dated_next_step", ("AM01",), NEXT_STEP, "week, while true",
           "a next step with a date that is still ahead", "set_next_step"),
    Effect("missed_next_step", ("AM02",), 0.0, "week, while true",
           "an overdue step is as bad as none, and no worse"),
    Effect("buyer_gone_quiet", ("RL03", "RL04"), COOLING, "week, while true",
           "the buyer has cooled; hidden, seen as no inbound. Reaching another contact ends it"
           f" with chance {COOLING_ENDS_BY_NEW_CONTACT} a week, waiting with"
           f" {COOLING_ENDS_ALONE}", "reach_another_contact"),
    Effect("early_discount", ("PR02",), EARLY_DISCOUNT, "deal, once true",
           "a discount offered before the shortlist harms, though less than a naive reading says:"
           " it is offered more often when a deal is already in trouble", "discount_early"),
    Effect("late_discount", ("PR01",), LATE_DISCOUNT, "deal, once true",
           "a discount from the shortlist on hardly matters, within authority or above",
           "discount_late"),
    Effect("incumbent_rival", ("CA02",), INCUMBENT, "deal, while true",
           "a rival already works for the sponsor"),
    Effect("arcanum_bids", ("CA03", "TM04"), RIVAL["Arcanum"], "week, from the request on",
           "Arcanum underbids us and wins nearly always. Late in the history it bids for most phase"
           " II and III studies of mid and large sponsors: the tier's win rate drifts down"),
    Effect("switching_case", ("CA02",), SWITCHING_CASE, "deal with an incumbent, once true",
           "the claim team_continuity presented against an incumbent",
           "present_switching_case"),
    Effect("competitor_recorded", ("CA01",), 0.0, "deal",
           "writing the competitor down changes nothing by itself"),
    Effect("claims_presented", ("VP01",), CLAIM, "claim, at most four",
           "recruitment_record, kol_network, enrolment_speed, quality_record, before or after the"
           " proposal", "present_claims"),
    Effect("recruitment_strategy_shared", ("VP04",), RECRUITMENT_PLAN,
           "deal of phase II or III, once true", "shared by the end of the proposal stage",
           "share_recruitment_strategy"),
    Effect("bid_defense_prepared", ("SP06",), PREPARED_DEFENSE, "deal at bid_defense or later",
           "rehearsal held and team named", "prepare_bid_defense"),
    Effect("objection_unanswered", ("VP03",), OPEN_OBJECTION, "week, while true",
           "an objection open for more than five business days", "answer_objections"),
    Effect("model_mismatch", ("PR04",), WRONG_MODEL, "deal, from the proposal on",
           "bid in another pricing model than the one asked for", "bid_the_asked_model"),
    Effect("pricing_discussed", ("PR03",), PRICE_DISCUSSED, "deal, once true",
           "pricing was a topic of a conversation by the proposal", "discuss_pricing"),
    Effect("stage_skipped", ("SP01",), SKIPPED_STAGE, "deal, once true",
           "a stage other than rfi was left out"),
    Effect("large_and_not_listed", ("CH01",), LARGE_AND_NOT_LISTED, "deal, while true",
           "large sponsor without preferred-provider status and MSA"),
    Effect("msa_on_file", ("CL04",), 0.0, "deal",
           f"changes no outcome; the contract stages take {MSA_SPEED} of the time"),
    Effect("calls", ("SP07",), 0.0, "call",
           "calls by themselves do nothing. Won deals live longer and collect more of them"
           " (survivorship); at a given stage deals in trouble get more (rescue calls)",
           "rescue_calls"),
    Effect("emails", (), 0.0, "email", "nothing by themselves"),
    Effect("meetings", (), 0.0, "meeting", "nothing by themselves; promising deals get more"),
    Effect("close_date_pushes", ("CL01", "CL02"), 0.0, "push",
           "a symptom of slow deals, no cause: re-dating is honest and changes no outcome"),
    Effect("stage_regression", ("SP03",), 0.0, "regression",
           "a symptom: less promising deals go back more often"),
    Effect("go_no_go_on_time", ("SP04",), 0.0, "deal", "the formal decision changes no outcome"),
    Effect("risk_plan_shared", ("VP02",), 0.0, "deal", "changes no outcome"),
    Effect("letter_of_intent_used", ("CL05",), 0.0, "percent",
           "work at our own risk before the signature; the sponsor signs no sooner for it"),
    Effect("quiet_after_quote", (), 0.0, "week, while true",
           "nobody asks after a quote for a week or two; by itself it changes no outcome"),
    Effect("late_logging", ("CU01",), 0.0, "event", "changes what is known, not what happens"),
    Effect("forecast_category", ("CL03",), 0.0, "deal",
           "the rep's optimism; says a little, does nothing"),
)  # fmt: skip

ACTIONS: tuple[str, ...] = tuple(effect.action for effect in EFFECTS if effect.action)

# What each action causes: points (per mille) of ended deals won when it always happens, less when
# it never does. `true_lift` over 30,000 deals of seed 11, standard error 4; a test holds them.
# Calls change no outcome by construction.
LIFT_PERMILLE = {
    "reach_decision_role": 38,
    "respond_slowly": -70,
    "set_next_step": 66,
    "bring_clinicians": 13,
    "reach_another_contact": 59,
    "discount_early": -94,
    "discount_late": -2,
    "present_switching_case": 20,
    "present_claims": 106,
    "share_recruitment_strategy": 13,
    "prepare_bid_defense": 19,
    "answer_objections": 13,
    "bid_the_asked_model": 65,
    "discuss_pricing": 24,
    "rescue_calls": 0,
}

CONFOUNDING = (
    "Reps work harder on promising deals: activity, roles, next steps, claims and preparation all"
    " rise with the hidden promise, so a naive comparison overstates what these do.",
    "Deals whose buyer has gone quiet get rescue calls and early discounts: at a given stage calls"
    " look harmful, and early discounts more harmful than they are.",
    "Won deals pass every stage, so totals over a whole deal (calls, emails, meetings, contacts)"
    " are larger for won deals whether they help or not.",
    "Reps differ in every habit at once and keep their own accounts; a rep's win rate mixes habits"
    " with the accounts given.",
    "Pushes, regressions and long stages are symptoms of a low advantage.",
    "Late in the history one rival takes most of a segment: what changes at that time, in that"
    " segment or in how such deals are worked, looks like a cause of the losses.",
    "A share of dead deals stays open for weeks before it is closed as no_decision.",
)
