"""What does a history say against a strategy? Stages, words and people that one side lacks.

What is wrong with a strategy by itself is playbook/strategy_lint's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import numpy as np

from salesadvisor.domain import state
from salesadvisor.domain.elements import KeyPath
from salesadvisor.domain.naming import did_you_mean
from salesadvisor.log.passes import History
from salesadvisor.playbook.strategy_lint import Flaw, Severity
from salesadvisor.study.doctor.facts import NONE, Facts
from salesadvisor.study.goal_range import Past, unreached_goals
from salesadvisor.study.goals.facts import gather, known_at

FEWEST_ENTRIES = 20
"""Stage entries of a pipeline without which nothing can be called unused."""
_LISTED = 4
# Fewer unknown stages than this are slips of the pen, not another process.
_SLIPS_SHARE = 0.02
_MICRO = 1_000_000
# A date mistyped by years would stretch the history: one deal in a hundred may.
_EARLIEST_SHARE = 0.01


def history_flaws(history: History, until: datetime, workers: int = 1) -> tuple[Flaw, ...]:
    """What the history says against its strategy; goals are held against it as of `until`."""
    facts = Facts.of(history.log, history.strategy)
    return (
        *_pipelines(facts),
        *_stages(facts),
        *_attributes(facts),
        *_reps(facts),
        *unreached_goals(_past(history, facts, int(until.timestamp()), workers)),
    )


def _pipelines(facts: Facts) -> Iterator[Flaw]:
    declared = facts.strategy.pipeline_codes
    if len(declared) == 1:  # then every pipeline reads as that one
        return
    opened = facts.opening[facts.opened_deals]
    word = facts.columns["other"][opened]
    unknown = word[(word >= 0) & (facts.tables.pipeline[word] < 0)]
    if len(unknown):
        problem = (
            f"{len(unknown):,} of {len(opened):,} deals are in pipelines that are not declared:"
            f" {_labels(facts, unknown)}"
        )
        cure = f"declare them; {_meant(facts, unknown, list(declared))}"
        at: KeyPath = ("process", "pipelines")
        yield Flaw("unknown_pipeline", "process", at, problem, cure, "fault")


def _stages(facts: Facts) -> Iterator[Flaw]:
    rows = facts.of_kind(state.STAGE, state.OPENED, state.REOPENED)
    rows = rows[facts.columns["word"][rows] >= 0]
    word = facts.columns["word"][rows]
    pipeline = facts.pipeline[facts.columns["deal"][rows]]
    code = np.where(pipeline == NONE, NONE, facts.tables.stage[np.maximum(pipeline, 0), word])
    strange = word[(code < 0) & (pipeline != NONE)]
    if len(strange):
        problem = (
            f"{len(strange):,} of {len(rows):,} stage entries are in stages that are not declared:"
            f" {_labels(facts, strange)}"
        )
        names = [ref.name for ref in facts.strategy.stages]
        cure = f"declare them; {_meant(facts, strange, names)}"
        at: KeyPath = ("process", "pipelines")
        is_system = len(strange) >= len(rows) * _SLIPS_SHARE
        severity: Severity = "fault" if is_system else "warning"
        yield Flaw("unknown_stage", "process", at, problem, cure, severity)
    entered = np.bincount(code[code >= 0], minlength=len(facts.strategy.stages))
    yield from _unused(facts, entered)


def _unused(facts: Facts, entered: Any) -> Iterator[Flaw]:
    """Declared stages that no deal ever came to; `entered` counts entries by stage code."""
    stages = facts.strategy.stages
    for number, pipeline in enumerate(facts.strategy.process.pipelines):
        own = [ref for ref in stages if ref.pipeline_code == number]
        total = sum(int(entered[ref.code]) for ref in own)
        at: KeyPath = ("process", "pipelines", number)
        if total == 0 and entered.sum() >= FEWEST_ENTRIES:
            problem = f"no deal was ever in pipeline '{pipeline.name}'"
            cure = "remove it, or correct its name and stages to what the CRM says"
            yield Flaw("unused_pipeline", "process", at, problem, cure)
        for ref in own if total >= FEWEST_ENTRIES else ():
            if not entered[ref.code]:
                problem = f"no deal ever came to stage '{ref.name}', in {total:,} stage entries"
                cure = "remove it, or correct its name to what the CRM says"
                here = (*at, "stages", ref.rank)
                yield Flaw("unused_stage", "process", here, problem, cure)


def _attributes(facts: Facts) -> Iterator[Flaw]:
    columns, names = facts.columns, facts.strategy.attribute_names
    rows = np.flatnonzero(columns["kind"] == state.ATTRIBUTE)
    slot = facts.tables.attribute[columns["word"][rows]]
    recorded = {int(one) for one in np.unique(slot) if one >= 0}
    missing = [name for number, name in enumerate(names) if number not in recorded]
    if missing and facts.log.deal_count:
        problem = (
            f"{len(missing)} of {len(names)} attributes are recorded for none of"
            f" {facts.log.deal_count:,} deals: {', '.join(missing)}"
        )
        cure = "record them in the CRM, or remove them and what asks for them"
        yield Flaw("unrecorded_attribute", "crm", ("attributes", missing[0]), problem, cure)
    if "channel" in names:
        number = names.index("channel")
        value = columns["other"][rows[slot == number]]
        yield from _channels(facts, number, value[value >= 0])


def _channels(facts: Facts, number: int, value: Any) -> Iterator[Flaw]:
    """Recorded values (labels) of the attribute `channel` that it doesn't declare."""
    strange = value[facts.tables.attribute_value[number, value] < 0]
    if len(strange):
        problem = f"{len(strange):,} of {len(value):,} channels are not declared:"
        problem += f" {_labels(facts, strange)}"
        cure = (
            f"declare them; {_meant(facts, strange, facts.strategy.attributes['channel'].values)}"
        )
        yield Flaw("unknown_channel", "channels", ("attributes", "channel"), problem, cure)


