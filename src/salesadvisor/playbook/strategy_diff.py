"""What changed between two strategies, in words that a leader reads?

Parts are matched by name or id, never by position, so that moving one is told as such.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel

from salesadvisor.domain.elements import ELEMENTS, Element, Match
from salesadvisor.domain.strategy import SECTIONS, Strategy

Kind = Literal["added", "removed", "changed", "moved"]
Group = Element | Literal["general"]

# What one item under a key is called.
_NOUNS: Mapping[str, str] = MappingProxyType(
    {
        "attributes": "Attribute",
        "thresholds": "Learned limit",
        "weights": "Weight of",
        "tiers": "Tier",
        "excluded": "Excluded segment",
        "claims": "Claim",
        "pipelines": "Pipeline",
        "stages": "Stage",
        "criteria": "Criterion",
        "constraints": "Order of events",
        "allowed_moves": "Moves from",
        "mix": "Channel",
        "discount_authority": "Discount authority of",
        "rate_card": "Rate",
        "competitors": "Competitor",
        "no_bid": "No bid:",
        "by_stage": "Topics at",
        "attendees": "Attendees at",
        "standards": "Activity standard for",
        "minutes": "Minutes of each",
        "teams": "Team",
        "goals": "Goal",
        "reps": "Minutes a week of",
        "away": "Absence of",
    }
)
_UNITS: Mapping[str, str] = MappingProxyType({"percent": "%", "days": "days", "hours": "hours"})
_BRIEF = 3


@dataclass(frozen=True)
class Change:
    """One thing that differs. `at` is the path of keys and names; the values are plain text."""

    element: Group
    kind: Kind
    at: str
    text: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class _Place:
    """Where the comparison stands: its group, path, and the named thing it is inside.

    With several pipelines a stage is told with its own.
    """

    element: Group
    path: tuple[str, ...] = ()
    subject: str = ""
    several_pipelines: bool = False

    def into(self, key: str, subject: str | None = None) -> _Place:
        return replace(self, path=(*self.path, key), subject=subject or self.subject)

    def said(self, words: str, kind: Kind, before: str | None, after: str | None) -> Change:
        text = f"{self.subject}: {words}" if self.subject else f"{words[:1].upper()}{words[1:]}"
        return Change(self.element, kind, ".".join(self.path), text, before, after)


def diff(before: Strategy, after: Strategy) -> tuple[Change, ...]:
    """What is different in `after`, in the order of the elements; general parts come first."""
    sections = {SECTIONS.get(element, element): element for element in ELEMENTS}
    several = max(len(one.process.pipelines) for one in (before, after)) > 1
    general = [name for name in Strategy.model_fields if name not in sections]
    changes = [
        change
        for name in general
        for change in _compare(_Place("general"), name, getattr(before, name), getattr(after, name))
    ]
    for name, element in sections.items():
        old, new = getattr(before, name), getattr(after, name)
        changes += _section(_Place(element, several_pipelines=several), name, old, new)
    return tuple(changes)


def _section(place: _Place, name: str, old: Any, new: Any) -> Iterator[Change]:
    if isinstance(old, BaseModel):
        yield from _fields(place.into(name), old, new)
    else:
        yield from _compare(place, name, old, new)


def _fields(place: _Place, old: BaseModel, new: BaseModel) -> Iterator[Change]:
    for name, field in type(new).model_fields.items():
        yield from _compare(place, field.alias or name, getattr(old, name), getattr(new, name))


def _compare(place: _Place, key: str, old: Any, new: Any) -> Iterator[Change]:
    if old == new:
        return
    inside = place.into(key)
    match old, new:
        case (Match(), _) | (_, Match()):
            yield _changed(inside, key, old, new)
        case BaseModel(), BaseModel():
            yield from _fields(inside, old, new)
        case Mapping(), Mapping():
            yield from _items(inside, key, old, new)
        case tuple(), tuple() if _is_named([*old, *new]):
            yield from _items(inside, key, _by_name(old), _by_name(new))
            yield from _order(inside, key, old, new)
        case tuple(), tuple():
            yield from _listed(inside, key, old, new)
        case _:
            yield _changed(inside, key, old, new)


def _items(
    place: _Place, key: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Change]:
    """Items by name: those that are gone, new or different."""
    for name in dict.fromkeys([*old, *new]):
        noun = _NOUNS.get(key, _words(key).capitalize() if key != "where" else "")
        subject = _subject(place, f"{noun} {name}".strip(), key)
        here = place.into(name, subject)
        gone, come = old.get(name), new.get(name)
        match gone, come:
            case None, BaseModel() if not isinstance(come, Match):
                yield _whole(here, "added", come)
            case BaseModel(), None if not isinstance(gone, Match):
                yield _whole(here, "removed", gone)
            case BaseModel(), BaseModel() if not isinstance(come, Match):
                yield from _fields(here, gone, come)
            case (tuple(), _) | (_, tuple()):
                yield from _listed(here, "", gone or (), come or ())
            case _ if gone != come:
                told = _arrow(gone, come, "")
                kind: Kind = "added" if gone is None else "removed" if come is None else "changed"
                text = f"{subject}{'' if key == 'where' else ':'} {told}"
                yield Change(
                    here.element, kind, ".".join(here.path), text, _text(gone), _text(come)
                )
            case _:
                pass


def _subject(place: _Place, own: str, key: str) -> str:
    """Some parts are told with what they belong to: a tier's attribute, one of several stages."""
    if key == "where":
        return f"{place.subject}: {own}"
    if key == "stages" and place.several_pipelines:
        return f"{own} of {place.path[-2]}"
    return own


