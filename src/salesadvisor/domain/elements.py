"""What does a strategy declare, element by element?

Seventeen elements, in this order: six of strategy, six of execution, five of getting it right.
Every field is optional unless the element means nothing without it. Limits are in the unit of
their name. Names of stages, roles, claims, topics, criteria and attributes are checked against
their declarations by the strategy as a whole (strategy.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

Element = Literal[
    "target_market", "value_proposition", "process", "channels", "pricing", "competition",
    "prospecting", "conversations", "relationships", "closing", "activity", "crm",
    "comprehensive", "alignment", "goals", "accountability", "review",
]  # fmt: skip
ELEMENTS: tuple[Element, ...] = get_args(Element)

# A rule's leaf holds codes as the bits of one integer (engine/boxes.py).
MAX_CODES = 62

KeyPath = tuple[str | int, ...]
Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^\S(.*\S)?$")]
Text = Annotated[str, Field(min_length=1, max_length=2000)]
Whole = Annotated[int, Field(strict=True, ge=0, le=10**15)]
Days = Annotated[int, Field(strict=True, ge=0, le=36_500)]
Number = Annotated[int, Field(strict=True, ge=-(10**15), le=10**15)]


def _shortest(value: Decimal) -> Decimal:
    """10.0 and 10 are one declaration, so they must hash alike."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


Percent = Annotated[
    Decimal, Field(ge=0, le=100, decimal_places=2, allow_inf_nan=False), AfterValidator(_shortest)
]
Amount = Annotated[
    Decimal, Field(max_digits=18, allow_inf_nan=False), AfterValidator(_shortest)
]  # fmt: skip


class Misfit(ValueError):
    """A declaration that contradicts another one: where (a path of keys), what, and the cure."""

    def __init__(self, path: KeyPath, problem: str, cure: str) -> None:
        super().__init__(f"{problem}; {cure}")
        self.path = path
        self.problem = problem
        self.cure = cure


class Declared(BaseModel):
    """A part of the strategy: frozen, and closed to keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Match(Declared):
    """What an attribute must be: one of some values, or a number within bounds.

    Written as a value (`phase: III`), a list (`phase: [II, III]`) or bounds
    (`patients: {ge: 100, lt: 500}`); kept in one form. All that is given must hold.
    """

    any_of: tuple[Annotated[str, Field(strict=True)] | Number, ...] = ()
    ge: Number | None = None
    gt: Number | None = None
    le: Number | None = None
    lt: Number | None = None
    between: tuple[Number, Number] | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_short_form(cls, value: Any) -> Any:
        if isinstance(value, str | int) and not isinstance(value, bool):
            return {"any_of": (value,)}
        return {"any_of": value} if isinstance(value, list | tuple) else value

    @model_validator(mode="after")
    def _asks_for_something(self) -> Match:
        if not self.any_of and self.bounds == (None, None):
            raise Misfit((), "matches nothing", "give a value, a list of values or bounds")
        return self

    @property
    def bounds(self) -> tuple[int | None, int | None]:
        """The lowest and highest number that fit, both inclusive; None: no bound."""
        lows = [self.ge, None if self.gt is None else self.gt + 1]
        highs = [self.le, None if self.lt is None else self.lt - 1]
        if self.between is not None:
            lows.append(self.between[0])
            highs.append(self.between[1])
        return (
            max((low for low in lows if low is not None), default=None),
            min((high for high in highs if high is not None), default=None),
        )


Where = dict[Name, Match]


class Attribute(Declared):
    """What is known of a deal or account: one of some values, or a number."""

    values: tuple[Name, ...] = ()
    number: bool = False
    unit: Name | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Attribute:
        if self.number == bool(self.values):
            raise Misfit((), "must be of one kind", "give either 'values: [...]' or 'number: true'")
        return self


# 1. Target market
class Tier(Declared):
    name: Name
    where: Where = Field(min_length=1)
    effort_share_percent: Percent | None = None


class Segment(Declared):
    name: Name
    where: Where = Field(min_length=1)


class TargetMarket(Declared):
    """Whom we sell to. A deal is of the first tier whose `where` fits."""

    tiers: tuple[Tier, ...] = ()
    excluded: tuple[Segment, ...] = ()


# 2. Value proposition
class Claim(Declared):
    """What we say, with its proof; `segments` are tiers (none: all)."""

    id: Name
    text: Text
    proof: Text | None = None
    segments: tuple[Name, ...] = ()
    required_from_stage: Name | None = None


class ValueProposition(Declared):
    pains: tuple[Text, ...] = ()
    claims: tuple[Claim, ...] = ()


# 3. Sales process
class Stage(Declared):
    """`proposal` and `shortlist`: from here on the offer is out, or we are among the last few.

    `entry_criteria` must be met before a deal comes here, `exit_criteria` before it goes on.
    """

    name: Name
    limit_days: Days | None = None
    target_days: Days | None = None
    probability_percent: Percent | None = None
    entry_criteria: tuple[Name, ...] = ()
    exit_criteria: tuple[Name, ...] = ()
    required_fields: tuple[Name, ...] = ()
    required_roles: tuple[Name, ...] = ()
    required_topics: tuple[Name, ...] = ()
    late: bool = False
    proposal: bool = False
    shortlist: bool = False


class Move(Declared):
    from_: Name = Field(alias="from")
    to: tuple[Name, ...] = Field(min_length=1)


ConstraintKind = Literal["response", "precedence", "not_succession", "absence", "chain_response"]


class Constraint(Declared):
    """A DECLARE constraint on the order of events of a deal (Pesic & van der Aalst 2006).

    `first` and `then` name events as `kind` or `kind:name`: `quote_sent`, `activity:call`,
    `stage:bid_defense`, `criterion:go_decision`, `topic:pricing`, `won`. response: after each
    `first` comes `then`, within `within_days` if given. precedence: `then` comes only after
    `first`. not_succession: after `first` never `then`. absence: `first` happens at most `most`
    times (0: never). chain_response: the next named event of the deal after `first` is `then`.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    kind: ConstraintKind
    first: Name
    then: Name | None = None
    within_days: Days | None = None
    most: Whole = 0
    text: Text | None = None


