"""What do closed deals teach, and from when on? Limits, matchups and drift by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from tests.builders import happened, log_of, moment, moved, opened, retracted, team

from salesadvisor.domain.events import Event
from salesadvisor.domain.metrics import rate
from salesadvisor.domain.state import UNKNOWN
from salesadvisor.log.learned import LEAST_MATCHES, drifting_tiers, wilson
from salesadvisor.log.passes import bind, survey

CORE = {"size": "large", "seats": 200}
WIDE = {"size": "mid"}
STAGES = 6
AGE = {"of": "age_days", "percentile": 50, "at_least": 2}


def won(name: str, at: float, **data: Any) -> list[Event]:
    return [opened(deal=name, **data), happened("won", at, deal=name, id=f"won-{name}")]


def limits(events: Sequence[Event], at: Sequence[float], **threshold: Any) -> list[list[int]]:
    """The cells of one threshold on some days."""
    strategy = team(thresholds={"one": threshold})
    bound = bind(log_of(events), strategy, moment(at[-1]))
    found = survey(bound, np.array([moment(one) for one in at]))
    return found.limits.tolist()  # type: ignore[no-any-return]


def test_a_limit_is_known_from_the_win_on_that_makes_enough() -> None:
    events = [*won("A", 4), *won("B", 9)]
    assert limits(events, (9, 9.01), **AGE) == [[UNKNOWN], [4]]
    assert limits(events, (9, 9.01), **{**AGE, "percentile": 51, "else": 30}) == [[30], [9]]


def test_a_win_that_is_retracted_is_taken_back_from_then_on() -> None:
    events = [*won("A", 4), *won("B", 9)]
    events.append(retracted(events[-1], 20))
    assert limits(events, (15, 20, 20.01), **AGE) == [[4], [4], [UNKNOWN]]


def test_too_few_in_a_tier_read_as_all_of_the_stage_and_too_few_there_as_otherwise() -> None:
    by = {"of": "days_in_stage", "percentile": 50, "by": ["stage", "tier"], "at_least": 2}
    events = [*won("A", 4, attributes=CORE), *won("B", 8, attributes=CORE)]
    events += [*won("C", 20, attributes=WIDE)]
    (row,) = limits(events, (30,), **by, **{"else": 99})
    lead, demo = row[:3], row[3:6]
    assert lead == [4, 8, 8]  # core of its own; wide and no tier: all three
    assert demo == [99, 99, 99]


def test_what_is_given_up_is_the_last_of_by() -> None:
    events = [*won("A", 4, attributes=CORE), *won("B", 8, attributes=CORE)]
    sales, renewals = slice(0, 3), slice(3, 6)
    (row,) = limits(events, (30,), **AGE, by=["tier", "pipeline"])
    assert row[sales] == row[renewals] == [4, UNKNOWN, UNKNOWN]
    (row,) = limits(events, (30,), **AGE, by=["pipeline", "tier"])
    assert (row[sales], row[renewals]) == ([4, 4, 4], [UNKNOWN] * 3)


def test_a_stage_without_enough_reads_as_its_pipeline() -> None:
    by = {"of": "days_in_stage", "percentile": 90, "at_least": 2, "by": ["pipeline", "stage"]}
    events = [opened(deal="A"), moved(3, "demo", deal="A"), happened("won", 10, deal="A")]
    (row,) = limits(events, (30,), **by)
    assert row == [7, 7, 7, 7, UNKNOWN, UNKNOWN]


def test_a_limit_of_amounts_leaves_out_deals_without_one() -> None:
    events = [*won("A", 4, amount="10"), *won("B", 5), *won("C", 6, amount="30")]
    amounts = {"of": "amount_minor", "percentile": 50, "at_least": 2}
    assert limits(events, (30,), **amounts) == [[1_000]]


def test_a_strategy_cannot_ask_for_ages_by_stage() -> None:
    with pytest.raises(ValueError, match="age_days is not of a stage"):
        team(thresholds={"one": {"of": "age_days", "by": ["stage"]}})


def matchups(events: Sequence[Event], at: float) -> list[int]:
    bound = bind(log_of(events), team(), moment(at))
    return survey(bound, np.array([moment(at)])).rivals[0].tolist()  # type: ignore[no-any-return]


def closed(number: int, kind: str, rival: str | None = None) -> list[Event]:
    name = f"M{number}"
    met = [happened("competitor_identified", 1, deal=name, competitor=rival)] if rival else []
    return [opened(deal=name), *met, happened(kind, 2 + number, deal=name)]


def test_a_rival_is_losing_us_deals_only_where_chance_is_ruled_out() -> None:
    lost = [one for n in range(LEAST_MATCHES) for one in closed(n, "lost", "Helixon")]
    won_else = [one for n in range(20, 40) for one in closed(n, "won")]
    assert matchups([*lost[:-1], *won_else], 99) == [UNKNOWN, 0, UNKNOWN, 0]
    assert matchups([*lost, *won_else], 99) == [UNKNOWN, 0, 0, 1]
    assert matchups(lost, 99) == [UNKNOWN, 0, 0, 0]  # we lose against everyone


def test_no_decision_is_no_match() -> None:
    events = [one for n in range(LEAST_MATCHES) for one in closed(n, "no_decision", "Helixon")]
    assert matchups(events, 99) == [UNKNOWN, 0, UNKNOWN, 0]


@pytest.mark.parametrize("hits, n", [(0, 8), (3, 9), (8, 8), (40, 100)])
def test_the_interval_is_that_of_the_metrics(hits: int, n: int) -> None:
    expected = rate(hits, n)
    assert expected is not None
    assert wilson(hits, n, 1) == pytest.approx(expected.high)
    assert wilson(hits, n, -1) == pytest.approx(expected.low)


def drift(*, before: tuple[int, int], quarters: Sequence[tuple[int, int]]) -> int:
    """The mask after (won, lost) deals of tier 'core' long ago, and in each quarter since."""
    events = []
    number = 0
    days = (10, *(800 - 91 * back + 1 for back in range(len(quarters), 0, -1)))
    for at, (n_won, n_lost) in zip(days, (before, *quarters), strict=True):
        for kind in ("won",) * n_won + ("lost",) * n_lost:
            name = f"Q{number}"
            events += [opened(deal=name, attributes=CORE), happened(kind, at, deal=name)]
            number += 1
    bound = bind(log_of(events), team(), moment(800))
    found = survey(bound, np.array([moment(800)]))
    return int(drifting_tiers(found.closes, found.checkpoints, 2)[0])


def test_a_tier_drifts_when_two_quarters_lie_below_the_interval_of_before() -> None:
    assert drift(before=(15, 5), quarters=[(1, 4), (1, 4)]) == 1
    assert drift(before=(15, 5), quarters=[(1, 4), (4, 1)]) == 0
    assert drift(before=(15, 5), quarters=[(4, 1), (1, 4)]) == 0


def test_too_few_deals_tell_of_no_drift() -> None:
    assert drift(before=(14, 5), quarters=[(1, 4), (1, 4)]) == 0
    assert drift(before=(15, 5), quarters=[(0, 4), (1, 4)]) == 0
