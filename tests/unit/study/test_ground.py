"""Do rules on activities keep silent while none is recorded?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from tests.builders import happened, log_of, moment, opened, rule, team

from salesadvisor.domain.events import Event
from salesadvisor.domain.rules import Test
from salesadvisor.domain.strategy import Strategy
from salesadvisor.domain.vocabulary import vocabulary
from salesadvisor.log.passes import History, bind
from salesadvisor.study.ground import (
    OF_ACTIVITIES,
    OF_CONSTRAINTS,
    activities_known,
    asks_for_activities,
    grounded,
)

SILENT = Test("days_since_activity", "is_null")
LATE = Test("days_in_stage", "gt", 14)
BROKEN = Test("constraints_broken", "ge", 1)


def history(events: Sequence[Event]) -> History:
    return bind(log_of(events), team(), moment(60))


def known(events: Sequence[Event], *days: float) -> Any:
    return activities_known(history(events), [moment(day) for day in days]).tolist()


def test_every_name_is_that_of_a_signal() -> None:
    assert vocabulary(team()).keys() >= OF_ACTIVITIES | OF_CONSTRAINTS


def test_an_activity_of_any_deal_is_known_once_it_was_recorded() -> None:
    late = happened("activity", 3, late=2, deal="D-2", kind="call", direction="out")
    events = [opened(), opened(deal="D-2"), late]
    assert known(events, 2, 4, 5, 5.01, 9) == [False, False, False, True, True]


def test_without_any_activity_none_is_ever_known() -> None:
    assert known([opened()], 2, 50) == [False, False]


def test_only_rules_on_activities_wait_for_the_first_one() -> None:
    rules = [rule("silent", when=SILENT), rule("late", when=LATE)]
    table = grounded(rules, team(), np.array([False, True]))
    assert table.tolist() == [[0, 1], [1, 1]]


def test_an_order_of_events_asks_for_activities_where_it_names_them() -> None:
    stages = {"name": "sales", "stages": [{"name": "lead"}]}

    def with_first(name: str) -> bool:
        one = {"id": "one", "kind": "precedence", "first": name, "then": "won"}
        strategy = Strategy.model_validate(
            {
                "name": "team",
                "currency": "USD",
                "process": {"pipelines": [stages], "constraints": [one]},
            }
        )
        return asks_for_activities(rule("broken", when=BROKEN), strategy)

    assert with_first("activity:call")
    assert not with_first("quote_sent")
