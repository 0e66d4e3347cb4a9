"""How did one deal go? Its events, where it stood, what chance it had and what was advised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import numpy as np

from salesadvisor.domain.advice import SHOWN
from salesadvisor.domain.state import UNKNOWN
from salesadvisor.study.advising import Advice, money
from salesadvisor.study.explaining import Explanation, Told
from salesadvisor.study.replay import Replay
from salesadvisor.study.stages_over_time import NO_STAGE, rank_names

# In the order in which a reader wants them, from the process up to the advice.
LANES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "process": (
            "opened", "stage_changed", "criterion_met", "attribute_changed", "reopened",
        ),
        "activities": ("activity",),
        "next steps": ("activity_planned", "next_step_set"),
        "people": ("contact_added", "owner_changed"),
        "value and rivals": (
            "claim_presented", "objection_raised", "objection_answered", "competitor_identified",
        ),
        "offer": ("quote_sent", "discount_offered", "amount_changed"),
        "forecast": ("forecast_category_set", "close_date_changed"),
        "outcome": ("won", "lost", "no_decision", "cancelled", "voided"),
        "corrections": ("corrected", "retracted"),
    }
)  # fmt: skip
_LANE_OF = {kind: lane for lane, kinds in LANES.items() for kind in kinds}


@dataclass(frozen=True)
class StoryEvent:
    """One event of the deal and the lane it belongs to."""

    lane: str
    occurred_at: datetime
    recorded_at: datetime
    text: str
    event_id: str


@dataclass(frozen=True)
class Chance:
    """The probability that was given at a checkpoint, in percent, with its 80 % interval."""

    at: datetime
    percent: float
    low: float
    high: float


@dataclass(frozen=True)
class StageBand:
    """A run of checkpoints at one stage; `until` is the first checkpoint after it."""

    stage: str
    first: datetime
    until: datetime


@dataclass(frozen=True)
class AdviceGiven:
    """Advice that the replay would have shown first at this checkpoint."""

    at: datetime
    rule: str
    title: str


@dataclass(frozen=True)
class RuleNow:
    """A rule that fires on the deal now."""

    rule: str
    title: str
    because: str


@dataclass(frozen=True)
class Storyline:
    """One deal from its opening to the moment of asking. `facts` are its labelled particulars."""

    deal: str
    owner: str | None
    status: str
    cycle: int
    stage: str | None
    amount: float | None
    close_date_in_days: int | None
    facts: tuple[tuple[str, str], ...]
    events: tuple[StoryEvent, ...]
    events_not_yet_known: int
    chances: tuple[Chance, ...]
    reasons: tuple[tuple[str, float], ...]
    """What speaks for and against a win: words and log-odds, the strongest first."""
    bands: tuple[StageBand, ...]
    advice: tuple[AdviceGiven, ...]
    rules_now: tuple[RuleNow, ...]


def deal_to_tell(replay: Replay, advice: Advice) -> str | None:
    """The deal whose story shows most: advised now, and advised and watched for long.

    Without any advice it is the deal that was open at most checkpoints; None without any deal.
    """
    words = replay.history.log.words.deals
    checkpoints = np.bincount(replay.scores["deal"], minlength=len(words))
    if not checkpoints.sum():
        return None
    shown = replay.candidates["subject"][replay.verdict == SHOWN]
    advised = np.bincount(shown, minlength=len(words))
    now = sorted({words.codes[one.subject] for one in advice.shown if one.scope == "deal"})
    if now:
        best = max(now, key=lambda code: (min(advised[code], checkpoints[code]), -code))
    else:
        best = int(np.argmax(checkpoints))
    return words.words[best]


def storyline(replay: Replay, explanation: Explanation) -> Storyline:
    """Join a deal's story with what the replay said of it."""
    strategy = replay.history.strategy
    code = replay.history.log.words.deals.codes[explanation.deal]
    rows = np.flatnonzero(replay.scores["deal"] == code)
    open_deal = explanation.open_deal
    signals = open_deal.signals if open_deal else {}
    amount, stage = signals.get("amount_minor"), signals.get("stage")
    return Storyline(
        deal=explanation.deal,
        owner=explanation.owner,
        status=explanation.status,
        cycle=explanation.cycle,
        stage=None if stage is None else strategy.stages[stage].name,
        amount=None if amount is None else float(money(amount, strategy.currency)),
        close_date_in_days=signals.get("days_to_close_date"),
        facts=_facts(explanation),
        events=tuple(_event(told) for told in explanation.story if told.kind in _LANE_OF),
        events_not_yet_known=explanation.events_not_yet_known,
        chances=(*_chances(replay, rows), *_chance_now(explanation)),
        reasons=_reasons(explanation),
        bands=_bands(replay, rows, explanation.as_of),
        advice=_advice(replay, code),
        rules_now=tuple(
            RuleNow(line.rule.id, line.rule.title, line.because)
            for line in explanation.rules
            if line.fires
        ),
    )


