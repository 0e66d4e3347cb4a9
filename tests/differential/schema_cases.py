"""Files that are right and files that are wrong, for whoever judges them: schema and loader."""

from __future__ import annotations

from typing import NamedTuple

from tests.unit.playbook.files import STRATEGY, rule


class Case(NamedTuple):
    """`kind` is the schema's name."""

    kind: str
    text: str


def strategy(old: str = "", new: str = "") -> Case:
    assert old in STRATEGY
    return Case("strategy", STRATEGY.replace(old, new, 1) if old else STRATEGY + new)


def rules(when: str = "{calls_7d: 0}", more: str = "") -> Case:
    return Case("rules", rule(when, more))


def rules_with(old: str, new: str) -> Case:
    text = rule("{calls_7d: 0}")
    assert old in text
    return Case("rules", text.replace(old, new))


def case_of(given: str, expect: str = "{R1: fires}", more: str = "") -> Case:
    return Case(
        "tests", f"tests:\n  - case: a state\n    given: {given}\n    expect: {expect}\n{more}"
    )


SNAPSHOT = """\
shape: snapshot
pipeline: {name: p, stages: [a, b]}
columns: {deal: id, opened: created, outcome: status, closed: ended}
opened: {stage: a, amount: {column: value}}
outcomes: {W: won, L: {event: lost, reason: price}, O: open}
"""
EVENT_LOG = """\
shape: event_log
pipeline: {name: p, stages: [a, b]}
attributes: {region: area, size: {column: employees, number: yes}}
activities:
  start: {event: opened, stage: a}
  move: [{event: stage_changed, to: b}, quote_sent]
  noise: ignore
together:
  - {activities: [x, y], as: won}
"""


def mapping(text: str, old: str = "", new: str = "") -> Case:
    assert old in text
    return Case("mapping", text.replace(old, new, 1) if old else text + new)


RIGHT = {
    "a small strategy": strategy(),
    "a flag as a word": strategy("late: true", "late: yes"),
    "an attribute matched by a single value": strategy("phase: [II, III]", "phase: II"),
    "an attribute matched by bounds": strategy("{ge: 10, lt: 500}", "{between: [10, 500]}"),
    "a goal with dates": strategy(
        new="goals:\n  - {id: g, metric: won_amount, value: 5, start: 2026-01-01, due: 2026-06-30,"
        " owner: Ada, element: process}\n"
    ),
    "a share as a decimal": strategy(
        "- name: core", "- name: core\n      effort_share_percent: 12.5"
    ),
    "a part left empty": strategy("limit_days: 20", "limit_days: "),
    "a learned threshold": strategy(new="thresholds: {slow: {of: age_days, else: 30}}\n"),
    "a weight for an element": strategy(new="weights: {process: 1.5}\n"),
    "a number compared": rules("{days_in_stage: {gt: 30, le: 90}}"),
    "a list of numbers": rules("{calls_7d: [0, 2]}"),
    "groups inside groups": rules("{any: [{calls_7d: 0}, {all: [{not: {tier: core}}]}]}"),
    "a number of the strategy": rules(
        "{days_in_stage: {gt: {strategy: process.pipelines.new.stages.first.limit_days, else: 9}}}"
    ),
    "a share of the strategy": rules(
        "{discount_bp: {gt: {strategy: pricing.discount_authority_percent}}}"
    ),
    "a flag as a boolean": rules("{next_step_set: false, quote_sent: yes}"),
    "a stage by its mark": rules("{stage: {flagged: late}}"),
    "a stage by its order": rules("{stage: {at_least: offer, ne: last}}"),
    "an attribute of the strategy": rules(
        "{attribute.phase: [II, III], attribute.patients: {lt: 5}}"
    ),
    "names of the strategy": rules("{topic.pricing: yes, role.boss: no}"),
    "the unknown": rules("{tier: {is_null: true}, amount_minor: {not_null: true}}"),
    "another scope": rules("{rep.deals_silent: {gt: 3}}", "    scope: rep\n"),
    "a published effect": rules(more="    evidence: published\n    source: a book\n"),
    "what makes it urgent": rules(
        more="    urgency: {signal: days_in_stage, per_unit_permille: 20}\n    dedupe: [quotes]\n"
    ),
    "a state": case_of("{calls_7d: 0, stage: [first, last], next_step_set: no}"),
    "a state with unknowns": case_of(
        "{calls_7d: unknown, tier: , attribute.patients: [1, unknown]}"
    ),
    "a state of another scope": case_of("{rep.deals_silent: 3}"),
    "a snapshot": mapping(SNAPSHOT),
    "a snapshot with its file's form": mapping(
        SNAPSHOT, new='file: {delimiter: ";", decimal: ",", nulls: [NULL]}\n'
    ),
    "an event log": mapping(EVENT_LOG),
    "an event log with an owner": mapping(
        EVENT_LOG, new='owner: {activities: [x], never: ["1"]}\n'
    ),
}

