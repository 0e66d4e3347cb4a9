"""How does the program start and end, as a process?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from salesadvisor import cli
from salesadvisor.cli import history
from salesadvisor.engine import live
from tests.e2e.running import run

COMMAND = [sys.executable, "-c", "from salesadvisor.cli import main; main()"]
QUICK_SECONDS = 1.0


def started(*arguments: str, stdout: int = subprocess.PIPE) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *arguments], stdout=stdout, stderr=subprocess.PIPE, text=True
    )


def test_help_starts_at_once_and_needs_no_store(nowhere: Path) -> None:
    took = []
    for _ in range(3):
        began = time.perf_counter()
        program = started("--help")
        out, _ = program.communicate()
        took.append(time.perf_counter() - began)
        assert program.returncode == 0
        assert "advise" in out
    assert min(took) < QUICK_SECONDS


def test_a_command_without_a_command_shows_the_help(nowhere: Path) -> None:
    program = started()
    out, _ = program.communicate()
    assert out.startswith("Usage: salesadvisor")
    assert program.returncode == 0


def test_a_reader_that_goes_away_ends_it_without_a_word(nowhere: Path) -> None:
    reading, writing = os.pipe()
    program = started("rules", "list", stdout=writing)
    os.close(writing)
    os.close(reading)
    _, err = program.communicate()
    assert (program.returncode, err) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_an_answer_that_finds_no_room_is_told_in_one_line(nowhere: Path) -> None:
    with Path("/dev/full").open("w") as full:
        program = started("rules", "list", stdout=full.fileno())
        _, err = program.communicate()
    assert program.returncode == 2
    assert err.splitlines() == [
        "error: standard output: can't be written: no space left on device; make room"
    ]


def test_an_interruption_is_one_line_and_a_status_of_its_own(nowhere: Path) -> None:
    program = started("sample", "--events", "3000000")
    time.sleep(1.5)
    program.send_signal(signal.SIGINT)
    _, err = program.communicate()
    assert program.returncode == 130
    assert err.splitlines() == ["error: interrupted; what was stored stays, run it again to go on"]


def test_a_bug_is_a_fault_and_never_the_answer_no(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(history, "writing_to", broken)
    with pytest.raises(SystemExit) as ended:
        cli.main(["sample"])
    err = capsys.readouterr().err
    assert ended.value.code == 3
    assert "Traceback" in err
    assert err.splitlines()[-1] == (
        "error: salesadvisor: ZeroDivisionError: by nothing; report it as a bug, with this line"
    )


def test_what_stands_in_for_durable_rules_is_told_once_beside_the_answer(
    there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = run("--json", "advise")
    monkeypatch.setattr(live, "durable_rules_engine", None)
    told = run("--json", "advise")
    assert [note.startswith("note: durable_rules can't be imported") for note in told.notes] == [
        True
    ]
    assert told.document["recommendations"] == usual.document["recommendations"]
    quiet = run("--quiet", "advise")
    assert (quiet.err, quiet.notes) == ("", ())
    assert len(run("rules", "test").notes) == 1
