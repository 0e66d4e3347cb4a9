"""How do the six elements of strategy fare? Market, value, process, channels, pricing, rivals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from salesadvisor.domain import state
from salesadvisor.domain.state import UNKNOWN
from salesadvisor.study.scoreboard.measure import (
    NOTHING,
    TOLERATED,
    Figure,
    Measure,
    Plan,
    measured,
    percentage,
    unmeasured,
)
from salesadvisor.study.scoreboard.standing import WEEKS_BACK, Flow, Standing
from salesadvisor.study.scoreboard.standpoint import Standpoint

FEW = Plan("at most", TOLERATED)
MOST = Plan("at least", 100 - TOLERATED)


def target_market(at: Standpoint) -> Iterator[Measure]:
    tiers = at.strategy.target_market.tiers
    for code, tier in enumerate(tiers):
        if tier.effort_share_percent is not None:
            yield measured(
                f"activities of 30 days on {tier.name} deals",
                "%",
                _effort_on(at.now, code),
                "activities on open deals",
                before=_effort_on(at.before, code),
                plan=Plan("near", float(tier.effort_share_percent)),
            )
    if tiers:
        yield measured(
            f"open value in {tiers[0].name} deals",
            "%",
            _value_in(at.now, 0),
            "open deals with an amount",
            before=_value_in(at.before, 0),
        )
    if at.strategy.target_market.excluded:
        yield at.share(
            "open deals in an excluded segment",
            lambda deals: (deals.column("is_excluded") == 1, deals.everyone),
            "open deals",
            Plan("at most", 0),
        )


def value_proposition(at: Standpoint) -> Iterator[Measure]:
    if any(at.terms.claims_by_stage):
        label = "open deals without a claim that is due"
        if not at.flow.has(state.CLAIM):
            yield unmeasured(label, "no claim was ever recorded as presented")
        else:
            yield at.share(
                label,
                lambda deals: (
                    deals.column("claims_missing") > 0,
                    deals.at_stages(at.terms.claims_by_stage),
                ),
                "open deals with a claim due",
                FEW,
            )
    if at.flow.has(state.OBJECTION_RAISED):
        yield at.share(
            "open deals with an unanswered objection",
            lambda deals: (deals.column("open_objections") > 0, deals.everyone),
            "open deals",
        )


def process(at: Standpoint) -> Iterator[Measure]:
    if any(ref.stage.limit_days is not None for ref in at.strategy.stages):
        yield at.share(
            "open deals over their stage's limit",
            lambda deals: (
                deals.column("days_over_stage_limit") > 0,
                deals.known("days_over_stage_limit"),
            ),
            "open deals at a stage with a limit",
            FEW,
        )
    if any(at.terms.earlier_criteria):
        label = "open deals that skipped an exit criterion"
        if not at.flow.has(state.CRITERION):
            yield unmeasured(label, "no criterion was ever recorded as met")
        else:
            yield at.share(
                label,
                lambda deals: (
                    deals.column("criteria_unmet_earlier") > 0,
                    deals.at_stages(at.terms.earlier_criteria),
                ),
                "open deals past a stage with criteria",
                FEW,
            )
    yield at.share(
        "open deals slower than four of five won deals",
        lambda deals: (deals.column("days_over_won_p80") > 0, deals.known("days_over_won_p80")),
        "open deals with won deals to compare",
    )


def channels(at: Standpoint) -> Iterator[Measure]:
    mix = [one for one in at.strategy.channels.mix if one.share_percent is not None]
    attribute = at.strategy.attributes.get("channel")
    if mix and attribute is None:
        yield unmeasured("mix of channels", "the strategy has no attribute 'channel'")
        return
    now, before = (_channels_of_new_deals(at, window) for window in at.windows(WEEKS_BACK * 7))
    has_before = at.has_window_before(WEEKS_BACK * 7)
    for channel in mix:
        code = attribute.values.index(channel.name) if attribute else UNKNOWN
        yield measured(
            f"new deals of {WEEKS_BACK} weeks through {channel.name}",
            "%",
            percentage(now == code, now != UNKNOWN),
            "new deals with a channel",
            before=percentage(before == code, before != UNKNOWN) if has_before else NOTHING,
            plan=Plan("near", float(channel.share_percent or 0)),
        )


def pricing(at: Standpoint) -> Iterator[Measure]:
    pricing = at.strategy.pricing
    if pricing.discount_authority_percent is not None:
        label = "discounts within the rep's authority"
        if not at.flow.has(state.DISCOUNT):
            yield unmeasured(label, "no discount was ever recorded")
        else:
            yield at.share(
                label,
                lambda deals: (
                    deals.column("discount_over_authority_bp") == 0,
                    deals.known("discount_over_authority_bp"),
                ),
                "open deals with a discount",
                MOST,
            )
    if pricing.no_discount_before_stage and at.flow.has(state.DISCOUNT):
        yield at.share(
            f"discounts offered before {pricing.no_discount_before_stage}",
            lambda deals: (
                deals.column("discount_before_shortlist") == 1,
                deals.known("discount_bp"),
            ),
            "open deals with a discount",
            FEW,
        )
    if pricing.floor_margin_percent is not None:
        yield unmeasured("margin above the floor", "margins are not recorded")


def competition(at: Standpoint) -> Iterator[Measure]:
    proposal = [ref.stage.proposal for ref in at.strategy.stages]
    label = "open deals past proposal with a known competitor"
    if not any(proposal):
        yield unmeasured(label, "the strategy marks no stage 'proposal: true'")
    elif not at.flow.has(state.COMPETITOR):
        yield unmeasured(label, "no competitor was ever recorded")
    else:
        yield at.share(
            label,
            lambda deals: (deals.column("competitor_known") == 1, deals.at_stages(proposal)),
            "open deals past proposal",
            MOST,
        )


def _effort_on(deals: Standing | None, tier: int) -> Figure:
    if deals is None:
        return NOTHING
    touches = sum(deals.column(name) for name in ("calls_30d", "emails_out_30d", "meetings_30d"))
    return _weighted_share(deals.column("tier") == tier, touches)


def _value_in(deals: Standing | None, tier: int) -> Figure:
    if deals is None:
        return NOTHING
    known = deals.known("amount_minor")
    amount = np.where(known, deals.column("amount_minor"), 0)
    value = _weighted_share(deals.column("tier") == tier, amount).value
    return Figure(value, int(np.count_nonzero(known)))


def _weighted_share(hits: Any, weight: Any) -> Figure:
    total = int(np.sum(weight))
    return Figure(100 * int(np.sum(weight[hits])) / total, total) if total else NOTHING


def _channels_of_new_deals(at: Standpoint, window: Flow) -> Any:
    """The code of the channel of each deal opened in the window, UNKNOWN where it isn't known."""
    opened = np.unique(window.of(state.OPENED).deal)
    attributes = at.flow.of(state.ATTRIBUTE)
    slot = at.attributes.index("channel") if "channel" in at.attributes else UNKNOWN
    of_channel = attributes.code == slot
    deal, value = attributes.deal[of_channel], attributes.value[of_channel]
    first_deal, place = np.unique(deal, return_index=True)
    found = np.full(len(opened), UNKNOWN)
    here = np.isin(opened, first_deal)
    found[here] = value[place[np.searchsorted(first_deal, opened[here])]]
    return found
