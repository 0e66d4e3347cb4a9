"""What do the signals of accounts, reps and the team read at each checkpoint?

For each subject all deals that were ever its own are folded through the checkpoints once more and
added up (`domain/tally.py`), a deal at each checkpoint for whoever owned it then. A thread holds
the tallies of one subject; the panels hold a row for each subject and checkpoint.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np

from salesadvisor.domain import state, tally
from salesadvisor.domain.observe import RIVAL_LOSING
from salesadvisor.domain.rules import Scope
from salesadvisor.domain.scopes import CATALOGUES
from salesadvisor.domain.state import UNKNOWN
from salesadvisor.errors import Fault
from salesadvisor.log import kernel, learned
from salesadvisor.log.gears import (
    ACCOUNT_SIGNALS,
    REP_SIGNALS,
    TEAM_SIGNALS,
    empty_book,
    empty_deal,
)
from salesadvisor.log.passes import History, Survey, in_threads, order_columns

TEAM = "team"  # the one subject of its scope
LOG_SCOPES: Final[tuple[Scope, ...]] = ("account", "rep", "team")
WHOLE_TEAM = -1  # its code among those of reps
SUBJECTS_A_PANEL = 64


@dataclass(frozen=True)
class ScopePanel:
    """The signals of some subjects of one scope at the checkpoints, in (subject, time) order.

    `block[signal, row]` has the signals in the order of `domain.vocabulary.words_of(scope)`;
    `subject` indexes `subjects` (names), `time` the checkpoints; `owner` is the code of the rep who
    should act among the log's names, UNKNOWN for whoever leads the team.
    """

    scope: Scope
    subjects: Sequence[str]
    block: Any
    subject: Any
    time: Any
    owner: Any

    @property
    def count(self) -> int:
        return len(self.subject)


@dataclass(frozen=True)
class Conduct:
    """What is known of answers to the strategy and its advice, UNKNOWN where nothing is.

    By the code of the rep, WHOLE_TEAM for all: `answered[rep][checkpoint]` per mille, unknown of
    others, and `unacknowledged[rep][checkpoint]` days, `since_published` of others.
    `acknowledged[checkpoint]` is the share of the declared reps, per mille.
    """

    answered: Mapping[int, Any]
    unacknowledged: Mapping[int, Any]
    since_published: Any
    acknowledged: Any


def no_conduct(steps: int) -> Conduct:
    """Where neither advice nor a strategy was ever given, at so many checkpoints."""
    unknown = np.full(steps, UNKNOWN, np.int64)
    return Conduct({}, {}, unknown, unknown)


def scope_panels(
    history: History,
    found: Survey,
    scope: Scope,
    conduct: Conduct | None = None,
    workers: int = 1,
) -> Iterator[ScopePanel]:
    """The panels of scope account, rep or team, in the order of their subjects' names' codes.

    An account has rows from its first deal on; a rep while a deal of the rep's is open, or was
    worked on in the last 28 days, won or lost in the last 90; the team while a deal is open or
    closed in the last 90 days.
    """
    conduct = conduct or no_conduct(len(found.checkpoints))
    match scope:
        case "account":
            yield from _members(history, found, conduct, kernel.TO_ACCOUNT, workers)
        case "rep":
            yield from _members(history, found, conduct, kernel.TO_OWNER, workers)
        case "team":
            yield _team(history, found, conduct, workers)
        case _:
            raise Fault("log.scopes", f"scope '{scope}' is not read from the log")


def scope_panel(
    history: History,
    found: Survey,
    scope: Scope,
    conduct: Conduct | None = None,
    workers: int = 1,
) -> ScopePanel:
    """All subjects of a scope in one panel."""
    parts = list(scope_panels(history, found, scope, conduct, workers))
    if len(parts) == 1:
        return parts[0]
    none = np.empty(0, np.int64)
    return ScopePanel(
        scope,
        history.log.words.names.words,
        np.concatenate(
            [np.empty((len(CATALOGUES[scope]), 0), np.int64), *(one.block for one in parts)], axis=1
        ),
        np.concatenate([none, *(one.subject for one in parts)]),
        np.concatenate([none, *(one.time for one in parts)]),
        np.concatenate([none, *(one.owner for one in parts)]),
    )


def _members(
    history: History, found: Survey, conduct: Conduct, belongs: int, workers: int
) -> Iterator[ScopePanel]:
    subjects, starts, deals = _deals_of(history, belongs)
    is_rep = belongs == kernel.TO_OWNER
    record = REP_SIGNALS if is_rep else ACCOUNT_SIGNALS
    size = tally.TALLY_SIZE if is_rep else tally.ACCOUNT_SIZE
    steps = len(found.checkpoints)
    unknown = np.full(steps, UNKNOWN, np.int64)

    def panel(first: int, after: int) -> ScopePanel:
        table = np.empty((steps, size), np.int64)
        row = np.zeros(1, record)
        flat = row.view(np.int64)
        out = np.empty((len(flat), steps), np.int64)
        parts: list[tuple[Any, int, Any, Any]] = []
        for place in range(first, after):
            subject = int(subjects[place])
            _add(history, found, deals[starts[place] : starts[place + 1]], belongs, subject, table)
            if is_rep:
                kernel.fill_reps(
                    table, history.terms, conduct.answered.get(subject, unknown),
                    conduct.unacknowledged.get(subject, conduct.since_published), row, flat, out,
                )  # fmt: skip
            else:
                kernel.fill_accounts(table, found.checkpoints, history.terms, row, flat, out)
            used = _used(table, is_rep)
            owner = np.full(len(used), subject) if is_rep else table[used, tally.OWNER].copy()
            parts.append((out[:, used].copy(), subject, used, owner))
        return _joined(history, "rep" if is_rep else "account", parts, len(flat))

    cuts = [*range(0, len(subjects), SUBJECTS_A_PANEL), len(subjects)]
    yield from in_threads(panel, list(pairwise(cuts)), workers)


def _used(table: Any, is_rep: bool) -> Any:
    """The checkpoints at which a subject has signals."""
    known = table[:, tally.NEWEST_OPENING] != UNKNOWN
    if is_rep:
        busy = (tally.OPEN_DEALS, tally.ACTIVITIES, tally.WON, tally.LOST)
        known &= table[:, busy].sum(axis=1) > 0
    return np.flatnonzero(known)


def _joined(
    history: History, scope: Scope, parts: Sequence[tuple[Any, int, Any, Any]], signals: int
) -> ScopePanel:
    none = np.empty(0, np.int64)
    blocks = [block for block, _, _, _ in parts] or [np.empty((signals, 0), np.int64)]
    return ScopePanel(
        scope,
        history.log.words.names.words,
        np.concatenate(blocks, axis=1),
        np.concatenate([none, *(np.full(len(used), one) for _, one, used, _ in parts)]),
        np.concatenate([none, *(used for _, _, used, _ in parts)]),
        np.concatenate([none, *(owner for _, _, _, owner in parts)]),
    )


def _team(history: History, found: Survey, conduct: Conduct, workers: int) -> ScopePanel:
    steps = len(found.checkpoints)
    every = np.arange(history.log.deal_count)

    def part(first: int, after: int) -> Any:
        table = np.empty((steps, tally.TALLY_SIZE), np.int64)
        _add(history, found, every[first:after], kernel.TO_ALL, UNKNOWN, table)
        return table

    cuts = np.linspace(0, len(every), max(1, workers) + 1).astype(int).tolist()
    tables = in_threads(part, [(a, b) for a, b in pairwise(cuts)], workers)
    table = tables[0]
    for other in tables[1:]:
        newest = np.maximum(table[:, tally.NEWEST_OPENING], other[:, tally.NEWEST_OPENING])
        table += other
        table[:, tally.NEWEST_OPENING] = newest
    strategy = history.strategy
    unknown = np.full(steps, UNKNOWN, np.int64)
    row = np.zeros(1, TEAM_SIGNALS)
    flat = row.view(np.int64)
    out = np.empty((len(CATALOGUES["team"]), steps), np.int64)
    drifting = learned.drifting_tiers(found.closes, found.checkpoints, len(strategy.tier_codes))
    losing = found.rivals[:, RIVAL_LOSING::2].sum(axis=1)
    kernel.fill_team(
        table, history.terms, drifting, losing, conduct.answered.get(WHOLE_TEAM, unknown),
        conduct.acknowledged, conduct.unacknowledged.get(WHOLE_TEAM, unknown), row, flat, out,
    )  # fmt: skip
    used = np.flatnonzero(table[:, tally.NEWEST_OPENING] != UNKNOWN)
    nobody = np.full(len(used), UNKNOWN)
    return ScopePanel("team", (TEAM,), out[:, used], np.zeros(len(used), int), used, nobody)


def _add(
    history: History, found: Survey, deals: Any, belongs: int, subject: int, table: Any
) -> None:
    """The tallies of `subject` at every checkpoint, from the deals that may be its own."""
    kernel.clear_tallies(table)
    after = tally.look_back_seconds(history.terms)
    kernel.add_deals(
        history.rows, *order_columns(history.log), history.log.starts, history.corrected,
        found.checkpoints, history.terms, history.constraints, empty_deal(), empty_book(), deals,
        belongs, subject,
        kernel.FOREVER if belongs == kernel.TO_ACCOUNT else after, table,
    )  # fmt: skip


def _deals_of(history: History, belongs: int) -> tuple[Any, Any, Any]:
    """(subjects, starts, deals): the deals that were ever said to be a subject's own."""
    kind, who = history.rows["kind"], history.rows["who"]
    if belongs == kernel.TO_OWNER:
        named = (kind == state.OPENED) | (kind == state.OWNER)
    else:
        named = kind == state.ACCOUNT
    rows = np.flatnonzero(named & (who != UNKNOWN))
    deal = np.searchsorted(history.log.starts, rows, side="right") - 1
    pairs = np.unique(np.stack((who[rows], deal)), axis=1)
    subjects, first = np.unique(pairs[0], return_index=True)
    return subjects, np.append(first, len(pairs[0])), np.ascontiguousarray(pairs[1])
