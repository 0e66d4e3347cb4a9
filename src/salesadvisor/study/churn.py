"""How much does the queue change from one look to the next though nothing happened?

Counted is the advice on deals that reps see, new or still open. A change has a fact behind it when
an event of its deal became known between the two looks, or somebody answered the advice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from salesadvisor.domain.advice import ALREADY_OPEN, SHOWN
from salesadvisor.log.passes import History
from salesadvisor.study.advising import Advice, Churn
from salesadvisor.study.answers import Issued
from salesadvisor.study.checkpoints import local_date, week_of
from salesadvisor.study.replay import Replay


def replay_churn(replay: Replay) -> Churn:
    """The churn between the consecutive checkpoints of a replay."""
    times = len(replay.found.checkpoints)
    found, deals = replay.candidates, len(replay.subjects.deals)
    is_of_deal = found["subject"] < deals
    is_seen = np.isin(replay.verdict, (SHOWN, ALREADY_OPEN)) & is_of_deal
    pairs = found["subject"] * max(len(replay.rules), 1) + found["rule"]
    # One more step than there are checkpoints, so that the codes of two pairs never touch.
    codes = pairs * (times + 1) + found["time"]
    seen = np.sort(codes[is_seen])
    time = seen % (times + 1)
    entered = seen[(time > 0) & ~np.isin(seen - 1, seen)]
    left = seen[(time < times - 1) & ~np.isin(seen + 1, seen)] + 1
    touched = _touched(replay.history, replay.found.checkpoints)
    is_new = ~np.isin(_deal_steps(entered, replay, times), touched)
    is_gone = ~np.isin(_deal_steps(left, replay, times), touched)
    quiet = codes[is_of_deal & ~is_seen]
    return Churn(
        seen=int((time > 0).sum() + len(left)),
        changed=len(entered) + len(left),
        without_facts=int(is_new.sum() + is_gone.sum()),
        new_week=int((is_new & _begins_week(replay)[entered % (times + 1)]).sum()),
        lapsed=int((is_gone & np.isin(left, quiet)).sum()),
    )


def _deal_steps(codes: Any, replay: Replay, times: int) -> Any:
    """Deal and checkpoint of each code, as one number."""
    deal = codes // (times + 1) // max(len(replay.rules), 1)
    return deal * (times + 1) + codes % (times + 1)


def _touched(history: History, checkpoints: Any) -> Any:
    """The deals and checkpoints before which an event of the deal became known, as numbers."""
    starts = history.log.starts
    deal = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    step = np.searchsorted(checkpoints, history.rows["known"], side="right")
    return np.unique(deal * (len(checkpoints) + 1) + step)


def _begins_week(replay: Replay) -> Any:
    """By checkpoint: whether it is the first of its week."""
    zone = replay.history.strategy.calendar.timezone
    weeks = [week_of(local_date(int(at), zone)) for at in replay.found.checkpoints]
    return np.diff([-1, *weeks]) != 0


def churn_since(history: History, advice: Advice, before: Sequence[Issued]) -> Churn | None:
    """The churn of `advice` against the queue of the last issue; None if nothing was issued."""
    ours = [one for one in before if one.scope == "deal"]
    if not ours:
        return None
    last = max(one.issued_at for one in ours)
    then = {one.event.recommendation_id: one for one in ours if _is_open(one, last)}
    now = {one.id: one.subject for one in advice.shown if one.scope == "deal"}
    subjects = {name: one.subject for name, one in then.items()} | now
    changed = [name for name in subjects if (name in then) != (name in now)]
    touched = _deals_touched(history, last, int(advice.as_of.timestamp()))
    touched |= {one.subject for one in ours if (one.answered_at or 0) > last}
    quiet = [name for name in changed if subjects[name] not in touched]
    zone = history.strategy.calendar.timezone
    weeks = [week_of(local_date(at, zone)) for at in (last, int(advice.as_of.timestamp()))]
    return Churn(
        seen=len(subjects),
        changed=len(changed),
        without_facts=len(quiet),
        new_week=sum(name not in then for name in quiet) if weeks[0] != weeks[1] else 0,
        lapsed=sum(_has_lapsed(then[name], advice.as_of) for name in quiet if name in then),
    )


def _is_open(one: Issued, moment: int) -> bool:
    is_answered = one.answered_at is not None and one.answer != "accepted"
    return one.expires_at > moment and not (is_answered and (one.answered_at or 0) <= moment)


def _has_lapsed(one: Issued, as_of: datetime) -> bool:
    return one.status(as_of) == "expired"


def _deals_touched(history: History, since: int, until: int) -> set[str]:
    """The deals of which an event became known from `since` on and before `until`."""
    starts, known = history.log.starts, history.rows["known"]
    deal = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    between = (known >= since) & (known < until)
    words = history.log.words.deals.words
    return {words[code] for code in np.unique(deal[between]).tolist()}
