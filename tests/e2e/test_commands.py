"""Does every command answer, in words and in JSON, and change only what it should?"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from salesadvisor import settings
from salesadvisor.cli.json_keys import JSON_KEYS
from tests.e2e.running import run

Content = Callable[[Path], dict[str, bytes]]

ASKED = {
    "init": ["init", "team"],
    "sample": ["sample", "--out", "more", "--deals", "5"],
    "import": ["import", "sample/history.csv"],
    "doctor": ["doctor"],
    "advise": ["advise", "--limit", "2"],
    "explain": ["explain", "CR-00079"],
    "goals": ["goals"],
    "conformance": ["conformance"],
    "replay": ["replay", "--every", "month", "--scores", "s.csv"],
    "advise --why-not": ["advise", "--why-not", "CR-00079"],
    "advise --digest": ["advise", "--digest"],
    "feedback accept": ["feedback", "accept", "REC"],
    "feedback dismiss": ["feedback", "dismiss", "REC", "--reason", "we met at the fair"],
    "feedback done": ["feedback", "done", "REC"],
    "feedback sync": ["feedback", "sync"],
    "accountability": ["accountability"],
    "export": ["export", "jsonl"],
    "rules list": ["rules", "list"],
    "rules test": ["rules", "test"],
    "rules lint": ["rules", "lint", "--no-history"],
    "rules coverage": ["rules", "coverage"],
    "rules explain": ["rules", "explain", "AM01", "CR-00079"],
    "rules mutate": ["rules", "mutate"],
    "strategy show": ["strategy", "show"],
    "schema": ["schema", "--out", "schemas"],
    "strategy lint": ["strategy", "lint", "--no-history"],
    "strategy diff": ["strategy", "diff", "clinical_research", "generic_b2b"],
    "strategy publish": ["strategy", "publish"],
    "strategy versions": ["strategy", "versions"],
    "verify": ["verify"],
    "report": ["report"],
}

# What a strategy without flaws or versions leaves empty; test_strategies.py fills them.
EMPTY = {"strategy lint": "findings[]", "strategy versions": "versions[]"}


def asked(name: str) -> list[str]:
    """The words of a command; REC is a recommendation that was just issued."""
    if "REC" not in ASKED[name]:
        return ASKED[name]
    (first, *_) = run("--json", "advise").document["recommendations"]
    return [first["recommendation_id"] if word == "REC" else word for word in ASKED[name]]


def paths(document: Any, keys: set[str], at: str = "") -> Iterator[str]:
    """The keys of a document as json_keys writes them, down to names of their own."""
    if f"{at}.*" in keys:
        yield f"{at}.*"
    elif isinstance(document, dict):
        for key, value in document.items():
            yield from paths(value, keys, f"{at}.{key}" if at else key)
    elif isinstance(document, list):
        for item in document or [None]:
            yield from [] if not document else paths(item, keys, f"{at}[]")
    else:
        yield at


@pytest.mark.parametrize("name", sorted(ASKED))
def test_the_json_of_a_command_has_the_keys_that_are_documented(there: Path, name: str) -> None:
    keys = set(JSON_KEYS[name])
    ran = run("--json", *asked(name)).succeeded()
    assert len(ran.out.splitlines()) == 1
    found = set(paths(json.loads(ran.out), keys))
    assert found - keys == set()
    empty_here = {
        "held_back[]", "recommended[]", "failed[]", "problems[]", "off[]", "own[]", "findings[]",
        "teams[].escalated[]", "teams[].overdue[]", "missing[]", "rules[].missing[]",
        "rules[].conditions[].missing[]", EMPTY.get(name, "none"),
    }  # fmt: skip
    assert {key for key in keys - found if not key.startswith(tuple(empty_here))} == set()


def test_every_command_with_an_answer_documents_its_json() -> None:
    assert set(JSON_KEYS) == set(ASKED) | {"demo"}


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("name", sorted(set(ASKED) - {"report"}))
def test_an_answer_fits_the_terminal(
    there: Path, monkeypatch: pytest.MonkeyPatch, name: str, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = run(*asked(name)).succeeded().out.splitlines()
    assert [line for line in lines if len(line) > columns] == []
    assert [line for line in lines if line != line.rstrip()] == []


def test_shared_options_stand_before_the_command_or_after_it(there: Path) -> None:
    before = run("--json", "--playbook", "generic_b2b", "rules", "list").document
    after = run("rules", "list", "--json", "--playbook", "generic_b2b").document
    between = run("rules", "--json", "list", "--playbook", "generic_b2b").document
    assert before == after == between
    assert before["playbook"]["name"] == "generic_b2b"


# import


def test_a_second_import_adds_nothing(there: Path) -> None:
    again = run("--json", "import", "sample/history.csv").document["files"][0]
    assert again["added"] == again["corrected"] == 0
    assert again["known"] == again["events"] > 1_000
    assert again["rows"] == again["read"] + again["collapsed"] + again["rejected"]


def test_a_dry_run_changes_no_byte(there: Path, content_of: Content) -> None:
    line = (there / "sample/history.csv").read_text("utf-8").splitlines()
    new = line[1].split(",")
    new[0], new[4] = "CR-99999", "CR-99999.1"
    (there / "more.csv").write_text("\n".join([line[0], ",".join(new)]) + "\n", "utf-8")
    before = content_of(there)
    assert run("--json", "import", "more.csv", "--dry-run").document["files"][0]["added"] == 1
    assert content_of(there) == before
    assert run("--json", "import", "more.csv").document["files"][0]["added"] == 1


def test_a_dry_run_makes_no_store(imported: Path, nowhere: Path) -> None:
    history = str(imported / "sample/history.csv")
    counts = run("--json", "import", history, "--dry-run").document["files"][0]
    assert counts["added"] == counts["events"] > 1_000
    assert list(nowhere.iterdir()) == []


def test_a_strict_import_of_a_file_with_one_bad_row_stores_nothing(
    imported: Path, nowhere: Path
) -> None:
    ran = run("import", str(imported / "sample/history.csv"), "--strict")
    assert ran.status == 2
    assert "nothing was stored: 16 of" in ran.err
    assert list(nowhere.iterdir()) == []


def test_of_two_files_the_first_is_not_stored_when_the_second_is_no_history(there: Path) -> None:
    before = run("--json", "verify").document
    (there / "empty.csv").write_text("")
    assert run("import", "sample/history.csv", "empty.csv").status == 2
    assert run("--json", "verify").document == before


def test_rejected_rows_are_kept_with_line_and_reason(there: Path) -> None:
    kept = (there / "history.csv.rejects.jsonl").read_text("utf-8").splitlines()
    told = run("--json", "import", "sample/history.csv").document["files"][0]
    assert len(kept) == told["rejected"] == 16
    assert {"file", "line", "reason", "raw"} == set(json.loads(kept[0]))


# advise, explain


def test_advising_twice_records_nothing_new(there: Path) -> None:
    first = run("--json", "advise").document
    head = run("--json", "verify").document
    second = run("--json", "advise").document
    assert first["issued"] == first["shown"] > 0
    assert second["issued"] == 0
    ids = [
        [one["recommendation_id"] for one in told["recommendations"]] for told in (first, second)
    ]
    assert ids[0] == ids[1]
    assert run("--json", "verify").document == head


def test_a_look_into_the_past_records_nothing(there: Path) -> None:
    head = run("--json", "verify").document
    past = run("--json", "advise", "--as-of", "2026-01-05").document
    assert past["issued"] is None
    assert past["as_of"] == "2026-01-05T00:00:00+00:00"
    assert "looked back: nothing recorded" in run("advise", "--as-of", "2026-01-05").out
    assert run("--json", "verify").document == head


def test_a_deal_is_told_with_what_is_held_back_and_why(there: Path) -> None:
    run("replay", "--every", "week", "--scores", "s.csv").succeeded()
    scores = list(csv.DictReader((there / "s.csv").read_text("utf-8").splitlines()))
    moment = Counter(one["as_of"] for one in scores).most_common(1)[0][0]
    counts = run("--json", "advise", "--as-of", moment).document["held_back_counts"]
    deals = {one["deal_id"] for one in scores if one["as_of"] == moment}
    held: Counter[str] = Counter()
    for deal in sorted(deals):
        told = run("--json", "advise", "--as-of", moment, "--deal", deal).document
        assert {one["deal_id"] for one in told["recommendations"] + told["held_back"]} <= {deal}
        held.update(one["verdict"] for one in told["held_back"])
    assert held
    assert held <= Counter(counts)


def an_advised_deal() -> str:
    """The first deal of the advice, which may begin with an account or a rep."""
    shown = run("--json", "advise").document["recommendations"]
    return next(one["deal_id"] for one in shown if one["deal_id"])


def test_a_rep_sees_only_his_own_and_at_most_the_limit(there: Path) -> None:
    everyone = run("--json", "advise", "--limit", "100").document["recommendations"]
    owner, count = Counter(one["owner"] for one in everyone).most_common(1)[0]
    own = run("--json", "advise", "--owner", owner, "--limit", "1").document["recommendations"]
    assert count > 1
    assert [one["owner"] for one in own] == [owner]
    assert own[0]["rank"] == 1
    assert "raise --limit" in run("advise", "--owner", owner, "--limit", "1").out


@pytest.mark.parametrize(
    "after, reason",
    [(timedelta(days=3), "now"), (timedelta(days=31), "end_of_history"),
     (timedelta(days=-9), "end_of_history")],
)  # fmt: skip
def test_the_moment_is_now_unless_the_history_is_not_of_these_days(
    there: Path, monkeypatch: pytest.MonkeyPatch, after: timedelta, reason: str
) -> None:
    end = datetime.fromisoformat(run("--json", "export", "csv", "--dry-run").document["as_of"])
    monkeypatch.setattr(settings, "now", lambda: end + after)
    told = run("--json", "advise").document
    assert told["as_of_reason"] == reason
    assert datetime.fromisoformat(told["as_of"]) == (end + after if reason == "now" else end)
    assert told["as_of"][:10] in run("advise").out


def test_a_moment_without_an_offset_is_in_the_time_zone_of_the_strategy(there: Path) -> None:
    run("init", "team").succeeded()
    strategy = there / "team" / "strategy.yaml"
    text = strategy.read_text("utf-8")
    strategy.write_text(text.replace("timezone: UTC", "timezone: Europe/Berlin"), "utf-8")
    asked = ["--json", "--playbook", "team", "advise", "--as-of"]
    assert run(*asked, "2026-01-05").document["as_of"] == "2026-01-04T23:00:00+00:00"
    assert run(*asked, "2026-01-05T12:00+00:00").document["as_of"] == "2026-01-05T12:00:00+00:00"


def test_an_explanation_holds_no_event_from_after_its_moment(there: Path) -> None:
    deal = an_advised_deal()
    now = run("--json", "explain", deal).document
    middle = now["story"][len(now["story"]) // 2]
    then = run("--json", "explain", deal, "--as-of", middle["recorded_at"]).document
    assert 0 < then["events_known"] < now["events_known"]
    assert then["events_known"] + then["events_not_yet_known"] >= now["events_known"]
    assert all(one["recorded_at"] < middle["recorded_at"] for one in then["story"])


def test_the_reasons_of_a_probability_say_which_way_they_push(there: Path) -> None:
    deal = an_advised_deal()
    told = run("--json", "explain", deal).document
    assert told["win_probability"]["low"] <= told["win_probability"]["p"]
    fired = [rule for rule in told["rules"] if rule["fires"]]
    assert fired
    assert all(rule["condition"]["holds"] is True and rule["because"] for rule in fired)
    assert all(near["missing"] for near in told["nearest"])


# replay


def rows_of(path: str) -> list[dict[str, str]]:
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_replay_writes_the_same_tables_in_csv_and_in_parquet(there: Path) -> None:
    for suffix in ("csv", "parquet"):
        told = run(
            "--json", "replay", "--every", "month", "--scores", f"s.{suffix}",
            "--recommendations", f"r.{suffix}",
        ).document  # fmt: skip
    scores, recommendations = pq.read_table("s.parquet"), pq.read_table("r.parquet")
    assert told["files"] == {"s.parquet": len(scores), "r.parquet": len(recommendations)}
    assert told["rows"] == len(scores) > 50
    assert told["candidates"] == len(recommendations) > 50
    assert scores.column_names == [
        "deal_id", "as_of", "win_probability", "low", "high", "horizon_days", "model",
    ]  # fmt: skip
    for path in ("s", "r"):
        table = pq.read_table(f"{path}.parquet").to_pylist()
        for row, written in zip(table, rows_of(f"{path}.csv"), strict=True):
            assert {name: text(name, value) for name, value in row.items()} == written
    assert not list(there.glob(".*.part"))


def text(name: str, value: Any) -> str:
    """A value of the Parquet table as the CSV has it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, float):
        return f"{value:.{3 if name in ('urgency', 'weight') else 4}f}"
    return str(value)


