"""Is the sample history reproducible, readable, plausible, and true to its own truth.json?"""

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import correlation, mean, median
from typing import Any

import pytest

from salesadvisor.domain.events import EVENT_TYPES, Event, InvalidEvent, parse_event
from salesadvisor.sources.sample import (
    ACTIONS,
    EFFECTS,
    Row,
    SampleSpec,
    generate,
    true_lift,
    write_sample,
)
from salesadvisor.sources.sample.effects import LIFT_PERMILLE

SMALL = SampleSpec(seed=5, accounts=20, deals=80, reps=3, months=13)
STAGES = (
    "identified", "cda_signed", "rfi", "rfp_received", "go_no_go", "proposal_submitted",
    "shortlisted", "bid_defense", "verbal_award", "loi",
)  # fmt: skip
CLOSES = {"won", "lost", "no_decision", "cancelled", "voided"}


def parsed(row: Row) -> Event:
    """The row as an event; raises ValueError when it is not one."""
    fields = {
        "subject_id": row.deal_id,
        "occurred_at": row.occurred_at,
        "recorded_at": row.recorded_at,
        "source_id": row.source_id,
        **json.loads(row.data),
    }
    return parse_event(row.event, fields)


def is_readable(row: Row) -> bool:
    try:
        parsed(row)
    except (InvalidEvent, json.JSONDecodeError):
        return False
    return True


def by_deal(rows: Sequence[Row]) -> dict[str, list[Row]]:
    deals = defaultdict(list)
    for row in rows:
        if row.event != "account_profiled":
            deals[row.deal_id].append(row)
    return deals


def delay(row: Row) -> timedelta:
    return datetime.fromisoformat(row.recorded_at) - datetime.fromisoformat(row.occurred_at)


@pytest.fixture(scope="module")
def clean() -> list[Row]:
    return list(generate(SampleSpec(dirt=False)))


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Row], dict[str, Any]]:
    """What the default sample's files say: every row, and the truth."""
    files = write_sample(SampleSpec(), tmp_path_factory.mktemp("sample"))
    with files.events.open(encoding="utf-8", newline="") as lines:
        rows = [Row(**line) for line in csv.DictReader(lines)]
    return rows, json.loads(files.truth.read_text(encoding="utf-8"))


@pytest.mark.parametrize("file_format", ["csv", "jsonl"])
def test_the_same_seed_writes_the_same_bytes(tmp_path: Path, file_format: Any) -> None:
    first = write_sample(SMALL, tmp_path / "a", file_format=file_format)
    second = write_sample(SMALL, tmp_path / "b", file_format=file_format)
    assert first.events.read_bytes() == second.events.read_bytes()
    assert first.truth.read_bytes() == second.truth.read_bytes()


def test_another_seed_writes_another_history() -> None:
    assert list(generate(SMALL)) != list(generate(replace(SMALL, seed=6)))


def test_both_formats_hold_the_same_rows(tmp_path: Path) -> None:
    spec = replace(SMALL, dirt=False)
    with write_sample(spec, tmp_path).events.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    objects = write_sample(spec, tmp_path, file_format="jsonl").events.read_text(encoding="utf-8")
    assert [{**row, "data": json.loads(row["data"])} for row in rows] == [
        json.loads(line) for line in objects.splitlines()
    ]


def test_dirt_leaves_the_clean_history_as_it_was() -> None:
    clean = Counter(generate(replace(SMALL, dirt=False)))
    missing = clean - Counter(generate(SMALL))
    assert 0 < missing.total() < 0.02 * clean.total()


def test_every_kind_of_deal_and_account_event_appears(clean: list[Row]) -> None:
    wanted = {kind for kind, model in EVENT_TYPES.items() if model.STREAM == "deal"}
    wanted = {kind for kind in wanted if not kind.startswith("recommendation_")}
    assert {row.event for row in clean} == wanted | {"account_profiled"}


def test_every_clean_row_is_an_event(clean: list[Row]) -> None:
    assert [row for row in clean if not is_readable(row)] == []


def test_clean_rows_use_no_key_that_the_events_do_not_know(clean: list[Row]) -> None:
    assert {(row.event, key) for row in clean for key in parsed(row).model_extra or ()} == set()


def test_only_the_planted_rows_cannot_be_read(dirty: tuple[list[Row], dict[str, Any]]) -> None:
    rows, truth = dirty
    spoiled = [row for row in rows if not is_readable(row)]
    assert len(spoiled) == truth["dirt"]["unreadable_rows"]
    assert 10 <= len(spoiled) <= 20
    assert {row.source_id.partition(".")[0] for row in spoiled} == {"spoiled"}


def test_no_two_clean_facts_share_a_source_id(clean: list[Row]) -> None:
    assert len({row.source_id for row in clean}) == len(clean)


