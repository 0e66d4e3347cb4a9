"""How does a replay leave the program? As two tables, Parquet or CSV by the suffix of their name.

Probabilities are fractions of 1 with four decimals, money is in the strategy's currency, times are
UTC. A table is written a chunk at a time, whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv, parquet

from salesadvisor.domain.advice import (
    ALREADY_OPEN,
    COOLING_DOWN,
    SHOWN,
    VERDICTS,
    recommendation_id,
)
from salesadvisor.domain.events import minor_units
from salesadvisor.domain.state import DAY, UNKNOWN
from salesadvisor.errors import ReportError
from salesadvisor.study.candidates import rule_terms
from salesadvisor.study.replay import Replay
from salesadvisor.study.subjects import columns_of, manager_of
from salesadvisor.targets.whole_file import whole_file

CHUNK_ROWS = 100_000
SUFFIXES = (".parquet", ".csv")
_FRACTION = pa.decimal128(5, 4)
_FACTOR = pa.decimal128(7, 3)
_MOMENT = pa.timestamp("s", "UTC")


def check_place(option: str, path: Path) -> None:
    """Raises ReportError, before a long replay, if its table can't be written there."""
    if path.suffix not in SUFFIXES:
        raise ReportError(option, f"'{path}' is neither .parquet nor .csv", "name it so")
    if path.is_dir():
        raise ReportError(option, f"'{path}' is a directory", "name a file in it")
    if not path.parent.is_dir():
        raise ReportError(option, f"there is no folder '{path.parent}'", "make it first")


def write_scores(replay: Replay, path: Path) -> int:
    """Every open deal at every checkpoint, by deal and time; returns how many rows.

    Columns: deal_id, as_of, win_probability, low, high (80 % interval), horizon_days, model (its
    kind and the day until which it had learned).
    """
    columns = _Columns.of(replay)
    models = replay.schedule.models
    named = pa.array([f"{one.kind}@{_day(one.trained_until)}" for one in models])
    horizons = np.array([one.horizon_days for one in models], np.int32)
    scores = replay.scores

    def chunk(part: slice) -> dict[str, Any]:
        model = scores["model"][part]
        return {
            "deal_id": columns.deal(scores["deal"][part]),
            "as_of": columns.moment(scores["time"][part]),
            "win_probability": _scaled(scores["p_bp"][part], _FRACTION),
            "low": _scaled(scores["low_bp"][part], _FRACTION),
            "high": _scaled(scores["high_bp"][part], _FRACTION),
            "horizon_days": pa.array(horizons[model]),
            "model": _worded(model, named),
        }

    return _write(path, len(scores["deal"]), chunk)


def write_recommendations(replay: Replay, path: Path) -> int:
    """Every candidate at every checkpoint with its verdict, by time and deal; returns how many.

    Columns: recommendation_id, as_of, deal_id, owner, rule, element, verdict, priority,
    win_probability, chance, stake, urgency, weight, cost, expires, scope, subject. priority =
    chance x stake x weight x urgency - cost. `expires` is empty unless it is shown or still open;
    `deal_id` is empty and `win_probability` even for what is not about a deal.
    """
    columns = _Columns.of(replay)
    found, rules = replay.candidates, replay.rules
    deals = len(replay.subjects.deals)
    subjects = [*replay.subjects.deals, *(name for _, name in replay.subjects.others)]
    all_subjects = pa.array(subjects, pa.string())
    scopes = pa.array([rule.scope for rule in rules], pa.string())
    strategy = replay.history.strategy
    ids = pa.array([rule.id for rule in rules], pa.string())
    elements = pa.array([rule.element for rule in rules], pa.string())
    verdicts = pa.array(VERDICTS)
    terms = rule_terms(rules, strategy, _signal_columns(replay))
    expires = _expires(replay)
    name = lru_cache(maxsize=1 << 16)(recommendation_id)

    def chunk(part: slice) -> dict[str, Any]:
        rows, verdict = found[part], replay.verdict[part]
        again = np.isin(verdict, (ALREADY_OPEN, COOLING_DOWN))
        keys = zip(
            rows["subject"].tolist(), rows["rule"].tolist(), rows["cycle"].tolist(),
            rows["dedupe"].tolist(), (replay.rounds[part] - again).tolist(), strict=True,
        )  # fmt: skip
        named = [
            name(subjects[s], rules[r].id, c, key, n, rules[r].scope) for s, r, c, key, n in keys
        ]
        return {
            "recommendation_id": pa.array(named, pa.string()),
            "as_of": columns.moment(rows["time"]),
            "deal_id": columns.deal(_deals_only(rows["subject"], deals)),
            "owner": _worded(rows["rep"], columns.people),
            "rule": _worded(rows["rule"], ids),
            "element": _worded(rows["rule"], elements),
            "verdict": _worded(verdict, verdicts),
            "priority": columns.money(rows["priority"]),
            "win_probability": _scaled(rows["win_bp"], _FRACTION),
            "chance": _scaled(rows["chance_bp"], _FRACTION),
            "stake": columns.money(rows["stake"]),
            "urgency": _scaled(rows["urgency"], _FACTOR),
            "weight": _scaled(terms.weight_permille[rows["rule"]], _FACTOR),
            "cost": columns.money(terms.cost_minor[rows["rule"]]),
            "expires": _moments(expires[part]),
            "scope": _worded(rows["rule"], scopes),
            "subject": _worded(rows["subject"], all_subjects),
        }

    return _write(path, len(found), chunk)


