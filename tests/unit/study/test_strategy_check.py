"""What does a history say against a strategy, and which goals did it never reach?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from tests.builders import day, happened, log_of, moment, moved, on, opened, team
from tests.unit.study.standpoints import closes

from salesadvisor.domain.elements import Goal
from salesadvisor.domain.events import Event
from salesadvisor.domain.state import DAY, STATUS_LOST, STATUS_WON, UNKNOWN
from salesadvisor.domain.strategy import Strategy
from salesadvisor.log.passes import bind
from salesadvisor.playbook.strategy_lint import Flaw
from salesadvisor.study.goal_range import STEP, Past, reached, unreached_goals
from salesadvisor.study.goals.facts import STANDING, Known
from salesadvisor.study.strategy_check import history_flaws

STAGES = [{"name": "lead"}, {"name": "demo"}, {"name": "offer", "proposal": True}]
ONE = {"process": {"pipelines": [{"name": "sales", "stages": STAGES}]}}
BARE: dict[str, Any] = {
    **ONE, "value_proposition": {}, "pricing": {}, "conversations": {}, "target_market": {},
    "attributes": {}, "crm": {},
}  # fmt: skip


def bare(**elements: Any) -> Strategy:
    return team(**{**BARE, **elements})


def history(count: int = 12, **data: Any) -> list[Event]:
    """Deals that pass all stages, 36 stage entries if there are twelve."""
    return [
        event
        for number in range(count)
        for event in (
            opened(number, deal=f"D-{number}", owner="Ada", **data),
            moved(number + 1, "demo", deal=f"D-{number}"),
            moved(number + 2, "offer", deal=f"D-{number}"),
        )
    ]


def found(events: Sequence[Event], strategy: Strategy, at: float = 400) -> list[Flaw]:
    bound = bind(log_of(events), strategy, moment(at))
    return list(history_flaws(bound, day(at)))


def codes(events: Sequence[Event], strategy: Strategy) -> list[str]:
    return [one.code for one in found(events, strategy)]


def test_a_history_that_keeps_to_its_strategy_has_no_flaw() -> None:
    assert found(history(), bare()) == []


def test_an_empty_history_says_nothing() -> None:
    teams = {"teams": [{"name": "a", "reps": ["Ada"]}]}
    assert found([], bare(attributes={"size": {"values": ["x"]}}, alignment=teams)) == []


def test_a_stage_that_nobody_uses_is_named_at_its_place() -> None:
    stages = [*STAGES, {"name": "pilot"}]
    (one,) = found(history(), bare(process={"pipelines": [{"name": "sales", "stages": stages}]}))
    assert (one.code, one.at) == ("unused_stage", ("process", "pipelines", 0, "stages", 3))
    assert one.problem == "no deal ever came to stage 'pilot', in 36 stage entries"


def test_a_short_history_calls_no_stage_unused() -> None:
    stages = [*STAGES, {"name": "pilot"}]
    strategy = bare(process={"pipelines": [{"name": "sales", "stages": stages}]})
    assert found(history(6), strategy) == []


def test_unknown_stages_are_counted_the_commonest_first() -> None:
    events = history() + [moved(40 + n, "Kickoff", deal=f"D-{n}") for n in range(3)]
    events.append(moved(50, "ofer", deal="D-9"))
    (one,) = found(events, bare())
    assert (one.code, one.severity) == ("unknown_stage", "fault")
    assert one.problem == (
        "4 of 40 stage entries are in stages that are not declared: 'Kickoff' (3), 'ofer' (1)"
    )
    assert "for 'Kickoff': use one of demo, lead, offer" in one.cure


def test_a_few_unknown_stages_are_slips_of_the_pen() -> None:
    events = history(40)
    events.append(moved(60, "ofer", deal="D-9"))
    (one,) = found(events, bare())
    assert one.severity == "warning"
    assert "did you mean 'offer'?" in one.cure


def test_spelling_in_another_case_is_the_same_stage() -> None:
    assert found([*history(), moved(60, " Demo ", deal="D-1")], bare()) == []


def test_pipelines_that_one_side_lacks() -> None:
    two = [{"name": "sales", "stages": STAGES}, {"name": "renewals", "stages": [{"name": "r"}]}]
    strategy = bare(process={"pipelines": two})
    strange = happened("opened", 3, deal="X", pipeline="tenders", stage="lead", owner="Ada")
    flaws = found([*history(), strange], strategy)
    assert [one.code for one in flaws] == ["unknown_pipeline", "unused_pipeline"]
    assert "1 of 13 deals are in pipelines that are not declared: 'tenders' (1)" in flaws[0].problem
    assert flaws[1].problem == "no deal was ever in pipeline 'renewals'"


def test_an_attribute_that_is_never_recorded() -> None:
    declared = {"size": {"values": ["small", "large"]}, "seats": {"number": True}}
    events = history(attributes={"size": "small"})
    (one,) = found(events, bare(attributes=declared))
    assert (one.code, one.at) == ("unrecorded_attribute", ("attributes", "seats"))
    assert one.problem == "1 of 2 attributes are recorded for none of 12 deals: seats"


def test_a_channel_that_is_not_declared() -> None:
    declared = {"channel": {"values": ["direct", "inbound"]}}
    events = history(attributes={"channel": "direct"})
    events += history(2, attributes={"channel": "inbund"})
    (one,) = found(events, bare(attributes=declared))
    assert one.problem == "2 of 14 channels are not declared: 'inbund' (2)"
    assert "did you mean 'inbound'?" in one.cure


def test_reps_that_one_side_lacks() -> None:
    teams = [{"name": "a", "reps": ["Ada", "Zoe"]}]
    events = history()
    events += [happened("owner_changed", 30, deal=f"D-{n}", to="Bo") for n in range(4)]
    stranger, unseen = found(events, bare(alignment={"teams": teams}))
    assert stranger.problem == "1 of 2 owners of deals have no team and no capacity: Bo (4 deals)"
    assert (unseen.problem, unseen.at) == (
        "1 of 2 declared reps never owned a deal: Zoe", ("alignment", "teams", 0, "reps", 1),
    )  # fmt: skip
    with_capacity = bare(alignment={"teams": teams}, accountability={"reps": {"Bo": 60}})
    assert codes(events, with_capacity) == ["rep_never_seen"]


# goals

FIRST = moment(0)


def goal(metric: str, value: float, days: int = 90) -> Goal:
    return Goal.model_validate(
        {
            "id": "g", "metric": metric, "value": value, "start": on(400), "due": on(400 + days),
            "owner": "Ada", "element": "process",
        }
    )  # fmt: skip


def past(rows: Sequence[dict[str, int]] = (), days: int = 360, **own: Any) -> Past:
    """Closings on days of the history, of deals that were opened `cycle` days before, and whose
    proposal went out on day `sent`; `opened` and `amount` are those of open deals."""
    records = closes(
        [{"days_ago": 0, "deal": n, "status": STATUS_WON, **row} for n, row in enumerate(rows)]
    )
    for place, row in enumerate(rows):
        when = FIRST + row["day"] * DAY
        records[place]["occurred"] = records[place]["known_from"] = when
        records[place]["opened"] = when - row.get("cycle", 50) * DAY
    still_open = np.zeros(len(own.get("opened", ())), STANDING)
    still_open["deal"] = np.arange(len(still_open)) + len(rows)
    still_open["amount"] = own.get("amount", 0)
    sent = [FIRST + row["sent"] * DAY if "sent" in row else UNKNOWN for row in rows]
    known = Known(
        moment=FIRST + days * DAY,
        open=still_open,
        closed=records,
        opened=np.array([*records["opened"], *own.get("opened", ())], np.int64),
        submitted=np.array([*sent, *[UNKNOWN] * len(still_open)], np.int64),
        ends=records,
    )
    return Past(own.get("strategy", bare()), known, FIRST, FIRST + days * DAY)


def slow_range(rows: Sequence[tuple[int, float]], days: int, length: int) -> tuple[float, float]:
    """The lowest and highest sum of `value` over windows of `length` days, the obvious way."""
    begins = [*range(0, days - length, STEP // DAY), days - length]
    sums = [sum(v for at, v in rows if begin <= at < begin + length) for begin in begins]
    return min(sums), max(sums)


@pytest.mark.parametrize("length", [30, 90, 200, 360])
def test_sums_are_those_of_every_period_as_long_as_the_goals(length: int) -> None:
    rng = np.random.default_rng(7)
    won = [(int(at), int(amount)) for at, amount in rng.integers(1, 359, (60, 2))]
    found = reached(
        past([{"day": at, "amount": amount * 100} for at, amount in won]),
        goal("won_amount", 1, length),
    )
    assert found is not None
    assert (found.low, found.high) == slow_range(won, 360, length)
    count = reached(past([{"day": at} for at, _ in won]), goal("won_count", 1, length))
    assert count is not None
    assert (count.low, count.high) == slow_range([(at, 1) for at, _ in won], 360, length)


def test_a_sum_needs_a_history_as_long_as_the_goal() -> None:
    assert reached(past([{"day": 5, "amount": 100}], days=80), goal("won_amount", 1)) is None
    assert reached(past(days=80), goal("created_amount", 1)) is None


def test_a_rate_takes_a_shorter_history_as_a_whole() -> None:
    rows = [{"day": 5 + n, "status": STATUS_WON if n % 2 else STATUS_LOST} for n in range(20)]
    found = reached(past(rows, days=80), goal("win_rate", 1))
    assert found is not None
    assert (found.low, found.high, found.periods) == (50.0, 50.0, 1)


def test_a_rate_of_a_handful_is_none() -> None:
    assert reached(past([{"day": 5 + n} for n in range(9)]), goal("win_rate", 1)) is None
    assert reached(past([{"day": 5 + n} for n in range(9)]), goal("cycle_days", 1)) is None


def test_a_bid_hit_rate_counts_deals_whose_offer_went_out_in_the_period() -> None:
    bids = [
        {"day": 30, "sent": 9, "status": STATUS_LOST if n < 3 else STATUS_WON} for n in range(12)
    ]
    others = [{"day": 30, "status": STATUS_LOST} for _ in range(30)]
    found = reached(past(bids + others), goal("bid_hit_rate", 1))
    assert found is not None
    assert found.high == 75.0


def test_of_a_cycle_the_shortest_median_is_the_best() -> None:
    rows = [{"day": 20, "cycle": 100}] * 11 + [{"day": 300, "cycle": 80}] * 11
    found = reached(past(rows), goal("cycle_days", 1))
    assert found is not None
    assert (found.low, found.high) == (80.0, 100.0)
    assert found.best_from <= on(300) <= found.best_to


def test_created_amounts_are_those_of_deals_opened_in_the_period() -> None:
    opened_at = np.array([FIRST + at * DAY for at in (10, 20, 200)])
    amounts = np.array([100_00, UNKNOWN, 250_00])
    found = reached(past(opened=opened_at, amount=amounts), goal("created_amount", 1))
    assert found is not None
    assert (found.low, found.high) == (0.0, 250.0)


def test_a_close_that_became_known_later_does_not_count_yet() -> None:
    events = history()
    events += [happened("won", 20, deal=f"D-{n}", late=0 if n < 3 else 500) for n in range(5)]
    (one,) = found(events, bare(goals=[goal("won_count", 4)]))
    assert "no more than 3 deals was ever reached" in one.problem


@pytest.mark.parametrize("metric, at, beyond", [("won_count", 5, 6), ("cycle_days", 50, 49)])
def test_only_a_goal_beyond_the_range_is_told(metric: str, at: int, beyond: int) -> None:
    rows = [{"day": 100}] * (5 if metric == "won_count" else 12)

    def told(value: int) -> list[Flaw]:
        return list(unreached_goals(past(rows, strategy=bare(goals=[goal(metric, value)]))))

    assert told(at) == []
    (one,) = told(beyond)
    assert one.at == ("goals", 0, "value")
    assert "was ever reached in as long (2024-" in one.problem


def test_the_figures_of_an_unreached_goal_are_said() -> None:
    rows = [{"day": 45, "amount": 2_000_00}, {"day": 200, "amount": 5_000_00}]
    (one,) = unreached_goals(past(rows, strategy=bare(goals=[goal("won_amount", 9_000)])))
    assert one.problem == (
        "goal 'g' asks for 9,000 USD in 90 days; no more than 5,000 USD was ever reached in as long"
        " (2024-06-29 to 2024-09-27), and 0 to 5,000 USD over 10 such periods"
    )


def test_amounts_of_opened_deals_are_the_newest_in_the_own_currency() -> None:
    events = [
        opened(1, deal="A", amount="100", currency="USD"),
        happened("amount_changed", 5, deal="A", to="300", currency="USD"),
        opened(1, deal="B", amount="1000", currency="EUR"),
        opened(2, deal="C"),
        opened(399, deal="D", amount="50"),
    ]
    strategy = bare(goals=[goal("created_amount", 1_000)])
    (one,) = found(events, strategy)
    assert "no more than 300 USD was ever reached" in one.problem