def _reps(facts: Facts) -> Iterator[Flaw]:
    strategy = facts.strategy
    place_of = {
        rep: ("alignment", "teams", index, "reps", place)
        for index, team in enumerate(strategy.alignment.teams)
        for place, rep in enumerate(team.reps)
    }
    known = place_of.keys() | strategy.accountability.reps.keys()
    seen = _owners(facts)
    strangers = {name: count for name, count in seen.items() if name not in known}
    if known and strangers:
        most = sorted(strangers, key=lambda name: (-strangers[name], name))
        listed = ", ".join(f"{name} ({strangers[name]:,} deals)" for name in most[:_LISTED])
        more = f" and {len(most) - _LISTED} more" if len(most) > _LISTED else ""
        problem = f"{len(most)} of {len(seen)} owners of deals have no team and no capacity:"
        problem += f" {listed}{more}"
        cure = "add them to a team, or to accountability.reps"
        yield Flaw("rep_without_team", "alignment", ("alignment", "teams"), problem, cure)
    unseen = [rep for rep in place_of if rep not in seen]
    if seen and unseen:
        problem = f"{len(unseen)} of {len(place_of)} declared reps never owned a deal:"
        problem += f" {', '.join(unseen)}"
        cure = f"for {unseen[0]}: {did_you_mean(unseen[0], strangers or seen)}"
        yield Flaw("rep_never_seen", "alignment", place_of[unseen[0]], problem, cure)


def _owners(facts: Facts) -> Counter[str]:
    """How many deals each owner ever had."""
    rows = facts.of_kind(state.OPENED, state.OWNER)
    rows = rows[facts.columns["who"][rows] >= 0]
    pairs = np.unique(np.stack([facts.columns[name][rows] for name in ("deal", "who")]), axis=1)
    return Counter(facts.name(int(code)) for code in pairs[1])


def _labels(facts: Facts, words: Any) -> str:
    """'kickoff' (12), 'pilot' (3) and 2 more: the commonest labels first."""
    codes, counts = np.unique(words, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    listed = [f"'{facts.label(int(codes[at]))}' ({int(counts[at]):,})" for at in order[:_LISTED]]
    more = f" and {len(order) - _LISTED} more" if len(order) > _LISTED else ""
    return ", ".join(listed) + more


def _meant(facts: Facts, words: Any, names: tuple[str, ...] | list[str]) -> str:
    codes, counts = np.unique(words, return_counts=True)
    commonest = facts.label(int(codes[np.argmax(counts)]))
    return f"for '{commonest}': {did_you_mean(commonest, names)}"


def _past(history: History, facts: Facts, until: int, workers: int) -> Past:
    """What goals are held against, as known then."""
    opened = facts.columns["occurred_us"][facts.opening[facts.opened_deals]] // _MICRO
    first = int(np.quantile(opened, _EARLIEST_SHARE)) if len(opened) else until
    gathered = gather(history, np.array([until], np.int64), workers)
    return Past(history.strategy, known_at(gathered, until), first, until)