WRONG = {
    "a key misspelt": strategy("pricing:", "pricings:"),
    "a key misspelt inside": strategy("limit_days: 20", "limit_dys: 20"),
    "no name": strategy("name: small\n", ""),
    "a currency in small letters": strategy("EUR", "eur"),
    "no stages": strategy("- {name: offer}\n        - {name: signing, late: true}", "[]"),
    "no process": strategy("process:\n", "x-process:\n"),
    "days as text": strategy("limit_days: 20", 'limit_days: "20"'),
    "days below zero": strategy("limit_days: 20", "limit_days: -1"),
    "a share above 100": strategy("percent: 7.5", "percent: 107.5"),
    "a share with its sign": strategy("percent: 7.5", "percent: 7.5 %"),
    "a list where a value belongs": strategy("limit_days: 20", "limit_days: [20]"),
    "a value where a list belongs": strategy("roles: [buyer, boss]", "roles: buyer"),
    "an attribute of no kind": strategy("{values: [yes, no]}", "{unit: pieces}"),
    "a number as a value's name": strategy("[I, II, III]", "[1, 2, 3]"),
    "a weight for nothing": strategy(new="weights: {proces: 2}\n"),
    "a threshold with a capital": strategy(new="thresholds: {Slow: {of: age_days}}\n"),
    "a date in another order": strategy(new="calendar: {holidays: [24.12.2026]}\n"),
    "an unknown day of the week": strategy(new="calendar: {weekend: [Saturday]}\n"),
    "a rule without a condition": rules_with("    when: {calls_7d: 0}\n", ""),
    "a rule without an action": rules_with("    action: {kind: call}\n", ""),
    "an empty condition": rules("{}"),
    "an unknown signal": rules("{days_in_stge: {gt: 3}}"),
    "an unknown comparison": rules("{days_in_stage: {more_than: 3}}"),
    "a number in words": rules("{days_in_stage: {gt: thirty}}"),
    "a number with its unit": rules("{days_in_stage: {gt: 30 days}}"),
    "a sign instead of a word": rules("{days_in_stage: '> 30'}"),
    "names compared as numbers": rules("{stage: {gt: first}}"),
    "numbers compared as names": rules("{days_in_stage: {at_least: 30}}"),
    "an unknown mark of a stage": rules("{stage: {flagged: early}}"),
    "a mark of what is no stage": rules("{tier: {flagged: late}}"),
    "neither yes nor no": rules("{next_step_set: maybe}"),
    "an unknown forecast": rules("{forecast_category: {at_least: comit}}"),
    "null as a value": rules("{tier: }"),
    "is_null with a word": rules("{tier: {is_null: yes}}"),
    "between with one end": rules("{calls_7d: {between: [2]}}"),
    "in without a list": rules("{calls_7d: {in: 2}}"),
    "any with keys and values": rules("{any: {calls_7d: 0, tier: core}}"),
    "a place the strategy has not": rules("{age_days: {gt: {strategy: closing.award_days}}}"),
    "a number of the strategy with a stray key": rules(
        "{age_days: {gt: {strategy: closing.award_to_signature_days, or: 30}}}"
    ),
    "what is learned of another signal": rules("{calls_7d: {gt: {learned: slow}}}"),
    "a signal of another scope": rules("{rep.deals_silent: {gt: 3}}"),
    "a deal's signal in another scope": rules("{calls_7d: 0}", "    scope: team\n"),
    "an unknown action": rules_with("kind: call", "kind: phone"),
    "an unknown evidence": rules(more="    evidence: proven\n"),
    "published without a source": rules(more="    evidence: published\n"),
    "a fixed stake of nothing": rules(more="    stake: fixed\n"),
    "an unknown signal as dedupe": rules(more="    dedupe: [stge]\n"),
    "an effect in percent": rules(more="    effect_permille: 15.5\n"),
    "an id with a blank": rules_with("id: R1", "id: R 1"),
    "rules as keys": Case("rules", "rules:\n  R1: {when: {calls_7d: 0}}\n"),
    "an unknown signal given": case_of("{call_7d: 0}"),
    "a number given in words": case_of("{calls_7d: none}"),
    "an expectation misspelt": case_of("{calls_7d: 0}", "{R1: fire}"),
    "no expectation": case_of("{calls_7d: 0}", "{}"),
    "a test with a stray key": case_of("{calls_7d: 0}", more="    then: {}\n"),
    "an unknown shape": mapping(SNAPSHOT, "snapshot", "snapshots"),
    "no shape": mapping(SNAPSHOT, "shape: snapshot\n", ""),
    "an unknown event": mapping(EVENT_LOG, "stage_changed", "stage_change"),
    "an event without what it needs": mapping(EVENT_LOG, ", to: b}", "}"),
    "an event with a stray key": mapping(EVENT_LOG, "stage: a}", "stge: a}"),
    "a cell without a column": mapping(SNAPSHOT, "column: value", "colum: value"),
    "an outcome that is none": mapping(SNAPSHOT, "W: won", "W: quote_sent"),
    "an unknown delimiter": mapping(SNAPSHOT, new='file: {delimiter: "/"}\n'),
    "a stage without its time": mapping(SNAPSHOT, "closed: ended", "closed: ended, stage: phase"),
    "a key of the other shape": mapping(SNAPSHOT, new="together: []\n"),
}
