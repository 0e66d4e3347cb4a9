"""Which deals come up, and what happens to each of them until the history ends?"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import orjson

from salesadvisor.sources.sample import process
from salesadvisor.sources.sample.bid import Bid, Study, fit_of
from salesadvisor.sources.sample.chance import Draw, draws, lognormal, normal, pick, weighted
from salesadvisor.sources.sample.clock import BusinessClock
from salesadvisor.sources.sample.journal import Fact, Journal
from salesadvisor.sources.sample.life import live
from salesadvisor.sources.sample.setting import Setting
from salesadvisor.sources.sample.spec import SampleSpec
from salesadvisor.sources.sample.work import add_contact, note_activity
from salesadvisor.sources.sample.world import Account, World, make_world

NOTHING_FORCED: Mapping[str, bool] = MappingProxyType({})
_WORLD, _DEALS = 1, 2
_DUPLICATES = 0.02
_AMOUNT_MUSD = {"I": 1.1, "II": 3.8, "III": 10.0, "IV": 2.6}
_SIZE_FACTOR = {"small": 0.7, "mid": 1.0, "large": 1.4}
_SERVICE_FACTOR = {"fso": 1.0, "fsp": 0.55, "hybrid": 0.8}
_PATIENTS = {"I": 45.0, "II": 160.0, "III": 620.0, "IV": 900.0}
_PHASES = (("I", 0.24), ("II", 0.36), ("III", 0.28), ("IV", 0.12))
_SERVICES = (("fso", 0.55), ("fsp", 0.28), ("hybrid", 0.17))
_STARTS = (("identified", 0.68), ("rfi", 0.17), ("rfp_received", 0.15))


def simulate(spec: SampleSpec, forced: Mapping[str, bool] = NOTHING_FORCED) -> list[Fact]:
    """Every clean fact of the history, in the order of recording."""
    draw = draws(spec.seed, _DEALS)
    setting = Setting(draw, BusinessClock(spec.start, spec.end), forced)
    world = make_world(spec, draws(spec.seed, _WORLD))
    facts: list[Fact] = []
    for account in world.accounts:
        _profile(account, setting, facts)
    openings = sorted(draw() * setting.clock.days for _ in range(spec.deals))
    previous: Bid | None = None
    for number, opened in enumerate(openings, start=1):
        bid = _come_up(number, opened, world, setting, facts)
        if previous is not None and draw() < _DUPLICATES:
            _enter_twice(bid, previous, setting)
            continue
        _open(bid, setting)
        live(bid, setting, world.reps)
        previous = bid
    facts.sort()
    return facts


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
    account = pick(draw, world.accounts)
    rep = account.rep if draw() < 0.85 else pick(draw, world.reps)
    study = _study(account, setting)
    stage = process.BY_NAME[weighted(draw, _STARTS)].rank
    needed = process.DAYS_TO_SIGNATURE[stage]
    rival = account.incumbent or (
        pick(draw, ("Arcanum", "Novacore", "Helixon", "Meridia")) if draw() < 0.6 else None
    )
    return Bid(
        number=number,
        account=account,
        study=study,
        rep=rep,
        journal=Journal(facts, f"CR-{number:05}", setting.clock, draw, rep.prompt),
        promise=max(-2.5, min(2.5, normal(draw))),
        fit=fit_of(account, study),
        opened=opened,
        amount=_amount(account, study, draw),
        close_at=opened + needed * (0.7 + 0.5 * draw()),
        stage=stage,
        competitor=rival,
    )


def _study(account: Account, setting: Setting) -> Study:
    draw = setting.draw
    phase = weighted(draw, _PHASES)
    service = weighted(draw, _SERVICES)
    asked = "fte" if service == "fsp" else pick(draw, ("milestone", "milestone", "unit"))
    keeps = setting.does("bid_the_asked_model", 0.82)
    other = "unit" if asked == "milestone" else "milestone"
    return Study(
        area=account.areas[int(draw() ** 1.5 * len(account.areas))],
        phase=phase,
        service=service,
        channel=_channel(account, draw),
        asked_model=asked,
        bid_model=asked if keeps else other,
        patients=max(12, round(lognormal(draw, _PATIENTS[phase], 0.4))),
    )


def _channel(account: Account, draw: Draw) -> str:
    if account.preferred_provider and draw() < 0.6:
        return "preferred_provider"
    return weighted(
        draw, (("direct", 0.45), ("inbound", 0.22), ("conference", 0.18), ("partner", 0.15))
    )


def _amount(account: Account, study: Study, draw: Draw) -> int:
    median = _AMOUNT_MUSD[study.phase] * _SIZE_FACTOR[account.size]
    amount = lognormal(draw, median * _SERVICE_FACTOR[study.service], 0.6) * 1_000_000
    return round(max(300_000.0, min(40_000_000.0, amount)) / 1000) * 1000


def _open(bid: Bid, setting: Setting) -> None:
    bid.journal.field(bid.opened, "opened", _opened_data(bid, setting))
    first = bid.account.contacts[0]
    add_contact(bid, bid.opened + 0.02, first)
    if bid.study.channel == "inbound":
        note_activity(bid, bid.opened + 0.001, "email", "in", first.name, 0, "")
    else:
        note_activity(bid, bid.opened + 0.05, "call", "out", first.name, 20, '"timeline"')


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


def _enter_twice(bid: Bid, original: Bid, setting: Setting) -> None:
    """A second record of the previous deal, found out and voided after some days."""
    bid.account, bid.study, bid.amount = original.account, original.study, original.amount
    bid.rep = original.rep
    _open(bid, setting)
    reason = f"duplicate of {original.journal.subject}"
    found = bid.opened + 2 + 20 * setting.draw()
    if found < setting.clock.days:
        bid.journal.field(found, "voided", f'{{"reason":"{reason}"}}')


def _yes(claim: bool) -> str:
    return "yes" if claim else "no"
