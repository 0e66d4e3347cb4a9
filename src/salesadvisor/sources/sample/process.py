"""Which stages does a bid pass, how long does each take, and how dangerous is it?"""

from __future__ import annotations

from dataclasses import dataclass

PIPELINE = "bids"


@dataclass(frozen=True)
class Stage:
    """`median_days` are business days; `lost` and `stalled` are hazards a week at advantage 0."""

    name: str
    rank: int
    median_days: float
    lost: float
    stalled: float
    criteria: tuple[str, ...]


STAGES: tuple[Stage, ...] = (
    Stage("identified", 0, 18.0, 0.040, 0.026, ("need_confirmed",)),
    Stage("cda_signed", 1, 6.0, 0.034, 0.018, ()),
    Stage("rfi", 2, 10.0, 0.045, 0.022, ("budget_confirmed",)),
    Stage("rfp_received", 3, 2.0, 0.15, 0.009, ("go_decision",)),
    Stage("go_no_go", 4, 7.0, 0.07, 0.009, ("ops_signoff", "feasibility_shared")),
    Stage(
        "proposal_submitted",
        5,
        12.0,
        0.26,
        0.045,
        ("recruitment_strategy_shared", "risk_plan_shared"),
    ),
    Stage("shortlisted", 6, 8.0, 0.27, 0.026, ("rehearsal_held", "team_named")),
    Stage("bid_defense", 7, 8.0, 0.36, 0.026, ()),
    Stage("verbal_award", 8, 11.0, 0.025, 0.009, ("award_received", "loi_signed")),
    Stage("loi", 9, 16.0, 0.012, 0.007, ("msa_signed", "work_started")),
)
BY_NAME = {stage.name: stage for stage in STAGES}
RFI = BY_NAME["rfi"].rank
RFP = BY_NAME["rfp_received"].rank
GO_NO_GO = BY_NAME["go_no_go"].rank
PROPOSAL = BY_NAME["proposal_submitted"].rank
SHORTLIST = BY_NAME["shortlisted"].rank
DEFENSE = BY_NAME["bid_defense"].rank
AWARD = BY_NAME["verbal_award"].rank
LAST = len(STAGES) - 1
CONTRACT_STAGES = (AWARD, LAST)

# Median business days from the start of a stage to the signature.
DAYS_TO_SIGNATURE = tuple(sum(s.median_days for s in STAGES[rank:]) for rank in range(LAST + 1))
