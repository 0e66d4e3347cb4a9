"""Which events are behind advice on an account, a rep, the team or a goal?

The newest event of each kind that such signals count, on any deal of the subject known by then, and
what corrected it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from salesadvisor.domain import state
from salesadvisor.domain.advice import ALREADY_OPEN, SHOWN
from salesadvisor.domain.rules import Scope
from salesadvisor.domain.state import UNKNOWN
from salesadvisor.log.passes import History
from salesadvisor.study.advising import Advice, Recommendation
from salesadvisor.study.event_names import ReadRaw, source_ids

_COUNTED = (state.OPENED, state.ACTIVITY, state.STAGE, state.WON, state.LOST)


def with_wider_evidence(advice: Advice, history: History, read_raw: ReadRaw) -> Advice:
    """`advice` with event ids for what is shown beyond deals."""
    moment = int(advice.as_of.timestamp())
    places = {
        one.id: _behind(history, one.scope, one.subject, moment)
        for one in advice.recommendations
        if one.scope != "deal" and one.verdict in (SHOWN, ALREADY_OPEN)
    }
    names = source_ids({place for own in places.values() for place in own}, read_raw)

    def cited(one: Recommendation) -> Recommendation:
        own = places.get(one.id)
        return one if own is None else replace(one, event_ids=tuple(names[place] for place in own))

    return replace(advice, recommendations=tuple(cited(one) for one in advice.recommendations))


def _behind(history: History, scope: Scope, subject: str, moment: int) -> tuple[int, ...]:
    """Positions in the store, in their order."""
    position, ref = history.log.columns["position"], history.log.columns["ref"]
    known = history.rows["known"] < moment
    if scope in ("account", "rep"):
        known &= _of_deals(history, scope, subject)
    found: set[int] = set()
    for kind in _COUNTED:
        rows = np.flatnonzero(known & (history.rows["kind"] == kind))
        if len(rows):
            newest = rows[np.lexsort((position[rows], history.rows["occurred"][rows]))[-1]]
            found |= {int(position[newest]), int(ref[newest])}
    return tuple(sorted(place for place in found if place > 0))


def _of_deals(history: History, scope: Scope, subject: str) -> Any:
    """bool[row]: whether the row is of a deal that was ever said to be the subject's own."""
    kind, who = history.rows["kind"], history.rows["who"]
    code = history.log.words.names.codes.get(subject, UNKNOWN)
    if scope == "account":
        said = kind == state.ACCOUNT
    else:
        said = (kind == state.OPENED) | (kind == state.OWNER)
    starts = history.log.starts
    deals = np.searchsorted(starts, np.flatnonzero(said & (who == code)), side="right") - 1
    own = np.zeros(history.log.deal_count, np.bool_)
    own[deals] = True
    return np.repeat(own, np.diff(starts))
