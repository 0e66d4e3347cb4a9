"""How does a sample become files: the history as CSV or JSONL, and the truth beside it?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from math import sqrt
from pathlib import Path
from typing import Any, Literal

import orjson

from salesadvisor.sources.sample import contract, effects, market, process
from salesadvisor.sources.sample.clock import BusinessClock
from salesadvisor.sources.sample.dirt import SPOILS, Row, Soiled, soil
from salesadvisor.sources.sample.journal import source_id
from salesadvisor.sources.sample.simulation import NOTHING_FORCED, simulate
from salesadvisor.sources.sample.spec import SampleSpec

Format = Literal["csv", "jsonl"]
_LINES_AT_ONCE = 20_000
_ENDS = ("won", "lost", "no_decision", "cancelled", "voided", "reopened")


@dataclass(frozen=True)
class SampleFiles:
    """Where the files are, how many rows the history has, and how many of them can't be read."""

    events: Path
    truth: Path
    rows: int
    unreadable_rows: int


@dataclass(frozen=True)
class TrueLift:
    """The share of ended deals that are won when an action always happens, and when it never does.

    The difference is what the action causes, up to the chance that two histories differ by:
    `standard_error` says how much that is.
    """

    action: str
    always: float
    never: float
    standard_error: float

    @property
    def difference(self) -> float:
        return self.always - self.never


def generate(spec: SampleSpec) -> Iterator[Row]:
    """The rows of the history in the order of recording, spoiled ones included."""
    return _rows(_history(spec), spec)


