"""Which deals come up, and what happens to each of them until the history ends?"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import orjson

from salesadvisor.sources.sample import doubles, process, season
from salesadvisor.sources.sample.bid import Bid, fit_of
from salesadvisor.sources.sample.chance import draws, normal, weighted
from salesadvisor.sources.sample.clock import BusinessClock
from salesadvisor.sources.sample.journal import Fact, Journal
from salesadvisor.sources.sample.leads import confirm_earlier_criteria, forget, take_on
from salesadvisor.sources.sample.life import live
from salesadvisor.sources.sample.market import (
    amount_of,
    rival_for,
    study_of,
    who_buys_from_whom,
)
from salesadvisor.sources.sample.setting import Setting
from salesadvisor.sources.sample.spec import SampleSpec
from salesadvisor.sources.sample.world import Account, World, make_world

NOTHING_FORCED: Mapping[str, bool] = MappingProxyType({})
_WORLD, _DEALS = 1, 2
_STARTS = (("identified", 0.68), ("rfi", 0.17), ("rfp_received", 0.15))


def simulate(spec: SampleSpec, forced: Mapping[str, bool] = NOTHING_FORCED) -> list[Fact]:
    """Every clean fact of the history, in the order of recording."""
    draw = draws(spec.seed, _DEALS)
    setting = Setting(draw, BusinessClock(spec.start, spec.end), forced)
    world = make_world(spec, draws(spec.seed, _WORLD))
    facts: list[Fact] = []
    for account in world.accounts:
        _profile(account, setting, facts)
    openings = sorted(season.opening(draw, setting.clock) for _ in range(spec.deals))
    previous: Bid | None = None
    for number, opened in enumerate(openings, start=1):
        bid = _come_up(number, opened, world, setting, facts)
        if previous is None or not _stands_there_already(bid, previous, setting):
            _run(bid, setting, world)
            previous = bid
    facts.sort()
    return facts


def _run(bid: Bid, setting: Setting, world: World) -> None:
    _open(bid, setting)
    if take_on(bid, setting):
        confirm_earlier_criteria(bid, setting)
        live(bid, setting, world.reps)
    else:
        forget(bid, setting)


def _stands_there_already(bid: Bid, original: Bid, setting: Setting) -> bool:
    """Whether the bid is but a second record of the study of `original`; then it is written."""
    chance = setting.draw()
    if chance < doubles.DUPLICATES:
        doubles.copy_study(bid, original)
        _open(bid, setting)
        take_on(bid, setting)
        doubles.void_duplicate(bid, original, setting)
        return True
    if chance > 1 - doubles.BY_PARTNER and original.study.channel in doubles.OWN_CHANNELS:
        doubles.register_by_partner(bid, original)
        _open(bid, setting)
        if take_on(bid, setting):
            doubles.yield_to_direct(bid, original, setting)
        return True
    return False


def _profile(account: Account, setting: Setting, facts: list[Fact]) -> None:
    """The sponsor's first profile in the first days, and for some a newer one later."""
    journal = Journal(facts, account.name, setting.clock, setting.draw, 1.0)
    days = setting.clock.days
    moments = [0.2 * setting.draw() * min(days, 5)]
    if setting.draw() < 0.3:
        moments.append(moments[0] + setting.draw() * (days - moments[0]))
    for year, moment in enumerate(moments):
        attributes = {
            "sponsor_size": account.size,
            "research_spend_musd": round(account.research_musd * (1 + 0.05 * year)),
            "therapeutic_areas": ",".join(account.areas),
            "region": account.region,
            "preferred_provider": _yes(account.preferred_provider),
            "msa_on_file": _yes(account.msa_on_file),
        }
        data = orjson.dumps({"attributes": attributes}).decode()
        journal.field(moment, "account_profiled", data)


def _come_up(number: int, opened: float, world: World, setting: Setting, facts: list[Fact]) -> Bid:
    draw = setting.draw
    account, rep = who_buys_from_whom(world, draw)
    study = study_of(account, rep, opened, setting)
    stage = process.BY_NAME[weighted(draw, _STARTS)].rank
    # An optimist dates the signature early.
    needed = process.DAYS_TO_SIGNATURE[stage] * (1.05 - 0.6 * rep.optimism)
    return Bid(
        number=number,
        account=account,
        study=study,
        rep=rep,
        journal=Journal(facts, f"CR-{number:05}", setting.clock, draw, rep.prompt),
        promise=max(-2.5, min(2.5, normal(draw))),
        fit=fit_of(account, study),
        opened=opened,
        begun=opened,
        amount=amount_of(account, study, draw),
        close_at=opened + needed * (0.8 + 0.4 * draw()),
        stage=stage,
        competitor=rival_for(account, study, opened, setting),
    )


def _open(bid: Bid, setting: Setting) -> None:
    bid.journal.field(bid.opened, "opened", _opened_data(bid, setting))


def _opened_data(bid: Bid, setting: Setting) -> str:
    account, study = bid.account, bid.study
    data = {
        "pipeline": process.PIPELINE,
        "stage": process.STAGES[bid.stage].name,
        "amount": f"{bid.amount}.00",
        "currency": "USD",
        "close_date": setting.clock.date_after(bid.close_at, 0),
        "owner": bid.rep.name,
        "account": account.name,
        "attributes": {
            "sponsor_size": account.size,
            "therapeutic_area": study.area,
            "phase": study.phase,
            "region": account.region,
            "service": study.service,
            "channel": study.channel,
            "preferred_provider": _yes(account.preferred_provider),
            "msa_on_file": _yes(account.msa_on_file),
            "asked_model": study.asked_model,
            "bid_model": study.bid_model,
            "patients": study.patients,
        },
    }
    return orjson.dumps(data).decode()


def _yes(claim: bool) -> str:
    return "yes" if claim else "no"
