"""How does accountability read: what became of advice, and the parts of each alignment score?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from salesadvisor.cli.digest_text import finding_document, findings_page
from salesadvisor.cli.layout import Page
from salesadvisor.cli.moments import Moment
from salesadvisor.cli.wording import iso
from salesadvisor.domain.metrics import Rate
from salesadvisor.study.accountability import WEIGHTS, Accountability, Alignment, Line
from salesadvisor.study.answers import STATUSES
from salesadvisor.study.meta import Finding

_NONE = "-"
_SHORT: Mapping[str, str] = {
    "effort on plan": "plan",
    "effort that fits": "fit",
    "answered": "answers",
    "order kept": "order",
    "fields": "fields",
    "cadence": "cadence",
    "next step": "step",
    "acknowledged": "read",
}
_TOGETHER = "mean of the parts that have a value (not -), by weight"


def accountability_page(moment: Moment, found: Accountability, findings: Sequence[Finding]) -> Page:
    """Counts, then rates, then alignment: three tables that fit a narrow terminal."""
    page = Page()
    page.line(f"Accountability as of {moment.text}", "bold")
    if not found.total.issued:
        page.line("No advice was issued yet: run 'advise' first, so there is nothing to count")
    else:
        _counts(page, found)
        _rates(page, found)
    _alignment(page, found.alignment)
    findings_page(page, findings)
    return page


def accountability_document(
    moment: Moment, found: Accountability, findings: Sequence[Finding]
) -> dict[str, Any]:
    """The same for a program."""
    return {
        "as_of": iso(moment.as_of),
        "as_of_reason": moment.reason,
        "by": found.by,
        "lines": [_line(one) for one in found.lines],
        "total": _line(found.total),
        "alignment": [
            {
                "name": one.name,
                "share": one.share,
                "parts": [
                    {
                        "part": part.name,
                        "meaning": part.meaning,
                        "weight": part.weight,
                        "share": part.share,
                        "n": part.n,
                        "unit": part.unit,
                    }
                    for part in one.parts
                ],
            }
            for one in found.alignment
        ],
        "findings": [finding_document(one) for one in findings],
    }


def _counts(page: Page, found: Accountability) -> None:
    page.title("What became of the advice")
    page.rows(
        [_count_row(one) for one in (*found.lines, found.total)],
        head=(found.by, "issued", "open", "accept", "dismiss", "done", "(seen)", "expired", "over"),
        right=range(1, 9),
        indent=2,
    )
    page.line(
        "(seen): of the done, found in later events; over: withdrawn, as the deal ended",
        "dim",
        indent=2,
    )


def _count_row(one: Line) -> tuple[str, ...]:
    of = one.counts
    return (
        one.name,
        f"{one.issued:,}",
        f"{of['open']:,}",
        f"{of['accepted']:,}",
        f"{of['dismissed']:,}",
        f"{of['done']:,}",
        f"{one.detected:,}",
        f"{of['expired']:,}",
        f"{of['withdrawn']:,}",
    )


def _rates(page: Page, found: Accountability) -> None:
    page.title("Like for like")
    has_deals = found.by == "rep"
    rows = [
        (
            one.name,
            *((_deals(one), _per_deal(one)) if has_deals else ()),
            _rate(one.answered),
            _rate(one.taken),
            "no value" if one.response_days is None else f"{one.response_days:.1f} days",
        )
        for one in (*found.lines, found.total)
    ]
    page.rows(
        rows,
        head=(
            found.by,
            *(("deals", "a deal") if has_deals else ()),
            "answered",
            "taken",
            "median wait",
        ),
        right=range(1, len(rows[0])),
        indent=2,
    )
    page.line(
        ("a deal: recommendations for each open deal owned now; " if has_deals else "")
        + "answered, taken (accepted or done): of those due an answer, with 95 % interval; median"
        " wait for an answer, unanswered ones counted as still waiting (Kaplan-Meier)",
        "dim",
        indent=2,
    )


def _alignment(page: Page, alignment: Sequence[Alignment]) -> None:
    page.title("Alignment with the strategy, percent")
    rows = [
        (one.name, *(_points(part.share) for part in one.parts), _points(one.share))
        for one in alignment
    ]
    weights = ("weight", *(f"x{WEIGHTS[part]}" for part in _SHORT), "")
    page.rows(
        [weights, *rows],
        head=("rep", *_SHORT.values(), "all"),
        right=range(1, len(weights)),
        indent=2,
    )
    if alignment:
        meanings = [(_SHORT[part.name], part.meaning) for part in alignment[-1].parts]
        page.line()
        page.rows([*meanings, ("all", _TOGETHER)], faint=(0, 1), indent=2)


def _points(part: float | None) -> str:
    return _NONE if part is None else f"{100 * part:.0f}"


def _deals(one: Line) -> str:
    return _NONE if one.open_deals is None else f"{one.open_deals:,}"


def _per_deal(one: Line) -> str:
    return "no value" if one.issued_per_deal is None else f"{one.issued_per_deal:.1f}"


def _rate(rate: Rate | None) -> str:
    if rate is None:
        return "no value"
    low, high = (round(100 * end) for end in (rate.low, rate.high))
    return f"{round(100 * rate.value)} % ({low} to {high})"


def _line(one: Line) -> dict[str, Any]:
    return {
        "name": one.name,
        "open_deals": one.open_deals,
        "issued": one.issued,
        "issued_per_deal": one.issued_per_deal,
        **{status: one.counts[status] for status in STATUSES},
        "detected": one.detected,
        "answered_share": _rate_document(one.answered),
        "taken_share": _rate_document(one.taken),
        "response_days": one.response_days,
    }


def _rate_document(rate: Rate | None) -> dict[str, float] | None:
    if rate is None:
        return None
    return {"value": rate.value, "low": rate.low, "high": rate.high, "of": rate.n}
