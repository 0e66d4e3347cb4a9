"""How do all open deals stand at a moment, and what came in before it? Columns, not deals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from salesadvisor.domain.history import NO_REF
from salesadvisor.domain.signals import SIGNAL_INDEX, UNKNOWN
from salesadvisor.domain.state import DAY
from salesadvisor.log.columns import known_us
from salesadvisor.log.passes import History, Panel, Survey, panels, survey

WEEKS_BACK = 13
_MICRO = 1_000_000


@dataclass(frozen=True)
class Standing:
    """The signals of every deal open at `moment` (epoch seconds): `block[signal, row]`.

    `deal` and `owner` are the log's codes by row. `column` gives one signal; an attribute that the
    strategy doesn't declare is unknown throughout.
    """

    moment: int
    block: Any
    deal: Any
    owner: Any
    attribute_columns: Mapping[str, int]

    @property
    def count(self) -> int:
        return int(self.block.shape[1])

    @property
    def everyone(self) -> Any:
        """True for each deal."""
        return np.ones(self.count, np.bool_)

    def column(self, signal: str) -> Any:
        return self.block[SIGNAL_INDEX[signal]]

    def attribute(self, name: str) -> Any:
        """The codes or numbers of a declared attribute."""
        column = self.attribute_columns.get(name)
        return np.full(self.count, UNKNOWN) if column is None else self.block[column]

    def known(self, signal: str) -> Any:
        return self.column(signal) != UNKNOWN

    def at_stages(self, wanted: Any) -> Any:
        """Whether each deal is at a stage for which `wanted[stage]` is not 0."""
        stage = self.column("stage")
        table = np.append(np.asarray(wanted) != 0, False)  # the last entry: no stage
        return table[np.where(stage == UNKNOWN, len(table) - 1, stage)]


@dataclass(frozen=True)
class Flow:
    """Rows of the log as they were first recorded: what came in, and when it became known.

    `code` and `value` are the strategy's, `who` the log's. Corrections are left out, so an event
    that was put right later counts as it came.
    """

    kind: Any
    deal: Any
    known: Any
    code: Any
    value: Any
    who: Any

    def of(self, *kinds: int) -> Flow:
        """Only the rows of these kinds."""
        return self._where(np.isin(self.kind, kinds))

    def within(self, after: int, until: int) -> Flow:
        """Only what became known from `after` to before `until`."""
        return self._where((self.known >= after) & (self.known < until))

    def has(self, *kinds: int) -> bool:
        """Whether anything of these kinds was ever recorded."""
        return bool(np.isin(self.kind, kinds).any())

    def first_of_each(self, *columns: str) -> Flow:
        """The earliest row for each combination of values; unknown values are left out."""
        keys = np.stack([getattr(self, column) for column in columns])
        order = np.argsort(self.known, kind="stable")
        order = order[(keys[:, order] >= 0).all(axis=0)]
        firsts = np.unique(keys[:, order], axis=1, return_index=True)[1]
        return self._where(np.sort(order[firsts]))

    def __len__(self) -> int:
        return len(self.kind)

    def _where(self, chosen: Any) -> Flow:
        return Flow(**{item.name: getattr(self, item.name)[chosen] for item in fields(self)})


def standings(
    history: History, moments: list[int], workers: int = 1
) -> tuple[list[Standing], Survey]:
    """The open deals at each of `moments` (ascending), and the survey at those moments."""
    found = survey(history, np.array(moments, np.int64), workers)

    def read(panel: Panel) -> tuple[Any, Any]:
        codes = np.stack((panel.time, panel.deal, panel.owner))
        return panel.block[:, : panel.count].copy(), codes[:, : panel.count].copy()

    parts = list(panels(history, found, read, workers))
    nothing = np.empty((len(history.signal_names), 0), np.int64)
    block = np.concatenate([nothing, *(part[0] for part in parts)], axis=1)
    time, deal, owner = np.concatenate([nothing[:3], *(part[1] for part in parts)], axis=1)
    columns = {name: len(SIGNAL_INDEX) + slot for slot, name in enumerate(history.attributes)}
    return [
        Standing(moment, block[:, here], deal[here], owner[here], columns)
        for place, moment in enumerate(moments)
        for here in [time == place]
    ], found


def flow_of(history: History, until: int) -> Flow:
    """What the log holds that was known before `until`."""
    columns = history.log.columns
    known = known_us(columns["recorded_us"], columns["occurred_us"]) // _MICRO
    chosen = (columns["ref"] == NO_REF) & (known < until)
    return Flow(
        kind=columns["kind"][chosen],
        deal=columns["deal"][chosen],
        known=known[chosen],
        code=history.rows["code"][chosen],
        value=history.rows["value"][chosen],
        who=columns["who"][chosen],
    )


def earlier(moment: int) -> int:
    """The moment with which trends compare."""
    return moment - WEEKS_BACK * 7 * DAY


def has_recording_times(history: History) -> bool:
    """Whether any event was recorded at another time than it happened."""
    columns = history.log.columns
    return bool((columns["recorded_us"] != columns["occurred_us"]).any())


def known_closes(closes: Any, moment: int) -> Any:
    """The closings that count as of `moment`."""
    return closes[(closes["known_from"] < moment) & (closes["known_until"] >= moment)]


def latest_close_of_each_deal(closes: Any) -> Any:
    """Of several cycles of a deal only the last."""
    order = np.lexsort((closes["known_from"], closes["cycle"], closes["deal"]))
    closes = closes[order]
    is_last = np.append(closes["deal"][1:] != closes["deal"][:-1], True)
    return closes[is_last[: len(closes)]]
