"""Do the figures of the bench stand under each other, each with its unit?"""

from __future__ import annotations

from salesadvisor.cli.bench_text import bench_page
from tests.benches import a_bench


def lines() -> list[str]:
    return bench_page(a_bench()).text(100).splitlines()


def line(start: str) -> list[str]:
    """The cells of the line that begins so."""
    (found,) = [one for one in lines() if one.strip().startswith(start)]
    return found.strip().removeprefix(start).split()


def test_each_history_has_its_column_of_figures() -> None:
    assert line("1,000,000 events") == ["100,000", "events"]
    assert line("import, rows/s") == ["250,000", "25,000"]
    assert line("weekly replay of deals, M events/s") == ["2.00", "0.20"]
    assert line("weekly replay of all scopes, M events/s") == ["0.67", "0.07"]
    assert line("rows of scope goal") == ["7,000", "7,000"]
    assert line("panel, goal") == ["0.700", "/", "0.700"] * 2


def test_both_replays_say_how_many_scans_they_take() -> None:
    assert [one.split()[-2:] for one in lines() if "times the scan" in one] == [
        ["5.0", "5.0"],
        ["15.0", "15.0"],
    ]


def test_rules_in_bulk_stand_beside_what_is_promised_and_the_live_engine() -> None:
    assert line("50 rules over 40 signals in bulk, M rows/s") == ["8.00"]
    assert line("promised, M rows/s") == ["2.00"]
    assert line("durable_rules, row by row, rows/s") == ["1,000"]
    assert line("rows on which both fire the same rules") == ["2,000", "of", "2,000"]


def test_figures_of_a_table_end_in_the_same_column() -> None:
    first, *rest = " \n".join(lines()).split("\n \n")
    assert first.startswith("2 cores, 2 workers; best of 2")
    assert len(rest) == 2
    for table in rest:
        assert len({len(one.rstrip()) for one in table.splitlines()}) == 1