def test_the_parts_of_a_candidate_make_its_priority(there: Path) -> None:
    run("replay", "--recommendations", "r.csv").succeeded()
    rows = rows_of("r.csv")
    for row in rows:
        part = {name: float(row[name]) for name in ("chance", "stake", "weight", "urgency", "cost")}
        worth = part["chance"] * part["stake"] * part["weight"] * part["urgency"] - part["cost"]
        assert abs(float(row["priority"]) - worth) < 0.1
        lives = row["verdict"] in ("shown", "same action already open")
        assert bool(row["expires"]) == lives
        assert not lives or row["expires"] > row["as_of"]
    shown = {row["recommendation_id"] for row in rows if row["verdict"] == "shown"}
    open_still = [row for row in rows if row["verdict"] == "same action already open"]
    assert open_still
    assert {row["recommendation_id"] for row in open_still} <= shown


def test_a_replay_ends_where_it_is_told_and_its_digest_does_not_depend_on_the_workers(
    there: Path,
) -> None:
    asked = ["--json", "replay", "--from", "2025-03-01", "--to", "2025-09-01", "--every", "week"]
    alone, together = (run("--workers", workers, *asked).document for workers in ("1", "2"))
    assert alone == together
    assert alone["from"] == "2025-03-03"
    assert alone["to"] == "2025-09-01"
    assert alone["checkpoints"] == 27


