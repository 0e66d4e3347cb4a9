"""Are rules resolved with their strategy, and is every mistake in them named with its line?"""

from pathlib import Path

import pytest

from salesadvisor.domain import rules
from salesadvisor.domain.rules import All, Condition, Not, Rule, Test
from salesadvisor.errors import PlaybookError
from salesadvisor.playbook.playbook import load_playbook
from tests.unit.playbook.files import STRATEGY, playbook, rule

# Codes: new/first 0, new/offer 1, new/last 2, renewal/offer 3, renewal/signing 4.


def load(directory: Path, when: str, more: str = "") -> Rule:
    return load_playbook(playbook(directory, closing=rule(when, more))).rules[0]


def condition(directory: Path, when: str) -> Condition:
    return load(directory, when).when


def problem(directory: Path, when: str, more: str = "") -> str:
    with pytest.raises(PlaybookError) as caught:
        load(directory, when, more)
    line = str(caught.value)
    assert "\n" not in line
    return line.removeprefix(f"{directory}/")


@pytest.mark.parametrize(
    "when, expected",
    [
        ("{days_in_stage: {gt: 30}}", Test("days_in_stage", "gt", 30)),
        ("{calls_7d: 0}", Test("calls_7d", "eq", 0)),
        ("{calls_7d: [0, 2]}", Test("calls_7d", "in", (0, 2))),
        ("{calls_7d: {not_in: [0, 2]}}", Test("calls_7d", "not_in", (0, 2))),
        ("{calls_7d: {between: [1, 3]}}", Test("calls_7d", "between", (1, 3))),
        ("{days_since_quote: {is_null: true}}", Test("days_since_quote", "is_null")),
        ("{days_since_quote: {is_null: false}}", Test("days_since_quote", "not_null")),
        ("{days_since_quote: {not_null: true}}", Test("days_since_quote", "not_null")),
        ("{next_step_set: no}", Test("next_step_set", "eq", 0)),
        ("{next_step_set: true}", Test("next_step_set", "eq", 1)),
        ("{forecast_category: commit}", Test("forecast_category", "eq", 3)),
        ("{forecast_category: {at_least: best_case}}", Test("forecast_category", "in", (2, 3))),
        ("{stage: last}", Test("stage", "eq", 2)),
        ("{stage: offer}", Test("stage", "in", (1, 3))),
        ("{stage: {ne: offer}}", Test("stage", "not_in", (1, 3))),
        ("{stage: {in: [first, signing]}}", Test("stage", "in", (0, 4))),
        ("{stage: {at_least: offer}}", Test("stage", "in", (1, 2, 3, 4))),
        ("{stage: {at_least: last}}", Test("stage", "in", (2,))),
        ("{stage: {at_most: offer}}", Test("stage", "in", (0, 1, 3))),
        ("{stage: {flagged: late}}", Test("stage", "in", (2, 4))),
        ("{stage: {flagged: proposal}}", Test("stage", "in", (1,))),
        ("{stage: {flagged: shortlist}}", rules.Any(())),
        ("{pipeline: renewal}", Test("pipeline", "eq", 1)),
        ("{tier: core}", Test("tier", "eq", 0)),
        ("{attribute.phase: [II, III]}", Test("attribute.phase", "in", (1, 2))),
        ("{attribute.listed: no}", Test("attribute.listed", "eq", 1)),
        ("{attribute.patients: {ge: 40}}", Test("attribute.patients", "ge", 40)),
        (
            "{discount_bp: {gt: {strategy: pricing.discount_authority_percent}}}",
            Test("discount_bp", "gt", 750),
        ),
        (
            "{completeness_permille: {lt: {strategy: pricing.discount_authority_percent}}}",
            Test("completeness_permille", "lt", 75),
        ),
        (
            "{days_in_stage: {gt: {strategy: closing.award_to_signature_days}}}",
            Test("days_in_stage", "gt", 56),
        ),
        (
            "{days_in_stage: {gt: {strategy: process.pipelines.new.stages.first.limit_days}}}",
            Test("days_in_stage", "gt", 20),
        ),
        (
            "{days_in_stage: {gt: {strategy: crm.logging_days, else: 3}}}",
            Test("days_in_stage", "gt", 3),
        ),
        (
            "{days_in_stage: {ge: 3, lt: 9}}",
            All((Test("days_in_stage", "ge", 3), Test("days_in_stage", "lt", 9))),
        ),
        (
            "{calls_7d: 0, not: {quotes: 1}, any: [{quotes: 2}, {quotes: 3, calls_14d: 1}]}",
            All(
                (
                    Test("calls_7d", "eq", 0),
                    Not(Test("quotes", "eq", 1)),
                    rules.Any(
                        (
                            Test("quotes", "eq", 2),
                            All((Test("quotes", "eq", 3), Test("calls_14d", "eq", 1))),
                        )
                    ),
                )
            ),
        ),
    ],
)
def test_a_condition_is_resolved_to_integers(
    tmp_path: Path, when: str, expected: Condition
) -> None:
    assert condition(tmp_path, when) == expected


