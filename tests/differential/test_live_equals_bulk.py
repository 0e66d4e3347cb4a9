"""Do the live gear, the bulk gear and the oracle read the same signals off the same history?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings

from salesadvisor.domain.events import Event
from salesadvisor.domain.signals import UNKNOWN
from salesadvisor.domain.state import OPEN
from salesadvisor.domain.strategy import Strategy
from salesadvisor.log.live import LiveFold, Reference
from salesadvisor.log.passes import bind
from tests.builders import Positions, bulk_rows, different, log_of, on, signal_names, stored, team
from tests.differential.histories import (
    TALKATIVE,
    Draft,
    drafts,
    history,
    long_history,
    seeded_drafts,
)
from tests.oracles.fold import deals_in, numbered, second
from tests.oracles.observe import Whole, signals, whole

BERLIN = team(calendar={"timezone": "Europe/Berlin", "holidays": [on(20), on(32)]})


def compare(events: Sequence[Event], strategy: Strategy, moments: Sequence[int]) -> int:
    """Compares all three on every deal at every moment; returns how many rows that were."""
    log = log_of(events)
    bound = bind(log, strategy, moments[-1])
    found, in_bulk, owners = bulk_rows(bound, moments)
    fold = LiveFold(strategy, bound.terms)
    rows = stored(events)
    known = numbered(events)
    profiles = [row for row, event in zip(rows, events, strict=True) if event.STREAM == "account"]
    names = signal_names(strategy)
    compared = 0
    for deal in deals_in(known):
        own = [row for row, event in zip(rows, events, strict=True) if event.subject_key == deal]
        live = fold.bind(own, Positions(events), profiles)
        for step, moment in enumerate(moments):
            as_of = datetime.fromtimestamp(moment, UTC)
            whole_of = whole_at(known, as_of, strategy)
            assert [_code(one) for one in whole_of.won_p80] == found.won_p80[step].tolist()
            assert _code(whole_of.median_amount) == found.median_amount[step]
            rivals, limits = learned_of(whole_of, strategy)
            assert rivals == found.rivals[step].tolist()
            assert limits == found.limits[step].tolist()
            expected = signals(known, deal, as_of, strategy, whole_of)
            stands = fold.stand(live, moment)
            if expected is None:
                assert stands.deal.status != OPEN, (deal, as_of)
                assert (deal, moment) not in in_bulk, (deal, as_of)
                continue
            assert sorted(expected) == sorted(names)
            wanted = [_code(expected[name]) for name in names]
            reference = Reference(
                found.won_p80[step].tolist(), int(found.median_amount[step]), rivals, limits
            )
            got = fold.signals(stands, moment, reference)
            assert not different(strategy, wanted, got), (deal, as_of, "live")
            assert not different(strategy, got, in_bulk[deal, moment]), (deal, as_of, "bulk")
            assert stands.owner == owners[deal, moment]
            compared += 1
    return compared


_WHOLES: dict[tuple[int, datetime], Whole] = {}


def whole_at(known: Sequence[object], as_of: datetime, strategy: Strategy) -> Whole:
    """Remembered for the deals of one history."""
    key = (id(known), as_of)
    if key not in _WHOLES:
        _WHOLES.clear() if len(_WHOLES) > 64 else None
        _WHOLES[key] = whole(known, as_of, strategy)  # type: ignore[arg-type]
    return _WHOLES[key]


def learned_of(known: Whole, strategy: Strategy) -> tuple[list[int], list[int]]:
    """The matchups and the learned limits as the gears take them."""
    rivals = [
        value
        for name in strategy.competitor_names
        for value in (_code(known.rivals[name].won_permille), int(known.rivals[name].is_losing))
    ]
    limits = [_code(one) for cells in known.limits.values() for one in cells.values()]
    return rivals, limits


def _code(value: int | None) -> int:
    return UNKNOWN if value is None else value


def moments_of(events: Sequence[Event]) -> list[int]:
    """Where things change: at and just after events become known; and some time later."""
    known = sorted({second(event.known_at) for event in events})
    chosen = known[:: max(1, len(known) // 4)]
    last = known[-1]
    return sorted({*chosen, *(moment + 1 for moment in chosen), last + 86_400, last + 9 * 86_400})


@given(drafts())
@settings(max_examples=800, derandomize=True)
def test_the_oracle_the_live_gear_and_the_bulk_gear_agree_on_random_histories(
    given_drafts: list[Draft],
) -> None:
    events = history(given_drafts)
    _WHOLES.clear()
    assert compare(events, BERLIN, moments_of(events)) >= 0


@given(drafts(TALKATIVE, most=48))
@settings(max_examples=300, derandomize=True)
def test_they_agree_on_deals_that_are_much_talked_about(given_drafts: list[Draft]) -> None:
    events = history(given_drafts)
    _WHOLES.clear()
    assert compare(events, BERLIN, moments_of(events)) >= 0


def test_they_agree_on_what_two_years_of_closings_teach() -> None:
    events = long_history(3, deals=60, events=45)
    _WHOLES.clear()
    moments = [second(events[0].known_at) + 86_400 * number for number in range(40, 700, 60)]
    assert compare(events, BERLIN, moments) > 300


@pytest.mark.parametrize("seed, deals, events_each", [(1, 60, 10), (2, 25, 40)])
def test_they_agree_on_many_deals_that_make_up_one_history(
    seed: int, deals: int, events_each: int
) -> None:
    events = history(seeded_drafts(seed, deals, events_each))
    _WHOLES.clear()
    moments = [second(events[0].known_at) + 86_400 * number for number in range(9, 120, 15)]
    assert compare(events, BERLIN, moments) > 25
