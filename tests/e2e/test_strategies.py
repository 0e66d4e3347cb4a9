"""Does a strategy's past decide its own time, and is what is wrong or changed told?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from salesadvisor.cli.json_keys import JSON_KEYS
from tests.e2e.running import Ran, run
from tests.e2e.test_commands import paths

THEN, LATER = "2025-06-30", "2026-03-02"


@pytest.fixture
def team(there: Path) -> Path:
    """A playbook of one's own beside the store, named as the command line names it."""
    run("init", "team", "--playbook", "clinical_research", "-q").succeeded()
    return there / "team"


def edit(playbook: Path, old: str, new: str) -> None:
    path = playbook / "strategy.yaml"
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")


def asked(*arguments: str) -> Ran:
    return run("--playbook", "team", *arguments)


def hash_of_playbook() -> str:
    return str(asked("--json", "strategy", "show").document["hash"])


def two_versions(team: Path) -> tuple[str, str]:
    """One strategy from 2025 on, another from 2026 on, the latter in the playbook."""
    first = hash_of_playbook()
    asked("strategy", "publish", "--at", "2025-01-01", "--label", "first").succeeded()
    edit(team, "limit_days: 7\n", "limit_days: 5\n")
    asked("strategy", "publish", "--at", "2026-01-01").succeeded()
    return first, hash_of_playbook()


def test_looking_back_the_version_in_force_then_decides(team: Path) -> None:
    first, second = two_versions(team)
    for command in (["advise"], ["explain", "CR-00079"]):
        then = asked("--json", *command, "--as-of", THEN)
        assert then.document["strategy"]["hash"] == first
        assert "note: strategy in force: " + f"{first} since 2025-01-01 (first)\n" in then.notes
        later = asked("--json", *command, "--as-of", LATER)
        assert later.document["strategy"]["hash"] == second
        before = asked("--json", *command, "--as-of", "2024-12-01")
        assert before.document["strategy"]["hash"] == second
        assert not [note for note in before.notes if "in force" in note]


def test_the_signals_of_the_past_are_those_of_its_own_limits(team: Path) -> None:
    first, _ = two_versions(team)
    deals = asked("--json", "advise", "--as-of", THEN).document["recommendations"]
    explain = ["--json", "explain", deals[0]["deal_id"], "--as-of", THEN]
    then, now, by_hash = (
        asked(*explain, *more).document
        for more in ([], ["--strategy", "current"], ["--strategy", first[:6]])
    )
    assert then == by_hash
    assert then["strategy"]["hash"] == first != now["strategy"]["hash"]


def test_a_strategy_can_be_named_by_playbook_or_file(team: Path) -> None:
    _first, second = two_versions(team)
    for name in ("clinical_research", "team", "team/strategy.yaml"):
        ran = asked("--json", "advise", "--as-of", THEN, "--strategy", name)
        (note,) = (one for one in ran.notes if "decides" in one)
        assert f"strategy {ran.document['strategy']['hash']} decides, as named" in note
        assert (ran.document["strategy"]["hash"] == second) == name.startswith("team")
    wrong = asked("advise", "--strategy", "teem")
    assert (wrong.status, wrong.err.count("\n")) == (2, 1)
    assert "teem: is no playbook, no strategy file and no published version" in wrong.err


def test_a_strategy_that_is_only_tried_leaves_no_trace(team: Path) -> None:
    edit(team, "limit_days: 7\n", "limit_days: 5\n")
    ran = asked("--json", "advise", "--strategy", "clinical_research")
    assert ran.document["recommendations"]
    assert ran.document["issued"] is None
    assert any("it is only tried, nothing is recorded" in note for note in ran.notes)
    asked("export", "jsonl", "--strategy", "clinical_research").succeeded()
    assert asked("--json", "strategy", "versions").document["versions"] == []
    assert asked("--json", "advise", "--strategy", "team").document["issued"] > 0


def test_advice_of_today_is_decided_by_the_playbook(team: Path) -> None:
    two_versions(team)
    edit(team, "limit_days: 5\n", "limit_days: 6\n")
    ran = asked("--json", "advise")
    assert ran.document["strategy"]["hash"] == hash_of_playbook()
    versions = asked("--json", "strategy", "versions").document["versions"]
    assert [one["hash"] for one in versions][2:] == [hash_of_playbook()]


def test_a_replay_runs_each_version_over_its_own_time(team: Path) -> None:
    first, second = two_versions(team)
    replay = ["--json", "replay", "--every", "month", "--scores", "s.csv"]
    whole = asked(*replay)
    parts = whole.document["versions"]
    assert [(one["hash"], one["from"][:4], one["to"][:7]) for one in parts] == [
        (second, "2024", "2024-12"), (first, "2025", "2025-12"), (second, "2026", "2026-06"),
    ]  # fmt: skip
    assert [one["since"] is None for one in parts] == [True, False, False]
    assert len([note for note in whole.notes if "in force" in note]) == 2
    alone = [
        asked(*replay[:-2], "--strategy", one["hash"], "--from", one["from"], "--to", one["to"])
        for one in parts
    ]
    assert [one["digest"] for one in parts] == [ran.document["digest"] for ran in alone]
    for key in ("checkpoints", "rows", "candidates"):
        assert whole.document[key] == sum(ran.document[key] for ran in alone)
    for verdict, count in whole.document["verdicts"].items():
        assert count == sum(ran.document["verdicts"].get(verdict, 0) for ran in alone)
    by_rule = {one["rule"]: one["shown"] for one in whole.document["rules"]}
    assert sum(by_rule.values()) == whole.document["verdicts"]["shown"]
    files = whole.document["files"]
    assert list(files) == [f"s.{n}-{one['hash']}.csv" for n, one in enumerate(parts, start=1)]
    assert sum(files.values()) == whole.document["rows"]
    assert asked(*replay).document["digest"] == whole.document["digest"]


