"""Does an explanation tell what was known, no more, and the same as the bulk gear?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.builders import (
    TEAM,
    bulk_rows,
    corrected,
    day,
    did,
    happened,
    moved,
    opened,
    profiled,
    rule,
    signals,
)

from salesadvisor.advisor import Advisor
from salesadvisor.domain.signals import UNKNOWN
from salesadvisor.errors import UnknownDeal
from salesadvisor.log.passes import bind
from salesadvisor.playbook.playbook import Playbook
from salesadvisor.settings import Settings, open_advisor
from salesadvisor.store import Store


@pytest.fixture(scope="module")
def sampled(sample_store: Path) -> Iterator[Advisor]:
    with open_advisor(Settings(str(sample_store), workers=1)) as opened_advisor:
        yield opened_advisor


@pytest.fixture
def advisor(tmp_path: Path) -> Iterator[Advisor]:
    """An advisor over an empty store, under the team's strategy and one rule."""
    playbook = Playbook(tmp_path, TEAM, (rule("call", because="it is {age_days} days old"),), "x")
    with Store.open(tmp_path / "s.sqlite") as store:
        yield Advisor(store, tmp_path / "log", playbook)


def test_a_deal_reads_as_in_bulk_with_its_reasons_and_rules(sampled: Advisor) -> None:
    as_of = datetime(2025, 4, 7, tzinfo=UTC)
    moment = int(as_of.timestamp())
    bound = bind(sampled.log(), sampled.playbook.strategy, moment)
    _, rows, owners = bulk_rows(bound, [moment])
    assert len(rows) > 5
    advised = {one.deal: one for one in sampled.advise(as_of).deals}
    for deal, _ in rows:
        told = sampled.explain(deal, as_of)
        assert told.open_deal == advised[deal]
        assert told.owner == owners[deal, moment]
        expected = [None if value == UNKNOWN else value for value in rows[deal, moment]]
        read = [line.value for line in told.signals]
        place = bound.signal_names.index("win_probability_bp")
        assert read[place] == advised[deal].win.p_bp
        read[place] = None
        assert read == expected


def test_rules_that_fire_come_first_and_are_those_that_are_advised(sampled: Advisor) -> None:
    as_of = datetime(2025, 4, 7, tzinfo=UTC)
    advised = sampled.advise(as_of)
    deal = advised.recommendations[0].subject
    told = sampled.explain(deal, as_of)
    fires = [line.fires for line in told.rules]
    assert fires == sorted(fires, reverse=True)
    assert len(fires) == len(sampled.rules)
    mine = {one.rule.id for one in advised.recommendations if one.subject == deal}
    assert {line.rule.id for line in told.rules if line.fires} == mine


def test_the_story_is_told_in_the_order_in_which_it_became_known(advisor: Advisor) -> None:
    events = [opened(id="o"), moved(1, "demo", id="late", late=6), did(3, id="call")]
    advisor.store.append(events, learned_at=day(20))
    told = advisor.explain("D-1", day(9))
    assert [one.event_id for one in told.story] == ["o", "call", "late"]
    assert (told.events_known, told.events_not_yet_known) == (3, 0)
    earlier = advisor.explain("D-1", day(5))
    assert [one.event_id for one in earlier.story] == ["o", "call"]
    assert (earlier.events_known, earlier.events_not_yet_known) == (2, 1)


def test_a_deal_that_is_not_open_has_no_signals_and_no_rules(advisor: Advisor) -> None:
    advisor.store.append([opened(2), happened("lost", 5)], learned_at=day(9))
    for at, status in ((1, "not opened"), (6, "lost")):
        told = advisor.explain("D-1", day(at))
        assert (told.status, told.open_deal, told.signals, told.rules) == (status, None, (), ())
    told = advisor.explain("D-1", day(4))
    assert (told.status, told.cycle) == ("open", 1)
    assert told.rules[0].because == "it is 2 days old"


def test_an_account_lends_its_attributes_to_an_explanation(advisor: Advisor) -> None:
    advisor.store.append([opened(account="A-1"), profiled(1, size="large")], learned_at=day(9))
    told = advisor.explain("D-1", day(3))
    lines = {line.name: line.text for line in told.signals}
    assert (lines["attribute.size"], lines["tier"]) == ("large", "wide")


def test_a_corrected_account_lends_its_attributes_to_an_explanation(advisor: Advisor) -> None:
    first = opened(account="A-1")
    events = [first, profiled(1, "A-2", size="large"), corrected(first, 3, account="A-2")]
    advisor.store.append(events, learned_at=day(9))
    assert advisor.advise(day(5)).deals[0].signals["attribute.size"] == 2
    lines = {line.name: line.value for line in advisor.explain("D-1", day(5)).signals}
    assert lines["attribute.size"] == 2


def test_issued_advice_is_part_of_the_story(advisor: Advisor) -> None:
    events = [opened(owner="eve", amount="1000000")]
    advisor.store.append(events, learned_at=day(1))
    advice = advisor.advise(day(3))
    assert advisor.issue(advice) == len(advice.new) == 1
    told = advisor.explain("D-1", day(3) + timedelta(seconds=1))
    assert [one.recommendation_id for one in told.issued] == [advice.new[0].id]
    assert told.story[-1].text.startswith("advised (call)")
    assert advisor.explain("D-1", day(3)).issued == ()


def test_an_unknown_deal_is_named(advisor: Advisor) -> None:
    advisor.store.append([opened()], learned_at=day(1))
    with pytest.raises(UnknownDeal, match="D-9"):
        advisor.explain("D-9", day(3))


def test_a_deal_of_a_named_crm_is_found_by_its_prefix(advisor: Advisor) -> None:
    advisor.store.append([opened(crm="other"), opened(1)], learned_at=day(2))
    told = advisor.explain("other/D-1", day(3))
    assert {line.name: line.value for line in told.signals}["age_days"] == 3
    assert signals([opened(1)], day(3))["age_days"] == 2