# export


def test_exporting_twice_marks_nothing_new(there: Path) -> None:
    first = run("--json", "export", "csv").document
    content = (there / "recommendations.csv").read_bytes()
    second = run("--json", "export", "csv").document
    assert first["exported"] == first["rows"] == first["issued"] > 0
    assert second["exported"] == second["issued"] == 0
    assert (there / "recommendations.csv").read_bytes() == content
    assert run("--json", "export", "jsonl").document["exported"] == first["rows"]


def test_an_export_names_what_the_advice_rests_on(there: Path) -> None:
    run("export", "jsonl", "--out", "a.jsonl", "--limit", "1").succeeded()
    rows = [json.loads(line) for line in (there / "a.jsonl").read_text("utf-8").splitlines()]
    assert len({row["owner"] for row in rows}) == len(rows)
    for row in rows:
        assert row["event_ids"]
        if row["deal_id"]:
            story = run("--json", "explain", row["deal_id"]).document["story"]
            assert set(row["event_ids"]) <= {one["event_id"] for one in story}
    assert any(row["deal_id"] for row in rows)
    assert len({row["strategy"] for row in rows}) == 1


def test_a_dry_export_and_one_of_the_past_record_nothing(there: Path, content_of: Content) -> None:
    run("doctor").succeeded()
    before = content_of(there)
    told = " ".join(run("export", "csv", "--dry-run").out.split())
    assert "nothing was written or recorded" in told
    assert content_of(there) == before
    past = run("--json", "export", "csv", "--as-of", "2026-01-05", "--out", "past.csv").document
    assert past["exported"] is past["issued"] is None
    assert {name: data for name, data in content_of(there).items() if name != "past.csv"} == before


