"""Does the kernel get of a strategy what the strategy says?"""

from __future__ import annotations

import pytest
from tests.builders import TEAM, day, happened, moment, on, opened, signals, team

from salesadvisor.domain.state import UNKNOWN
from salesadvisor.errors import PlaybookError
from salesadvisor.log.columns import Vocabulary
from salesadvisor.log.terms import DAYS_BEFORE, codes_of, live_terms, terms_of

FIRST_DAY = 19_723  # since 1970
TERMS = terms_of(TEAM, moment(0), moment(30))


def test_stages_know_their_rank_and_limits() -> None:
    assert TERMS.stage_rank.tolist() == [0, 1, 2, 3, 0, 1]
    assert TERMS.stages_remaining.tolist() == [3, 2, 1, 0, 1, 0]
    assert TERMS.stage_limit_days.tolist() == [10, 20, UNKNOWN, 5, 30, UNKNOWN]


def test_what_is_wanted_by_a_stage_adds_up_along_its_own_pipeline_only() -> None:
    codes = codes_of(TEAM)
    assert codes.criteria == ("need", "budget", "sponsor", "terms")
    assert TERMS.stage_criteria.tolist() == [0b1, 0b110, 0b1000, 0, 0, 0]
    assert TERMS.earlier_criteria.tolist() == [0, 0b1, 0b111, 0b1111, 0, 0]
    # 'offer' is a stage of both pipelines: its claim is wanted in both.
    assert TERMS.claims_by_stage.tolist() == [0b1000, 0b1001, 0b1011, 0b1011, 0, 0b10]
    assert TERMS.claims_by_tier.tolist() == [0b1111, 0b111, 0b111]
    assert TERMS.roles_by_stage.tolist() == [0, 0b1, 0b101, 0b101, 0, 0]
    assert TERMS.topics_by_stage.tolist() == [0, 0, 0b1, 0b11, 0, 0]


def test_late_stages_want_more_contacts_and_a_deal_of_no_stage_the_usual_number() -> None:
    assert TERMS.contacts_by_stage.tolist() == [2, 2, 2, 3, 2, 2, 2]


def test_a_threshold_has_a_cell_for_each_stage_or_pipeline_and_tier() -> None:
    assert TERMS.threshold_start.tolist() == [0, 18, 24, 25, 31]
    assert TERMS.threshold_tiers.tolist() == [3, 3, 1, 1]


def test_discounts_wait_for_the_shortlist_where_there_is_one() -> None:
    assert TERMS.discount_rank.tolist() == [2, UNKNOWN]
    assert TERMS.authority_bp == 1_000


def test_backdating_is_thirty_days_unless_declared() -> None:
    assert TERMS.backdating_seconds == 2 * 86_400
    assert terms_of(team(crm={}), 0, 1).backdating_seconds == 30 * 86_400


def test_the_calendar_covers_every_quarter_of_an_hour_of_the_history() -> None:
    assert TERMS.calendar_origin == moment(-DAYS_BEFORE)
    days = TERMS.local_day
    assert len(days) == len(TERMS.business_day) == (33 + DAYS_BEFORE) * 96
    assert (days[0], days[-1]) == (FIRST_DAY - DAYS_BEFORE, FIRST_DAY + 32)


def test_a_day_of_the_clocks_change_has_23_or_25_hours() -> None:
    berlin = terms_of(team(calendar={"timezone": "Europe/Berlin"}), moment(0), moment(365))
    quarters: dict[int, int] = {}
    for number in berlin.local_day.tolist():
        quarters[number] = quarters.get(number, 0) + 1
    spring, autumn = FIRST_DAY + 90, FIRST_DAY + 300
    assert (quarters[spring], quarters[autumn], quarters[spring + 1]) == (92, 100, 96)


def test_the_uncompiled_gear_reads_plain_integers() -> None:
    live = live_terms(TERMS)
    assert type(live.stage_rank[1]) is int
    assert list(live.business_day) == TERMS.business_day.tolist()


def test_more_names_than_a_mask_has_bits_are_refused_with_a_cure() -> None:
    criteria = {f"c{n}": "so" for n in range(63)}
    crowded = team(
        process={
            "criteria": criteria,
            "pipelines": [{"name": "sales", "stages": [{"name": "lead"}]}],
        },
        value_proposition={},
        conversations={},
        activity={},
    )
    with pytest.raises(PlaybookError, match="63 exit criteria, at most 62 are possible"):
        codes_of(crowded)


def test_several_numbers_beyond_a_mask_are_refused_with_a_cure() -> None:
    strategy = team(
        target_market={"tiers": [{"name": "x", "where": {"seats": {"any_of": [5, 62]}}}]},
        value_proposition={},
        activity={},
    )
    with pytest.raises(PlaybookError, match="give bounds instead"):
        terms_of(strategy, 0, 1)


def test_a_word_keeps_the_code_it_got_first() -> None:
    words = Vocabulary()
    assert [words.code(word) for word in ("a", "b", "a", None)] == [0, 1, 0, -1]
    assert Vocabulary.of(["a", "b"]) == words
    assert len(words) == 2


def test_a_step_due_before_the_first_event_counts_all_its_business_days() -> None:
    events = [opened(0), happened("next_step_set", 1, due=on(-28))]
    assert signals(events, day(2))["business_days_next_step_overdue"] == 22
