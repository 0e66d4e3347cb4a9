"""Does the report of a sample history say what its store, replay and advice say?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from salesadvisor import settings

settings.keep_kernels()

from salesadvisor.advisor import Advisor  # noqa: E402
from salesadvisor.domain.elements import ELEMENTS  # noqa: E402
from salesadvisor.sources.sample import SampleSpec, roll_out, write_sample  # noqa: E402
from salesadvisor.study.advising import Advice  # noqa: E402
from salesadvisor.study.replay import Replay  # noqa: E402
from salesadvisor.study.summary import Summary, build_summary, deal_to_tell  # noqa: E402
from salesadvisor.web.report import write_report  # noqa: E402

Report = tuple[Advisor, Replay, Advice, Summary]


@contextmanager
def sampled(folder: Path, spec: SampleSpec) -> Iterator[Advisor]:
    history = write_sample(spec, folder).events
    chosen = settings.Settings(store=str(folder / "s.sqlite"), workers=1)
    with settings.open_advisor(chosen, create=True) as advisor:
        advisor.import_file(
            history, format="auto", mapping=None, rejects_in=folder, learned_at=settings.now()
        )
        yield advisor


def summarised(advisor: Advisor, replay: Replay, advice: Advice) -> Summary:
    deal = deal_to_tell(replay, advice)
    assert deal is not None
    return build_summary(
        replay,
        advice,
        advisor.explain(deal, advice.as_of),
        events=advisor.store.head().events,
        rules=advisor.playbook.rules,
        audit=advisor.audit(advice),
    )


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Report]:
    folder = tmp_path_factory.mktemp("report")
    with sampled(folder, SampleSpec(deals=80, accounts=20, reps=3)) as advisor:
        replay = advisor.replay(None, None, "week")
        advice = advisor.advise(advisor.end_of_history())
        yield advisor, replay, advice, summarised(advisor, replay, advice)


def test_every_deal_is_open_or_ended_once(report: Report) -> None:
    advisor, _, advice, summary = report
    outcomes = summary.header.outcomes
    assert outcomes.open == len(advice.deals)
    assert outcomes.deals == advisor.log().deal_count == 80


def test_every_row_of_the_replay_is_in_the_pipeline(report: Report) -> None:
    _, replay, _, summary = report
    assert sum(map(sum, summary.stages.deals)) == len(replay.scores["deal"])


def test_every_candidate_is_shown_or_held_back_with_its_reason(report: Report) -> None:
    _, _, advice, summary = report
    assert summary.advice.shown == len(advice.shown)
    assert summary.advice.shown + summary.advice.suppressed == len(advice.recommendations)
    assert sum(line.open_recommendations for line in summary.scoreboard) == len(advice.shown)


def test_every_element_has_a_measure_and_speaks_or_says_why_not(report: Report) -> None:
    scoreboard = report[-1].scoreboard
    assert [line.element for line in scoreboard] == list(ELEMENTS)
    for line in scoreboard:
        assert any(one.figure.value is not None for one in line.measures), line.element
        assert line.speaks != bool(line.silence), line.element


def test_every_element_yields_advice_or_a_finding_on_the_whole_sample(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("whole")
    with sampled(folder, SampleSpec()) as advisor:
        end = advisor.end_of_history()
        advisor.store.append(roll_out(advisor.playbook.strategy, end), learned_at=end)
        advice = advisor.advise(end)
        summary = summarised(advisor, advisor.replay(None, None, "week"), advice)
    assert [line.element for line in summary.scoreboard if not line.speaks] == []
    (alignment,) = (line for line in summary.scoreboard if line.element == "alignment")
    (told,) = (one for one in alignment.measures if "acknowledged" in one.label)
    assert told.note == "not yet: Vera Varga"


def test_what_is_not_measured_says_why(report: Report) -> None:
    for line in report[-1].scoreboard:
        for measure in line.measures:
            assert measure.figure.value is not None or measure.note


def test_what_every_rep_is_not_shown_has_its_reason(report: Report) -> None:
    _, _, advice, summary = report
    held = [one for rep in summary.advice.reps for one in rep.held]
    assert len(held) == len(advice.held_back)
    assert all(one.reason for one in held)
    counts = {one.scope: one.shown + one.held_back for one in summary.advice.scopes}
    assert sum(counts.values()) == len(advice.recommendations)
    assert set(counts) > {"deal"}


def test_the_page_names_the_goals_and_the_worst_constraint(report: Report, tmp_path: Path) -> None:
    summary = report[-1]
    write_report(tmp_path / "report.html", summary)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    for stands in summary.audit.goals.standings:
        assert stands.goal.id.replace("_", " ") in text
    assert summary.audit.conformance.deviations[0].event_ids[0] in text


def test_the_story_ends_with_the_probability_of_the_advice(report: Report) -> None:
    _, _, advice, summary = report
    assert summary.story is not None
    told = next(deal for deal in advice.deals if deal.deal == summary.story.deal)
    assert summary.story.chances[-1].percent == told.win.p_bp / 100
    assert summary.story.chances == tuple(sorted(summary.story.chances, key=lambda one: one.at))


def test_the_page_is_written(report: Report, tmp_path: Path) -> None:
    summary = report[-1]
    size = write_report(tmp_path / "report.html", summary)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert size < 6_000_000
    assert summary.header.digest in text
    assert "clinical research" in text
