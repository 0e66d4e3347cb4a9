"""Which tests can run on this machine, and how hypothesis looks for counter-examples."""

from pathlib import Path

import pytest
from hypothesis import settings

# Compiling a kernel in the first example takes longer than any deadline worth having.
settings.register_profile("salesadvisor", deadline=None, print_blob=True)
settings.load_profile("salesadvisor")


def shared_data(config: pytest.Config) -> Path:
    return config.rootpath.parent / "shared" / "data"


def pytest_report_header(config: pytest.Config) -> str | None:
    if shared_data(config).is_dir():
        return None
    return "real data: ../shared/data is not there, so tests marked 'shared' are left out"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if shared_data(config).is_dir():
        return
    needing_data = [item for item in items if item.get_closest_marker("shared")]
    items[:] = [item for item in items if item not in needing_data]
    if needing_data:
        config.hook.pytest_deselected(items=needing_data)
