"""How does a file come to be whole or not at all? Written beside its place and renamed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from salesadvisor.errors import ReportError


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A place to write to, which becomes `path` when the block ends well and is gone otherwise.

    Raises ReportError if it can't be written there.
    """
    part = path.with_name(f".{path.name}.part")
    done = False
    try:
        if path.is_dir():
            raise ReportError(str(path), "is a directory", "name a file in it")
        yield part
        part.replace(path)
        done = True
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise ReportError(str(path), f"can't be written: {why}", "name another place") from error
    finally:
        if not done:
            _forget(part)


def _forget(part: Path) -> None:
    if part.is_file():
        part.unlink()
