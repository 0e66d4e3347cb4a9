"""Who buys and who sells? Sponsors with their people, and reps with their habits."""

from __future__ import annotations

from dataclasses import dataclass

from salesadvisor.sources.sample.chance import Draw, lognormal, normal, pick, weighted
from salesadvisor.sources.sample.spec import SampleSpec

COMPETITORS = ("Arcanum", "Novacore", "Helixon", "Meridia")
ROLES = ("clin_ops", "outsourcing", "medical", "qa", "data", "finance", "executive")
DECISION_ROLES = frozenset({"outsourcing", "executive"})
PROCUREMENT_ROLES = frozenset({"outsourcing", "finance"})
CORE_AREAS = frozenset({"oncology", "rare_disease"})

_FIRST = (
    "Ada", "Bram", "Carla", "Dario", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kira",
    "Leon", "Mara", "Nils", "Olga", "Pablo", "Quinn", "Rosa", "Sven", "Tara", "Umar", "Vera",
    "Wen", "Yara",
)  # fmt: skip
_LAST = (
    "Abend", "Brandt", "Castell", "Dorn", "Ekman", "Fabbri", "Grau", "Hale", "Iverson", "Jansen",
    "Kovac", "Lindt", "Moreau", "Nolan", "Okafor", "Prado", "Quist", "Rhee", "Santos", "Tanaka",
    "Ulrich", "Varga", "Wolff", "Ybarra", "Zeller",
)  # fmt: skip
_HEADS = (
    "Tal", "Ver", "Nor", "Cal", "Bel", "Ast", "Mer", "Sol", "Aur", "Ond", "Pel", "Quor", "Ril",
    "Syn", "Tor", "Ul", "Vand", "Wex", "Xen", "Zor",
)  # fmt: skip
_TAILS = (
    "vera", "andis", "imune", "ixa", "orin", "ulis", "enta", "adia", "ovia", "ireon", "amis",
    "etra", "olix", "ugen", "aris",
)  # fmt: skip
_KINDS = ("Therapeutics", "Bio", "Pharma", "Oncology", "Sciences", "Biologics")
_SIZES = (("small", 0.40), ("mid", 0.38), ("large", 0.22))
_AREAS = (
    ("oncology", 0.30), ("cns", 0.16), ("rare_disease", 0.14), ("immunology", 0.13),
    ("cardiology", 0.11), ("infectious", 0.08), ("other", 0.08),
)  # fmt: skip
_REGIONS = (("north_america", 0.48), ("europe", 0.32), ("apac", 0.14), ("row", 0.06))
_RESEARCH_MUSD = {"small": 35.0, "mid": 300.0, "large": 2400.0}
_LISTED = {"small": 0.09, "mid": 0.48, "large": 0.84}


@dataclass(frozen=True)
class Rep:
    """A rep's habits: shares and chances in [0, 1], `effort` around 1, `reply_days` in days."""

    name: str
    effort: float
    reply_days: float
    discipline: float
    threading: float
    rigour: float
    discounting: float
    optimism: float
    prompt: float
    focus: float


@dataclass(frozen=True)
class Contact:
    name: str
    role: str


@dataclass(frozen=True)
class Account:
    """A sponsor; `areas` are what it develops drugs for, the first one most."""

    name: str
    rep: Rep
    size: str
    research_musd: int
    areas: tuple[str, ...]
    region: str
    preferred_provider: bool
    msa_on_file: bool
    incumbent: str | None
    buys_through_procurement: bool
    contacts: tuple[Contact, ...]

    @property
    def is_core(self) -> bool:
        """Whether most of its studies fit the core of the market."""
        return self.size != "large" and self.areas[0] in CORE_AREAS


@dataclass(frozen=True)
class World:
    accounts: tuple[Account, ...]
    reps: tuple[Rep, ...]


def make_world(spec: SampleSpec, draw: Draw) -> World:
    """The sponsors and reps of a sample; each rep keeps the accounts dealt to him in turn."""
    reps = tuple(_rep(number, draw) for number in range(spec.reps))
    accounts = tuple(_account(n, reps[n % len(reps)], draw) for n in range(spec.accounts))
    return World(accounts, reps)


def _rep(number: int, draw: Draw) -> Rep:
    return Rep(
        name=_person(number * 7) + _numeral(number, _PEOPLE),
        effort=lognormal(draw, 1.0, 0.25),
        reply_days=min(lognormal(draw, 0.45, 0.7), 2.5),
        discipline=0.45 + 0.50 * draw(),
        threading=0.15 + 0.70 * draw(),
        rigour=0.30 + 0.60 * draw(),
        discounting=0.06 + 0.32 * draw(),
        optimism=draw(),
        prompt=0.55 + 0.38 * draw(),
        focus=0.35 + 0.65 * draw(),
    )


def _account(number: int, rep: Rep, draw: Draw) -> Account:
    size = weighted(draw, _SIZES)
    listed = draw() < _LISTED[size]
    return Account(
        name=_sponsor(number),
        rep=rep,
        size=size,
        research_musd=_research(size, draw),
        areas=tuple(dict.fromkeys(weighted(draw, _AREAS) for _ in range(3))),
        region=weighted(draw, _REGIONS),
        preferred_provider=listed,
        msa_on_file=draw() < (0.90 if listed else 0.20),
        incumbent=pick(draw, COMPETITORS) if draw() < 0.30 else None,
        buys_through_procurement=draw() < (0.45 if listed else 0.15),
        contacts=_contacts(draw),
    )


def _research(size: str, draw: Draw) -> int:
    spend = _RESEARCH_MUSD[size] * (1 + 0.45 * max(-1.6, min(2.0, normal(draw))))
    bounds = {"small": (5, 99), "mid": (100, 999), "large": (1000, 9000)}[size]
    return int(min(max(spend, bounds[0]), bounds[1]))


def _contacts(draw: Draw) -> tuple[Contact, ...]:
    first = weighted(draw, (("clin_ops", 0.5), ("outsourcing", 0.3), ("medical", 0.2)))
    others = sorted((draw(), role) for role in ROLES if role != first)
    start = int(draw() * _PEOPLE)
    roles = [first, *(role for _, role in others)]
    return tuple(Contact(_person(start + 11 * n), role) for n, role in enumerate(roles))


_PEOPLE = len(_FIRST) * len(_LAST)


def _person(number: int) -> str:
    """24 and 25 have no common factor, so that 600 numbers in a row give 600 names."""
    return f"{_FIRST[number % len(_FIRST)]} {_LAST[number % len(_LAST)]}"


def _sponsor(number: int) -> str:
    heads, tails, kinds = len(_HEADS), len(_TAILS), len(_KINDS)
    mixed = number * 1009 % (heads * tails * kinds)
    word, kind = divmod(mixed, kinds)
    head, tail = divmod(word, tails)
    return f"{_HEADS[head]}{_TAILS[tail]} {_KINDS[kind]}" + _numeral(number, heads * tails * kinds)


def _numeral(number: int, names: int) -> str:
    again = number // names
    return f" {again + 1}" if again else ""
