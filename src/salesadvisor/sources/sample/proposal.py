"""What does a bid team bring to each stage: claims, quotes, discounts, plans, rehearsals?"""

from __future__ import annotations

from math import exp

from salesadvisor.sources.sample import contract, process
from salesadvisor.sources.sample.bid import CLAIMS, LATE_PHASES, Bid
from salesadvisor.sources.sample.chance import normal, pick
from salesadvisor.sources.sample.setting import Setting
from salesadvisor.sources.sample.work import add_contact, note_activity
from salesadvisor.sources.sample.world import COMPETITORS, PROCUREMENT_ROLES

AUTHORITY_PERCENT = 5
_MISTYPED = 0.03
_NO_FOLLOW_UP = 0.22
_KNOWN_AT_PROPOSAL = 0.5
_KNOWN_BEFORE_PROPOSAL = 0.5


def enter_stage(bid: Bid, setting: Setting, now: float) -> None:
    """What is done at the start of the stage that the deal has just come to."""
    if bid.stage in (process.GO_NO_GO, process.PROPOSAL):
        _present_claims(bid, setting, now)
    if bid.stage == process.RFP and not bid.competitor_recorded and bid.competitor:
        if setting.draw() < _KNOWN_BEFORE_PROPOSAL:
            _record_competitor(bid, setting, now)
    if bid.stage == process.PROPOSAL:
        _submit(bid, setting, now)
        _meet_the_buyers(bid, setting, now)
    elif bid.stage == process.SHORTLIST:
        _offer_late_discount(bid, setting, now)
        _prepare_defense(bid, setting, now)
    elif bid.stage == process.DEFENSE:
        _defend(bid, setting, now)
    elif bid.stage == process.LAST:
        contract.start_work_early(bid, setting, now)
    _forecast_the_stage(bid, setting, now)


def leave_stage(bid: Bid, setting: Setting, now: float) -> None:
    """The exit criteria that are met by the end of the stage."""
    for criterion in process.STAGES[bid.stage].criteria:
        if criterion in ("rehearsal_held", "team_named", "work_started"):
            continue
        if criterion == "recruitment_strategy_shared":
            if _shares_recruitment_strategy(bid, setting):
                _meet(bid, setting, now, criterion)
        elif setting.draw() < _certainty(bid, criterion):
            _meet(bid, setting, now, criterion)


def confirm_without_rfi(bid: Bid, setting: Setting, now: float) -> None:
    """A request that needs no RFI mostly comes with its budget."""
    if setting.draw() < _certainty(bid, "budget_confirmed"):
        _meet(bid, setting, now, "budget_confirmed")


def set_forecast(bid: Bid, moment: float, category: str) -> None:
    if category != bid.forecast:
        bid.forecast = category
        bid.journal.field(moment, "forecast_category_set", f'{{"to":"{category}"}}')


def _present_claims(bid: Bid, setting: Setting, now: float) -> None:
    chance = bid.rep.rigour * 0.75 * exp(0.15 * bid.promise)
    for claim in CLAIMS:
        if claim not in bid.claims and setting.does("present_claims", chance):
            bid.claims.add(claim)
            _claim(bid, setting, now, claim)
    if bid.account.incumbent and not bid.has_switching_case:
        if setting.does("present_switching_case", 0.6 * bid.rep.rigour):
            bid.has_switching_case = True
            _claim(bid, setting, now, "team_continuity")


def _claim(bid: Bid, setting: Setting, now: float, claim: str) -> None:
    proof = ',"proof":"case_study"' if setting.draw() < 0.6 else ""
    data = f'{{"claim":"{claim}"{proof}}}'
    bid.journal.logged(now + 0.2 * setting.draw(), "claim_presented", data)


def _submit(bid: Bid, setting: Setting, now: float) -> None:
    if bid.quotes:
        _change_amount(bid, setting, now, 0.10)
    _quote(bid, setting, now)
    if not bid.pricing_discussed and setting.does("discuss_pricing", 0.25 + 0.6 * bid.rep.rigour):
        bid.pricing_discussed = True
        contact = bid.engaged[-1].name
        note_activity(bid, now + 0.15, "call", "out", contact, 35, '"pricing"')
    if not bid.competitor_recorded and setting.draw() < _KNOWN_AT_PROPOSAL:
        _record_competitor(bid, setting, now)
    chance = bid.rep.discounting * (1.8 if bid.is_in_trouble else 0.55)
    if not bid.discount_early and setting.does("discount_early", chance):
        bid.discount_early = True
        _discount(bid, setting, now)


def _meet_the_buyers(bid: Bid, setting: Setting, now: float) -> None:
    """Where procurement takes over, a rep who knows one contact only seldom gets around it."""
    brings = setting.does("bring_clinicians", 0.2 + 0.5 * bid.rep.threading)
    if not bid.account.buys_through_procurement or bid.sees_procurement_only:
        return
    if not any(contact.role in PROCUREMENT_ROLES for contact in bid.engaged):
        buyers = (one for one in bid.account.contacts if one.role in PROCUREMENT_ROLES)
        add_contact(bid, now + 0.1, next(buyers))
    bid.sees_procurement_only = not brings