def _whole(place: _Place, kind: Kind, item: BaseModel) -> Change:
    """An item that came or went, with the first of what it says."""
    brief = []
    for name in type(item).model_fields:
        value = getattr(item, name)
        is_plain = isinstance(value, int | Decimal) and not isinstance(value, bool)
        if is_plain and name in item.model_fields_set:
            words, unit = _split(name)
            brief.append(f"{words} {_with_unit(_text(value), unit)}".strip())
    told = f" ({', '.join(brief[:_BRIEF])})" if brief and kind == "added" else ""
    text = f"{place.subject} {kind}{told}"
    shown = ", ".join(brief) or kind
    before, after = (None, shown) if kind == "added" else (shown, None)
    return Change(place.element, kind, ".".join(place.path), text, before, after)


def _listed(place: _Place, key: str, old: Sequence[Any], new: Sequence[Any]) -> Iterator[Change]:
    """A list of plain values: what came, what went, or another order."""
    gone = [_text(one) for one in old if one not in new]
    come = [_text(one) for one in new if one not in old]
    before, after = ", ".join(map(_text, old)) or None, ", ".join(map(_text, new)) or None
    words = _words(key)
    if not gone and not come:
        if old != new:
            told = f"{f'order of {words}' if words else 'order'} {before} -> {after}"
            yield place.said(told, "moved", before, after)
        return
    parts = [f"{', '.join(come)} added"] if come else []
    parts += [f"{', '.join(gone)} removed"] if gone else []
    kind: Kind = "added" if not gone else "removed" if not come else "changed"
    told = "; ".join(parts)
    if words and not place.subject:
        told = f"{words}: {told}"
    elif words:
        told = f"{words} {told}"
    yield place.said(told, kind, before, after)


def _order(place: _Place, key: str, old: Sequence[Any], new: Sequence[Any]) -> Iterator[Change]:
    """Whether what both have stands in another order."""
    names = [_name(one) for one in old], [_name(one) for one in new]
    before, after = ([name for name in own if name in other] for own, other in (names, names[::-1]))
    if before != after:
        told = f"order of {_words(key)} {', '.join(before)} -> {', '.join(after)}"
        yield place.said(told, "moved", ", ".join(before), ", ".join(after))


def _changed(place: _Place, key: str, old: Any, new: Any) -> Change:
    words, unit = _split(key)
    return place.said(
        f"{words} {_arrow(old, new, unit)}".strip(), "changed", _text(old), _text(new)
    )


def _arrow(old: Any, new: Any, unit: str) -> str:
    """7 -> 5 days; 50 % -> 60 %; none -> 5 days."""
    one, two = _text(old), _text(new)
    if unit and unit != "%" and old is not None and new is not None:
        return f"{one} -> {_with_unit(two, unit)}"
    return f"{_with_unit(one, unit)} -> {_with_unit(two, unit)}"


def _with_unit(text: str, unit: str) -> str:
    return text if text == "none" or not unit else f"{text} {unit}"


def _split(key: str) -> tuple[str, str]:
    """A key's words and its unit: limit_days is 'limit' in days."""
    head, _, last = key.rpartition("_")
    return (_words(head), _UNITS[last]) if last in _UNITS else (_words(key), "")


def _words(key: str) -> str:
    return key.strip("_").replace("_", " ")


def _is_named(items: Sequence[Any]) -> bool:
    return any(isinstance(item, BaseModel) for item in items)


def _by_name(items: Sequence[Any]) -> dict[str, Any]:
    """The items by name; a second one of the same name is told by its number."""
    found: dict[str, Any] = {}
    times: Counter[str] = Counter()
    for item in items:
        name = _name(item)
        times[name] += 1
        found[name if times[name] == 1 else f"{name} ({times[name]})"] = item
    return found


def _name(item: Any) -> str:
    """What an item is known by among its like."""
    for key in ("name", "id", "role"):
        if hasattr(item, key):
            return str(getattr(item, key))
    match item:
        case BaseModel() if hasattr(item, "rep"):
            return f"{item.rep} from {getattr(item, 'from_', '')}"
        case BaseModel() if hasattr(item, "from_"):
            return str(item.from_)
        case BaseModel() if hasattr(item, "tier"):
            parts = [str(part) for part in (getattr(item, "stage", None), item.tier) if part]
            return " and ".join(parts) or "all deals"
        case _:
            return str(getattr(item, "text", item))


def _text(value: Any) -> str:
    match value:
        case None | () | {}:
            return "none"
        case bool():
            return "yes" if value else "no"
        case int() | Decimal():
            return f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"
        case Match():
            return _match_text(value)
        case tuple():
            return ", ".join(map(_text, value))
        case _:
            return str(value)


def _match_text(match: Match) -> str:
    parts = [", ".join(map(str, match.any_of))] if match.any_of else []
    low, high = match.bounds
    parts += [f"at least {low:,}"] if low is not None else []
    parts += [f"at most {high:,}"] if high is not None else []
    return ", ".join(parts)
