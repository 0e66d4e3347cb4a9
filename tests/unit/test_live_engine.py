"""The live decision, in the cases that make durable_rules fail when it is used another way."""

import threading
from contextlib import closing
from pathlib import Path

import pytest

from salesadvisor.domain.rules import LARGEST, All, Any, Condition, Not, Test
from salesadvisor.domain.signals import UNKNOWN
from salesadvisor.engine import live
from salesadvisor.engine.boxes import BoxSet, compile_rules
from salesadvisor.engine.live import DurableEngine, Firing, open_live_engine
from salesadvisor.errors import BadInput, Fault
from tests.differential.rule_cases import SIGNAL_INDEX, rule, rules

SILENT = Test("days", "gt", 14)
MEMORY = Path("/proc/self/statm")


@pytest.fixture(params=["durable_rules", "block matcher"], autouse=True)
def decider(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every case runs with durable_rules and as on a Python that can't import it."""
    if request.param == "block matcher":
        monkeypatch.setattr(live, "durable_rules_engine", None)
    elif live.durable_rules_engine is None:
        pytest.skip("durable_rules can't be imported here")
    return str(request.param)


def compiled(*conditions: Condition) -> BoxSet:
    return compile_rules(rules(conditions), SIGNAL_INDEX)


def fired(boxset: BoxSet, row: dict[str, int | None]) -> list[str]:
    with closing(open_live_engine(boxset)) as engine:
        return [firing.rule_id for firing in engine.evaluate(row)]


@pytest.mark.parametrize("count", [64, 65, 255, 256, 300])
def test_any_number_of_rules_may_match_one_deal_even_with_one_condition(count: int) -> None:
    assert len(fired(compiled(*[SILENT] * count), {"days": 15})) == count


def test_every_list_of_codes_is_decided_as_written() -> None:
    boxset = compiled(
        Test("stage", "in", (2, 5, 61)),
        Test("stage", "not_in", tuple(range(1, 61))),
        Test("stage", "in", (-7, 62, 1000)),
        Test("stage", "not_in", (-7, 62, 1000)),
    )
    stages = (-8, -7, 0, 1, 2, 3, 5, 60, 61, 62, 63, 1000)
    decided = {stage: fired(boxset, {"stage": stage}) for stage in stages}

    assert [s for s in stages if "r000" in decided[s]] == [2, 5, 61]
    assert [s for s in stages if "r001" in decided[s]] == [-8, -7, 0, 61, 62, 63, 1000]
    assert [s for s in stages if "r002" in decided[s]] == [-7, 62, 1000]
    assert [s for s in stages if "r003" in decided[s]] == [-8, 0, 1, 2, 3, 5, 60, 61, 63]


def test_absent_none_and_the_sentinel_are_the_same_unknown() -> None:
    boxset = compiled(Test("days", "is_null"), Test("days", "not_null"), SILENT, Not(SILENT))

    assert fired(boxset, {}) == ["r000"]
    assert fired(boxset, {"days": None}) == ["r000"]
    assert fired(boxset, {"days": UNKNOWN}) == ["r000"]
    assert fired(boxset, {"days": 15}) == ["r001", "r002"]
    assert fired(boxset, {"days": 14}) == ["r001", "r003"]


def test_a_rule_with_several_true_alternatives_fires_once_by_the_first() -> None:
    engine = open_live_engine(compiled(Any((SILENT, Test("stage", "eq", 2)))))

    assert engine.evaluate({"days": 15, "stage": 2}) == [Firing("r000", 0)]
    assert engine.evaluate({"days": 3, "stage": 2}) == [Firing("r000", 1)]
    engine.close()


def test_firings_come_by_salience_and_then_by_id() -> None:
    boxset = compile_rules(
        [rule("b", SILENT), rule("a", SILENT), rule("z", SILENT, salience=9)], SIGNAL_INDEX
    )

    assert fired(boxset, {"days": 15}) == ["z", "a", "b"]


def test_the_condition_of_no_test_is_always_true() -> None:
    assert fired(compiled(All(()), Any(()), Not(Any(()))), {}) == ["r000", "r002"]


def test_no_rules_fire_nothing() -> None:
    assert fired(compiled(), {"days": 3}) == []
    assert fired(compiled(Test("days", "between", (5, 3))), {"days": 4}) == []


def test_numbers_are_exact_up_to_two_to_the_53rd_and_refused_beyond() -> None:
    boxset = compiled(Test("amount", "eq", LARGEST), Test("amount", "lt", -LARGEST + 1))

    assert fired(boxset, {"amount": LARGEST}) == ["r000"]
    assert fired(boxset, {"amount": LARGEST - 1}) == []
    assert fired(boxset, {"amount": -LARGEST}) == ["r001"]
    with pytest.raises(BadInput, match="signal 'amount': 9007199254740993 is too large"):
        fired(boxset, {"amount": LARGEST + 1})


def test_the_same_deal_is_decided_again_and_again() -> None:
    engine = open_live_engine(compiled(SILENT, Test("stage", "eq", 2)))

    answers = {tuple(engine.evaluate({"days": 15, "stage": 3})) for _ in range(500)}
    assert answers == {(Firing("r000", 0),)}
    assert engine.evaluate({"days": 1}) == []
    engine.close()


@pytest.mark.skipif(not MEMORY.exists(), reason="only Linux tells its memory in /proc")
def test_deciding_for_a_long_time_takes_no_more_memory() -> None:
    def pages() -> int:
        return int(MEMORY.read_text().split()[1])

    with closing(open_live_engine(compiled(SILENT, Test("stage", "eq", 2)))) as engine:
        for days in range(1_000):
            engine.evaluate({"days": days, "stage": 2})
        before = pages()
        for days in range(10_000):
            engine.evaluate({"days": days, "stage": 2})

        assert pages() - before < 500  # a fact that is left behind takes two pages


def test_threads_that_share_an_engine_lose_no_firing() -> None:
    engine = open_live_engine(compiled(SILENT, Test("stage", "ge", 1)))
    lost: list[int] = []

    def decide() -> None:
        answers = [engine.evaluate({"days": 20, "stage": 2}) for _ in range(300)]
        lost.append(sum(len(answer) != 2 for answer in answers))

    threads = [threading.Thread(target=decide) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.close()

    assert lost == [0, 0, 0, 0]


def test_more_signals_than_one_fact_may_hold_are_spread_over_shards() -> None:
    signals = {f"s{index}": index for index in range(400)}
    boxset = compile_rules(
        rules(
            All(tuple(Test(f"s{40 * ten + index}", "gt", 0) for index in range(40)))
            for ten in range(10)
        ),
        signals,
    )
    row: dict[str, int | None] = dict.fromkeys(signals, 1)

    assert len(fired(boxset, row)) == 10
    assert len(fired(boxset, {**row, "s399": 0})) == 9


def test_examples_on_which_the_engine_agrees_with_the_conditions_let_it_open() -> None:
    examples = [{"days": 15}, {"days": 14}, {}, {"days": UNKNOWN}]

    open_live_engine(compiled(SILENT, Not(SILENT)), examples=examples).close()


def test_a_rule_set_that_the_engine_decides_wrongly_is_refused() -> None:
    right, wrong = compiled(SILENT), compiled(Test("days", "gt", 15))
    tampered = BoxSet(right.rules, right.signals, wrong.boxes)

    with pytest.raises(Fault, match=r"rules/r000.yaml:1: .*'r000' does not fire on {'days': 15}"):
        open_live_engine(tampered, examples=[{"days": 20}, {"days": 15}])


def test_where_durable_rules_is_missing_the_engine_says_so(decider: str) -> None:
    engine = open_live_engine(compiled(SILENT))

    if decider == "durable_rules":
        assert engine.note is None
    else:
        assert engine.note is not None
        assert "durable_rules can't be imported on this Python" in engine.note
    engine.close()


def test_a_closed_engine_answers_no_more(decider: str) -> None:
    if decider == "block matcher":
        pytest.skip("it holds nothing to close")
    engine = DurableEngine(compiled(SILENT))
    engine.close()
    engine.close()

    with pytest.raises(Fault, match="closed"):
        engine.evaluate({"days": 15})
