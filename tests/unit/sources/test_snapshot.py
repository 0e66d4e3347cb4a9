"""Does a snapshot say of each deal only what was known at each time?"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from salesadvisor.domain.events import Lost, Opened, StageChanged, Won
from salesadvisor.errors import MappingError, SourceError
from tests.unit.sources.files import Outcome, read, write

HEADER = "id,seller,product,customer,state,start,end,value"
MAPPING = """
shape: snapshot
columns: {deal: id, opened: start, closed: end, outcome: state}
file: {timezone: UTC}
currency: USD
pipeline: {name: sales, stages: [new, engaged]}
clean:
  product: {GTXPro: GTX Pro}
  firms.sector: {technolgy: technology}
lookups:
  firms: {file: firms.csv, key: name, match: customer}
  products: {file: products.csv, key: product}
opened:
  stage: engaged
  owner: {column: seller}
  account: {column: customer}
  amount: {column: products.price, number: true}
attributes:
  product: product
  sector: firms.sector
  heads: {column: firms.heads, number: true}
never_a_feature: [value]
outcomes:
  Won: {event: won, amount: {column: value}}
  Lost: lost
  Engaging: open
"""
WON = "D1,Ann,GTXPro,Acme,Won,2026-01-05,2026-02-01,1054"


def snapshot(tmp_path: Path, *rows: str, mapping: str = MAPPING, header: str = HEADER) -> Outcome:
    write(tmp_path / "firms.csv", "name,sector,heads", "Acme,technolgy,2822", "Betasol,medical,")
    write(tmp_path / "products.csv", "product,price", "GTX Pro,4821", "MG,55")
    return read(
        write(tmp_path / "deals.csv", header, *rows), mapping=write(tmp_path / "m.yaml", mapping)
    )


def day(month: int, day_: int) -> datetime:
    return datetime(2026, month, day_, tzinfo=UTC)


def test_a_won_deal_opens_and_is_won(tmp_path: Path) -> None:
    opened, won = snapshot(tmp_path, WON).events
    assert isinstance(opened, Opened)
    assert (opened.stage, opened.owner, opened.account) == ("engaged", "Ann", "Acme")
    assert (opened.pipeline, opened.occurred_at) == ("sales", day(1, 5))
    assert isinstance(won, Won)
    assert (won.amount, won.currency, won.occurred_at) == (Decimal(1054), "USD", day(2, 1))


def test_what_the_end_told_is_not_known_at_the_opening(tmp_path: Path) -> None:
    opened, _ = snapshot(tmp_path, WON).events
    assert opened.amount == Decimal(4821)
    assert "1054" not in opened.model_dump_json()


def test_values_are_cleaned_before_they_are_looked_up(tmp_path: Path) -> None:
    opened, _ = snapshot(tmp_path, WON).events
    assert opened.attributes == {"product": "GTX Pro", "sector": "technology", "heads": 2822}


def test_what_is_empty_or_not_in_a_lookup_is_unknown(tmp_path: Path) -> None:
    outcome = snapshot(
        tmp_path,
        "D1,,MG,,Engaging,2026-01-05,,",
        "D2,Ann,Unheard,Betasol,Engaging,2026-01-05,,",
        "D3,Ann,MG,Stranger,Engaging,2026-01-05,,",
    )
    assert [event.attributes for event in outcome.events] == [
        {"product": "MG"}, {"product": "Unheard", "sector": "medical"}, {"product": "MG"}
    ]  # fmt: skip
    assert [event.account for event in outcome.events] == [None, "Betasol", "Stranger"]
    assert [event.amount for event in outcome.events] == [Decimal(55), None, Decimal(55)]


def test_a_deal_that_closed_on_its_first_day_still_opened_first(tmp_path: Path) -> None:
    outcome = snapshot(tmp_path, "D1,Ann,MG,Acme,Lost,2026-01-05,2026-01-05,0")
    assert outcome.kinds == ["opened", "lost"]
    assert outcome.events[0].occurred_at == outcome.events[1].occurred_at


def test_a_changed_outcome_keeps_its_id(tmp_path: Path) -> None:
    before = snapshot(tmp_path, WON).events
    after = snapshot(tmp_path, WON.replace("Won", "Lost")).events
    assert isinstance(after[1], Lost)
    assert (
        [e.source_id for e in before] == [e.source_id for e in after] == ["D1:opened", "D1:closed"]
    )


@pytest.mark.parametrize(
    "row, reason",
    [
        ("D2,Ann,MG,Acme,Won,,2026-02-01,5", "no opening date in 'start'"),
        ("D2,Ann,MG,Acme,Won,2026-01-05,,5", "'Won' without a date in 'end'"),
        ("D2,Ann,MG,Acme,Won,2026-01-05,2026-01-01,5", "closed 4 days before it opened"),
        (
            "D2,Ann,MG,Acme,Wonn,2026-01-05,2026-02-01,5",
            "unknown outcome 'Wonn'; declare it, or did",
        ),
        ("D2,Ann,MG,Acme,,2026-01-05,,", "unknown outcome ''"),
        ("D2,Ann,MG,Acme,Won,2026-13-05,2026-02-01,5", "start: '2026-13-05' is not a time"),
        ("D2,Ann,MG,Acme,Won,2026-01-05,2026-02-01,-5", "amount: input should be greater than"),
        (",Ann,MG,Acme,Won,2026-01-05,2026-02-01,5", "id: is empty"),
        ("D1,Bob,MG,Acme,Won,2026-01-05,2026-02-01,5", "deal 'D1' stands on line 2"),
        ("D2,Ann,MG", "has 3 columns, the header has 8"),
    ],
)
def test_a_row_that_is_no_deal_is_rejected_whole(tmp_path: Path, row: str, reason: str) -> None:
    outcome = snapshot(tmp_path, WON, row)
    assert reason in outcome.reasons[3]
    assert outcome.kinds == ["opened", "won"]


def test_a_copy_of_a_deal_is_collapsed(tmp_path: Path) -> None:
    assert snapshot(tmp_path, WON, WON).collapsed == {3: 2}


def test_the_stage_of_an_open_deal_is_known_from_when_it_was_entered(tmp_path: Path) -> None:
    mapping = """
