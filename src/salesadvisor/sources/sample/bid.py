"""What is true of one deal right now, and what advantage does that give?"""

from __future__ import annotations

from dataclasses import dataclass, field

from salesadvisor.sources.sample import effects, process
from salesadvisor.sources.sample.journal import Journal
from salesadvisor.sources.sample.world import DECISION_ROLES, Account, Contact, Rep

CLAIMS = ("recruitment_record", "kol_network", "enrolment_speed", "quality_record")
LATE_PHASES = frozenset({"II", "III"})


@dataclass(frozen=True, slots=True)
class Study:
    """What is asked for; it does not change over the deal."""

    area: str
    phase: str
    service: str
    channel: str
    asked_model: str
    bid_model: str
    patients: int


@dataclass(slots=True)
class Bid:
    """One deal's state. Moments are business time; `promise` and `is_cooling` are hidden."""

    number: int
    account: Account
    study: Study
    rep: Rep
    journal: Journal
    promise: float
    fit: float
    opened: float
    begun: float
    amount: int
    close_at: float
    stage: int
    competitor: str | None = None
    competitor_recorded: bool = False
    engaged: list[Contact] = field(default_factory=list)
    has_decision_role: bool = False
    claims: set[str] = field(default_factory=set)
    next_due: float = -1.0
    last_reply_days: float = 0.0
    replies_owed: list[tuple[float, str]] = field(default_factory=list)
    is_cooling: bool = False
    discount_early: bool = False
    discount_late: bool = False
    has_switching_case: bool = False
    has_recruitment_plan: bool = False
    is_prepared: bool = False
    pricing_discussed: bool = False
    has_skipped: bool = False
    objection: str | None = None
    objection_raised: float = 0.0
    objection_answer: float = 0.0
    quotes: int = 0
    forecast: str = ""
    cycle: int = 1
    idle_until: float = -1.0
    sees_procurement_only: bool = False
    loi_started: float | None = None
    loi_ceiling_days: float = 0.0
    loi_used_percent: int = 0

    @property
    def is_in_trouble(self) -> bool:
        """What a rep can see of a deal that goes badly."""
        return self.is_cooling or self.objection is not None or self.competitor is not None

    def engage(self, contact: Contact) -> None:
        self.engaged.append(contact)
        self.has_decision_role = self.has_decision_role or contact.role in DECISION_ROLES

    def advantage(self, moment: float) -> float:
        """The sum of the effects that hold now; see effects.EFFECTS."""
        total = self.fit + effects.PROMISE * self.promise
        total += effects.ROLE * min(len(self.engaged) - 1, effects.MOST_ROLES)
        total += effects.CLAIM * len(self.claims)
        if self.has_decision_role:
            total += effects.DECISION_ROLE
        if self.last_reply_days > 1.0:
            total += effects.SLOW_RESPONSE
        if self.next_due >= moment:
            total += effects.NEXT_STEP
        if self.is_cooling:
            total += effects.COOLING
        if self.objection is not None and moment - self.objection_raised > 5:
            total += effects.OPEN_OBJECTION
        if self.pricing_discussed:
            total += effects.PRICE_DISCUSSED
        if self.has_skipped:
            total += effects.SKIPPED_STAGE
        if self.sees_procurement_only:
            total += effects.PROCUREMENT_ONLY
        return total + self._rivalry() + self._proposal()

    def _rivalry(self) -> float:
        total = 0.0
        if self.stage >= process.RFP:
            total += effects.RIVAL.get(self.competitor or "", 0.0)
        if self.account.incumbent is not None:
            total += effects.INCUMBENT
            total += effects.SWITCHING_CASE if self.has_switching_case else 0.0
        return total

    def _proposal(self) -> float:
        total = effects.EARLY_DISCOUNT if self.discount_early else 0.0
        if self.discount_late:
            total += effects.LATE_DISCOUNT
        if self.has_recruitment_plan and self.study.phase in LATE_PHASES:
            total += effects.RECRUITMENT_PLAN
        if self.stage >= process.PROPOSAL and self.study.bid_model != self.study.asked_model:
            total += effects.WRONG_MODEL
        if self.stage >= process.DEFENSE and self.is_prepared:
            total += effects.PREPARED_DEFENSE
        return total


def fit_of(account: Account, study: Study) -> float:
    """The part of the advantage that the attributes fix from the first day on."""
    total = effects.SIZE[account.size] + effects.AREA[study.area] + effects.PHASE[study.phase]
    total += effects.REGION[account.region] + effects.CHANNEL[study.channel]
    if account.preferred_provider:
        total += effects.PREFERRED_PROVIDER
    elif account.size == "large" and not account.msa_on_file:
        total += effects.LARGE_AND_NOT_LISTED
    return total