class Pipeline(Declared):
    """Stages in their order; `allowed_moves` are those besides one stage forward."""

    name: Name
    stages: tuple[Stage, ...] = ()
    allowed_moves: tuple[Move, ...] = ()


class Process(Declared):
    """`criteria` says each entry and exit criterion in words; if given, no other may be used."""

    pipelines: tuple[Pipeline, ...] = ()
    criteria: dict[Name, Text] = Field(default_factory=dict)
    constraints: tuple[Constraint, ...] = ()


LearnedFrom = Literal["days_in_stage", "age_days", "amount_minor"]
LearnedBy = Literal["stage", "pipeline", "tier"]


class Threshold(Declared):
    """A limit learned from won deals as known at each moment: a percentile, else `otherwise`.

    `of` is what won deals are measured by: their days in a stage, days from opening to the win, or
    amount. With fewer than `at_least` won deals in a cell of `by`, the last of `by` is given up,
    then the next; with none left, `otherwise` counts (in the unit of `of`; left out: unknown).
    """

    of: LearnedFrom
    percentile: Annotated[int, Field(strict=True, ge=1, le=99)] = 80
    by: tuple[LearnedBy, ...] = ()
    at_least: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 5
    otherwise: Annotated[Number | None, Field(alias="else")] = None


# 4. Sales channels
class Channel(Declared):
    """`kind` tells whose deal it is: two of one study, direct and a partner's, are a conflict.

    `inbound`: the buyer comes to us and waits for an answer. `rule` is this channel's rule of
    engagement.
    """

    name: Name
    share_percent: Percent | None = None
    kind: Literal["direct", "partner", "other"] = "other"
    inbound: bool = False
    rule: Text | None = None


class Channels(Declared):
    """The planned mix; `conflict_on` names the attribute in which conflicting deals agree.

    The mix is that of the attribute `channel` over the deals opened in the last `mix_days`.
    `rules_of_engagement` hold between the channels.
    """

    mix: tuple[Channel, ...] = ()
    mix_days: Annotated[Days, Field(ge=1)] = 90
    conflict_on: Name | None = None
    rules_of_engagement: tuple[Text, ...] = ()


# 5. Pricing
class Authority(Declared):
    """What a role of ours may give away alone, from a stage on (none: at any time)."""

    role: Name
    percent: Percent
    from_stage: Name | None = None


class Pricing(Declared):
    """`discount_authority_percent` is what a rep may give alone.

    `discount_authority` says it by role, the lowest first.
    """

    discount_authority: tuple[Authority, ...] = ()
    discount_authority_percent: Percent | None = None
    floor_margin_percent: Percent | None = None
    list_price_note: Text | None = None
    rate_card: dict[Name, Amount] = Field(default_factory=dict)
    no_discount_before_stage: Name | None = None


# 6. Competition
class Competitor(Declared):
    name: Name
    strengths: tuple[Text, ...] = ()
    battle_plan: Text | None = None
    no_bid_triggers: tuple[Text, ...] = ()


class NoBid(Declared):
    """A deal that we decline, whoever else bids: in words, and where attributes tell it."""

    text: Text
    where: Where = Field(default_factory=dict)


class Competition(Declared):
    competitors: tuple[Competitor, ...] = ()
    no_bid: tuple[NoBid, ...] = ()


# 7. Prospecting
class Prospecting(Declared):
    new_contacts_per_week: Whole | None = None
    new_accounts_per_week: Whole | None = None
    response_hours: Whole | None = None


# 8. Calls and presentations
class Conversations(Declared):
    """`attendees` are buying roles or `team_roles` (our own people who must be in the room)."""

    topics: tuple[Name, ...] = ()
    team_roles: tuple[Name, ...] = ()
    by_stage: dict[Name, tuple[Name, ...]] = Field(default_factory=dict)
    attendees: dict[Name, tuple[Name, ...]] = Field(default_factory=dict)


