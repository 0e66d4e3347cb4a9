"""Do durable_rules, the block matcher and the oracle fire the same rules on the same rows?"""

from contextlib import closing

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesadvisor.domain.rules import Condition, Rule, verdict
from salesadvisor.engine import live
from salesadvisor.engine.boxes import BoxSet, compile_rules
from salesadvisor.engine.bulk import CHUNK, BulkMatcher
from salesadvisor.errors import PlaybookError
from tests.differential import rule_cases
from tests.oracles import three_valued

Rows = list[dict[str, int | None]]


def compiled(conditions: list[Condition]) -> BoxSet:
    """The rules that fit in 60 boxes; the others are refused on loading."""
    kept: list[Rule] = []
    for rule in rule_cases.rules(conditions):
        try:
            compile_rules([rule], rule_cases.SIGNAL_INDEX)
        except PlaybookError:
            continue
        kept.append(rule)
    return compile_rules(kept, rule_cases.SIGNAL_INDEX)


def by_oracle(boxset: BoxSet, rows: Rows) -> np.ndarray:
    return np.array(
        [[three_valued.truth(rule.when, row) is True for row in rows] for rule in boxset.rules]
    ).reshape(len(boxset.rules), len(rows))


def in_bulk(boxset: BoxSet, rows: Rows) -> np.ndarray:
    block = np.array([boxset.row(row) for row in rows], np.int64).T.copy()
    return BulkMatcher(boxset).match(block, len(rows)).astype(bool)


def by_engine(engine: live.LiveEngine, boxset: BoxSet, rows: Rows) -> np.ndarray:
    fired = [{firing.rule_id for firing in engine.evaluate(row)} for row in rows]
    return np.array([[rule.id in ids for ids in fired] for rule in boxset.rules]).reshape(
        len(boxset.rules), len(rows)
    )


@pytest.fixture(params=range(6))
def many(request: pytest.FixtureRequest) -> tuple[BoxSet, Rows]:
    """150 rules and 400 rows from a seed: about 60,000 evaluations."""
    rng = np.random.default_rng(request.param)
    boxset = compiled([rule_cases.seeded_condition(rng) for _ in range(150)])
    return boxset, [rule_cases.seeded_row(rng) for _ in range(400)]


def test_all_three_agree_on_hundreds_of_thousands_of_evaluations(many: tuple[BoxSet, Rows]) -> None:
    boxset, rows = many
    expected = by_oracle(boxset, rows)

    with closing(live.open_live_engine(boxset)) as engine:
        assert np.array_equal(by_engine(engine, boxset, rows), expected)
    assert np.array_equal(in_bulk(boxset, rows), expected)
    assert expected.size > 40_000
    assert 0.1 < expected.mean() < 0.9


def test_the_block_matcher_agrees_across_chunks(many: tuple[BoxSet, Rows]) -> None:
    boxset, rows = many
    times = 2 * CHUNK // len(rows) + 1

    expected = np.tile(by_oracle(boxset, rows), times)
    assert np.array_equal(in_bulk(boxset, rows * times), expected)


@pytest.mark.skipif(
    live.durable_rules_engine is None, reason="durable_rules can't be imported here"
)
def test_what_stands_in_for_durable_rules_answers_alike_to_the_order_and_the_alternative(
    many: tuple[BoxSet, Rows],
) -> None:
    boxset, rows = many
    stand_in = live.BlockEngine(BulkMatcher(boxset))

    with closing(live.DurableEngine(boxset)) as engine:
        for row in rows[:100]:
            assert engine.evaluate(row) == stand_in.evaluate(row)


@settings(max_examples=60, derandomize=True)
@given(
    st.lists(rule_cases.conditions(), min_size=1, max_size=8),
    st.lists(rule_cases.rows(), min_size=1, max_size=8),
)
def test_every_engine_agrees_on_drawn_rules(conditions: list[Condition], rows: Rows) -> None:
    boxset = compiled(conditions)
    expected = by_oracle(boxset, rows)

    with closing(live.open_live_engine(boxset)) as engine:
        assert np.array_equal(by_engine(engine, boxset, rows), expected)
    assert np.array_equal(in_bulk(boxset, rows), expected)


@settings(max_examples=200, derandomize=True)
@given(rule_cases.conditions(), rule_cases.rows())
def test_the_product_gives_a_condition_the_truth_the_oracle_gives_it(
    condition: Condition, row: dict[str, int | None]
) -> None:
    assert verdict(condition, row.get) is three_valued.truth(condition, row)