@dataclass(frozen=True)
class _Columns:
    """The words and the currency of a replay, ready for columns."""

    deals: Any
    people: Any
    checkpoints: Any
    money_type: Any

    @classmethod
    def of(cls, replay: Replay) -> _Columns:
        words = replay.history.log.words
        strategy = replay.history.strategy
        whole = minor_units(Decimal(1), strategy.currency)
        return cls(
            deals=pa.array(words.deals.words, pa.string()),
            people=pa.array([*words.names.words, manager_of(strategy)], pa.string()),
            checkpoints=replay.found.checkpoints,
            money_type=pa.decimal128(21, len(str(whole)) - 1),
        )

    def deal(self, codes: Any) -> Any:
        return _worded(codes, self.deals)

    def moment(self, times: Any) -> Any:
        return _moments(self.checkpoints[times])

    def money(self, minor: Any) -> Any:
        return _scaled(minor, self.money_type)


def _expires(replay: Replay) -> Any:
    """By candidate: when the advice lapses, counted from when it was shown; UNKNOWN elsewhere."""
    found, rules = replay.candidates, replay.rules
    shown = replay.verdict == SHOWN
    moments = replay.found.checkpoints[found["time"]]
    # Within a pair of subject and rule in order of time, so that the newest showing carries on.
    order = np.lexsort((found["time"], found["rule"], found["subject"]))
    newest = np.maximum.accumulate(np.where(shown[order], np.arange(len(order)), -1))
    shown_at = np.empty(len(found), np.int64)
    shown_at[order] = np.where(newest >= 0, moments[order][newest], UNKNOWN)
    spans = np.array([rule.expires_days * DAY for rule in rules], np.int64)
    lives = shown | (replay.verdict == ALREADY_OPEN)
    return np.where(lives, shown_at + spans[found["rule"]], UNKNOWN)


def _write(path: Path, count: int, chunk: Callable[[slice], dict[str, Any]]) -> int:
    # At least one chunk: an empty table has its columns, too.
    starts = range(0, max(count, 1), CHUNK_ROWS)
    tables = (pa.table(chunk(slice(at, at + CHUNK_ROWS))) for at in starts)
    with whole_file(path) as part:
        if path.suffix == ".csv":
            _write_csv(part, tables)
        else:
            _write_parquet(part, tables)
    return count


def _write_csv(part: Path, tables: Iterator[Any]) -> None:
    first = _for_csv(next(tables))
    with csv.CSVWriter(part, first.schema) as writer:
        writer.write_table(first)
        for table in tables:
            writer.write_table(_for_csv(table))


def _write_parquet(part: Path, tables: Iterator[Any]) -> None:
    first = _for_parquet(next(tables))
    with parquet.ParquetWriter(part, first.schema, compression="zstd") as writer:
        writer.write_table(first)
        for table in tables:
            writer.write_table(_for_parquet(table))


def _for_csv(table: Any) -> Any:
    """Words in full, times in ISO 8601."""
    columns = {}
    for name in table.column_names:
        column = table[name]
        if pa.types.is_timestamp(column.type):
            column = pc.strftime(column, format="%Y-%m-%dT%H:%M:%SZ")
        elif pa.types.is_dictionary(column.type):
            column = column.cast(pa.string())
        columns[name] = column
    return pa.table(columns)


def _for_parquet(table: Any) -> Any:
    """Fractions and factors as floating-point numbers, which every reader computes with.

    By way of text: a decimal's own cast multiplies by 0.0001 and misses the nearest number.
    """
    columns = {
        name: table[name].cast(pa.string()).cast(pa.float64())
        if table[name].type in (_FRACTION, _FACTOR)
        else table[name]
        for name in table.column_names
    }
    return pa.table(columns)


def _deals_only(subjects: Any, deals: int) -> Any:
    return np.where(subjects < deals, subjects, UNKNOWN)


def _worded(codes: Any, words: Any) -> Any:
    """Codes as the words they stand for; UNKNOWN is null."""
    codes = np.asarray(codes, np.int64)
    known = codes != UNKNOWN
    indices = pa.array(np.where(known, codes, 0).astype(np.int32), mask=~known)
    return pa.DictionaryArray.from_arrays(indices, words)


def _moments(seconds: Any) -> Any:
    return pa.array(seconds, pa.int64(), mask=seconds == UNKNOWN).cast(_MOMENT)


def _scaled(whole: Any, kind: Any) -> Any:
    """Integers as decimals: 4213 is 0.4213 with four decimals. Exact."""
    wide = np.empty((len(whole), 2), np.int64)
    wide[:, 0] = whole
    wide[:, 1] = wide[:, 0] >> 63  # the sign, in the upper half of 128 bits
    return pa.Decimal128Array.from_buffers(kind, len(whole), [None, pa.py_buffer(wide.tobytes())])


def _signal_columns(replay: Replay) -> dict[str, int]:
    return columns_of(replay.history.signal_names)


def _day(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).date().isoformat()