def test_an_export_that_cannot_be_written_records_nothing(there: Path, content_of: Content) -> None:
    run("doctor").succeeded()
    before = content_of(there)
    ran = run("export", "csv", "--out", "no/such/folder.csv")
    assert ran.status == 2
    assert content_of(there) == before


# playbook


def test_a_playbook_takes_its_stages_from_a_mapping(nowhere: Path) -> None:
    mapping = Path(__file__).parents[2] / "mappings" / "bpic2012.yaml"
    told = run("--json", "init", "loans", "--mapping", str(mapping)).document
    assert told["template"] == "generic_b2b"
    assert told["stages"][0] == "submitted"
    shown = run("--json", "strategy", "show", "--playbook", "loans").document
    assert (shown["name"], shown["declared"]["currency"]) == ("loans", "EUR")
    assert run("rules", "test", "--playbook", "loans").status in (0, 1)


def test_foreign_stages_do_not_fit_a_playbook_that_speaks_of_its_own(nowhere: Path) -> None:
    mapping = Path(__file__).parents[2] / "mappings" / "bpic2012.yaml"
    ran = run("init", "loans", "--mapping", str(mapping), "--playbook", "clinical_research")
    assert ran.status == 2
    assert "start from --playbook generic_b2b" in ran.err
    assert list(nowhere.iterdir()) == []


