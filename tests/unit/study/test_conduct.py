"""Is it known by when a rep acknowledged the strategy and answered the advice, and no sooner?"""

import numpy as np
from tests.builders import happened, log_of, moment, team

from salesadvisor.domain.events import Event
from salesadvisor.domain.state import UNKNOWN
from salesadvisor.log.passes import bind
from salesadvisor.log.scopes import WHOLE_TEAM, Conduct
from salesadvisor.study.conduct import conduct

TWO = team(alignment={"teams": [{"name": "all", "reps": ["eve", "ole"]}]})
OPENED = happened("opened", 0, owner="eve")
ALSO = happened("opened", 0, deal="D-2", owner="ole")


def found_at(days: list[int], *events: Event) -> tuple[Conduct, int, int]:
    checkpoints = np.array([moment(day) for day in days], np.int64)
    history = bind(log_of([OPENED, ALSO]), TWO, int(checkpoints[-1]))
    codes = history.log.words.names.codes
    return conduct(history, checkpoints, events), codes["eve"], codes["ole"]


def published(day: float, version: str = "v1") -> Event:
    return happened("strategy_published", day, deal=TWO.name, strategy_hash=version)


def acknowledged(day: float, rep: str, version: str = "v1", **when: float) -> Event:
    return happened(
        "strategy_acknowledged", day, deal=TWO.name, strategy_hash=version, rep=rep, **when
    )


def test_before_a_strategy_is_published_nothing_is_known() -> None:
    found, _, _ = found_at([5, 11], published(10))
    assert found.since_published.tolist() == [UNKNOWN, 1]
    assert found.unacknowledged[WHOLE_TEAM].tolist() == [UNKNOWN, 1]
    assert found.acknowledged.tolist() == [UNKNOWN, 0]


def test_an_acknowledgement_counts_once_it_is_recorded() -> None:
    found, eve, _ = found_at(
        [12, 14, 20], published(10), acknowledged(11, "eve", late=2), acknowledged(15, "ole")
    )
    assert found.unacknowledged[eve].tolist() == [2, 0, 0]
    assert found.unacknowledged[WHOLE_TEAM].tolist() == [2, 4, 0]
    assert found.acknowledged.tolist() == [0, 500, 1000]


def test_a_new_version_must_be_acknowledged_anew() -> None:
    found, eve, _ = found_at([12, 25], published(10), acknowledged(11, "eve"), published(20, "v2"))
    assert found.unacknowledged[eve].tolist() == [0, 5]


def advised(day: float, name: str, owner: str) -> Event:
    return happened(
        "recommendation_issued",
        day,
        recommendation_id=name,
        rule="R",
        rule_version=1,
        strategy_hash="v1",
        cycle=1,
        dedupe="0",
        owner=owner,
        action="call",
        because="so",
        priority_minor=1,
        expires_at="2030-01-01T00:00:00+00:00",
    )


def test_advice_counts_for_ninety_days() -> None:
    found, eve, ole = found_at(
        [2, 4, 91, 200],
        advised(1, "one", "eve"),
        advised(1, "two", "ole"),
        happened("recommendation_dismissed", 3, recommendation_id="one"),
        happened("recommendation_expired", 3, recommendation_id="two"),
    )
    assert found.answered[eve].tolist() == [0, 1000, 1000, UNKNOWN]
    assert found.answered[ole].tolist() == [0, 0, 0, UNKNOWN]
    assert found.answered[WHOLE_TEAM].tolist() == [0, 500, 500, UNKNOWN]
