"""Which tests can run on this machine, and how hypothesis looks for counter-examples."""

from pathlib import Path

import pytest
from hypothesis import settings

from salesadvisor.settings import keep_kernels

# Before anything imports numba, which reads once where kernels are kept between runs.
keep_kernels()

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


@pytest.fixture(scope="session")
def sample_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small clinical-research history, as a native event file."""
    from salesadvisor.sources.sample import SampleSpec, write_sample

    folder = tmp_path_factory.mktemp("sample")
    return write_sample(SampleSpec(deals=60, accounts=15, reps=3, months=14), folder).events


@pytest.fixture(scope="session")
def sample_store(sample_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that holds the sample, with its log. Whoever writes to it takes a copy."""
    from salesadvisor.settings import Settings, now, open_advisor

    folder = tmp_path_factory.mktemp("store")
    chosen = Settings(str(folder / "s.sqlite"))
    with open_advisor(chosen, create=True) as advisor:
        advisor.import_file(
            sample_file, format="auto", mapping=None, rejects_in=folder, learned_at=now()
        )
        advisor.log()
    return chosen.store_path