def test_nothing_is_recorded_or_occurs_after_the_end(clean: list[Row]) -> None:
    assert SampleSpec().end == date(2026, 6, 30)
    end = datetime(2026, 7, 1, tzinfo=UTC)
    assert max(datetime.fromisoformat(row.recorded_at) for row in clean) < end
    assert max(datetime.fromisoformat(row.occurred_at) for row in clean) < end


def test_rows_stand_in_the_order_of_recording(clean: list[Row]) -> None:
    recorded = [datetime.fromisoformat(row.recorded_at) for row in clean]
    assert recorded == sorted(recorded)


def test_a_deal_is_opened_before_anything_else_is_recorded(clean: list[Row]) -> None:
    assert {rows[0].event for rows in by_deal(clean).values()} == {"opened"}


def test_nothing_occurs_after_a_close_but_a_reopening_or_an_amendment(clean: list[Row]) -> None:
    for rows in by_deal(clean).values():
        closed: datetime | None = None
        for row in sorted(rows, key=lambda row: datetime.fromisoformat(row.occurred_at)):
            occurred = datetime.fromisoformat(row.occurred_at)
            if row.event in CLOSES:
                closed = occurred
            elif row.event == "reopened":
                closed = None
            else:
                late = closed is not None and occurred > closed
                assert not late or row.event in ("retracted", "corrected"), row


def test_most_is_recorded_within_hours_and_a_few_facts_after_a_month(clean: list[Row]) -> None:
    delays = [delay(row) for row in clean]
    assert min(delays) >= timedelta(0)
    within_hours = mean(late <= timedelta(hours=6) for late in delays)
    backdated = mean(late > timedelta(days=30) for late in delays)
    assert 0.55 < within_hours < 0.9
    assert 0.001 < backdated < 0.02


def test_weekends_are_mostly_free(clean: list[Row]) -> None:
    weekends = mean(datetime.fromisoformat(row.occurred_at).weekday() >= 5 for row in clean)
    assert 0 < weekends < 0.02


def test_stages_are_those_of_the_process_with_some_skips_and_regressions(clean: list[Row]) -> None:
    moves = [json.loads(row.data) for row in clean if row.event == "stage_changed"]
    steps = Counter(STAGES.index(move["to"]) - STAGES.index(move["from"]) for move in moves)
    assert steps[1] > 0.9 * len(moves)
    assert steps[2] > 0
    assert steps[-1] > 0


def test_amounts_are_those_of_studies(clean: list[Row]) -> None:
    amounts = [float(json.loads(row.data)["amount"]) for row in clean if row.event == "opened"]
    assert min(amounts) >= 300_000
    assert max(amounts) <= 40_000_000
    assert mean(amounts) > 1.3 * median(amounts)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_sixth_to_two_fifths_of_ended_deals_are_won_and_some_stay_open(seed: int) -> None:
    spec = SampleSpec(seed=seed, dirt=False)
    kinds = Counter(row.event for row in generate(spec))
    ended = kinds["won"] + kinds["lost"] + kinds["no_decision"] + kinds["cancelled"]
    assert 0.15 < kinds["won"] / ended < 0.40
    still_open = kinds["opened"] + kinds["reopened"] - ended - kinds["voided"]
    assert 0.03 * spec.deals < still_open < 0.25 * spec.deals


@pytest.mark.parametrize("events", [20_000, 60_000])
def test_a_history_of_about_so_many_events_can_be_asked_for(events: int) -> None:
    spec = SampleSpec.for_events(events)
    assert spec.end == date(2026, 6, 30)
    assert sum(1 for _ in generate(spec)) == pytest.approx(events, rel=0.10)


def test_a_larger_history_leaves_each_rep_as_many_deals() -> None:
    small, large = SampleSpec.for_events(20_000), SampleSpec.for_events(2_000_000)
    assert small.deals / small.reps == pytest.approx(large.deals / large.reps, rel=0.1)


