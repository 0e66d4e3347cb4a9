"""Does the code still have the shape that docs/architecture.md promises?"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from importlinter.api import read_configuration
from importlinter.cli import lint_imports

from tests.architecture import bans
from tests.architecture.bans import Finding

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "salesadvisor"
CONFIGURATION = str(ROOT / "pyproject.toml")
DETERMINISTIC = ("domain", "engine", "log", "model", "playbook", "store", "study")
HEAVY = ("eventsourcing", "numba", "plotly", "polars", "pyarrow", "scipy", "sklearn")


def modules(*rooms: str) -> list[Path]:
    """The package's modules; of these rooms only, if any is named."""
    files = sorted(PACKAGE.rglob("*.py"))
    return [f for f in files if not rooms or f.relative_to(PACKAGE).parts[0] in rooms]


def findings(files: list[Path], find: Callable[[str], list[Finding]]) -> list[str]:
    return [
        f"{file.relative_to(ROOT)}:{finding.line}: {finding.what}"
        for file in files
        for finding in find(file.read_text(encoding="utf-8"))
    ]


def test_imports_keep_every_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert lint_imports(config_filename=CONFIGURATION, no_cache=True, no_logo=True) == 0


def test_every_room_stands_in_the_layers_and_no_import_is_excused() -> None:
    contracts = read_configuration(CONFIGURATION)["contracts_options"]
    layers = next(contract for contract in contracts if contract["id"] == "layers")
    assert layers["exhaustive"] == "True"
    excuses = {"ignore_imports", "exhaustive_ignores", "skip_descendants"}
    assert [c["id"] for c in contracts if excuses & c.keys()] == []


@pytest.mark.parametrize("module", ["salesadvisor", "salesadvisor.cli"])
def test_starting_loads_no_heavy_library(module: str) -> None:
    script = f"import sys, {module}; print(*sorted(set(sys.modules) & set({HEAVY!r})))"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.split() == []


def test_no_module_runs_what_it_reads() -> None:
    found = findings(modules(), lambda source: bans.uses_of(source, bans.RUNS_WHAT_IT_READS))
    found += findings(modules(), bans.unsafe_yaml_loads)
    found += findings(modules(), bans.pickled_arrays)
    assert found == []


def test_no_module_catches_everything() -> None:
    assert findings(modules(), bans.catch_alls) == []


def test_only_settings_reads_the_clock_and_the_environment() -> None:
    others = [file for file in modules() if file != PACKAGE / "settings.py"]
    banned = bans.CLOCK_AND_ENVIRONMENT
    assert findings(others, lambda source: bans.uses_of(source, banned)) == []


def test_nothing_on_the_deterministic_path_is_left_to_chance() -> None:
    rooms = modules(*DETERMINISTIC)
    found = findings(rooms, lambda source: bans.uses_of(source, bans.RANDOMNESS))
    assert found + findings(rooms, bans.unseeded_numpy) == []


def test_the_domain_knows_only_the_standard_library_and_pydantic() -> None:
    def strangers(source: str) -> list[Finding]:
        return [f for f in bans.top_level_imports(source) if not is_known_to_the_domain(f.what)]

    assert findings(modules("domain"), strangers) == []


def is_known_to_the_domain(module: str) -> bool:
    root, *inner = module.split(".")
    if root == "salesadvisor":
        return inner[:1] in (["domain"], ["errors"])
    return root == "pydantic" or root in sys.stdlib_module_names
