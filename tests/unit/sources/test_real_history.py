"""Are all rows of real data accounted for under the shipped mappings, and what do they say?"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from salesadvisor.domain.events import Activity, Lost, Opened
from tests.conftest import shared_data
from tests.unit.sources.files import Outcome, read

pytestmark = pytest.mark.shared
MAPPINGS = Path(__file__).parents[3] / "mappings"


@pytest.fixture(scope="module")
def bpic(pytestconfig: pytest.Config) -> Outcome:
    return read(
        shared_data(pytestconfig) / "bpic2012" / "events.csv.gz",
        mapping=MAPPINGS / "bpic2012.yaml",
    )


@pytest.fixture(scope="module")
def maven(pytestconfig: pytest.Config) -> Outcome:
    return read(
        shared_data(pytestconfig) / "maven_crm" / "sales_pipeline.csv",
        mapping=MAPPINGS / "maven_crm.yaml",
    )


def test_every_row_of_bpic_2012_is_accounted_for(bpic: Outcome) -> None:
    tally = bpic.source.tally
    assert tally.read + tally.rejected + tally.collapsed == tally.rows == 161_584
    assert tally.rejected == 0
    lines = [row.line for row in bpic.read] + list(bpic.collapsed)
    assert sorted(lines) == list(range(2, 161_586))


def test_bpic_2012_has_the_outcomes_of_its_description(bpic: Outcome) -> None:
    counts = Counter(bpic.kinds)
    assert (counts["opened"], counts["won"], counts["lost"]) == (8_766, 1_277, 6_649)
    reasons = Counter(event.reason for event in bpic.events if isinstance(event, Lost))
    assert reasons == {"declined": 5_070, "cancelled by the customer": 1_579}


def test_bpic_2012_says_every_fact_of_a_deal_once_and_in_order(bpic: Outcome) -> None:
    assert len({event.source_id for event in bpic.events}) == len(bpic.events)
    known = defaultdict(list)
    for event in bpic.events:
        known[event.subject_id].append(event.known_at)
    assert all(times == sorted(times) for times in known.values())


def test_the_first_offer_of_bpic_2012_is_one_step_whatever_the_order_of_its_rows(
    bpic: Outcome,
) -> None:
    moves: dict[str, list[str]] = {}
    for event in bpic.events:
        if event.KIND == "stage_changed":
            moves.setdefault(event.subject_id, []).append(event.to)
    steps = Counter(step for stages in moves.values() for step in pairwise(stages))
    assert steps["accepted", "finalized"] == 3_283
    assert steps["finalized", "finalized"] == steps["accepted", "offer_created"] == 0


def test_a_follow_up_call_of_bpic_2012_has_its_duration(bpic: Outcome) -> None:
    work = [event for event in bpic.events if isinstance(event, Activity)]
    durations = [event.duration_minutes for event in work if event.kind == "call"]
    assert len(durations) > 20_000
    assert sum(duration is None for duration in durations) < 0.02 * len(durations)


def test_owners_of_bpic_2012_are_people(bpic: Outcome) -> None:
    owners = Counter(event.to for event in bpic.events if event.KIND == "owner_changed")
    assert "112" not in owners
    assert len(owners) > 20


def test_every_deal_of_maven_is_accounted_for(maven: Outcome) -> None:
    tally = maven.source.tally
    assert (tally.rows, tally.read, tally.rejected, tally.collapsed) == (8_800, 8_300, 500, 0)
    assert set(maven.reasons.values()) == {"no opening date in 'engage_date'; it can't be placed"}
    assert Counter(maven.kinds) == {"opened": 8_300, "won": 4_238, "lost": 2_473}


def test_the_dirt_of_maven_is_cleaned_and_the_rest_left_unknown(maven: Outcome) -> None:
    opened = [event for event in maven.events if isinstance(event, Opened)]
    products = Counter(event.attributes["product"] for event in opened)
    assert "GTXPro" not in products
    assert products["GTX Pro"] > 1_000
    assert "technology" in {event.attributes.get("sector") for event in opened}
    unknown = [event for event in opened if event.account is None]
    assert len(unknown) == 1_425 - 337
    assert all("sector" not in event.attributes for event in unknown)


def test_maven_s_amounts_at_the_opening_do_not_tell_the_outcome(maven: Outcome) -> None:
    by_product = defaultdict(set)
    for event in maven.events:
        if isinstance(event, Opened):
            by_product[event.attributes["product"]].add(event.amount)
    assert all(len(amounts) == 1 for amounts in by_product.values())
