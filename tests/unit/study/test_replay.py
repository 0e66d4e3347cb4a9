"""Is a replay the same whoever computes it, and is its last checkpoint what is advised then?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from tests.builders import bulk_rows, log_of, moment, rule, team
from tests.differential.histories import history, seeded_drafts

from salesadvisor.advisor import Advisor
from salesadvisor.domain.advice import ALREADY_OPEN, SHOWN, VERDICTS, recommendation_id
from salesadvisor.domain.rules import Rule, Test
from salesadvisor.domain.state import UNKNOWN
from salesadvisor.errors import BadInput
from salesadvisor.log.passes import Panel, bind, panels, survey
from salesadvisor.settings import Settings, open_advisor
from salesadvisor.study.checkpoints import checkpoints, local_date, week_of
from salesadvisor.study.replay import Replay, replay
from salesadvisor.study.winning import learn, refit_cuts

NOW = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def advisor(sample_store: Path) -> Iterator[Advisor]:
    with open_advisor(Settings(str(sample_store), workers=1)) as opened:
        yield opened


@pytest.fixture(scope="module")
def weekly(advisor: Advisor) -> Replay:
    return advisor.replay(None, None, "week")


def test_the_same_replay_twice_has_the_same_digest(advisor: Advisor, weekly: Replay) -> None:
    assert advisor.replay(None, None, "week").digest() == weekly.digest()
    assert advisor.replay(None, None, "month").digest() != weekly.digest()


@pytest.mark.parametrize("workers", [2, 3])
def test_any_number_of_workers_gives_the_same_digest(
    advisor: Advisor, weekly: Replay, workers: int
) -> None:
    together = replace(advisor, workers=workers)
    assert together.replay(None, None, "week").digest() == weekly.digest()


def test_a_log_that_was_rebuilt_gives_the_same_digest(
    advisor: Advisor, weekly: Replay, tmp_path: Path
) -> None:
    anew = replace(advisor, log_folder=tmp_path / "log")
    assert anew.replay(None, None, "week").digest() == weekly.digest()


def test_a_history_in_two_files_gives_the_same_digest_as_in_one(
    sample_file: Path, tmp_path: Path
) -> None:
    header, *lines = sample_file.read_text(encoding="utf-8").splitlines(keepends=True)
    middle = len(lines) // 2
    digests = []
    for name, parts in {"one": [lines], "two": [lines[:middle], lines[middle:]]}.items():
        folder = tmp_path / name
        folder.mkdir()
        with open_advisor(Settings(str(folder / "s.sqlite"), workers=1), create=True) as opened:
            for number, part in enumerate(parts):
                file = folder / f"{number}.csv"
                file.write_text("".join([header, *part]), encoding="utf-8")
                opened.import_file(
                    file, format="events", mapping=None, rejects_in=folder, learned_at=NOW
                )
                opened.log()
            digests.append(opened.replay(None, None, "month").digest())
    assert digests[0] == digests[1]


@pytest.mark.parametrize("day", [date(2025, 1, 6), date(2025, 4, 1), date(2025, 7, 14)])
def test_the_last_checkpoint_of_a_replay_is_what_is_advised_then(
    advisor: Advisor, day: date
) -> None:
    strategy = advisor.playbook.strategy
    moments = checkpoints(date(2024, 9, 2), day, "week", strategy.calendar.timezone)
    as_of = int(moments[-1])
    bound = bind(advisor.log(), strategy, as_of)
    replayed = replay(bound, moments, advisor.rules, learn(bound, [as_of]))
    advised = advisor.advise(datetime.fromtimestamp(as_of, UTC))

    words = bound.log.words.deals.words
    last = len(moments) - 1
    here = replayed.scores["time"] == last
    assert here.sum() == len(advised.deals) > 5
    names = [words[deal] for deal in replayed.scores["deal"][here]]
    assert names == [one.deal for one in advised.deals]
    for column, part in (("p_bp", "p_bp"), ("low_bp", "low_bp"), ("high_bp", "high_bp")):
        expected = [getattr(one.win, part) for one in advised.deals]
        assert replayed.scores[column][here].tolist() == expected
    fired = replayed.candidates[replayed.candidates["time"] == last]
    assert sorted(
        (words[one["subject"]], replayed.rules[one["rule"]].id, one["priority"], one["dedupe"])
        for one in fired
    ) == sorted(
        (one.subject, one.rule.id, one.parts.priority_minor, one.dedupe)
        for one in advised.recommendations
        if one.about.scope == "deal"
    )


@pytest.mark.parametrize("day", [date(2025, 1, 6), date(2025, 7, 15)])
def test_a_replay_of_one_day_gives_the_signals_and_verdicts_of_that_days_advice(
    advisor: Advisor, day: date
) -> None:
    replayed = advisor.replay(day, day, "day")
    as_of = int(replayed.found.checkpoints[0])
    advised = advisor.advise(datetime.fromtimestamp(as_of, UTC))
    verdicts = {
        (*replayed.subjects.named(one["subject"]), replayed.rules[one["rule"]].id): VERDICTS[code]
        for one, code in zip(replayed.candidates, replayed.verdict.tolist(), strict=True)
    }
    assert len(verdicts) > 5
    assert verdicts == {
        (one.about.scope, one.subject, one.rule.id): one.verdict_text
        for one in advised.recommendations
    }
    _, rows, owners = bulk_rows(replayed.history, [as_of])
    for one in advised.deals:
        names = replayed.history.signal_names
        expected = [one.signals[name] for name in names]
        row = [None if value == UNKNOWN else value for value in rows[one.deal, as_of]]
        row[replayed.history.signal_names.index("win_probability_bp")] = one.win.p_bp
        assert row == expected
        assert owners[one.deal, as_of] == one.owner


def test_every_candidate_has_a_verdict_and_every_open_deal_a_probability(
    weekly: Replay,
) -> None:
    assert len(weekly.candidates) == len(weekly.verdict) == len(weekly.rounds) > 100
    assert set(weekly.verdict.tolist()) <= set(range(len(VERDICTS)))
    p, low, high = (weekly.scores[name] for name in ("p_bp", "low_bp", "high_bp"))
    assert ((low <= p) & (p <= high) & (low >= 0) & (high <= 10_000)).all()


def test_every_open_deal_is_scored_once_at_every_checkpoint(weekly: Replay) -> None:
    pairs = list(zip(weekly.scores["deal"].tolist(), weekly.scores["time"].tolist(), strict=True))
    assert len(set(pairs)) == len(pairs) == weekly.found.row_counts.sum()
    assert pairs == sorted(pairs)


def test_a_model_never_speaks_before_its_cut(weekly: Replay) -> None:
    cuts = np.array([model.trained_until for model in weekly.schedule.models])
    moments = weekly.found.checkpoints
    assert (cuts[weekly.scores["model"]] <= moments[weekly.scores["time"]]).all()
    assert cuts.tolist() == refit_cuts(moments, 90)


def test_a_period_without_a_checkpoint_is_refused(advisor: Advisor) -> None:
    with pytest.raises(BadInput, match="no month begins in this period"):
        advisor.replay(date(2025, 1, 2), date(2025, 1, 20), "month")


# Under pressure: few minutes, few places, advice that comes again.

FEW = team(
    accountability={
        "minutes_per_rep_week": 90,
        "max_per_deal": 1,
        "cost_per_hour": 0,
        "assumed_amount": 5_000,
    }
)
RULES: tuple[Rule, ...] = tuple(
    replace(
        rule(name, effort_minutes=45, cooldown_days=cooldown, expires_days=expires, group=group),
        when=Test(signal, "ge", 1),
    )
    for name, signal, cooldown, expires, group in (
        ("old", "age_days", 21, 7, None),
        ("stuck", "days_in_stage", 3, 10, "care"),
        ("owned", "owner_known", 30, 30, "care"),
    )
)


@pytest.fixture(scope="module")
def pressed() -> Replay:
    events = history(seeded_drafts(11, deals=50, events=7))
    moments = checkpoints(date(2024, 1, 2), date(2024, 4, 20), "day", "UTC")
    bound = bind(log_of(events), FEW, int(moments[-1]))
    return replay(bound, moments, RULES, learn(bound, [int(moments[0])]))


def test_no_rep_gets_more_than_a_weeks_minutes(pressed: Replay) -> None:
    minutes: Counter[tuple[int, int]] = Counter()
    for one, verdict in zip(pressed.candidates, pressed.verdict.tolist(), strict=True):
        if verdict == SHOWN:
            week = week_of(local_date(int(pressed.found.checkpoints[one["time"]]), "UTC"))
            minutes[int(one["rep"]), week] += 45
    assert max(minutes.values()) == 90
    assert len(minutes) > 10


def test_no_deal_carries_more_than_its_share(pressed: Replay) -> None:
    carried: Counter[tuple[int, int]] = Counter()
    for one, verdict in zip(pressed.candidates, pressed.verdict.tolist(), strict=True):
        carried[int(one["subject"]), int(one["time"])] += verdict in (SHOWN, ALREADY_OPEN)
    assert max(carried.values()) == 1


def test_advice_that_is_shown_again_has_expired_and_cooled_down(pressed: Replay) -> None:
    given: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for one, verdict, rounds in zip(
        pressed.candidates, pressed.verdict.tolist(), pressed.rounds.tolist(), strict=True
    ):
        if verdict == SHOWN:
            before = given[int(one["subject"]), int(one["rule"])]
            at, dedupe = int(pressed.found.checkpoints[one["time"]]), int(one["dedupe"])
            quiet = max(RULES[one["rule"]].cooldown_days, RULES[one["rule"]].expires_days)
            assert rounds == len(before)
            if before and before[-1][1] == dedupe:
                assert at >= before[-1][0] + quiet * 86_400
            before.append((at, dedupe))
    assert any(a[1] == b[1] for times in given.values() for a, b in pairwise(times))


def test_every_piece_of_advice_that_is_shown_has_a_name_of_its_own(pressed: Replay) -> None:
    names = [
        recommendation_id(
            str(one["subject"]), str(one["rule"]), int(one["cycle"]), int(one["dedupe"]), rounds
        )
        for one, verdict, rounds in zip(
            pressed.candidates, pressed.verdict.tolist(), pressed.rounds.tolist(), strict=True
        )
        if verdict == SHOWN
    ]
    assert len(set(names)) == len(names) > 30


def test_pressure_knows_every_reason_but_worthlessness(pressed: Replay) -> None:
    seen = {VERDICTS[code] for code in set(pressed.verdict.tolist())}
    assert seen >= {"shown", "same action already open", "cooling down", "deal has no owner"}
    assert seen & {"deal has enough advice", "over the rep's capacity"}


def test_a_history_without_deals_replays_to_nothing() -> None:
    moments = np.array([moment(1), moment(8)])
    bound = bind(log_of([]), FEW, moment(8))
    answer = replay(bound, moments, RULES, learn(bound, [moment(1)]))
    assert len(answer.candidates) == len(answer.scores["deal"]) == 0
    assert answer.digest() == replay(bound, moments, RULES, learn(bound, [moment(1)]), 2).digest()


def test_a_strategy_without_rules_replays_to_probabilities_only() -> None:
    events = history(seeded_drafts(11, deals=5, events=7))
    bound = bind(log_of(events), FEW, moment(60))
    moments = np.array([moment(20), moment(40)])
    answer = replay(bound, moments, (), learn(bound, [moment(20)]))
    assert len(answer.candidates) == 0
    assert len(answer.scores["p_bp"]) > 0


def panel_rows(panel: Panel) -> int:
    return panel.count


def test_a_survey_counts_the_rows_that_its_panels_hold() -> None:
    events = history(seeded_drafts(12, deals=30, events=10))
    bound = bind(log_of(events), FEW, moment(80))
    found = survey(bound, np.array([moment(n) for n in range(1, 80)]))
    assert sum(panels(bound, found, panel_rows)) == found.row_counts.sum()