def test_a_test_keeps_the_words_of_its_author_and_its_line(tmp_path: Path) -> None:
    test = condition(tmp_path, "{stage: {at_least: last}}")
    assert isinstance(test, Test)
    assert str(test) == "stage at_least last"
    assert test.place == f"{tmp_path}/closing.yaml:4"
    authority = "{discount_bp: {gt: {strategy: pricing.discount_authority_percent}}}"
    assert str(condition(tmp_path, authority)) == (
        "discount_bp gt pricing.discount_authority_percent"
    )


@pytest.mark.parametrize(
    "when, said",
    [
        ("{days_in_stge: 3}", "unknown signal 'days_in_stge'; did you mean 'days_in_stage'?"),
        ("{anny: [{quotes: 1}]}", "unknown condition 'anny'; did you mean 'any'?"),
        ("{attribute.phse: II}", "did you mean 'attribute.phase'?"),
        ("{days_in_stage: {gtt: 3}}", "unknown comparison 'gtt'; did you mean 'gt'?"),
        ("{days_in_stage: soon}", "'soon' is not a whole number"),
        ("{days_in_stage: {gt: 2.5}}", "'2.5' is not a whole number"),
        ("{days_in_stage: {gt: true}}", "'True' is not a whole number"),
        ("{days_in_stage: {at_least: 3}}", "'at_least' doesn't fit 'days_in_stage'"),
        ("{days_in_stage: {between: [9, 3]}}", "'between' can't hold [9, 3]"),
        ("{days_in_stage: {between: 3}}", "'between' takes a list"),
        ("{days_in_stage: {in: []}}", "'in' takes a list"),
        ("{days_in_stage: {is_null: 1}}", "'is_null' takes true or false"),
        ("{days_in_stage: }", "'days_in_stage' is compared with nothing"),
        ("{days_in_stage: {}}", "'days_in_stage' is compared with nothing"),
        ("{stage: 3}", "'3' is no value of 'stage'"),
        ("{stage: {gt: 1}}", "'gt' doesn't fit 'stage', which holds names"),
        ("{stage: ofer}", "'ofer' is no value of 'stage'; did you mean 'offer'?"),
        ("{stage: {in: offer}}", "'in' takes a list"),
        ("{stage: {flagged: lat}}", "unknown stage flag 'lat'; did you mean 'late'?"),
        ("{tier: corr}", "did you mean 'core'?"),
        ("{next_step_set: 2}", "'2' is no value of 'next_step_set'"),
        ("{attribute.phase: IV}", "'IV' is no value of 'attribute.phase'"),
        ("{any: []}", "'any' holds no list"),
        ("{any: {quotes: 1}}", "'any' holds no list"),
        ("{not: [{quotes: 1}]}", "'not' holds a list; write 'not: {any: [...]}'"),
        ("{call_7d: 0}", "unknown signal 'call_7d'; did you mean 'calls_7d'?"),
        ("{and: [{quotes: 1}]}", "unknown condition 'and'; write 'all:'"),
        ("{or: [{quotes: 1}]}", "unknown condition 'or'; write 'any:'"),
        ("{gte: 3}", "'gte' stands where a signal belongs; write the signal before it"),
        ("{calls_7d: {'>': 3}}", "unknown comparison '>'; write 'gt'"),
        ("{calls_7d: {gte: 3}}", "unknown comparison 'gte'; write 'ge'"),
        ("{calls_7d: {at_most: 3}}", "which holds numbers; write 'le'"),
        ("{calls_7d: '>= 3'}", "'>= 3' is not a whole number; write {ge: 3}"),
        ("{calls_7d: 2.5}", "'calls_7d' is a count: write a whole number"),
        ("{amount_minor: {gt: 1,000}}", "unknown comparison '000'; write numbers without commas"),
        ("{tier: none}", "for unknown write 'tier: {is_null: true}'"),
        ("{tier: unknown}", "for unknown write 'tier: {is_null: true}'"),
        ("{days_since_quote: unknown}", "for unknown write 'days_since_quote: {is_null: true}'"),
        ("{days_in_stage: closing.x_days}", "write {strategy: closing.x_days} for a number of"),
        ("{discount_bp: {gt: 7.5}}", "'discount_bp' is in basis points: write 750 for 7.5 %"),
        ("{discount_bp: {gt: 7.5%}}", "'discount_bp' is in basis points: write 750 for 7.5 %"),
        ("{rep.open_deals: {gt: 3}}", "'rep.open_deals' is a signal of scope rep, and the rule"),
        ("{weather: good}", "unknown signal 'weather'; those of scope deal are listed in docs"),
        ("{}", "rules.0.when: is empty"),
        ("{days_in_stage: {gt: {strategy: pricing.discount}}}", "no 'discount' in pricing"),
        ("{discount_bp: {gt: {strategy: princing.x}}}", "did you mean 'pricing'?"),
        ("{days_in_stage: {gt: {strategy: crm.logging_days}}}", "declares no crm.logging_days"),
        ("{days_in_stage: {gt: {strategy: name}}}", "'name' of the strategy is no number"),
        (
            "{days_in_stage: {gt: {strategy: pricing.discount_authority_percent}}}",
            "is in percent, the signal in days",
        ),
        ("{days_in_stage: {gt: {startegy: a.b}}}", "keys startegy give no number"),
        ("{days_in_stage: {gt: {strategy: crm.logging_days, else: x}}}", "correct 'else'"),
        ("{days_in_stage: {gt: 9007199254740993}}", "stay within 2^53"),
    ],
)
def test_a_wrong_condition_is_one_line(tmp_path: Path, when: str, said: str) -> None:
    line = problem(tmp_path, when)
    assert line.startswith("closing.yaml:4: ")
    assert said in line


