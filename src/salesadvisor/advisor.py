"""What can salesadvisor do? The main flow, one method a use case: import, replay, advise, explain.

Nothing is decided here: each method opens the rooms in order and hands on their answer. Time is
passed in; paths and clock are settings.py's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from salesadvisor.domain.events import DEFAULT_CRM, Corrected, Event, Opened, subject_key
from salesadvisor.domain.rules import Rule, Scope
from salesadvisor.domain.strategy import Strategy
from salesadvisor.engine.boxes import compile_rules
from salesadvisor.engine.live import LiveEngine, open_live_engine
from salesadvisor.errors import BadInput, PlaybookError, UnknownDeal
from salesadvisor.log.columns import Log
from salesadvisor.log.live import LiveFold, Reference, reference_of
from salesadvisor.log.passes import History, Survey, bind, survey
from salesadvisor.log.projector import Stored as RawEvent
from salesadvisor.log.segments import LogFolder
from salesadvisor.playbook.playbook import Playbook, playbook_under
from salesadvisor.playbook.strategy_lint import Flaw, flaws
from salesadvisor.sources import open_source
from salesadvisor.sources.importing import Imported, Progress, import_source
from salesadvisor.store import Store, Stored
from salesadvisor.study.accountability import Accountability, By, accountability
from salesadvisor.study.advising import Advice, advise, outlook
from salesadvisor.study.answers import Issued, Reply
from salesadvisor.study.audit import Audit
from salesadvisor.study.beyond import panels_beyond
from salesadvisor.study.candidates import rule_terms
from salesadvisor.study.checkpoints import Every, checkpoints, local_date
from salesadvisor.study.churn import churn_since
from salesadvisor.study.conformance import Conformance, conformance, with_event_ids
from salesadvisor.study.explaining import Explanation, explain
from salesadvisor.study.goals import GoalReport, goal_report, scores_at
from salesadvisor.study.ledger import Ledger
from salesadvisor.study.meta import Finding, findings, meta_rows, score_drift_permille
from salesadvisor.study.replay import Replay, replay
from salesadvisor.study.rule_history import Met, met_by_deals, met_by_subjects
from salesadvisor.study.strategy_check import history_flaws
from salesadvisor.study.subjects import Panels, columns_in, columns_of, in_scope_order
from salesadvisor.study.versions import Version, published, runs
from salesadvisor.study.wider_evidence import with_wider_evidence
from salesadvisor.study.winning import learn, refit_cuts

REFIT_DAYS = 90


@dataclass(frozen=True)
class Advisor:
    """The use cases over one open store, its log and one playbook."""

    store: Store
    log_folder: Path
    playbook: Playbook
    workers: int = 1
    tell: Callable[[str], None] = lambda note: None
    """Hears what a person should know beside an answer, such as which engine decides."""
    records: bool = True
    """Whether advice may be recorded: not under a strategy that was only tried."""

    def import_file(
        self,
        path: Path,
        *,
        format: str,
        mapping: Path | None,
        rejects_in: Path,
        learned_at: datetime,
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> Imported:
        """Read a file of history into the store; what is known already is not stored again."""
        source = open_source(path, format, mapping)
        return import_source(
            self.store,
            source,
            rejects_in=rejects_in,
            learned_at=learned_at,
            dry_run=dry_run,
            progress=progress,
        )

    def replay(self, first: date | None, last: date | None, every: Every) -> Replay:
        """What was known, expected and advised from `first` to `last` (default: all of history)."""
        return self._replay(self._checkpoints(first, last, every))

    def replay_in_force(
        self, first: date | None, last: date | None, every: Every
    ) -> tuple[tuple[Version | None, Replay], ...]:
        """The same under the strategy in force at each checkpoint, one replay a version.

        Before the first publication (None) the playbook's own strategy decides.
        """
        moments = self._checkpoints(first, last, every)
        found = runs(self.versions(), moments.tolist(), self.playbook.strategy.content_hash)
        return tuple(
            (run.version, self.under(run.version)._replay(np.array(run.moments, np.int64)))
            for run in found
        )

    def advise(self, as_of: datetime) -> Advice:
        """What each rep should do next; nothing is recorded."""
        history = self._history(as_of)
        model = learn(history, [int(as_of.timestamp())], self.workers).models[0]
        now = outlook(history, as_of, model, self.workers, self.panels_of)
        strategy = self.playbook.strategy
        before = self.ledger.before(as_of)
        ranked = in_scope_order(self.playbook.rules)
        with self._engines(history, ranked, {one.scope for one in now.others}) as engines:
            advice = advise(
                now,
                as_of=as_of,
                strategy=strategy,
                rules=ranked,
                terms=rule_terms(ranked, strategy, columns_of(history.signal_names)),
                engines=engines,
                model=model,
                before=before,
            )
        churn = churn_since(history, advice, before)
        cited = self.ledger.with_evidence(replace(advice, churn=churn))
        return with_wider_evidence(cited, history, self.store.read_raw)

    def issue(self, advice: Advice) -> int | None:
        """Record what is new in `advice`; returns how many, or None where nothing may be recorded.

        Earlier advice that was taken, overtaken or left to expire is recorded as such. The past is
        not advised: nothing is recorded before the newest fact about a deal.
        """
        if not self.records or self.settle(advice.as_of) is None:
            return None
        return self.ledger.issue(advice, self.playbook.strategy)

    def goals(self, as_of: datetime) -> GoalReport:
        """How every declared goal stands, by what was known at a moment."""
        history = self._history(as_of)
        schedule = learn(history, [int(as_of.timestamp())], self.workers)
        return goal_report(history, as_of, schedule, self.workers)

    def settle(self, as_of: datetime) -> int | None:
        """Record which earlier advice was taken, overtaken or left to expire.

        Returns how many, or None for a look into the past.
        """
        if as_of < _end_of(self.log(), self.store):
            return None
        return self.ledger.settle(as_of)

    def reply(self, name: str, said: Reply, reason: str | None, at: datetime) -> Issued:
        """Record what a rep says of a recommendation. Raises BadInput where it can't be said."""
        return self.ledger.reply(name, said, reason, at)

    def explain(self, deal: str, as_of: datetime) -> Explanation:
        """One deal's story, signals, probability and rules as of a moment."""
        crm, subject = self.locate(deal)
        history = self._history(as_of)
        moment = int(as_of.timestamp())
        with self._engines(history, self.rules, set()) as engines:
            return explain(
                deal,
                self.store.stream("deal", crm, subject),
                self._profile(crm, subject),
                as_of=as_of,
                fold=LiveFold(self.playbook.strategy, history.terms),
                reference=reference_at(history, moment),
                strategy=self.playbook.strategy,
                rules=self.rules,
                names=history.signal_names,
                engine=engines["deal"],
                model=learn(history, [moment], self.workers).models[0],
                position_of=self.store.position_of,
            )

    def conformance(self, as_of: datetime, deal: str | None = None) -> Conformance:
        """What was done against the declared process, of all deals or one, as of a moment."""
        history = self._history(as_of)
        code = None
        if deal is not None:
            code = history.log.words.deals.codes[subject_key(*self.locate(deal))]
        found = conformance(history, as_of, code)
        return with_event_ids(found, history.log, self.store.read_raw)

    def rules_in_history(self, every: Every = "week") -> tuple[Met, ...]:
        """What the rules met at the checkpoints of all history, by scope."""
        moments = self._checkpoints(None, None, every)
        history = bind(self.log(), self.playbook.strategy, int(moments[-1]), self.workers)
        models = learn(history, refit_cuts(moments, REFIT_DAYS), self.workers)
        rules = [rule for rule in self.playbook.rules if rule.enabled]
        found = survey(history, moments, self.workers)
        scores = scores_at(history, moments, models, self.workers)
        beyond = self.panels_of(history, found, scores)
        return (
            met_by_deals(history, moments, rules, models, self.workers),
            *(
                met_by_subjects(panel, rules, list(columns_in(scope, ())))
                for scope, panel in beyond.items()
            ),
        )

    def findings(self, advice: Advice) -> tuple[Finding, ...]:
        """What the meta rules find of recommendations, rules and the model as of that advice."""
        rules, as_of = self.playbook.rules, advice.as_of
        history = self._history(as_of)
        rows = meta_rows(
            advice,
            self.ledger.before(as_of),
            rules,
            psi_permille=score_drift_permille(history, advice, self.workers),
        )
        return findings(rows, rules, self.playbook.strategy, as_of)

    def accountability(self, advice: Advice, by: By) -> Accountability:
        """What became of the advice given before, and how well work follows the strategy."""
        strategy, as_of = self.playbook.strategy, advice.as_of
        return accountability(
            self.ledger.before(as_of),
            advice,
            self.playbook.rules,
            strategy,
            self.ledger.acknowledged(strategy, as_of),
            by=by,
        )

    def audit(self, advice: Advice) -> Audit:
        """Execution held against the strategy in every way there is, as of that advice."""
        strategy, as_of = self.playbook.strategy, advice.as_of
        today = local_date(int(as_of.timestamp()), strategy.calendar.timezone)
        return Audit(
            goals=self.goals(as_of),
            conformance=self.conformance(as_of),
            accountability=self.accountability(advice, "rep"),
            findings=self.findings(advice),
            flaws=(*flaws(strategy, today, today), *self.history_flaws(as_of)),
        )

    def newest_reply(self) -> datetime | None:
        """When somebody last said what became of advice."""
        return self.ledger.newest_reply()

    def end_of_history(self) -> datetime:
        """The first second that sees everything known of deals. Raises BadInput without any."""
        return _end_of(self.log(), self.store)

    def versions(self) -> tuple[Version, ...]:
        """The published versions of the playbook's strategy, the oldest first."""
        return published(self.store, self.playbook.name)

    def under(self, decides: Version | Strategy | None) -> Advisor:
        """The same advisor with its rules under another strategy; None keeps the playbook's.

        Raises PlaybookError for a rule that asks for what that strategy doesn't declare.
        """
        if decides is None or decides.content_hash == self.playbook.strategy.content_hash:
            return self
        strategy = decides.strategy if isinstance(decides, Version) else decides
        try:
            return replace(self, playbook=playbook_under(strategy, self.playbook.directory))
        except PlaybookError as error:
            problem = f"{error.problem} (under strategy {strategy.content_hash})"
            cure = f"{error.cure}, or decide with --strategy current"
            raise PlaybookError(error.place, problem, cure) from None

    def trying(self, strategy: Strategy) -> Advisor:
        """The same advisor under a strategy that isn't in force: what it advises isn't recorded."""
        tried = self.under(strategy)
        return tried if tried is self else replace(tried, records=False)

    def history_flaws(self, as_of: datetime) -> tuple[Flaw, ...]:
        """What the history says against the strategy; goals are judged as of then."""
        return history_flaws(self._history(as_of), as_of, self.workers)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that judge deals."""
        return tuple(rule for rule in self.playbook.rules if rule.scope == "deal")

    @property
    def ledger(self) -> Ledger:
        actions = {rule.id: rule.action for rule in self.playbook.rules}
        return Ledger(self.store, self.locate, actions)

    def panels_of(self, history: History, found: Survey, scores: Mapping[str, Any]) -> Panels:
        """The scopes beyond the deal, where the playbook has rules for them."""
        scopes = {rule.scope for rule in self.playbook.rules}
        known: Sequence[Event] = ()
        if scopes & {"rep", "team"}:
            known = [*self.ledger.events(), *self._strategy_events()]
        return panels_beyond(history, found, scores, scopes, known, self.workers)

    def log(self, progress: Callable[[int], None] | None = None) -> Log:
        """The log, caught up with the store."""
        folder = LogFolder(self.log_folder, self.store.store_id)

        def read(after: int, limit: int) -> Sequence[RawEvent]:
            rows = self.store.read_raw(after, limit)
            return [RawEvent(raw.position, raw.kind, raw.state) for raw in rows]

        return folder.catch_up(read, self.store.position_of, self.store.head().position, progress)

    def locate(self, deal: str) -> tuple[str, str]:
        """The CRM and the CRM's own id of a deal. Raises UnknownDeal."""
        crm, slash, subject = deal.partition("/")
        places = [(DEFAULT_CRM, deal), (crm, subject)] if slash else [(DEFAULT_CRM, deal)]
        for place in places:
            if self.store.stream("deal", *place):
                return place
        raise UnknownDeal(deal, "no such deal in the store", "see 'advise' for the ids in use")

    def _checkpoints(self, first: date | None, last: date | None, every: Every) -> Any:
        log = self.log()
        moments = checkpoints(
            first or _start_of(log, self.store).date(),
            last or _end_of(log, self.store).date(),
            every,
            self.playbook.strategy.calendar.timezone,
        )
        if not len(moments):
            problem = f"no {every} begins in this period"
            raise BadInput("--from/--to", problem, "widen it or use --every day")
        return moments

    def _replay(self, moments: Any) -> Replay:
        rules = self.playbook.rules
        needed = {name for rule in rules for name in rule.needs}
        until = int(moments[-1])
        history = bind(self.log(), self.playbook.strategy, until, self.workers, needed)
        models = learn(history, refit_cuts(moments, REFIT_DAYS), self.workers)
        return replay(history, moments, rules, models, self.workers, self.panels_of)

    def _history(self, until: datetime) -> History:
        return bind(self.log(), self.playbook.strategy, int(until.timestamp()), self.workers)

    @contextmanager
    def _engines(
        self, history: History, rules: Sequence[Rule], scopes: set[Scope]
    ) -> Iterator[Mapping[Scope, LiveEngine]]:
        """An engine for the rules of deals, and one for those of each of `scopes`."""
        with ExitStack() as opened:
            engines: dict[Scope, LiveEngine] = {}
            for scope in ("deal", *sorted(scopes)):
                own = [rule for rule in rules if rule.scope == scope]
                columns = columns_in(scope, history.signal_names)
                engines[scope] = open_live_engine(compile_rules(own, columns))
                opened.callback(engines[scope].close)
                if note := engines[scope].note:
                    self.tell(note)
            yield engines

    def _strategy_events(self) -> list[Event]:
        stream = self.store.stream("strategy", DEFAULT_CRM, self.playbook.name)
        return [stored.event for stored in stream]

    def _profile(self, crm: str, subject: str) -> list[Stored]:
        """The profiles of every account that the deal was ever said to belong to."""
        accounts: dict[str, None] = {}
        for stored in self.store.stream("deal", crm, subject):
            match stored.event:
                case Opened(account=str(account)):
                    accounts[account] = None
                case Corrected(fact={"account": str(account)}):
                    accounts[account] = None
                case _:
                    pass
        return [one for account in accounts for one in self.store.stream("account", crm, account)]


def reference_at(history: History, moment: int) -> Reference:
    """What the whole history says as of `moment` (epoch seconds)."""
    found = survey(history, np.array([moment], np.int64))
    return reference_of(found, 0)


def _start_of(log: Log, store: Store) -> datetime:
    if not log.row_count:
        raise BadInput(store.place, "the store holds no deal", "import a history first")
    return datetime.fromtimestamp(int(log.columns["occurred_us"].min()) // 1_000_000, UTC)


def _end_of(log: Log, store: Store) -> datetime:
    _start_of(log, store)
    # Not the newest occurrence: a typing error in a date would put the end years ahead.
    newest = int(log.columns["recorded_us"].max())
    return datetime.fromtimestamp(newest // 1_000_000 + 1, UTC)