# 9. Relationships
class Relationships(Declared):
    roles: tuple[Name, ...] = ()
    decision_roles: tuple[Name, ...] = ()
    champion_roles: tuple[Name, ...] = ()
    procurement_roles: tuple[Name, ...] = ()
    required_contacts: Whole | None = None
    required_contacts_late: Whole | None = None


# 10. Closing
class Closing(Declared):
    """`steps` are criteria, in the order in which a deal is brought home."""

    steps: tuple[Name, ...] = ()
    award_to_signature_days: Days | None = None
    complex_award_to_signature_days: Days | None = None


# 11. Activity management
ActivityName = Literal["call", "email", "meeting", "demo", "task", "other"]


class Standard(Declared):
    """What a deal of this stage and tier (none: any) must get."""

    stage: Name | None = None
    tier: Name | None = None
    min_per_week: Whole | None = None
    max_silent_days: Days | None = None


class ActivityPlan(Declared):
    """`minutes` is what an activity of a kind takes where no duration is recorded."""

    standards: tuple[Standard, ...] = ()
    minutes: dict[ActivityName, Whole] = Field(default_factory=dict)


# 12. CRM use
class CrmUse(Declared):
    logging_days: Days | None = None
    backdating_days: Days | None = None
    required_fields: tuple[Name, ...] = ()


# 13. Comprehensive strategy
class StrategyReview(Declared):
    owner: Name | None = None
    approved_on: date | None = None
    required_elements: tuple[Element, ...] = ()


# 14. Aligning the team
class Team(Declared):
    name: Name
    reps: tuple[Name, ...] = Field(min_length=1)


class Alignment(Declared):
    teams: tuple[Team, ...] = ()
    acknowledge_within_days: Days | None = None


# 15. SMART goals
GoalMetric = Literal[
    "won_amount", "won_count", "win_rate", "bid_hit_rate", "cycle_days", "created_amount"
]
GoalUnit = Literal["money", "count", "percent", "days"]
GOAL_UNITS: Mapping[GoalMetric, GoalUnit] = MappingProxyType(
    {
        "won_amount": "money",
        "won_count": "count",
        "win_rate": "percent",
        "bid_hit_rate": "percent",
        "cycle_days": "days",
        "created_amount": "money",
    }
)
FALLING_METRICS: frozenset[GoalMetric] = frozenset({"cycle_days"})
"""Of these less is better."""


class Goal(Declared):
    """Specific and measurable (metric, value), achievable (baseline), relevant (element), timed.

    Value and baseline are in the metric's unit; money in whole units of the currency.
    """

    id: Name
    metric: GoalMetric
    baseline: Amount | None = None
    value: Amount
    start: date
    due: date
    owner: Name
    element: Element

    @model_validator(mode="after")
    def _starts_before_it_is_due(self) -> Goal:
        if self.start >= self.due:
            raise Misfit(("due",), f"due {self.due} is not after start {self.start}", "move one")
        return self


# 16. Accountability
class Away(Declared):
    """A rep is out of office from one day to another, both included."""

    rep: Name
    from_: date = Field(alias="from")
    to: date

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Away:
        if self.to < self.from_:
            raise Misfit(("to",), f"ends {self.to}, before it begins {self.from_}", "swap them")
        return self


class Accountability(Declared):
    """How much advice a rep gets: `reps` overrides the minutes a week by name.

    `manager` gets what nobody answered and what concerns the whole team, within
    `manager_minutes_per_week` (left out: without limit). While a rep is `away`, a week has as many
    minutes less.

    `cost_per_hour` of a rep's time is in the strategy's currency, and so is `assumed_amount`: what
    a deal is taken to be worth while no amount is recorded in all of history.
    """

    minutes_per_rep_week: Whole = 300
    cost_per_hour: Whole = 100
    assumed_amount: Whole = 10_000
    reps: dict[Name, Whole] = Field(default_factory=dict)
    max_per_deal: Annotated[int, Field(strict=True, ge=1, le=100)] = 2
    response_days: Days = 7
    escalate_after: Whole = 2
    away: tuple[Away, ...] = ()
    manager: Name | None = None
    manager_minutes_per_week: Whole | None = None

    def minutes_for(self, rep: str | None) -> int:
        """Minutes a week that `rep` has for advised work."""
        return (
            self.minutes_per_rep_week
            if rep is None
            else self.reps.get(rep, self.minutes_per_rep_week)
        )

    def is_away(self, rep: str | None, day: date) -> bool:
        """Whether `rep` is declared out of office on `day`."""
        return any(one.rep == rep and one.from_ <= day <= one.to for one in self.away)


# 17. Monitoring and optimising
class Review(Declared):
    """How often the strategy is reviewed, how it may be changed, and when a rule is doubted."""

    cadence_days: Annotated[int, Field(strict=True, ge=1, le=3650)] = 90
    min_issues: Whole = 30
    demote_acceptance_percent: Percent = Decimal(20)
    change_policy: Text | None = None