@pytest.mark.parametrize(
    "more, said",
    [
        ("    becuase: x\n", "closing.yaml:8: rules.0.becuase: unknown key 'becuase'; did you"),
        ("    effort_minutes: much\n", "closing.yaml:8: rules.0.effort_minutes: 'much'"),
        ("    evidence: proven\n", "closing.yaml:8: rules.0.evidence: unknown value 'proven'"),
        ("    evidence: published\n", "published evidence without a source"),
        ("    stake: fixed\n", "a fixed stake of nothing"),
        ("    dedupe: [stge]\n", "unknown signal 'stge'; did you mean 'stage'?"),
        ("    urgency: {signal: age, per_unit_permille: 5}\n", "did you mean 'age_days'?"),
        ("    scope: rep\n", "'quotes' is a signal of scope deal, and the rule has scope rep"),
        ("    effective_from: 2026-02-01\n    effective_to: 2026-01-01\n", "ends before it begins"),
    ],
)
def test_a_wrong_rule_is_one_line(tmp_path: Path, more: str, said: str) -> None:
    assert said in problem(tmp_path, "{quotes: 1}", more)


@pytest.mark.parametrize(
    "old, new, said",
    [
        ("A reason.", "Only {dys_in_stage} days.", "closing.yaml:5: unknown signal 'dys_in_stage'"),
        ("An action.", "Ask {nobody}.", "closing.yaml:6: unknown signal 'nobody'"),
        ("A reason.", "Only {quotes days.", "closing.yaml:5: braces don't match"),
        ("kind: call", "kind: visit", "unknown value 'visit'"),
        ("kind: call", "kind: call, role: bos", "unknown role 'bos'; did you mean 'boss'?"),
        ("kind: call", "kind: call, topic: price", "did you mean 'pricing'?"),
        ("id: R1", "id: R 1", "is not of the right form"),
        ("    title: A title\n", "", "closing.yaml:2: rules.0: 'title' is missing"),
    ],
)
def test_a_wrong_text_or_action_is_one_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = rule("{quotes: 1}").replace(old, new)
    with pytest.raises(PlaybookError) as caught:
        load_playbook(playbook(tmp_path, closing=text))
    assert said in str(caught.value)


def test_the_same_id_twice_names_both_places(tmp_path: Path) -> None:
    playbook(tmp_path, closing=rule("{quotes: 1}"), pricing=rule("{quotes: 2}"))
    with pytest.raises(PlaybookError) as caught:
        load_playbook(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}/closing.yaml:2: duplicate rule 'R1', first at {tmp_path}/pricing.yaml:2; "
        "rename or remove one"
    )


def test_a_file_is_named_after_its_element(tmp_path: Path) -> None:
    with pytest.raises(PlaybookError, match=r"closng\.yaml: is not named after an element of"):
        load_playbook(playbook(tmp_path, closng=rule("{quotes: 1}")))


