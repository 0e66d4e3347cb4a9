"""Does the main job run from a file to advice, and back in time?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from salesadvisor import settings

settings.keep_kernels()

from salesadvisor.advisor import Advisor, reference_at  # noqa: E402
from salesadvisor.domain.state import UNKNOWN  # noqa: E402
from salesadvisor.log.live import LiveFold  # noqa: E402
from salesadvisor.log.passes import Panel, bind, panels, survey  # noqa: E402
from salesadvisor.sources.sample import SampleSpec, write_sample  # noqa: E402
from salesadvisor.study.checkpoints import checkpoints, local_date  # noqa: E402
from salesadvisor.study.explaining import raw  # noqa: E402


@pytest.fixture(scope="module")
def history_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    return write_sample(SampleSpec(deals=80, accounts=20, reps=3), folder).events


@pytest.fixture
def advisor(history_file: Path, tmp_path: Path) -> Iterator[Advisor]:
    chosen = settings.Settings(store=str(tmp_path / "s.sqlite"), workers=1)
    with settings.open_advisor(chosen, create=True) as opened:
        import_history(opened, history_file, tmp_path)
        yield opened


def import_history(advisor: Advisor, file: Path, rejects_in: Path) -> object:
    return advisor.import_file(
        file, format="auto", mapping=None, rejects_in=rejects_in, learned_at=settings.now()
    )


def test_the_same_file_twice_adds_nothing(
    advisor: Advisor, history_file: Path, tmp_path: Path
) -> None:
    before = advisor.store.head()
    again = advisor.import_file(
        history_file, format="auto", mapping=None, rejects_in=tmp_path, learned_at=settings.now()
    )
    assert (again.added, again.corrected) == (0, 0)
    assert again.rows == again.read + again.rejected + again.collapsed
    assert advisor.store.head() == before
    assert advisor.store.verify() == []


def test_a_replay_gives_the_same_digest_with_one_worker_and_with_two(advisor: Advisor) -> None:
    alone = advisor.replay(None, None, "week")
    together = Advisor(advisor.store, advisor.log_folder, advisor.playbook, workers=2)
    assert together.replay(None, None, "week").digest() == alone.digest()
    assert len(alone.candidates) == len(alone.verdict) > 0


def test_the_live_fold_equals_the_bulk_fold_on_every_signal(advisor: Advisor) -> None:
    end = advisor.end_of_history()
    log = advisor.log()
    moments = checkpoints(end.date() - timedelta(days=500), end.date(), "month", "UTC")
    history = bind(log, advisor.playbook.strategy, int(moments[-1]))
    found = survey(history, moments)
    fold = LiveFold(advisor.playbook.strategy, history.terms)
    compared = 0

    def compare(panel: Panel) -> None:
        nonlocal compared
        for row in range(panel.count):
            deal = log.words.deals.words[panel.deal[row]]
            moment = int(moments[panel.time[row]])
            crm, subject = advisor.locate(deal)
            events = advisor.store.stream("deal", crm, subject)
            profile = advisor._profile(crm, subject)
            rows = fold.bind(raw(events), advisor.store.position_of, raw(profile))
            live = fold.signals(fold.stand(rows, moment), moment, reference_at(history, moment))
            assert live == panel.block[:, row].tolist(), (deal, local_date(moment, "UTC"))
            compared += 1

    list(panels(history, found, compare))
    assert compared > 50


def test_advising_twice_issues_nothing_new_and_the_past_is_never_advised(advisor: Advisor) -> None:
    end = advisor.end_of_history()
    first = advisor.advise(end)
    assert advisor.issue(first) == len(first.new) > 0
    assert advisor.issue(advisor.advise(end)) == 0
    assert advisor.issue(advisor.advise(end - timedelta(days=90))) is None
    bare = [one for one in first.new if not one.event_ids or not one.because]
    assert [(one.subject, one.rule.id) for one in bare] == []
    assert all(one.about.row[0] >= 0 or one.about.row[0] == UNKNOWN for one in first.new)
