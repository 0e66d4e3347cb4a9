"""Do the levels cut where the history has something to tell apart, and do their words fit?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesadvisor.domain.signals import UNKNOWN
from salesadvisor.model.binning import MAX_BINS, Cut, cut
from salesadvisor.model.features import (
    CodeSpec,
    FeatureSpec,
    NumberSpec,
    attribute_features,
    count,
    flag,
    with_labels,
)

MEETINGS = count("meetings_30d", "meeting", "meetings", "in 30 days")
AMOUNT = NumberSpec("amount", "amount {} of the median", "no amount", shown="percent")
STAGE = CodeSpec("stage", "stage {}", "no stage", labels=("rfp", "shortlist", "award"))


def cut_of(spec: FeatureSpec, values: Sequence[int]) -> Cut:
    return cut(spec, np.array(values, np.int64), np.ones(len(values)))


def text_of(levels: Cut, value: int) -> str:
    return levels.texts[levels.level_indexes(np.array([value], np.int64))[0]]


def test_a_value_most_deals_have_gets_its_own_bin() -> None:
    levels = cut_of(MEETINGS, [0] * 70 + [1] * 10 + [2] * 10 + [3, 4, 5, 6, 7] * 2)
    assert text_of(levels, 0) == "0 meetings in 30 days"
    assert text_of(levels, 1) == "1 meeting in 30 days"
    assert text_of(levels, 2) == "2 meetings in 30 days"
    assert text_of(levels, 9) == "at least 5 meetings in 30 days"


def test_a_handful_of_deals_is_no_bin() -> None:
    assert len(cut_of(MEETINGS, [0] * 99 + [1]).texts) == 2


def test_a_heavy_value_in_the_middle_is_cut_on_both_sides() -> None:
    levels = cut_of(MEETINGS, [*range(30), *[30] * 60, *range(31, 41)])
    assert text_of(levels, 30) == "30 meetings in 30 days"
    assert text_of(levels, 29) != text_of(levels, 30) != text_of(levels, 31)


def test_spread_out_values_fall_into_six_equal_bins() -> None:
    levels = cut_of(MEETINGS, range(600))
    index = levels.level_indexes(np.arange(600))
    assert np.bincount(index).tolist() == [0, 100, 100, 100, 100, 100, 100]
    assert text_of(levels, 150) == "100 to 199 meetings in 30 days"


def test_a_deal_with_many_checkpoints_moves_a_bin_no_more_than_one_with_few() -> None:
    values = np.array([*range(60), *[1_000] * 600], np.int64)
    weights = np.array([1.0] * 60 + [1 / 600] * 600)
    assert max(cut(MEETINGS, values, weights).edges) < 60


def test_unknown_is_a_level_of_its_own_even_if_never_seen() -> None:
    levels = cut_of(MEETINGS, range(60))
    assert text_of(levels, UNKNOWN) == "meetings in 30 days: unknown"
    assert text_of(levels, -5) == text_of(levels, 0) == "0 to 9 meetings in 30 days"


def test_a_signal_that_was_never_known_has_two_levels() -> None:
    levels = cut_of(MEETINGS, [UNKNOWN] * 5)
    assert levels.texts == ("meetings in 30 days: unknown", "any number of meetings in 30 days")


def test_shares_are_told_in_percent() -> None:
    levels = cut_of(AMOUNT, range(100, 700))
    assert text_of(levels, 250) == "amount 20 % to 30 % of the median"


def test_codes_speak_by_their_labels_and_rare_ones_are_pooled() -> None:
    levels = cut_of(STAGE, [0] * 10 + [1] * 4 + [2] * 10)
    assert text_of(levels, 0) == "stage rfp"
    assert text_of(levels, 2) == "stage award"
    assert text_of(levels, 1) == text_of(levels, 7) == text_of(levels, -3) == "stage: any other"
    assert text_of(levels, UNKNOWN) == "no stage"


def test_labels_given_later_replace_the_words_of_codes_only() -> None:
    stage, meetings = with_labels([STAGE, MEETINGS], {"stage": ["a", "b"], "meetings_30d": ["x"]})
    assert isinstance(stage, CodeSpec)
    assert stage.labels == ("a", "b")
    assert meetings is MEETINGS


def test_an_attribute_becomes_a_feature_with_the_declared_words() -> None:
    (spec,) = attribute_features({"sponsor_size": ["small", "large"]})
    assert text_of(cut_of(spec, [0] * 9 + [1] * 9), 1) == "sponsor size large"


def test_a_flag_says_what_is_the_case() -> None:
    levels = cut_of(flag("quote_sent", "no quote was sent", "a quote was sent"), [0] * 9 + [1] * 9)
    assert text_of(levels, 1) == "a quote was sent"
    assert text_of(levels, UNKNOWN) == "unknown whether a quote was sent"


@given(
    st.lists(st.integers(-50, 50) | st.just(UNKNOWN), min_size=1, max_size=80),
    st.sampled_from([MEETINGS, STAGE]),
    st.integers(-(2**62), 2**62),
)
def test_every_integer_falls_on_a_level_that_has_words(
    values: list[int], spec: FeatureSpec, value: int
) -> None:
    levels = cut_of(spec, values)
    assert list(levels.edges) == sorted(set(levels.edges))
    assert text_of(levels, value)
    if isinstance(spec, NumberSpec):
        assert len(levels.texts) <= MAX_BINS + 1


@pytest.mark.parametrize("spec", [MEETINGS, STAGE])
def test_no_history_at_all_still_cuts(spec: FeatureSpec) -> None:
    assert text_of(cut_of(spec, []), 3)
