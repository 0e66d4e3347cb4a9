"""Does lint find each planted fault, at its line, and nothing in the strategies that we ship?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from salesadvisor.playbook.playbook import find_playbook
from salesadvisor.playbook.strategy_lint import Finding, lint

TODAY = date(2026, 7, 1)
SOUND = (find_playbook("clinical_research") / "strategy.yaml").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Plant:
    """A fault: what is written instead of what, which codes tell it, and what its line says."""

    old: str
    new: str
    codes: tuple[str, ...]
    line: str


def plant(old: str, new: str, *codes: str, line: str) -> Plant:
    return Plant(old, new, codes, line)


PLANTED = (
    plant(
        "      where:\n        phase: [I, II, III]\n      effort",
        "      where: {sponsor_size: small, therapeutic_area: oncology, phase: I}\n      effort",
        "covered_tier",
        line="- name: opportunistic",
    ),
    plant("percent: 15\n  excl", "percent: 10\n  excl", "effort_shares", line="tiers:"),
    plant(
        "  excluded:\n",
        "  excluded:\n    - {name: trials, where: {phase: [II, III]}}\n",
        "excluded_tier",
        line="- name: growth",
    ),
    plant("      proof: Inspection history\n", "", "unproven_claim", line="id: quality_record"),
    plant(
        "against actual\n      required_from_stage: go_no_go",
        "against actual\n      required_from_stage: shortlisted",
        "late_claim",
        line="required_from_stage: shortlisted",
    ),
    plant("limit_days: 7\n", "limit_days: 2\n", "limit_below_target", line="limit_days: 2"),
    plant("  criteria:\n", "  criteria:\n    idle: Any\n", "unused_criterion", line="idle: Any"),
    plant(
        "need_confirmed: The sponsor confirmed the study, its timing and that it will be"
        " outsourced",
        "need_confirmed: Need confirmed",
        "criterion_without_text",
        line="need_confirmed: Need",
    ),
    plant(
        "  constraints:\n",
        "  constraints:\n    - {id: never, kind: not_succession, first: 'stage:rfp_received',"
        " then: 'stage:go_no_go'}\n",
        "unreachable_stage",
        line="name: go_no_go",
    ),
    plant(
        "exit_criteria: [msa_signed, work_started]\n          late: true\n",
        "exit_criteria: [msa_signed, work_started]\n",
        "flag_ends",
        line="name: loi",
    ),
    plant("share_percent: 15\n      rule", "share_percent: 9\n      rule", "channel_shares",
          line="mix:"),
    plant("  conflict_on: therapeutic_area\n", "", "no_conflict_attribute", line="channels:"),
    plant(
        "sales_director, percent: 12", "sales_director, percent: 4",
        "flat_authority", "rep_authority", line="role: sales_director",
    ),
    plant("executive, percent: 20", "executive, percent: 30", "authority_over_floor",
          line="role: executive"),
    plant("role: rep, percent: 5", "role: rep, percent: 5, from_stage: rfi", "early_authority",
          line="role: rep"),
    plant("      battle_plan: Bring our own opinion leaders to the bid defense.\n", "",
          "no_battle_plan", line="name: Novacore"),
    plant("  response_hours: 4\n", "", "no_response_time", line="prospecting:"),
    plant("risk, team]\n  team", "risk, team, weather]\n  team", "unused_topic", line="weather"),
    plant("finance, executive]\n  dec", "finance, executive, legal]\n  dec", "unused_role",
          line="legal"),
    plant(
        "steps: [award_received, loi_signed, msa_signed]",
        "steps: [msa_signed, award_received, loi_signed]",
        "closing_order",
        line="steps:",
    ),
    plant("max_silent_days: 10", "max_silent_days: 20", "contradicting_standard",
          line="max_silent_days: 20"),
    plant("logging_days: 3\n", "logging_days: 45\n", "logging_over_backdating",
          line="logging_days: 45"),
    plant("reps: [Elif Dorn", "reps: [Ada Abend, Elif Dorn", "rep_in_two_teams", line="Elif Dorn"),
    plant("  acknowledge_within_days: 14\n", "", "no_acknowledgement", line="alignment:"),
    plant("  max_per_deal: 2\n", "  max_per_deal: 2\n  reps: {Nobody: 60}\n", "unknown_rep",
          line="Nobody"),
    plant("  manager: Head of commercial\n", "", "no_manager", line="escalate_after"),
    plant("value: 58\n", "value: 158\n", "unmeasurable_goal", "implausible_goal",
          line="value: 158"),
    plant("owner: Bid manager", "owner: Bid manager and operations", "shared_goal",
          line="Bid manager and"),
    plant("value: 640000000", "value: 1640000000", "implausible_goal", line="value: 1640000000"),
    plant(
        "value: 105\n    start: 2026-01-01\n    due: 2026-12-31",
        "value: 105\n    start: 2025-01-01\n    due: 2025-12-31",
        "goal_over",
        line="due: 2025-12-31",
    ),
    plant("cadence_days: 90", "cadence_days: 500", "rare_review", line="cadence_days: 500"),
    plant("approved_on: 2026-01-12", "approved_on: 2027-01-12", "future_approval",
          line="approved_on"),
)  # fmt: skip

# Those that would hide one of the others.
ALONE = (
    plant("target_market: 1.2", "target_market: 1.1", line=""),
    plant("# 17. Mon", "# 18. Mon", line=""),
    plant("region: row, patients: {lt: 40}", "patients: {lt: 40, gt: 50}", "empty_segment",
          line="small studies far away"),
    plant("sponsor_size: [mid, large]", "patients: {ge: 9, lt: 3}", "empty_tier",
          line="name: growth"),
    plant("probability_percent: 18\n", "probability_percent: 2\n", "falling_probability",
          line="probability_percent: 2"),
    plant("to: [rfp_received]}", "to: [rfi]}", "idle_move", line="cda_signed, to"),
    plant("to: [rfp_received]}", "to: [cda_signed]}", "idle_move", line="cda_signed, to"),
    plant("first: discount_offered\n      most: 2", "first: objection_answered\n      most: 0",
          "contradicting_order", line="id: few_discounts"),
    plant("horizon_days: 90", "horizon_days: 60", "short_horizon", line="horizon_days"),
    plant("horizons: [30, 180]", "horizons: [30, 90]", "idle_horizon", line="horizons"),
    plant("kind: partner", "kind: direct", "idle_conflict_attribute", line="conflict_on"),
    plant("partner, conference, inbound]}", "partner, conference, inbound, fair]}",
          "unplanned_channel", line="mix:"),
    plant("      rule: First human answer within four business hours.\n", "", "unruled_channel",
          line="name: inbound"),
    plant("discount_authority_percent: 5", "discount_authority_percent: 7", "rep_authority",
          line="discount_authority_percent"),
    plant("no_discount_before_stage: shortlisted", "no_discount_before_stage: identified",
          "idle_discount_bar", line="no_discount_before_stage"),
    plant("  competitors:\n", "  no_bid: [{text: No trials, where: {phase: [II, III]}}]\n"
          "  competitors:\n", "declined_tier", line="No trials"),
    plant("rapeutic_lead]\n  by", "rapeutic_lead, cook]\n  by", "unused_team_role", line="cook"),
    plant("contacts_late: 3", "contacts_late: 1", "fewer_contacts_late", line="contacts_late"),
    plant("complex_award_to_signature_days: 84", "complex_award_to_signature_days: 50",
          "shorter_complex_award", line="complex_award"),
    plant("    - {max_silent_days: 21}", "    - {tier: core, max_silent_days: 5}",
          "second_standard", line="max_silent_days: 5}"),
    plant("    - {max_silent_days: 21}", "    - {stage: loi}", "empty_standard",
          line="{stage: loi}"),
    plant("  owner: Head of commercial\n  app", "  app", "no_owner", line="strategy_review:"),
    plant("  required_elements:\n", "  required_elements:\n    - comprehensive\n", line=""),
    plant("  escalate_after: 2\n", "  escalate_after: 2\n  away: [{rep: Ada Abend, from:"
          " 2026-08-01, to: 2026-08-09}, {rep: Ada Abend, from: 2026-08-09, to: 2026-08-12}]\n",
          "overlapping_away", line="away:"),
    plant("    baseline: 118\n", "", "no_baseline", line="id: cycle_2026"),
    plant("value: 105", "value: 119", "goal_reached", line="value: 119"),
    plant("value: 58\n", "value: 52\n", "goal_reached", line="value: 52"),
    plant("value: 105\n    start: 2026-01-01\n    due: 2026-12-31",
          "value: 105\n    start: 2026-01-01\n    due: 2029-12-31", "long_goal", line="2029"),
    plant("metric: cycle_days\n    baseline: 118\n    value: 105", "metric: bid_hit_rate\n"
          "    baseline: 50\n    value: 56", line=""),
    plant("metric: cycle_days\n    baseline: 118\n    value: 105\n    start: 2026-01-01\n    due:"
          " 2026-12-31\n    owner: Sales operations", "metric: bid_hit_rate\n    baseline: 50\n"
          "    value: 56\n    start: 2026-01-01\n    due: 2026-12-31\n    owner: Bid manager",
          "second_goal", line="id: cycle_2026"),
    plant("value: 105\n    start: 2026-01-01\n    due: 2026-12-31",
          "value: 105\n    start: 2027-01-01\n    due: 2027-12-31", "old_holidays",
          line="holidays:"),
)  # fmt: skip


def found_in(folder: Path, text: str, today: date = TODAY) -> tuple[Finding, ...]:
    path = folder / "strategy.yaml"
    path.write_text(text, encoding="utf-8")
    return lint(path, today)


def planted(text: str, one: Plant) -> str:
    assert text.count(one.old) == 1, one.old
    return text.replace(one.old, one.new)


@pytest.mark.parametrize("name", ["clinical_research", "generic_b2b"])
def test_nothing_is_found_in_a_strategy_that_we_ship(name: str) -> None:
    assert lint(find_playbook(name) / "strategy.yaml", TODAY) == ()


def test_every_fault_planted_in_one_strategy_is_found(tmp_path: Path) -> None:
    text = SOUND
    for one in PLANTED:
        text = planted(text, one)
    found = {finding.code for finding in found_in(tmp_path, text)}
    wanted = {code for one in PLANTED for code in one.codes}
    assert len(PLANTED) >= 20
    assert wanted - found == set()
    assert found - wanted == set()


@pytest.mark.parametrize("one", PLANTED + ALONE, ids=lambda one: "-".join(one.codes) or "sound")
def test_a_planted_fault_is_found_at_its_line_and_nothing_else_is(
    tmp_path: Path, one: Plant
) -> None:
    text = planted(SOUND, one)
    found = found_in(tmp_path, text)
    assert {finding.code for finding in found} == set(one.codes)
    lines = text.splitlines()
    for finding in found[:1]:
        file, _, number = finding.place.rpartition(":")
        assert file == str(tmp_path / "strategy.yaml")
        assert one.line in lines[int(number) - 1]
        assert finding.problem
        assert finding.cure


def without(section: str) -> str:
    """The sound strategy without the lines of a section."""
    begin = SOUND.index(f"\n{section}:")
    end = SOUND.index("\n\n#", begin)
    return SOUND[:begin] + SOUND[end:]


@pytest.mark.parametrize("section", ["competition", "value_proposition", "activity", "crm"])
def test_a_required_element_that_is_missing_is_a_fault(tmp_path: Path, section: str) -> None:
    (found, *others) = (
        one for one in found_in(tmp_path, without(section)) if one.code == "missing_element"
    )
    assert not others
    assert (found.element, found.severity) == (section, "fault")


def test_a_goal_that_serves_an_element_nobody_declared_is_irrelevant(tmp_path: Path) -> None:
    found = found_in(tmp_path, without("value_proposition"))
    assert [one.problem for one in found if one.code == "irrelevant_goal"] == [
        "goal 'hit_rate_2026' serves value_proposition, about which nothing is declared"
    ]


def test_without_required_elements_all_seventeen_are_asked_for(tmp_path: Path) -> None:
    small = "name: a\ncurrency: EUR\nprocess: {pipelines: [{name: p, stages: [{name: s}]}]}\n"
    found = found_in(tmp_path, small)
    assert {one.code for one in found} == {"missing_element"}
    assert {one.severity for one in found} == {"warning"}
    assert len(found) == 16


def test_a_goal_is_due_until_the_end_of_its_last_day(tmp_path: Path) -> None:
    assert not found_in(tmp_path, SOUND, date(2026, 12, 31))
    late = found_in(tmp_path, SOUND, date(2027, 1, 1))
    assert [one.code for one in late] == ["goal_over"] * 3


def test_findings_stand_in_the_order_of_the_elements_faults_first(tmp_path: Path) -> None:
    text = planted(SOUND, PLANTED[1])
    text = planted(text, next(one for one in PLANTED if "covered_tier" in one.codes))
    text = planted(text, next(one for one in PLANTED if "no_battle_plan" in one.codes))
    assert [one.code for one in found_in(tmp_path, text)] == [
        "covered_tier", "effort_shares", "no_battle_plan",
    ]  # fmt: skip
