"""How long does one deal wait? From a new event to its advice, and from a command to its start."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np

from salesadvisor.domain.advice import RuleTerms
from salesadvisor.domain.events import Activity, Opened
from salesadvisor.domain.rules import Rule
from salesadvisor.domain.strategy import Strategy
from salesadvisor.engine.boxes import compile_rules
from salesadvisor.engine.live import LiveEngine, open_live_engine
from salesadvisor.log.live import LiveFold, Reference, reference_of
from salesadvisor.log.passes import bind, survey
from salesadvisor.model.scorecard import WinModel
from salesadvisor.playbook.playbook import find_playbook, load_playbook
from salesadvisor.store import Store, Stored
from salesadvisor.study.advising import Outlook, advise, described, outlook
from salesadvisor.study.bench.figures import LiveFigures, StartFigures, timed
from salesadvisor.study.bench.ingest import open_log
from salesadvisor.study.bench.replaying import PLAYBOOK
from salesadvisor.study.candidates import rule_terms
from salesadvisor.study.explaining import raw
from salesadvisor.study.winning import learn

_STEPS = ("append", "read", "fold", "probability", "rules and priority")
_WARM_UPS = 20
_STARTS = 7


def live_figures(directory: Path, workers: int, *, deals: int = 400) -> LiveFigures:
    """Append one call to each of `deals` open deals, one after the other, and advise on each.

    Works on a copy of the store. Everything is loaded before: model, rules, reference values.
    """
    copy = directory / "live.sqlite"
    shutil.copyfile(directory / "store.sqlite", copy)
    desk, chosen = _opened(directory, workers, deals + _WARM_UPS)
    with Store.open(copy, create=False) as store, closing(desk.engine):
        size = store.head().events
        waits = [_answer(store, desk, deal, number) for number, deal in enumerate(chosen)]
    copy.unlink()
    taken = 1_000 * np.array(waits[min(_WARM_UPS, len(waits) // 10) :])
    total = taken.sum(axis=1)
    return LiveFigures(
        deals=len(total),
        store_events=size,
        p50_ms=float(np.percentile(total, 50)),
        p99_ms=float(np.percentile(total, 99)),
        parts_ms=dict(zip(_STEPS, np.median(taken, axis=0).tolist(), strict=True)),
        engine="durable_rules" if desk.engine.note is None else "block matcher",
    )


@dataclass(frozen=True)
class _Desk:
    """All that answers need and that does not change from deal to deal."""

    strategy: Strategy
    rules: tuple[Rule, ...]
    names: tuple[str, ...]
    terms: RuleTerms
    engine: LiveEngine
    fold: LiveFold
    reference: Reference
    model: WinModel
    stake: int
    last_event: datetime

    @property
    def as_of(self) -> datetime:
        return self.last_event + timedelta(hours=1)


def _opened(directory: Path, workers: int, deals: int) -> tuple[_Desk, list[str]]:
    """The desk as of the end of the history, and open deals spread over it."""
    playbook = load_playbook(find_playbook(PLAYBOOK))
    rules = tuple(rule for rule in playbook.rules if rule.scope == "deal")
    with Store.open(directory / "store.sqlite", create=False) as store:
        log = open_log(store, directory / "log")
    last_event = datetime.fromtimestamp(int(log.columns["recorded_us"].max()) // 1_000_000 + 1, UTC)
    moment = int(last_event.timestamp()) + 3_600
    history = bind(log, playbook.strategy, moment, workers)
    model = learn(history, [moment], workers).models[0]
    found = survey(history, np.array([moment], np.int64), workers)
    columns = {name: index for index, name in enumerate(history.signal_names)}
    standing = outlook(history, last_event + timedelta(hours=1), model, workers)
    desk = _Desk(
        strategy=playbook.strategy,
        rules=rules,
        names=history.signal_names,
        terms=rule_terms(rules, playbook.strategy, columns),
        engine=open_live_engine(compile_rules(rules, columns)),
        fold=LiveFold(playbook.strategy, history.terms),
        reference=reference_of(found, 0),
        model=model,
        stake=standing.median_amount,
        last_event=last_event,
    )
    return desk, [one.deal for one in standing.deals[:: max(1, len(standing.deals) // deals)]][
        :deals
    ]


def _answer(store: Store, desk: _Desk, deal: str, number: int) -> list[float]:
    """Seconds of each step from a new event of `deal` to advice on it."""
    event = _call(deal, desk.last_event + timedelta(seconds=number))
    moment = int(desk.as_of.timestamp())
    marks = [time.perf_counter()]
    store.append([event], learned_at=desk.last_event)
    marks.append(time.perf_counter())
    stream = store.stream("deal", event.crm, deal)
    profile = _profile(store, stream)
    marks.append(time.perf_counter())
    rows = desk.fold.bind(raw(stream), store.position_of, raw(profile))
    standing = desk.fold.stand(rows, moment)
    signals = desk.fold.signals(standing, moment, desk.reference)
    marks.append(time.perf_counter())
    one = described(deal, standing.owner, signals, desk.names, desk.model)
    marks.append(time.perf_counter())
    advise(
        Outlook((one,), (), desk.stake), as_of=desk.as_of, strategy=desk.strategy, rules=desk.rules,
        terms=desk.terms, engines={"deal": desk.engine}, model=desk.model, before=(),
    )  # fmt: skip
    marks.append(time.perf_counter())
    return [after - before for before, after in pairwise(marks)]


def start_figures() -> StartFigures:
    """Medians of starting this Python, with the package imported, and with the help shown."""
    show_help = "import sys; sys.argv[1:] = ['--help']; from salesadvisor.cli import main; main()"
    return StartFigures(
        python_ms=_start_ms("pass"),
        import_ms=_start_ms("import salesadvisor"),
        help_ms=_start_ms(show_help),
    )


def _start_ms(code: str) -> float:
    command = [sys.executable, "-c", code]

    def run() -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    run()
    return 1_000 * timed(run, _STARTS).middle


def _call(deal: str, at: datetime) -> Activity:
    return Activity(
        subject_id=deal,
        occurred_at=at,
        recorded_at=at,
        source_id=f"bench.{at.isoformat()}",
        kind="call",
        direction="out",
    )


def _profile(store: Store, stream: Sequence[Stored]) -> list[Stored]:
    for stored in stream:
        if isinstance(stored.event, Opened) and stored.event.account:
            return store.stream("account", stored.event.crm, stored.event.account)
    return []