shape: snapshot
columns:
  {deal: id, opened: start, closed: end, outcome: state,
   stage: stage, stage_entered: since, recorded: seen}
file: {timezone: UTC}
pipeline: {name: sales, stages: [new, engaged]}
outcomes: {Won: won, "": open}
"""
    rows = [
        "D1,,2026-01-05,,engaged,2026-01-20,2026-01-21",
        "D2,Won,2026-01-05,2026-02-01,engaged,2026-01-20,2026-02-03",
    ]
    header = "id,state,start,end,stage,since,seen"
    outcome = snapshot(tmp_path, *rows, mapping=mapping, header=header)
    assert outcome.kinds == ["opened", "stage_changed", "opened", "won"]
    moved, won = outcome.events[1], outcome.events[3]
    assert isinstance(moved, StageChanged)
    assert (moved.to, moved.occurred_at, moved.recorded_at) == ("engaged", day(1, 20), day(1, 21))
    assert (won.occurred_at, won.recorded_at) == (day(2, 1), day(2, 3))


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("file: firms.csv", "file: frms.csv", "can't be read: no such file"),
        ("file: firms.csv", "file: ../firms.csv", "m.yaml:11: is not beside the data"),
        ("key: name", "key: nam", "m.yaml:11: no column 'nam' in firms.csv; did you mean 'name'?"),
        ("match: customer", "match: custmer", "m.yaml:11: no column 'custmer' in deals.csv"),
        ("firms.sector\n", "firms.sectr\n", "m.yaml:20: the lookup 'firms' has no column 'sectr'"),
        ("column: seller", "column: sellr", "m.yaml:15: no column 'sellr' in deals.csv; did you"),
    ],
)
def test_a_lookup_that_does_not_fit_is_refused_at_once(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in MAPPING
    with pytest.raises((MappingError, SourceError)) as error:
        snapshot(tmp_path, WON, mapping=MAPPING.replace(old, new, 1))
    assert message in str(error.value)


def test_a_lookup_with_a_key_twice_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "more.csv", "name,x", "Acme,1", "Acme,2")
    mapping = MAPPING.replace(
        "lookups:", "lookups:\n  more: {file: more.csv, key: name, match: id}"
    )
    with pytest.raises(SourceError, match=r"more.csv:3: 'Acme' stands twice"):
        snapshot(tmp_path, WON, mapping=mapping)
