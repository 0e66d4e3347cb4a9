"""A scoreboard's standpoint, made by hand: a few open deals with the signals that matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from salesadvisor.domain.signals import SIGNAL_INDEX, UNKNOWN
from salesadvisor.domain.state import DAY
from salesadvisor.domain.strategy import Strategy
from salesadvisor.log.passes import CLOSE
from salesadvisor.log.terms import terms_of
from salesadvisor.study.accountability import Accountability, Alignment, Line, Part
from salesadvisor.study.audit import Audit
from salesadvisor.study.conformance import Conformance, Tally
from salesadvisor.study.conformance import Line as ConformanceLine
from salesadvisor.study.goals import GoalReport
from salesadvisor.study.scoreboard import ElementLine, Measure, Standpoint, scoreboard
from salesadvisor.study.scoreboard.standing import Flow, Standing, earlier

MOMENT = int(datetime(2026, 7, 1, tzinfo=UTC).timestamp())
STAGES = [
    {"name": "open", "limit_days": 10, "exit_criteria": ["need"]},
    {"name": "offer", "limit_days": 20, "proposal": True, "exit_criteria": ["award"]},
    {"name": "award", "proposal": True, "late": True},
]
Deal = Mapping[str, int]


def strategy(**elements: Any) -> Strategy:
    """Three stages and whatever else a test declares."""
    process = {"pipelines": [{"name": "sales", "stages": STAGES}]}
    return Strategy.model_validate(
        {"name": "test", "currency": "USD", "process": process, **elements}
    )


def standing(moment: int, deals: Sequence[Deal], owners: Sequence[int] = ()) -> Standing:
    """Open deals with these signals; the others are 0 for counts and days, stage the first."""
    block = np.zeros((len(SIGNAL_INDEX), len(deals)), np.int64)
    for signal in ("days_over_stage_limit", "days_over_won_p80", "amount_minor", "tier"):
        block[SIGNAL_INDEX[signal]] = UNKNOWN
    for column, deal in enumerate(deals):
        for signal, value in deal.items():
            block[SIGNAL_INDEX[signal], column] = value
    owner = np.array(owners or [UNKNOWN] * len(deals), np.int64)
    return Standing(moment, block, np.arange(len(deals)), owner, {})


def flow(rows: Sequence[Mapping[str, int]] = ()) -> Flow:
    """Rows of the log: kind, deal, days_ago and perhaps code, value, who."""

    def column(name: str, default: int) -> Any:
        return np.array([row.get(name, default) for row in rows], np.int64)

    known = MOMENT - column("days_ago", 0) * DAY
    return Flow(
        kind=column("kind", 0),
        deal=column("deal", 0),
        known=known,
        code=column("code", UNKNOWN),
        value=column("value", UNKNOWN),
        who=column("who", -1),
    )


def closes(rows: Sequence[Mapping[str, int]] = ()) -> Any:
    """Closings: deal, status, days_ago and perhaps opened_days_ago, amount, stage, cycle."""
    found = np.zeros(len(rows), CLOSE)
    for place, row in enumerate(rows):
        when = MOMENT - row["days_ago"] * DAY
        found[place] = (
            row["deal"], row.get("cycle", 1), when, 1 << 62, when, row["status"],
            MOMENT - row.get("opened_days_ago", row["days_ago"] + 100) * DAY,
            row.get("amount", UNKNOWN), UNKNOWN, row.get("stage", 1), 0, 0, UNKNOWN,
        )  # fmt: skip
    return found


def standpoint(
    declared: Strategy,
    now: Sequence[Deal] = (),
    before: Sequence[Deal] | None = None,
    **own: Any,
) -> Standpoint:
    """The open deals `now` and 13 weeks before; `own` sets any other field."""
    fields: dict[str, Any] = {
        "strategy": declared,
        "terms": terms_of(declared, MOMENT - 400 * DAY, MOMENT),
        "moment": MOMENT,
        "now": standing(MOMENT, now),
        "before": None if before is None else standing(earlier(MOMENT), before),
        "closes": closes(),
        "flow": flow(),
        "names": (),
        "attributes": declared.attribute_names,
        "has_recording_times": True,
        "rules": (),
        "shown": (),
        "held_back": (),
        "team": {},
        "times_advised": {},
        "audit": audit(),
    }
    return Standpoint(**{**fields, **own})


def audit(**own: Any) -> Audit:
    """No goal, nothing asked of the process, no advice issued, no flaw; `own` sets any field."""
    as_of = datetime.fromtimestamp(MOMENT, UTC)
    nothing = ConformanceLine(None, Tally(), ())
    fields: dict[str, Any] = {
        "goals": GoalReport(as_of, "USD", (), ()),
        "conformance": Conformance(as_of, (), nothing, (), (), (), (), ()),
        "accountability": accountable(),
        "findings": (),
        "flaws": (),
    }
    return Audit(**{**fields, **own})


def accountable(total: Line | None = None, *alignment: Alignment) -> Accountability:
    """What became of advice in `total`, and how everybody follows the strategy, the team last."""
    nothing = Line("all", None, 0, {}, 0, None, None, None)
    team = Alignment("team", (Part("acknowledged", "", 1, None, 0, "reps"),))
    return Accountability(
        datetime.fromtimestamp(MOMENT, UTC), "rep", (), total or nothing, alignment or (team,)
    )


def line(at: Standpoint, element: str) -> ElementLine:
    return next(one for one in scoreboard(at) if one.element == element)


def measure(at: Standpoint, element: str, label: str) -> Measure:
    """The one measure of an element whose label contains `label`."""
    (found,) = [one for one in line(at, element).measures if label in one.label]
    return found
