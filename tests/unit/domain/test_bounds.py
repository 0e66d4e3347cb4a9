"""Does every row of every history keep the bounds and links that are declared?"""

import pytest
from tests.builders import bulk_rows, log_of, moment, named, team
from tests.differential.histories import history, seeded_drafts

from salesadvisor.domain.bounds import AtMost, Implies, bounds_of, changes_daily, linked, links_of
from salesadvisor.domain.rules import Test, verdict_of_test
from salesadvisor.domain.strategy import Strategy
from salesadvisor.domain.vocabulary import vocabulary, words_of
from salesadvisor.log.passes import bind

Row = dict[str, int | None]


def rows_of(seed: int, strategy: Strategy) -> list[Row]:
    bound = bind(log_of(history(seeded_drafts(seed, 60, 25))), strategy, moment(200))
    _, rows, _ = bulk_rows(bound, [moment(number) for number in range(3, 200, 9)])
    return [dict(named(row, strategy)) for row in rows.values()]


@pytest.mark.parametrize("seed", range(6))
def test_every_row_of_a_dirty_history_keeps_what_is_declared(seed: int) -> None:
    strategy = team()
    words = vocabulary(strategy)
    rows = rows_of(seed, strategy)
    assert len(rows) > 200
    for row in rows:
        for name, value in row.items():
            bounds = bounds_of(words[name])
            if value is None:
                assert bounds.can_be_unknown, name
            else:
                assert bounds.low is None or bounds.low <= value, (name, value)
                assert bounds.high is None or value <= bounds.high, (name, value)
        for link in links_of(strategy):
            assert is_kept(link, row), (link, row)


def is_kept(link: Implies | AtMost, row: Row) -> bool:
    if isinstance(link, Implies):
        first, second = (verdict_of_test(one, row[one.signal]) for one in (link.first, link.second))
        return first is not True or second is True
    lesser, greater = row[link.lesser], row[link.greater]
    return lesser is None or greater is None or lesser <= greater


def test_every_declared_link_names_signals_of_a_deal() -> None:
    strategy = team()
    names = set(words_of(strategy, "deal"))
    for link in links_of(strategy):
        ends = (
            {link.first.signal, link.second.signal}
            if isinstance(link, Implies)
            else {link.lesser, link.greater}
        )
        assert ends <= names


def test_only_links_on_a_way_between_named_signals_matter() -> None:
    links = (AtMost("a", "b"), AtMost("b", "c"), AtMost("c", "d"), Implies(Test("x", "is_null"),
             Test("y", "is_null")))  # fmt: skip
    assert linked(links, ["a", "c"]) == links[:2]
    assert linked(links, ["a"]) == ()
    assert linked(links, ["y", "x"]) == links[3:]


def test_what_moves_with_time_alone_changes_daily() -> None:
    words = vocabulary(team())
    daily = [name for name, spec in words.items() if changes_daily(spec)]
    assert {"days_in_stage", "calls_7d", "days_to_close_date"} <= set(daily)
    assert not {"stage", "stage_limit_days", "quotes", "close_date_pushes"} & set(daily)
