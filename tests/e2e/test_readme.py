"""Does the session of the README still go as it says?"""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import pytest

from tests.e2e.running import run

README = Path(__file__).parents[2] / "README.md"
PROMPT = "$ salesadvisor "


def steps() -> list[tuple[str, str]]:
    """Every command of the README's sessions with what it is said to answer."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL):
        for step in re.split(r"^(?=\$ )", block, flags=re.MULTILINE)[1:]:
            command, _, answer = step.partition("\n")
            found.append((command, answer))
    return found


def test_the_session_goes_line_by_line_as_written(nowhere: Path) -> None:
    assert len(steps()) >= 8
    for command, answer in steps():
        assert command.startswith(PROMPT)
        told = run(*shlex.split(command.removeprefix(PROMPT))).succeeded().out
        said = "\n".join(line.rstrip() for line in answer.rstrip().splitlines())
        same = doctest.OutputChecker().check_output(said + "\n", told, doctest.ELLIPSIS)
        assert same, f"{command}\n--- the README says\n{said}\n--- it answered\n{told}"


@pytest.mark.parametrize("name", ["README.md", "docs/rules.md", "docs/operations.md"])
def test_every_link_leads_somewhere(name: str) -> None:
    page = README.parent / name
    for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        assert "://" in target or (page.parent / target).exists(), target