def test_a_rule_that_breaks_its_test_makes_the_answer_no(nowhere: Path) -> None:
    run("init", "team").succeeded()
    assert run("rules", "test", "--playbook", "team").status == 0
    tests = nowhere / "team" / "closing.test.yaml"
    text = tests.read_text("utf-8").replace(
        "days_past_close_date: 1}", "days_past_close_date: 0}", 1
    )
    tests.write_text(text, "utf-8")
    ran = run("rules", "test", "--playbook", "team")
    assert ran.status == 1
    assert "CL01 was silent, expected CL01 fires" in ran.out
    assert "is 0: false" in ran.out
    assert run("--json", "rules", "test", "--playbook", "team").status == 1


def test_rules_with_a_fault_make_the_answer_of_lint_no(nowhere: Path) -> None:
    run("init", "team").succeeded()
    assert run("rules", "lint", "--playbook", "team").status == 0
    rules = nowhere / "team" / "closing.yaml"
    faulty = rules.read_text("utf-8").replace(
        "days_past_close_date: {gt: 0}", "days_past_close_date: {gt: 0, lt: 1}"
    )
    rules.write_text(faulty, "utf-8")
    ran = run("rules", "lint", "--playbook", "team")
    assert ran.status == 1
    assert "closing.yaml:7 CL01 never_true (error)" in ran.out
    rules.write_text(faulty.replace("lt: 1", "lt: one"), "utf-8")
    told = run("--json", "rules", "lint", "--playbook", "team")
    assert told.status == 1
    assert [one["kind"] for one in json.loads(told.out)["findings"]] == ["unreadable"]


def test_lint_asks_the_history_that_is_there(there: Path) -> None:
    asked = json.loads(run("--json", "rules", "lint").out)
    assert asked["history_rows"]["deal"] > 500
    kinds = {one["kind"] for one in asked["findings"]}
    assert kinds <= {"never_fired", "always_fired", "unseen_threshold", "never_known"}
    assert run("--json", "rules", "lint", "--no-history").document["history_rows"] == {}


def test_lint_without_a_store_asks_no_history_unless_told_to(nowhere: Path) -> None:
    assert "History was not asked." in run("rules", "lint").succeeded().out
    ran = run("rules", "lint", "--history")
    assert (ran.status, "no store there" in ran.err) == (3, True)


def test_a_mutant_that_no_test_kills_makes_the_answer_no(nowhere: Path) -> None:
    run("init", "team").succeeded()
    (nowhere / "team" / "process.test.yaml").write_text(
        "tests:\n  - {case: fresh, given: {days_in_stage: 3}, expect: {SP02: silent}}\n", "utf-8"
    )
    ran = run("rules", "mutate", "--playbook", "team", "--rule", "SP02")
    assert ran.status == 1
    assert "process.yaml:28 SP02 over.stalled gt learned stalled" in ran.out
    assert "expect: {SP02: fires}" in ran.out


