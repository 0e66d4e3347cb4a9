"""What comes up: which study, through which channel, for how much, and against whom?"""

from __future__ import annotations

from salesadvisor.sources.sample import season
from salesadvisor.sources.sample.bid import LATE_PHASES, Study
from salesadvisor.sources.sample.chance import Draw, lognormal, pick, weighted
from salesadvisor.sources.sample.setting import Setting
from salesadvisor.sources.sample.world import COMPETITORS, Account, Rep, World

CAMPAIGN_BEGINS = 0.55  # share of the history's business days
CAMPAIGN_REACH = 0.9
CAMPAIGN_AREAS = frozenset({"oncology", "cns", "rare_disease", "immunology"})
CAMPAIGN_RIVAL = COMPETITORS[0]

_OWN_ACCOUNT = 0.85
_AMOUNT_MUSD = {"I": 1.3, "II": 4.8, "III": 13.0, "IV": 3.2}
_SIZE_FACTOR = {"small": 0.7, "mid": 1.0, "large": 1.4}
_SERVICE_FACTOR = {"fso": 1.0, "fsp": 0.55, "hybrid": 0.8}
_PATIENTS = {"I": 45.0, "II": 160.0, "III": 620.0, "IV": 900.0}
_PHASES = (("I", 0.25), ("II", 0.38), ("III", 0.29), ("IV", 0.08))
_SERVICES = (("fso", 0.55), ("fsp", 0.28), ("hybrid", 0.17))
_RIVALS = ((COMPETITORS[0], 0.16), *((name, 0.28) for name in COMPETITORS[1:]))
_WITH_A_RIVAL = 0.6
_ON_THE_LIST = 0.75
_DIRECT = 0.60
_INBOUND = 0.24


def who_buys_from_whom(world: World, draw: Draw) -> tuple[Account, Rep]:
    """A sponsor and the rep who takes it on. A focused rep looks once more for a sponsor that fits
    the core of the market."""
    account = pick(draw, world.accounts)
    again = pick(draw, world.accounts)
    if draw() < 0.5 * account.rep.focus and not account.is_core:
        account = again
    return account, account.rep if draw() < _OWN_ACCOUNT else pick(draw, world.reps)


def study_of(account: Account, rep: Rep, moment: float, setting: Setting) -> Study:
    draw = setting.draw
    phase = weighted(draw, _PHASES)
    strays = draw() > rep.focus
    if strays and draw() < 0.3:
        phase = "IV"
    service = weighted(draw, _SERVICES)
    asked = "fte" if service == "fsp" else pick(draw, ("milestone", "milestone", "unit"))
    keeps = setting.does("bid_the_asked_model", 0.82)
    other = "unit" if asked == "milestone" else "milestone"
    return Study(
        area=account.areas[int(draw() ** 1.5 * len(account.areas))],
        phase=phase,
        service=service,
        channel=_channel(account, moment, setting),
        asked_model=asked,
        bid_model=asked if keeps else other,
        patients=max(12, round(lognormal(draw, _PATIENTS[phase], 0.4))),
    )


def amount_of(account: Account, study: Study, draw: Draw) -> int:
    """Dollars, in thousands."""
    median = _AMOUNT_MUSD[study.phase] * _SIZE_FACTOR[account.size]
    amount = lognormal(draw, median * _SERVICE_FACTOR[study.service], 0.55) * 1_000_000
    return round(max(300_000.0, min(40_000_000.0, amount)) / 1000) * 1000


def rival_for(account: Account, study: Study, moment: float, setting: Setting) -> str | None:
    """The incumbent, or whoever else bids. Late in the history one rival wants a whole segment."""
    draw = setting.draw
    bids = draw() < CAMPAIGN_REACH
    if bids and moment > CAMPAIGN_BEGINS * setting.clock.days and _is_wanted(account, study):
        return CAMPAIGN_RIVAL
    other = weighted(draw, _RIVALS) if draw() < _WITH_A_RIVAL else None
    return account.incumbent or other


def _is_wanted(account: Account, study: Study) -> bool:
    is_growth = account.size == "large" or study.area in ("cns", "immunology")
    fits = study.area in CAMPAIGN_AREAS and study.phase in LATE_PHASES
    return fits and is_growth and account.size != "small"


def _channel(account: Account, moment: float, setting: Setting) -> str:
    draw = setting.draw
    if account.preferred_provider and draw() < _ON_THE_LIST:
        return "preferred_provider"
    if draw() < season.conference_share(moment, setting.clock):
        return "conference"
    chance = draw()
    return "direct" if chance < _DIRECT else "inbound" if chance < _DIRECT + _INBOUND else "partner"
