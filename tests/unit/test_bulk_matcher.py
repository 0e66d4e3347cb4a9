"""The block matcher: its arrays, its memory and its callers."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import njit

from salesadvisor.domain.rules import LARGEST, All, Any, Test
from salesadvisor.domain.signals import UNKNOWN
from salesadvisor.engine.boxes import compile_rules
from salesadvisor.engine.bulk import (
    CHUNK,
    BulkMatcher,
    by_rule,
    match_block,
    program_of,
)
from tests.differential.rule_cases import SIGNAL_INDEX, rules

DAYS, AMOUNT = SIGNAL_INDEX["days"], SIGNAL_INDEX["amount"]


def block_of(signal: int, values: list[int]) -> np.ndarray:
    block = np.full((len(SIGNAL_INDEX), len(values)), UNKNOWN, np.int64)
    block[signal] = values
    return block


def test_numbers_beyond_16_bits_are_compared_as_they_are() -> None:
    values = [UNKNOWN, -(2**40), -32_769, -32_768, -32_767, 0, 32_766, 32_767, 32_768, 2**40]
    narrow = compile_rules(rules([Test("days", "gt", -32_766)]), SIGNAL_INDEX)
    wide = compile_rules(
        rules([Test("amount", "ge", LARGEST), Test("amount", "gt", 32_767)]), SIGNAL_INDEX
    )

    assert program_of(narrow).leaf_slot.tolist() == [0]
    assert program_of(wide).leaf_slot.tolist() == [-1, -1]
    fired = BulkMatcher(narrow).match(block_of(DAYS, values), len(values))
    assert fired.tolist() == [[0, 0, 0, 0, 0, 1, 1, 1, 1, 1]]
    fired = BulkMatcher(wide).match(block_of(AMOUNT, values), len(values))
    assert fired.tolist() == [[0] * 10, [0] * 8 + [1, 1]]


def test_more_than_64_rules_take_more_than_one_word() -> None:
    boxset = compile_rules(rules(Test("days", "eq", day) for day in range(130)), SIGNAL_INDEX)
    matcher = BulkMatcher(boxset)
    bits = matcher.match_bits(block_of(DAYS, [0, 63, 64, 129, 130]), 5)

    assert bits.shape == (5, 3)
    assert bits.tolist() == [[1, 0, 0], [1 << 63, 0, 0], [0, 1, 0], [0, 0, 2], [0, 0, 0]]
    assert by_rule(bits, 130).sum(axis=0).tolist() == [1, 1, 1, 1, 0]


def test_reused_memory_keeps_nothing_of_the_block_before() -> None:
    matcher = BulkMatcher(compile_rules(rules([Test("days", "gt", 7)]), SIGNAL_INDEX))
    scratch, out = matcher.scratch(), np.zeros((CHUNK + 5, 1), np.uint64)
    full = block_of(DAYS, [8] * (CHUNK + 5))

    matcher.match_bits(full, CHUNK + 5, scratch=scratch, out=out)
    assert out.sum() == CHUNK + 5
    matcher.match_bits(np.zeros_like(full), CHUNK, scratch=scratch, out=out)
    assert out.sum() == 5


def test_no_rules_and_no_rows_are_answered() -> None:
    none = BulkMatcher(compile_rules([], SIGNAL_INDEX))
    some = BulkMatcher(
        compile_rules(rules([Test("days", "gt", 7), Any(()), All(())]), SIGNAL_INDEX)
    )

    assert none.match(block_of(DAYS, [1, 2]), 2).shape == (0, 2)
    assert some.match(block_of(DAYS, [1, 2]), 0).shape == (3, 0)
    assert some.match(block_of(DAYS, [1, 9]), 2).tolist() == [[0, 1], [0, 0], [1, 1]]


@njit
def count_fired(block, n_rows, program, scratch, out):  # type: ignore[no-untyped-def]
    match_block(block, n_rows, program, scratch, out)
    fired = 0
    for row in range(n_rows):
        if out[row, 0] != 0:
            fired += 1
    return fired


def test_the_kernel_can_be_called_from_another_compiled_function() -> None:
    matcher = BulkMatcher(compile_rules(rules([Test("days", "gt", 7)]), SIGNAL_INDEX))
    block, out = block_of(DAYS, [1, 8, 9]), np.empty((3, 1), np.uint64)

    assert count_fired(block, 3, matcher.program, matcher.scratch(), out) == 2


def test_threads_over_blocks_give_what_one_thread_gives() -> None:
    rng = np.random.default_rng(1)
    matcher = BulkMatcher(
        compile_rules(rules([Test("days", "gt", 40), Test("days", "in", (3, 7, 90))]), SIGNAL_INDEX)
    )
    blocks = [block_of(DAYS, rng.integers(0, 99, 5_000).tolist()) for _ in range(8)]

    alone = [matcher.match_bits(block, 5_000) for block in blocks]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda block: matcher.match_bits(block, 5_000), blocks))
    assert np.array_equal(alone, together)
