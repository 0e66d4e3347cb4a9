"""A bench with round figures, for tests of what is made of them."""

from __future__ import annotations

from salesadvisor.study.bench.figures import (
    AllScopesFigures,
    Bench,
    ImportFigures,
    LiveFigures,
    LiveMatch,
    MatchFigures,
    ReplayFigures,
    StartFigures,
    Timing,
)


def a_bench() -> Bench:
    """Of 1,000,000 and 100,000 events; replays take 5 scans, those of all scopes 15."""
    sizes = (1_000_000, 100_000)
    return Bench(
        cores=2,
        workers=2,
        imports=tuple(an_import(events) for events in sizes),
        replays=tuple(a_replay(events) for events in sizes),
        all_scopes=tuple(of_all_scopes() for _ in sizes),
        matching=MatchFigures(
            rows=1_000_000, signals=40, rules=50, boxes=104, leaves=384, promised=2_000_000,
            taken=Timing((0.25, 0.125)), live=LiveMatch(2_000, 2.0, "durable_rules"),
        ),
        live=LiveFigures(300, 1_000_000, 5.0, 9.0, {"append": 4.0, "read": 1.0}, "durable_rules"),
        start=StartFigures(10.0, 20.0, 80.0),
    )  # fmt: skip


def an_import(events: int) -> ImportFigures:
    return ImportFigures(
        rows=events, events=events, seconds=4.0, raw_seconds=1.0, log_seconds=2.0, peak_mb=200.0
    )


def a_replay(events: int) -> ReplayFigures:
    return ReplayFigures(
        events=events, log_rows=2 * events, log_bytes=1, deals=1, checkpoints=100, panel_rows=5,
        candidates=3, rules=12, read_log=0.1, fit=2.0, scan=Timing((0.1, 0.2)),
        replay=Timing((1.0, 0.5)), parts={"bind": Timing((0.1,))}, before_mb=100.0, peak_mb=300.0,
        digest="0",
    )  # fmt: skip


def of_all_scopes() -> AllScopesFigures:
    return AllScopesFigures(
        rules=20, rows={"deal": 5, "goal": 7_000}, candidates=4, scan=Timing((0.1, 0.2)),
        replay=Timing((1.5, 2.0)), parts={"panel, goal": Timing((0.7,))}, peak_mb=400.0,
        digest="1",
    )  # fmt: skip