@pytest.mark.parametrize("wrong", [{"deals": 0}, {"months": 0}, {"start": date(2024, 6, 2)}])
def test_a_spec_without_sense_is_refused(wrong: Mapping[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        SampleSpec(**wrong)


def test_the_smallest_history_has_one_deal() -> None:
    rows = generate(SampleSpec(accounts=1, deals=1, reps=1, months=1, dirt=False))
    assert [row.event for row in rows].count("opened") == 1


def test_planted_faults_are_counted_in_the_truth(dirty: tuple[list[Row], dict[str, Any]]) -> None:
    rows, truth = dirty
    planted = truth["dirt"]
    rows = [row for row in rows if is_readable(row)]
    assert truth["rows"]["total"] == len(rows) + planted["unreadable_rows"]
    distinct = dict.fromkeys(rows)
    assert planted["duplicated_rows"] == len(rows) - len(distinct)
    facts = Counter(row._replace(source_id="") for row in distinct)
    assert planted["activities_logged_twice_with_another_source_id"] == facts.total() - len(facts)
    assert planted["stage_changes_before_the_deal_was_opened"] == sum(
        row.event == "stage_changed"
        for deal in by_deal(rows).values()
        for row in deal[: [row.event for row in deal].index("opened")]
    )


def test_faults_of_fields_are_counted_in_the_truth(
    dirty: tuple[list[Row], dict[str, Any]],
) -> None:
    rows, truth = dirty
    planted = truth["dirt"]
    data = [(row.event, json.loads(row.data)) for row in rows if is_readable(row)]
    targets = [fields["to"] for event, fields in data if event == "stage_changed"]
    mixed = [to for to in targets if to not in STAGES and to.lower() in STAGES]
    unknown = [to for to in targets if to.lower() not in STAGES]
    assert planted["stage_changes_with_mixed_case_label"] == len(mixed) > 0
    assert planted["stage_changes_to_an_unknown_stage"] == len(unknown) > 0
    for name in ("owner", "amount", "attributes"):
        missing = [f for event, f in data if event == "opened" and name not in f]
        assert planted[f"opened_without_{name}"] == len(missing) > 0
    lost = [fields for event, fields in data if event == "lost" and "reason" not in fields]
    assert planted["lost_without_reason"] == len(lost) > 0


def test_events_after_the_close_are_counted_in_the_truth(
    dirty: tuple[list[Row], dict[str, Any]],
) -> None:
    rows, truth = dirty
    after = 0
    for deal in by_deal([row for row in rows if is_readable(row)]).values():
        closes = [row.occurred_at for row in deal if row.event in CLOSES]
        if closes and "reopened" not in {row.event for row in deal}:
            amendments = ("retracted", "corrected")
            after += sum(
                row.occurred_at > max(closes) for row in deal if row.event not in amendments
            )
    assert truth["dirt"]["events_after_the_close"] == after > 0


def test_a_clean_sample_has_no_dirt_to_tell_of(tmp_path: Path) -> None:
    files = write_sample(replace(SMALL, dirt=False), tmp_path)
    assert files.unreadable_rows == 0
    assert json.loads(files.truth.read_text(encoding="utf-8"))["dirt"] == {}


def test_the_truth_states_the_coefficients_that_made_the_outcomes(
    dirty: tuple[list[Row], dict[str, Any]],
) -> None:
    _, truth = dirty
    told = {effect["name"]: effect["coefficient"] for effect in truth["effects"]}
    assert told == {effect.name: effect.coefficient for effect in EFFECTS}
    assert [stage["name"] for stage in truth["stages"]] == list(STAGES)
    assert truth["ends"]["won"] > 0


def calls_and_wins(rows: Sequence[Row]) -> tuple[list[float], list[float], list[float]]:
    """A row an ended deal: its calls, its calls a week, and 1 if it was won."""
    calls, rates, wins = [], [], []
    for deal in by_deal(rows).values():
        kinds = [row.event for row in deal]
        if "reopened" in kinds or not set(kinds) & (CLOSES - {"voided"}):
            continue
        moments = sorted(datetime.fromisoformat(row.occurred_at) for row in deal)
        weeks = max((moments[-1] - moments[0]).days / 7, 1.0)
        count = sum('"kind":"call"' in row.data for row in deal if row.event == "activity")
        calls.append(float(count))
        rates.append(count / weeks)
        wins.append(float("won" in kinds))
    return calls, rates, wins


def test_a_naive_reading_of_calls_misleads_both_ways(clean: list[Row]) -> None:
    """Calls do nothing (truth: coefficient 0), yet won deals have more of them in all, because
    they live longer, and fewer a week, because deals in trouble get rescue calls."""
    calls, rates, wins = calls_and_wins(clean)
    assert next(e.coefficient for e in EFFECTS if e.name == "calls") == 0
    assert correlation(calls, wins) > 0.25
    assert correlation(rates, wins) < -0.05


@pytest.mark.parametrize("action", ["set_next_step", "discount_early", "rescue_calls"])
def test_forcing_an_action_shows_the_lift_that_the_truth_states(action: str) -> None:
    spec = SampleSpec(seed=2, accounts=300, deals=1_500, reps=20, dirt=False)
    lift = true_lift(spec, action)
    stated = LIFT_PERMILLE[action] / 1000
    assert lift.difference == pytest.approx(stated, abs=3 * lift.standard_error)
    assert (abs(lift.difference) > 2 * lift.standard_error) == (stated != 0)


def test_the_truth_states_a_lift_for_every_action() -> None:
    assert set(LIFT_PERMILLE) == set(ACTIONS)


def test_an_unknown_action_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="set_next_step"):
        true_lift(SMALL, "set_nextstep")
    assert "set_next_step" in ACTIONS