def _event(told: Told) -> StoryEvent:
    lane = _LANE_OF[told.kind]
    return StoryEvent(lane, told.occurred_at, told.recorded_at, told.text, told.event_id)


def _facts(explanation: Explanation) -> tuple[tuple[str, str], ...]:
    return tuple(
        (line.name.removeprefix("attribute."), line.text)
        for line in explanation.signals
        if (line.name.startswith("attribute.") or line.name == "tier") and line.value is not None
    )


def _chances(replay: Replay, rows: Any) -> list[Chance]:
    scores = replay.scores
    return [
        Chance(_moment(replay, time), p / 100, low / 100, high / 100)
        for time, p, low, high in zip(
            *(scores[name][rows].tolist() for name in ("time", "p_bp", "low_bp", "high_bp")),
            strict=True,
        )
    ]


def _chance_now(explanation: Explanation) -> list[Chance]:
    if explanation.open_deal is None:
        return []
    win = explanation.open_deal.win
    return [Chance(explanation.as_of, win.p_bp / 100, win.low_bp / 100, win.high_bp / 100)]


def _reasons(explanation: Explanation) -> tuple[tuple[str, float], ...]:
    if explanation.open_deal is None:
        return ()
    return tuple((one.text, one.log_odds_micro / 1e6) for one in explanation.open_deal.win_reasons)


def _bands(replay: Replay, rows: Any, until: datetime) -> tuple[StageBand, ...]:
    """Runs of one stage; a gap between checkpoints (the deal was closed) ends a run too."""
    names = rank_names(replay.history.strategy)
    times = replay.scores["time"][rows].tolist()
    stages = replay.scores["stage"][rows].tolist()
    bands: list[StageBand] = []
    run_start = 0
    for place in range(len(times)):
        is_last = place + 1 == len(times)
        goes_on = not is_last and times[place + 1] == times[place] + 1
        if goes_on and stages[place + 1] == stages[place]:
            continue
        after = times[place] + 1
        is_end = after >= len(replay.found.checkpoints)
        bands.append(
            StageBand(
                stage=NO_STAGE if stages[place] == UNKNOWN else names[stages[place]],
                first=_moment(replay, times[run_start]),
                until=until if is_end else _moment(replay, after),
            )
        )
        run_start = place + 1
    return tuple(bands)


def _advice(replay: Replay, code: int) -> tuple[AdviceGiven, ...]:
    here = (replay.candidates["subject"] == code) & (replay.verdict == SHOWN)
    given = replay.candidates[here]
    return tuple(
        AdviceGiven(_moment(replay, time), replay.rules[rule].id, replay.rules[rule].title)
        for time, rule in zip(given["time"].tolist(), given["rule"].tolist(), strict=True)
    )


def _moment(replay: Replay, time: int) -> datetime:
    return datetime.fromtimestamp(int(replay.found.checkpoints[time]), UTC)