def test_a_file_of_no_element_is_told_where_its_rules_belong(tmp_path: Path) -> None:
    with pytest.raises(PlaybookError, match=r"put its rules into the file of one of target_market"):
        load_playbook(playbook(tmp_path, mine=rule("{quotes: 1}")))


def test_rules_come_in_the_order_of_the_elements(tmp_path: Path) -> None:
    playbook(
        tmp_path,
        closing=rule("{quotes: 1}"),
        process=rule("{quotes: 1}").replace("R1", "R2"),
    )
    assert [(r.id, r.element) for r in load_playbook(tmp_path).rules] == [
        ("R2", "process"),
        ("R1", "closing"),
    ]


def test_the_owner_of_a_file_owns_its_rules(tmp_path: Path) -> None:
    text = rule("{quotes: 1}") + rule("{quotes: 1}", "    owner: legal\n").replace(
        "rules:\n", ""
    ).replace("R1", "R2")
    found = load_playbook(playbook(tmp_path, closing=f"owner: finance\n{text}")).rules
    assert [r.owner for r in found] == ["finance", "legal"]


def test_a_playbooks_hash_is_that_of_its_content(tmp_path: Path) -> None:
    first = load_playbook(playbook(tmp_path, closing=rule("{quotes: 1}")))
    text = "# a comment\n" + rule("{quotes:   1}")
    assert load_playbook(playbook(tmp_path, closing=text)).content_hash == first.content_hash
    changed = load_playbook(playbook(tmp_path, closing=rule("{quotes: 2}")))
    assert changed.content_hash != first.content_hash
    other = load_playbook(playbook(tmp_path, strategy=STRATEGY.replace("56", "57")))
    assert other.content_hash != changed.content_hash


def test_an_action_says_what_shows_it_as_taken(tmp_path: Path) -> None:
    text = rule("{calls_7d: 0}").replace(
        "{kind: call}",
        "{kind: crm_update, stance: hold, taken: {field: close_date, within_days: 5}}",
    )
    action = load_playbook(playbook(tmp_path, closing=text)).rules[0].action
    assert (action.field, action.event, action.taken_within_days) == ("close_date", None, 5)
    assert (action.event_taken, action.stance) == ("close_date_changed", "hold")


@pytest.mark.parametrize(
    "action, event",
    [
        ("{kind: call}", "activity"),
        ("{kind: quote}", "quote_sent"),
        ("{kind: decision, taken: {event: lost}}", "lost"),
        ("{kind: call, taken: {field: phase}}", "activity"),
        ("{kind: review}", None),
    ],
)
def test_a_kind_of_action_has_an_event_of_its_own(
    tmp_path: Path, action: str, event: str | None
) -> None:
    text = rule("{calls_7d: 0}").replace("{kind: call}", action)
    assert load_playbook(playbook(tmp_path, closing=text)).rules[0].action.event_taken == event


@pytest.mark.parametrize(
    "taken, said",
    [
        ("{field: close_dat}", "closing.yaml:7: unknown field 'close_dat'; did you mean 'close_da"),
        ("{event: quote_snt}", "unknown event 'quote_snt'; did you mean 'quote_sent'?"),
        ("{event: recommendation_done}", "unknown event 'recommendation_done'"),
        ("{within_days: 0}", "taken.within_days"),
    ],
)
def test_what_is_taken_is_checked(tmp_path: Path, taken: str, said: str) -> None:
    text = rule("{calls_7d: 0}").replace("{kind: call}", f"{{kind: call, taken: {taken}}}")
    with pytest.raises(PlaybookError) as caught:
        load_playbook(playbook(tmp_path, closing=text))
    assert said in str(caught.value)


def test_a_group_is_declared_once_for_every_file(tmp_path: Path) -> None:
    member = rule("{calls_7d: 0}", "    group: step\n")
    files = {
        "closing": f"groups: {{step: {{hit: first}}}}\n{member}",
        "pricing": member.replace("R1", "R2"),
        "process": rule("{calls_7d: 0}").replace("R1", "R3"),
    }
    hits = {one.id: one.hit for one in load_playbook(playbook(tmp_path, **files)).rules}
    assert hits == {"R1": "first", "R2": "first", "R3": "priority"}


def test_a_group_declared_in_two_ways_is_named(tmp_path: Path) -> None:
    member = rule("{calls_7d: 0}", "    group: step\n")
    files = {
        "closing": f"groups: {{step: {{hit: first}}}}\n{member}",
        "pricing": f"groups: {{step: {{hit: collect}}}}\n{member.replace('R1', 'R2')}",
    }
    with pytest.raises(PlaybookError, match=r"closing.yaml:1: group 'step' is first here and coll"):
        load_playbook(playbook(tmp_path, **files))
