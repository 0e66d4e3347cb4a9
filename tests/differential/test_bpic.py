"""Do gears, engines and oracles agree on all of a real history? BPI Challenge 2012, daily."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from salesadvisor.advisor import Advisor
from salesadvisor.domain.advice import VERDICTS
from salesadvisor.domain.rules import Rule
from salesadvisor.domain.state import STATUS_LOST, STATUS_WON, UNKNOWN
from salesadvisor.domain.strategy import Strategy
from salesadvisor.engine.boxes import compile_rules
from salesadvisor.engine.bulk import BulkMatcher
from salesadvisor.engine.live import DurableEngine, open_live_engine
from salesadvisor.log.live import LiveFold, reference_of
from salesadvisor.log.passes import History, Panel, bind, panels, survey
from salesadvisor.log.projector import Stored
from salesadvisor.playbook.playbook import find_playbook
from salesadvisor.playbook.starter import start_playbook
from salesadvisor.settings import Settings, open_advisor
from salesadvisor.sources import load_mapping
from salesadvisor.sources.importing import Imported
from salesadvisor.study.checkpoints import checkpoints
from salesadvisor.study.replay import Replay, replay
from salesadvisor.study.winning import learn, refit_cuts
from tests.builders import different
from tests.differential.test_scopes_live_bulk import in_bulk, in_plain_python, wrong
from tests.oracles.arbitration import Arbiter, Fired, RuleSays
from tests.oracles.three_valued import truth

ROOT = Path(__file__).parents[2]
EVENTS = ROOT.parent / "shared/data/bpic2012/events.csv.gz"
MAPPING = ROOT / "mappings/bpic2012.yaml"
LEARNED = datetime(2027, 1, 1, tzinfo=UTC)

pytestmark = pytest.mark.shared


@dataclass(frozen=True)
class Bank:
    """The bank's history, imported twice, under the generic playbook with the bank's stages."""

    advisor: Advisor
    imports: tuple[Imported, Imported]
    moments: Any

    @property
    def strategy(self) -> Strategy:
        return self.advisor.playbook.strategy

    def bound(self, workers: int = 2) -> History:
        return bind(self.advisor.log(), self.strategy, int(self.moments[-1]), workers)

    def streams(self) -> Mapping[str, list[Stored]]:
        """The stored events of each deal."""
        stream: Mapping[str, list[Stored]] = defaultdict(list)
        after = 0
        while page := self.advisor.store.read(after, 20_000):
            raw = self.advisor.store.read_raw(after, 20_000)
            for one, row in zip(page, raw, strict=True):
                stored = Stored(row.position, row.kind, row.state)
                stream[one.event.subject_key].append(stored)
            after = page[-1].position
        return stream


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    folder = tmp_path_factory.mktemp("bpic")
    pipeline = load_mapping(MAPPING).pipeline
    playbook = start_playbook(
        folder / "playbook",
        find_playbook("generic_b2b"),
        currency="EUR",
        pipeline=pipeline.name,
        stages=pipeline.stages,
    )
    chosen = Settings(str(folder / "s.sqlite"), str(playbook), workers=2)
    with open_advisor(chosen, create=True) as advisor:
        first, second = (
            advisor.import_file(
                EVENTS, format="auto", mapping=MAPPING, rejects_in=folder, learned_at=LEARNED
            )
            for _ in range(2)
        )
        log = advisor.log()
        begun = datetime.fromtimestamp(int(log.columns["occurred_us"].min()) // 1_000_000, UTC)
        moments = checkpoints(
            begun.date(),
            advisor.end_of_history().date(),
            "day",
            advisor.playbook.strategy.calendar.timezone,
        )
        yield Bank(advisor, (first, second), moments)


def test_every_row_is_accounted_for_and_a_second_import_adds_nothing(bank: Bank) -> None:
    first, second = bank.imports
    assert first.read + first.rejected + first.collapsed == first.rows == 161_584
    assert first.added + first.known + first.superseded + first.conflicts == first.events
    assert (second.added, second.corrected, second.known) == (0, 0, first.added)
    assert bank.advisor.store.verify() == []
    assert bank.advisor.store.head().events == first.added


def test_outcomes_are_those_of_the_data(bank: Bank) -> None:
    closes = survey(bank.bound(), bank.moments).closes
    assert Counter(closes["status"].tolist()) == {STATUS_WON: 1_277, STATUS_LOST: 6_649}


def test_live_equals_bulk_on_every_signal_at_every_daily_checkpoint(bank: Bank) -> None:
    bound = bank.bound()
    found = survey(bound, bank.moments)
    fold = LiveFold(bank.strategy, bound.terms)
    words = bound.log.words
    stream = bank.streams()

    def nowhere(crm: str, deal: str, source_id: str) -> None:
        return None

    names = words.names.words
    mismatches: list[Any] = []

    def compare(panel: Panel) -> int:
        live, last = None, -1
        rows = panel.block[:, : panel.count].T.tolist()
        owners = panel.owner[: panel.count].tolist()
        for row, owner, deal, time in zip(
            rows, owners, panel.deal.tolist(), panel.time.tolist(), strict=False
        ):
            if deal != last:
                live, last = fold.bind(stream[words.deals.words[deal]], nowhere), deal
            assert live is not None
            moment = int(bank.moments[time])
            stands = fold.stand(live, moment)
            reference = reference_of(found, time)
            got = fold.signals(stands, moment, reference)
            if got != row or stands.owner != (None if owner == UNKNOWN else names[owner]):
                mismatches.append((deal, moment, different(bank.strategy, got, row)))
        return panel.count

    compared = sum(panels(bound, found, compare))
    assert not mismatches[:5]
    assert compared == found.row_counts.sum() > 60_000


def test_plain_python_equals_bulk_on_reps_and_the_team(bank: Bank) -> None:
    bound = bank.bound()
    found = survey(bound, bank.moments[:: len(bank.moments) // 10])
    fold = LiveFold(bank.strategy, bound.terms)
    live = {
        deal: fold.bind(rows, lambda crm, name, source_id: None)
        for deal, rows in bank.streams().items()
    }
    plain = in_plain_python(bound, found, live, fold)
    bulk, _ = in_bulk(bound, found, workers=2)
    assert not wrong(plain, bulk)[:3]
    assert len([key for key in bulk if key[0] == "rep"]) > 300


def test_the_engines_and_the_oracle_agree_on_every_rule_at_every_daily_checkpoint(
    bank: Bank,
) -> None:
    bound = bank.bound()
    found = survey(bound, bank.moments)
    rules = bank.advisor.rules
    columns = {name: index for index, name in enumerate(bound.signal_names)}
    boxset = compile_rules(rules, columns)
    matcher = BulkMatcher(boxset)
    live = open_live_engine(boxset)
    asked = sorted({columns[name] for rule in rules for name in rule.signals})
    names = [bound.signal_names[column] for column in asked]
    decided: dict[tuple[int, ...], frozenset[str]] = {}
    mismatches: list[Any] = []
    fired = Counter[str]()

    def compare(panel: Panel) -> int:
        flags = matcher.match(panel.block, panel.count)
        rows = panel.block[asked][:, : panel.count].T.tolist()
        for place, values in enumerate(rows):
            row = {
                name: None if value == UNKNOWN else value
                for name, value in zip(names, values, strict=True)
            }
            by_live = frozenset(firing.rule_id for firing in live.evaluate(row))
            by_bulk = frozenset(
                rule.id for number, rule in enumerate(rules) if flags[number, place]
            )
            key = tuple(values)
            if key not in decided:
                decided[key] = frozenset(rule.id for rule in rules if truth(rule.when, row) is True)
            if not by_live == by_bulk == decided[key]:
                mismatches.append((row, by_live, by_bulk, decided[key]))
            fired.update(by_bulk)
        return panel.count

    compared = sum(panels(bound, found, compare))
    live.close()
    assert not mismatches[:5]
    assert compared > 60_000
    assert len(fired) > 3
    assert isinstance(live, DurableEngine) or live.note


@pytest.fixture(scope="module")
def daily(bank: Bank) -> Replay:
    return replayed(bank, workers=1)


def replayed(bank: Bank, *, workers: int) -> Replay:
    """Every day with a horizon of 30 days."""
    declared = bank.strategy.model_dump(by_alias=True, exclude_defaults=True)
    strategy = Strategy.model_validate({**declared, "horizon_days": 30})
    bound = bind(bank.advisor.log(), strategy, int(bank.moments[-1]), workers)
    models = learn(bound, refit_cuts(bank.moments, 30), workers)
    return replay(bound, bank.moments, bank.advisor.rules, models, workers)


def test_a_daily_replay_runs_to_the_end_and_learns_a_model(daily: Replay) -> None:
    assert len(daily.scores["deal"]) == daily.found.row_counts.sum() > 60_000
    assert {model.kind for model in daily.schedule.models} == {"base_rate", "scorecard"}
    assert int(daily.scores["time"].max()) == len(daily.found.checkpoints) - 1


@pytest.mark.parametrize("workers", [1, 2])
def test_the_digest_is_the_same_again_and_with_two_workers(
    bank: Bank, daily: Replay, workers: int
) -> None:
    assert replayed(bank, workers=workers).digest() == daily.digest()


def test_a_rebuilt_log_gives_the_same_digest(bank: Bank, daily: Replay, tmp_path: Path) -> None:
    anew = replace(bank, advisor=replace(bank.advisor, log_folder=tmp_path / "log"))
    assert replayed(anew, workers=2).digest() == daily.digest()


def test_arbitration_of_two_months_of_days_is_what_dictionaries_say(daily: Replay) -> None:
    words = daily.history.log.words
    accountability = daily.history.strategy.accountability
    arbiter = Arbiter(
        {one.id: _says(one) for one in daily.rules},
        {name: accountability.minutes_for(name) for name in words.names.words},
        accountability.max_per_deal,
    )
    days = [datetime.fromtimestamp(int(at), UTC).date() for at in daily.found.checkpoints]
    zone = daily.history.strategy.calendar.timezone
    assert zone == "UTC"
    starts = np.searchsorted(daily.candidates["time"], range(len(days) + 1))
    compared = 0
    for time, day in enumerate(days[:60]):
        some = slice(starts[time], starts[time + 1])
        fired = [
            Fired(
                words.deals.words[one["subject"]],
                daily.rules[one["rule"]].id,
                None if one["rep"] == UNKNOWN else words.names.words[one["rep"]],
                int(one["dedupe"]),
                int(one["priority"]),
                int(one["stake"]),
                bool(one["planned"]),
            )
            for one in daily.candidates[some]
        ]
        week = (day.toordinal() - 1) // 7
        expected = arbiter.decide(fired, int(daily.found.checkpoints[time]), week)
        got = zip(daily.verdict[some].tolist(), daily.rounds[some].tolist(), strict=True)
        assert [(VERDICTS[code], rounds) for code, rounds in got] == expected, day
        compared += len(fired)
    assert compared > 5_000


def _says(rule: Rule) -> RuleSays:
    return RuleSays(
        rule.effort_minutes,
        rule.cooldown_days,
        rule.expires_days,
        rule.group,
        rule.salience,
        rule.hit,
        rule.evidence,
    )