def test_a_rule_and_a_deal_are_told_apart_when_they_are_unknown(there: Path) -> None:
    ran = run("rules", "explain", "SP2", "CR-00079")
    assert ran.status == 2
    assert "no rule 'SP2'" in ran.err
    assert "did you mean 'SP02'?" in ran.err
    assert run("rules", "explain", "SP02", "CR-99999").status == 2


def test_coverage_of_one_rule_shows_each_condition(there: Path) -> None:
    told = run("rules", "coverage", "--rule", "SP01").succeeded().out
    assert "criteria_unmet_earlier ge 2" in told
    assert "% unknown" in told


def test_a_damaged_store_makes_the_answer_of_verify_no(there: Path) -> None:
    head = there / "salesadvisor.sqlite.head"
    told = json.loads(head.read_text())
    told["position"] += 5
    told["events"] += 5
    head.write_text(json.dumps(told))
    ran = run("verify")
    assert ran.status == 1
    assert "5 of" in ran.out


# sample, demo


def test_a_sample_has_about_as_many_events_as_asked_for_and_the_same_bytes(nowhere: Path) -> None:
    for folder in ("a", "b"):
        told = run("--json", "sample", "--out", folder, "--events", "2000", "--jsonl").document
        assert 1_200 < told["rows"] < 2_800
    assert (nowhere / "a/history.jsonl").read_bytes() == (nowhere / "b/history.jsonl").read_bytes()


def test_the_demonstration_goes_from_a_sample_to_a_report(nowhere: Path) -> None:
    told = run("demo")
    assert told.succeeded().out.splitlines()[0].startswith("sample")
    page = (nowhere / "demo" / "report.html").read_text("utf-8")
    assert page.startswith(("<!doctype html>", "<!DOCTYPE html>"))
    again = run("--json", "demo").document
    assert again["events_added"] == 0
    assert again["recommendations"] > 0
    assert set(paths(again, set(JSON_KEYS["demo"]))) == set(JSON_KEYS["demo"])


@pytest.mark.parametrize("by", ["constraint", "rep", "stage", "month", "deal"])
def test_conformance_is_told_apart_as_asked(there: Path, by: str) -> None:
    lines = run("conformance", "--by", by, "--limit", "3").succeeded().out.splitlines()
    assert f"By {by}" in lines
    assert any(line.startswith("Deviations (3 newest of ") for line in lines)
    assert max(map(len, lines)) <= 80


def test_conformance_of_one_deal_names_the_events_of_each_deviation(there: Path) -> None:
    whole = run("--json", "conformance").succeeded().document
    deal = whole["deviations"][0]["deal_id"]
    mine = run("--json", "conformance", "--deal", deal).succeeded().document
    assert [one["deal_id"] for one in mine["by_deal"]] == [deal]
    assert mine["deviations"] == [one for one in whole["deviations"] if one["deal_id"] == deal]
    told = run("conformance", "--deal", deal).succeeded().out
    story = run("--json", "explain", deal).succeeded().document["story"]
    happened = {event["event_id"] for event in story}
    for one in mine["deviations"]:
        assert one["text"].split()[0] in told
        assert one["event_ids"]
        assert set(one["event_ids"]) <= happened
        assert all(event in told for event in one["event_ids"])


def test_conformance_of_a_deal_that_is_not_there_is_told_in_one_line(there: Path) -> None:
    failed = run("conformance", "--deal", "nobody")
    assert (failed.status, len(failed.err.splitlines())) == (2, 1)
    assert "nobody: no such deal in the store" in failed.err


def test_a_constraint_that_names_no_event_is_told_with_its_cure(there: Path) -> None:
    run("init", "team").succeeded()
    strategy = there / "team" / "strategy.yaml"
    text = strategy.read_text(encoding="utf-8")
    wrong = text.replace("      first: quote_sent\n", "      first: quote\n", 1)
    assert wrong != text
    strategy.write_text(wrong, encoding="utf-8")
    failed = run("--playbook", "team", "conformance")
    assert (failed.status, len(failed.err.splitlines())) == (2, 1)
    assert "unknown event 'quote'; did you mean 'quote_sent'?" in failed.err
