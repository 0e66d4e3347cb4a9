"""How does a strategy read: what it declares, what lint found, what changed, which versions?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from salesadvisor.cli.layout import Page
from salesadvisor.cli.wording import counted, iso
from salesadvisor.domain.strategy import ELEMENTS, Strategy
from salesadvisor.playbook.strategy_diff import Change, diff
from salesadvisor.playbook.strategy_lint import Finding
from salesadvisor.study.scoreboard.declared import TITLES
from salesadvisor.study.versions import Version

_LONGEST_NAME = 40
_MARKS: Mapping[str, str] = {"added": "+", "removed": "-", "changed": "*", "moved": "~"}
_FIRST_CHANGES = 2
_HEADINGS = {str(element): title for element, title in TITLES.items()}
_HEADINGS |= {"general": "General", "calendar": "Calendar"}


def declared(strategy: Strategy) -> dict[str, str]:
    """By element: what is declared beyond the defaults; empty for nothing."""
    return {element: _told(strategy.section(element)) for element in ELEMENTS}


def _told(section: Any) -> str:
    if isinstance(section, tuple):
        return f"{len(section)} declared" if section else ""
    parts = []
    for name in type(section).model_fields:
        if name in section.model_fields_set:
            text = _value(getattr(section, name))
            if text:
                parts.append(f"{name} {text}")
    return ", ".join(parts)


def _value(value: Any) -> str:
    match value:
        case None | () | {}:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | Decimal() | str():
            return str(value)
        case tuple():
            return _list(value)
        case dict():
            return ", ".join(map(str, value)).join("()")
        case _:
            return str(value)


def _list(items: tuple[Any, ...]) -> str:
    """The names of what is listed, or how many there are where they have no short name."""
    names = [_name(item) for item in items]
    if all(names):
        return ", ".join(map(str, names)).join("()")
    return f"({len(items)})"


def _name(item: Any) -> str | None:
    if isinstance(item, BaseModel):
        found = (getattr(item, key, None) for key in ("name", "id", "role"))
        return next((name for name in found if isinstance(name, str)), None)
    text = str(item)
    return text if len(text) <= _LONGEST_NAME else None


def lint_page(name: str, found: Sequence[Finding], day: date, *, seen: bool) -> Page:
    """What lint found, by element."""
    page = Page()
    basis = "with its history" if seen else "without a history"
    page.line(f"{name}, {basis}, as of {day}: {_counts(found)}", "bold")
    if found:
        page.line(found[0].place.rpartition(":")[0], "dim")
    for element, own in groupby(found, key=lambda one: one.element):
        page.title(_HEADINGS[element])
        page.rows(
            [
                (one.severity, f"line {one.place.rpartition(':')[2]}", f"{one.problem}; {one.cure}")
                for one in own
            ],
            right=(1,),
            whole=(0, 1),
            indent=2,
        )
    return page


def lint_document(
    name: str, path: Path, found: Sequence[Finding], day: date, *, seen: bool
) -> dict[str, Any]:
    """The same for a program; the keys are documented in docs/cli.md."""
    return {
        "name": name,
        "file": str(path),
        "as_of": iso(day),
        "with_history": seen,
        "faults": sum(one.severity == "fault" for one in found),
        "warnings": sum(one.severity == "warning" for one in found),
        "findings": [
            {
                "code": one.code,
                "severity": one.severity,
                "element": one.element,
                "place": one.place,
                "problem": one.problem,
                "cure": one.cure,
            }
            for one in found
        ],
    }


def diff_page(
    before: tuple[str, Strategy], after: tuple[str, Strategy], changes: Sequence[Change]
) -> Page:
    """What changed, by element."""
    page = Page()
    (named_a, a), (named_b, b) = before, after
    page.line(f"From {_called(named_a, a)} to {_called(named_b, b)}", "bold")
    if not changes:
        return page.line("They say the same.")
    page.line(counted(len(changes), "change"))
    for element, own in groupby(changes, key=lambda one: one.element):
        page.title(_HEADINGS[element])
        for one in own:
            page.item(_MARKS[one.kind], one.text, indent=2)
    return page


def diff_document(
    before: tuple[str, Strategy], after: tuple[str, Strategy], changes: Sequence[Change]
) -> dict[str, Any]:
    """The same for a program; the keys are documented in docs/cli.md."""
    return {
        **{
            side: {"named": named, "name": one.name, "hash": one.content_hash}
            for side, (named, one) in (("before", before), ("after", after))
        },
        "equal": not changes,
        "changes": [_change_document(one) for one in changes],
    }


def versions_page(declared: Strategy, versions: Sequence[Version]) -> Page:
    """The versions, the newest first, and how the playbook's strategy stands to them."""
    page = Page()
    page.line(f"{declared.name}: {counted(len(versions), 'version')}", "bold")
    rows = [
        (
            one.content_hash,
            f"{one.since:%Y-%m-%d %H:%M}",
            one.label or "",
            _first_changes(changes),
        )
        for one, changes in _with_changes(versions)
    ]
    page.rows(rows[::-1], head=("hash", "since (UTC)", "label", "what changed"), whole=(0, 1))
    if not versions:
        page.line("none is published yet; the playbook's own decides")
    elif versions[-1].content_hash == declared.content_hash:
        page.line().line("the playbook holds the newest")
    else:
        changes = diff(versions[-1].strategy, declared)
        page.line().line(
            f"the playbook holds {declared.content_hash}, not published: {_first_changes(changes)}"
        )
    return page


def versions_document(declared: Strategy, versions: Sequence[Version]) -> dict[str, Any]:
    """The same for a program; the keys are documented in docs/cli.md."""
    return {
        "name": declared.name,
        "playbook_hash": declared.content_hash,
        "versions": [
            {
                "hash": one.content_hash,
                "since": iso(one.since),
                "label": one.label,
                "changes": None if changes is None else [_change_document(c) for c in changes],
            }
            for one, changes in _with_changes(versions)
        ],
    }


def _with_changes(
    versions: Sequence[Version],
) -> list[tuple[Version, tuple[Change, ...] | None]]:
    """Each version with what it changed against the one before; None for the first."""
    found: list[tuple[Version, tuple[Change, ...] | None]] = []
    for number, one in enumerate(versions):
        earlier = versions[number - 1].strategy if number else None
        found.append((one, None if earlier is None else diff(earlier, one.strategy)))
    return found


def _first_changes(changes: Sequence[Change] | None) -> str:
    if changes is None:
        return "the first version"
    told = "; ".join(one.text for one in changes[:_FIRST_CHANGES])
    rest = len(changes) - _FIRST_CHANGES
    return f"{told}; {rest} more" if rest > 0 else told


def _change_document(one: Change) -> dict[str, Any]:
    return {
        "element": one.element,
        "kind": one.kind,
        "at": one.at,
        "text": one.text,
        "before": one.before,
        "after": one.after,
    }


def _counts(found: Sequence[Finding]) -> str:
    faults = sum(one.severity == "fault" for one in found)
    if not found:
        return "nothing found"
    return f"{counted(faults, 'fault')}, {counted(len(found) - faults, 'warning')}"


def _called(named: str, one: Strategy) -> str:
    return f"{one.name} {one.content_hash}" + ("" if named == one.name else f" ({named})")