def write_sample(spec: SampleSpec, directory: Path, *, file_format: Format = "csv") -> SampleFiles:
    """Writes history.csv (or .jsonl) and truth.json into `directory`, which is made if missing.

    The same spec gives the same bytes.
    """
    directory.mkdir(parents=True, exist_ok=True)
    history = _history(spec)
    events, truth = directory / f"history.{file_format}", directory / "truth.json"
    lines = _csv_lines if file_format == "csv" else _jsonl_lines
    with events.open("w", encoding="utf-8", newline="") as out:
        waiting = lines(_rows(history, spec))
        while chunk := "".join(islice(waiting, _LINES_AT_ONCE)):
            out.write(chunk)
    text = orjson.dumps(_truth(spec, history), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    truth.write_bytes(text + b"\n")
    unreadable = len(history.unreadable)
    return SampleFiles(events, truth, len(history.facts) + unreadable, unreadable)


def true_lift(spec: SampleSpec, action: str) -> TrueLift:
    """What an action of effects.ACTIONS truly does to the share of ended deals that are won.

    Raises ValueError for an action that is not one of them.
    """
    if action not in effects.ACTIONS:
        raise ValueError(f"unknown action '{action}'; known are {', '.join(effects.ACTIONS)}")
    always, never = (
        Counter(fact[4] for fact in simulate(spec, {action: forced})) for forced in (True, False)
    )
    error = sqrt(sum(_variance(counts) for counts in (always, never)))
    return TrueLift(action, win_rate(always), win_rate(never), error)


def win_rate(counts: Mapping[str, int]) -> float:
    """won / (won + lost + no_decision + cancelled), by closes; 0 when nothing has ended."""
    return counts.get("won", 0) / max(_ended(counts), 1)


def _ended(counts: Mapping[str, int]) -> int:
    return sum(counts.get(kind, 0) for kind in ("won", "lost", "no_decision", "cancelled"))


def _variance(counts: Mapping[str, int]) -> float:
    rate = win_rate(counts)
    return rate * (1 - rate) / max(_ended(counts), 1)


def _history(spec: SampleSpec) -> Soiled:
    facts = simulate(spec, NOTHING_FORCED)
    return soil(facts, spec) if spec.dirt else Soiled(facts, {}, {})


def _rows(history: Soiled, spec: SampleSpec) -> Iterator[Row]:
    text = BusinessClock(spec.start, spec.end).text
    unreadable = history.unreadable
    for at, (recorded, occurred, subject, serial, kind, data) in enumerate(history.facts):
        row = Row(subject, text(occurred), text(recorded), kind, f"{subject}.{serial}", data)
        yield row
        if at in unreadable:
            own = row._replace(source_id=source_id("spoiled", at))
            yield SPOILS[unreadable[at]](own)


def _csv_lines(rows: Iterator[Row]) -> Iterator[str]:
    # Only `data` can hold a character that CSV must quote.
    yield ",".join(Row._fields) + "\n"
    for deal, occurred, recorded, event, source, data in rows:
        quoted = data.replace('"', '""')
        yield f'{deal},{occurred},{recorded},{event},{source},"{quoted}"\n'


def _jsonl_lines(rows: Iterator[Row]) -> Iterator[str]:
    for deal, occurred, recorded, event, source, data in rows:
        yield (
            f'{{"deal_id":"{deal}","occurred_at":"{occurred}","recorded_at":"{recorded}"'
            f',"event":"{event}","source_id":"{source}","data":{data}}}\n'
        )


def _truth(spec: SampleSpec, history: Soiled) -> dict[str, Any]:
    kinds = Counter(fact[4] for fact in history.facts)
    return {
        "about": "What truly decided the outcomes of the sample history beside this file.",
        "spec": asdict(spec) | {"end": spec.end},
        "how_outcomes_arise": _HOW,
        "stages": [asdict(stage) for stage in process.STAGES],
        "constants": _constants(),
        "effects": [_effect(effect) for effect in effects.EFFECTS],
        "fit": _fit(),
        "confounding": effects.CONFOUNDING,
        "rows": {"total": len(history.facts) + len(history.unreadable), "by_event": dict(kinds)},
        "ends": {kind: kinds[kind] for kind in _ENDS},
        "win_rate": round(win_rate(kinds), 4),
        "dirt": history.planted | _unreadable(history) if spec.dirt else {},
    }


_HOW = (
    "advantage = sum of the coefficients below that hold, plus the fit of sponsor and study.",
    "Each week: hazard of lost = stages.lost * exp(-advantage); hazard of no_decision ="
    " stages.stalled * exp(-no_decision_share * advantage); hazard of cancelled = cancelled."
    " The chance that one of them happens is 1 - exp(-their sum).",
    "Business days in a stage = lognormal(stages.median_days, 0.55) * exp(-speed * advantage),"
    " at least 1.2; contract stages take msa_speed of it with an MSA on file, and without one some"
    " take legal_trouble times as long.",
    "A deal that leaves the last stage is won (work order signed).",
    "A coefficient is therefore the logarithm of the factor by which one unit lowers the hazard of"
    " being lost; 0 means that the thing does nothing, however well it predicts.",
    "win_rate_lift_permille = share of ended deals won if the action always happens, less the share"
    " if it never does, in per mille; measured on 30,000 such deals, standard error 4.",
)


def _constants() -> dict[str, float]:
    return {
        "cancelled": effects.CANCELLED,
        "speed": effects.SPEED,
        "no_decision_share": effects.NO_DECISION_SHARE,
        "msa_speed": effects.MSA_SPEED,
        "legal_trouble": contract.TROUBLE_TAKES,
        "campaign_begins_share_of_history": market.CAMPAIGN_BEGINS,
        "campaign_reach": market.CAMPAIGN_REACH,
        "cooling_begins_a_week": effects.COOLING_BEGINS,
        "cooling_ends_alone_a_week": effects.COOLING_ENDS_ALONE,
        "cooling_ends_by_new_contact": effects.COOLING_ENDS_BY_NEW_CONTACT,
    }


def _effect(effect: effects.Effect) -> dict[str, Any]:
    helps = "nothing" if effect.coefficient == 0 else "helps" if effect.coefficient > 0 else "harms"
    lift = effects.LIFT_PERMILLE[effect.action] if effect.action else None
    return asdict(effect) | {"does": helps, "win_rate_lift_permille": lift}


def _fit() -> dict[str, Any]:
    return {
        "sponsor_size": effects.SIZE,
        "therapeutic_area": effects.AREA,
        "phase": effects.PHASE,
        "region": effects.REGION,
        "channel": effects.CHANNEL,
        "preferred_provider": {"yes": effects.PREFERRED_PROVIDER, "no": 0.0},
        "rules": ["TM01", "TM03", "CH01"],
    }


def _unreadable(history: Soiled) -> dict[str, Any]:
    by_fault = dict(Counter(history.unreadable.values()))
    return {"unreadable_rows": len(history.unreadable), "unreadable_rows_by_fault": by_fault}
