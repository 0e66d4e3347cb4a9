"""How does an examination of the history read?"""

from __future__ import annotations

from itertools import groupby
from typing import Any

from salesadvisor.cli.layout import Page
from salesadvisor.cli.wording import counted, iso
from salesadvisor.study.doctor import Examination, Example, Finding

_MARKS = {"fine": "fine", "care": "care", "unusable": "NO"}


def examination_page(found: Examination) -> Page:
    """The verdicts, then every finding with its examples and its cost."""
    page = Page()
    page.line(
        f"{counted(found.events, 'event')} of {counted(found.deals, 'deal')}: {found.open:,} open,"
        f" {found.won:,} won, {found.lost:,} lost",
        "bold",
    )
    if found.first_at and found.last_at:
        page.line(f"from {found.first_at:%Y-%m-%d} to {found.last_at:%Y-%m-%d}{_delay(found)}")
    page.title("What this history is good for")
    page.rows([(_MARKS[one.level], one.title, one.text) for one in found.verdicts], whole=(0, 1))
    titles = {one.area: one.title for one in found.verdicts}
    for area, findings in groupby(found.findings, key=lambda one: one.area):
        page.title(titles[area])
        for finding in findings:
            _tell(page, finding)
    return page


def examination_document(found: Examination) -> dict[str, Any]:
    """The same for a program; the keys are documented in docs/cli.md."""
    return {
        "events": found.events,
        "deals": found.deals,
        "open": found.open,
        "won": found.won,
        "lost": found.lost,
        "first_at": iso(found.first_at),
        "last_at": iso(found.last_at),
        "median_delay_seconds": found.median_delay_seconds,
        "verdicts": [
            {"area": one.area, "title": one.title, "level": one.level, "text": one.text}
            for one in found.verdicts
        ],
        "findings": [
            {
                "code": one.code,
                "area": one.area,
                "title": one.title,
                "level": one.level,
                "count": one.count,
                "of": one.of,
                "unit": one.unit,
                "costs": one.costs,
                "detail": one.detail,
                "examples": [_example_document(example) for example in one.examples],
            }
            for one in found.findings
        ],
    }


def _tell(page: Page, finding: Finding) -> None:
    page.item("*", f"{finding.title}: {finding.share_text}", indent=0)
    if finding.detail:
        page.line(finding.detail, indent=2)
    page.line(finding.costs, "dim", indent=2)
    for example in finding.examples:
        page.line(f"e.g. {_example(example)}", "dim", indent=2)


def _example(example: Example) -> str:
    parts = [example.deal, f"{example.at:%Y-%m-%d %H:%M}" if example.at else "", example.text]
    told = "  ".join(part for part in parts if part)
    return f"{told}  [{example.source_id}]" if example.source_id else told


def _example_document(example: Example) -> dict[str, Any]:
    return {
        "deal_id": example.deal or None,
        "at": iso(example.at),
        "text": example.text,
        "event_id": example.source_id,
    }


def _delay(found: Examination) -> str:
    seconds = found.median_delay_seconds
    if seconds is None:
        return ", nothing recorded later than it happened"
    if seconds >= 2 * 86_400:
        return f", recorded {seconds // 86_400} days later (median)"
    if seconds >= 2 * 3_600:
        return f", recorded {seconds // 3_600} hours later (median)"
    if seconds >= 120:
        return f", recorded {seconds // 60} minutes later (median)"
    return ", recorded at once (median)"
