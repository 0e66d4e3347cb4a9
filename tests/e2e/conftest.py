"""A small history in a store, made once and copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.running import run

STORE = "salesadvisor.sqlite"


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture(scope="session")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with sample/history.csv and a store that holds it."""
    folder = tmp_path_factory.mktemp("imported")
    run("sample", "--out", str(folder / "sample"), "--deals", "80").succeeded()
    history, store = folder / "sample" / "history.csv", folder / STORE
    run("--store", str(store), "import", str(history)).succeeded()
    return folder


@pytest.fixture
def there(imported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it as the working directory."""
    folder = tmp_path / "there"
    shutil.copytree(imported, folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    folder = tmp_path / "nowhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def content_of() -> Callable[[Path], dict[str, bytes]]:
    """The bytes of every file below a folder, but SQLite's own side files."""

    def content(folder: Path) -> dict[str, bytes]:
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.name.endswith(("-wal", "-shm"))
        }

    return content
