"""When was each deal opened, and when was its proposal submitted, as known at any moment?

A proposal is submitted when the deal first enters a stage marked `proposal`. Nearly all deals are
read off the columns; those with a correction, a reopening or stages out of order are folded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from salesadvisor.domain import state
from salesadvisor.domain.history import NO_REF, effective_rows
from salesadvisor.domain.state import UNKNOWN, Deal, LogRow, Terms, empty_book, evolve
from salesadvisor.domain.strategy import Strategy
from salesadvisor.log.passes import History
from salesadvisor.log.terms import live_terms

MILESTONE = np.dtype([(name, np.int64) for name in ("deal", "known", "opened", "submitted")])
_ENTERS_STAGE = (state.OPENED, state.STAGE, state.REOPENED)
_CLOSES = tuple(range(state.FIRST_CLOSING_KIND, state.VOIDED + 1))
_TELLING = (*_ENTERS_STAGE, *_CLOSES)
_NEVER = (1 << 62) - 1


def milestones(history: History) -> Any:
    """Records of MILESTONE by (deal, known): the last one known before a moment holds then."""
    rows, starts = history.rows, history.log.starts
    proposal = proposal_stages(history.strategy)
    kind = rows["kind"]
    enters = np.isin(kind, _ENTERS_STAGE) & np.isin(rows["code"], list(proposal))
    opening = _first_of_each_deal(kind == state.OPENED, starts)
    submission = _first_of_each_deal(enters, starts)
    closing = _first_of_each_deal(np.isin(kind, _CLOSES), starts)
    reopening = _first_of_each_deal(kind == state.REOPENED, starts)
    is_plain = (
        (opening < closing)
        & (opening <= submission)
        & ((submission < closing) | (submission == _NEVER))
        & (reopening == _NEVER)
        & ~history.corrected
    )
    plain, folded = np.flatnonzero(is_plain), np.flatnonzero(~is_plain)
    found = [
        _read_off(rows, plain, opening, submission),
        *(_folded(history, int(deal), proposal) for deal in folded),
    ]
    every = np.concatenate(found)
    return every[np.lexsort((every["known"], every["deal"]))]


def standing_at(found: Any, moment: int, deal_count: int) -> tuple[Any, Any]:
    """By deal: when it was opened and submitted, as known at `moment`; UNKNOWN for not yet."""
    opened = np.full(deal_count, UNKNOWN)
    submitted = np.full(deal_count, UNKNOWN)
    known = found[found["known"] < moment]
    last = np.append(known["deal"][1:] != known["deal"][:-1], True)[: len(known)]
    opened[known["deal"][last]] = known["opened"][last]
    submitted[known["deal"][last]] = known["submitted"][last]
    return opened, submitted


def proposal_stages(strategy: Strategy) -> frozenset[int]:
    """The codes of the stages from the offer on."""
    return frozenset(ref.code for ref in strategy.stages if ref.stage.proposal)


def _first_of_each_deal(flags: Any, starts: Any) -> Any:
    """The first flagged row of each deal, _NEVER where there is none."""
    places = np.append(np.flatnonzero(flags), _NEVER)
    first = places[np.searchsorted(places, starts[:-1])]
    return np.where(first < starts[1:], first, _NEVER)


def _read_off(rows: Any, deals: Any, opening: Any, submission: Any) -> Any:
    submitted_later = deals[(submission[deals] != _NEVER) & (submission[deals] > opening[deals])]
    found = np.empty(len(deals) + len(submitted_later), MILESTONE)
    first, second = found[: len(deals)], found[len(deals) :]
    at = opening[deals]
    first["deal"], first["known"] = deals, rows["known"][at]
    first["opened"] = rows["occurred"][at]
    first["submitted"] = np.where(submission[deals] == at, rows["occurred"][at], UNKNOWN)
    at = submission[submitted_later]
    second["deal"], second["known"] = submitted_later, rows["known"][at]
    second["opened"] = rows["occurred"][opening[submitted_later]]
    second["submitted"] = rows["occurred"][at]
    return found


def _folded(history: History, deal: int, proposal: frozenset[int]) -> Any:
    """The milestones of one deal, whatever was corrected in it."""
    entries = list(_changes(history, deal, proposal))
    return np.array(entries, MILESTONE) if entries else np.empty(0, MILESTONE)


def _changes(
    history: History, deal: int, proposal: frozenset[int]
) -> Iterator[tuple[int, int, int, int]]:
    kept = _rows_that_tell(history, deal)
    rows = [LogRow(*values) for values in history.rows[kept].tolist()]
    columns = history.log.columns
    position, sub, ref = (columns[name][kept].tolist() for name in ("position", "sub", "ref"))
    terms = live_terms(history.terms)
    before = (UNKNOWN, UNKNOWN)
    is_news = False
    for count in range(1, len(rows) + 1):
        is_news |= rows[count - 1].kind in _TELLING or ref[count - 1] != NO_REF
        if not is_news or (count < len(rows) and rows[count].known == rows[count - 1].known):
            continue
        is_news = False
        counted = rows[:count]
        if any(one != NO_REF for one in ref[:count]):
            work = [LogRow()] * (2 * count)
            counted = work[: effective_rows(rows, position, sub, ref, 0, count, work)]
        now = _told(counted, proposal, terms)
        if now != before:
            yield (deal, rows[count - 1].known, *now)
        before = now


def _rows_that_tell(history: History, deal: int) -> Any:
    """The rows of a deal that tell of it, all of its corrections, and what these speak of.

    What counts after corrections is decided among these as among all.
    """
    first, after = history.log.starts[deal : deal + 2].tolist()
    columns = history.log.columns
    position, ref = columns["position"][first:after], columns["ref"][first:after]
    tells = np.isin(history.rows["kind"][first:after], _TELLING)
    return first + np.flatnonzero(tells | (ref != NO_REF) | np.isin(position, ref))


def _told(rows: list[LogRow], proposal: frozenset[int], terms: Terms) -> tuple[int, int]:
    """When the deal was last opened and first submitted, by these rows."""
    deal, book = Deal(), empty_book()
    submitted = UNKNOWN
    for row in rows:
        if row.kind not in _TELLING:
            continue
        evolve(deal, book, row, terms)
        is_entry = row.kind in _ENTERS_STAGE and row.code in proposal
        if is_entry and submitted == UNKNOWN and deal.status <= state.OPEN:
            submitted = row.occurred
    return deal.opened_at, submitted