def test_one_version_replays_as_the_same_strategy_unpublished(team: Path) -> None:
    # Once it is published, reps are asked to acknowledge it; nothing else may change.
    (team / "alignment.yaml").unlink()
    (team / "alignment.test.yaml").unlink()
    replay = ["--json", "replay", "--every", "month"]
    unpublished = asked(*replay).document
    asked("strategy", "publish", "--at", "2025-01-01").succeeded()
    published = asked(*replay).document
    assert published["digest"] == unpublished["digest"]
    assert len(published["versions"]) == 1


def test_a_rule_that_an_earlier_strategy_does_not_know_is_one_line(team: Path) -> None:
    edit(team, "crm: 0.6\n", "crm: 0.6\n  closing: 1.1\n")
    asked("strategy", "publish", "--at", "2025-01-01").succeeded()
    edit(team, "  patients: {number", "  sites: {number: true}\n  patients: {number")
    rule = (
        "rules:\n  - {id: S1, title: t, when: {attribute.sites: {gt: 3}}, because: 'It has"
        " {attribute.sites}.', do: Call., action: {kind: call}}\n"
    )
    (team / "goals.yaml").write_text(rule, "utf-8")
    ran = asked("advise", "--as-of", THEN)
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert "goals.yaml:2" in ran.err
    assert "(under strategy " in ran.err
    assert "or decide with --strategy current" in ran.err
    asked("advise", "--as-of", THEN, "--strategy", "current").succeeded()


def test_publishing_is_told_once(team: Path) -> None:
    first = asked("--json", "strategy", "publish", "--at", "2025-01-01T12:00+02:00").document
    assert (first["published"], first["at"]) == (True, "2025-01-01T10:00:00+00:00")
    assert asked("--json", "strategy", "publish").document["published"] is False
    assert "in force already" in asked("strategy", "publish").succeeded().out
    wrong = asked("strategy", "publish", "--at", "soon")
    assert (wrong.status, "--at: 'soon' is no date or time" in wrong.err) == (2, True)


def test_a_strategy_can_be_published_before_any_history(nowhere: Path) -> None:
    assert run("--json", "strategy", "publish").document["published"] is True
    assert len(run("--json", "strategy", "versions").document["versions"]) == 1


def test_versions_tell_what_changed(team: Path) -> None:
    first, _second = two_versions(team)
    ran = asked("--json", "strategy", "versions")
    keys = set(JSON_KEYS["strategy versions"])
    found = set(paths(ran.document, keys))
    assert keys - found == set()
    assert found - keys == {"versions[].changes"}  # null for the first version
    one, two = ran.document["versions"]
    assert (one["hash"], one["label"], one["changes"]) == (first, "first", None)
    assert [change["text"] for change in two["changes"]] == [
        "Stage rfp_received: limit 7 -> 5 days"
    ]
    page = asked("strategy", "versions").succeeded().out
    assert "the playbook holds the newest" in page
    edit(team, "limit_days: 5\n", "limit_days: 4\n")
    page = asked("strategy", "versions").succeeded().out
    assert "not published: Stage rfp_received: limit" in page
    assert "Next: salesadvisor strategy publish" in page


def test_a_diff_finds_published_versions_and_says_when_two_are_the_same(team: Path) -> None:
    first, second = two_versions(team)
    ran = asked("strategy", "diff", first, "team").succeeded()
    assert "* Stage rfp_received: limit 7 -> 5 days" in ran.out
    assert "Sales process" in ran.out
    same = asked("--json", "strategy", "diff", second, "team/strategy.yaml").document
    assert (same["equal"], same["changes"]) == (True, [])
    assert "They say the same." in asked("strategy", "diff", second, "team").succeeded().out


def test_lint_with_a_history_says_no(there: Path) -> None:
    ran = run("--json", "strategy", "lint")
    document = json.loads(ran.out)
    keys = set(JSON_KEYS["strategy lint"])
    assert set(paths(document, keys)) == keys
    assert (ran.status, document["with_history"]) == (1, True)
    assert {"unknown_stage", "unreached_goal"} <= {one["code"] for one in document["findings"]}
    assert document["faults"] + document["warnings"] == len(document["findings"])


def test_lint_names_line_and_cure(team: Path, nowhere: Path) -> None:
    edit(team, "limit_days: 7\n", "limit_days: 2\n")
    ran = run("--playbook", str(team), "strategy", "lint")
    assert ran.status == 1
    assert "without a history" in ran.out
    assert "1 fault, 0 warnings" in ran.out
    assert "limit of 2 days below its target of 3" in " ".join(ran.out.split())
    demanded = run("--playbook", str(team), "strategy", "lint", "--history")
    assert demanded.status in (2, 3)
    assert demanded.err.count("\n") == 1


def test_lint_judges_goals_as_of_the_day_asked(team: Path) -> None:
    assert asked("strategy", "lint", "--no-history", "--as-of", "2026-12-31").status == 0
    late = asked("--json", "strategy", "lint", "--no-history", "--as-of", "2027-01-01")
    found = json.loads(late.out)
    assert {one["code"] for one in found["findings"]} == {"goal_over"}
    assert (late.status, found["as_of"], found["faults"]) == (1, "2027-01-01", 3)


def test_lint_leaves_a_store_without_deals_out(nowhere: Path) -> None:
    run("strategy", "publish", "--at", "2026-01-01").succeeded()
    ran = run("--json", "strategy", "lint", "--as-of", "2026-07-01")
    assert json.loads(ran.out)["with_history"] is False
    assert ran.status == 0