def _record_competitor(bid: Bid, setting: Setting, now: float) -> None:
    bid.competitor_recorded = True
    # Where no rival is known for sure, one of the usual ones is written down.
    name = bid.competitor or pick(setting.draw, COMPETITORS[1:])
    incumbent = "true" if name == bid.account.incumbent else "false"
    data = f'{{"competitor":"{name}","incumbent":{incumbent}}}'
    bid.journal.logged(now + 0.2 * setting.draw(), "competitor_identified", data)


def _offer_late_discount(bid: Bid, setting: Setting, now: float) -> None:
    if bid.discount_late or not setting.does("discount_late", 0.15 + 0.6 * bid.rep.discounting):
        return
    bid.discount_late = True
    _discount(bid, setting, now)
    _change_amount(bid, setting, now, 0.05)
    _quote(bid, setting, now)


def _prepare_defense(bid: Bid, setting: Setting, now: float) -> None:
    chance = (0.35 + 0.55 * bid.rep.rigour) * exp(0.12 * bid.promise)
    if bid.is_prepared or not setting.does("prepare_bid_defense", chance):
        if setting.draw() < 0.35:
            _meet(bid, setting, now + 1, "team_named")
        return
    bid.is_prepared = True
    _meet(bid, setting, now + 0.5, "team_named")
    _meet(bid, setting, now + 1.0, "rehearsal_held")


def _defend(bid: Bid, setting: Setting, now: float) -> None:
    contact = pick(setting.draw, bid.engaged).name
    note_activity(bid, now + 0.1, "demo", "out", contact, 120, '"recruitment","risk","team"')
    if setting.draw() < 0.45:
        _change_amount(bid, setting, now, 0.08)
        _quote(bid, setting, now)


def _forecast_the_stage(bid: Bid, setting: Setting, now: float) -> None:
    chance = setting.draw()
    optimism = bid.rep.optimism
    if bid.stage >= process.AWARD or (bid.stage >= process.SHORTLIST and chance < 0.3 * optimism):
        category = "commit"
    elif bid.stage >= process.SHORTLIST or (
        bid.stage >= process.PROPOSAL and chance < 0.6 * optimism
    ):
        category = "best_case"
    elif bid.stage >= process.RFP:
        category = "pipeline"
    else:
        return
    set_forecast(bid, now + 0.05, category)


def _quote(bid: Bid, setting: Setting, now: float) -> None:
    bid.quotes += 1
    if setting.draw() < _NO_FOLLOW_UP * (1.4 - bid.rep.discipline):
        bid.idle_until = now + 6 + 8 * setting.draw()
    bid.journal.logged(
        now + 0.1 * setting.draw(),
        "quote_sent",
        f'{{"amount":"{bid.amount}.00","currency":"USD","version":"{bid.quotes}"'
        f',"model":"{bid.study.bid_model}"}}',
    )


def _discount(bid: Bid, setting: Setting, now: float) -> None:
    percent = 2 + int(4 * setting.draw()) + (int(9 * setting.draw()) if bid.is_in_trouble else 0)
    approved = percent > AUTHORITY_PERCENT and setting.draw() < 0.55
    by = ',"approved_by":"sales_director"' if approved else ""
    bid.journal.logged(
        now + 0.3 * setting.draw(), "discount_offered", f'{{"percent":"{percent}"{by}}}'
    )


def _change_amount(bid: Bid, setting: Setting, now: float, sigma: float) -> None:
    old = bid.amount
    bid.amount = max(round(old * exp(sigma * normal(setting.draw)) / 1000) * 1000, 300_000)
    if bid.amount == old:
        return
    fact = f'{{"from":"{old}.00","to":"{bid.amount}.00","currency":"USD"}}'
    if setting.draw() >= _MISTYPED:
        bid.journal.field(now + 0.02, "amount_changed", fact)
        return
    typed = f'{{"from":"{old}.00","to":"{bid.amount}0.00","currency":"USD"}}'
    bid.journal.field(now + 0.02, "amount_changed", typed)
    moment = bid.journal.text(now + 0.02)
    data = (
        f'{{"corrects":"{bid.journal.last_id}","event":"amount_changed","fact":{fact}'
        f',"fact_occurred_at":"{moment}"}}'
    )
    bid.journal.amend_last("corrected", data, 7_200)


def _shares_recruitment_strategy(bid: Bid, setting: Setting) -> bool:
    needed = 0.9 if bid.study.phase in LATE_PHASES else 0.6
    if bid.has_recruitment_plan:
        return False
    chance = needed * (0.5 + 0.5 * bid.rep.rigour) * exp(0.15 * bid.promise)
    bid.has_recruitment_plan = setting.does("share_recruitment_strategy", chance)
    return bid.has_recruitment_plan


def _certainty(bid: Bid, criterion: str) -> float:
    if criterion in ("award_received", "loi_signed"):
        return 0.95
    if criterion == "msa_signed":
        return 0.2 if bid.account.msa_on_file else 0.9
    return 0.72 + 0.26 * bid.rep.rigour


def _meet(bid: Bid, setting: Setting, moment: float, criterion: str) -> None:
    data = f'{{"criterion":"{criterion}"}}'
    bid.journal.logged(moment, "criterion_met", data)
