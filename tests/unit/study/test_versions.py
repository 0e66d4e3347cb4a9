"""Which strategy was in force when, and is each publication one version?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.builders import TEAM, day, happened, moment, team

from salesadvisor.errors import BadInput
from salesadvisor.playbook.playbook import find_playbook, load_playbook, load_strategy
from salesadvisor.store import Store
from salesadvisor.study.versions import (
    every_version,
    in_force,
    named,
    publish,
    published,
    runs,
    strategy_named,
)

SHORT = team(horizon_days=30)
LONG = team(horizon_days=300)


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.open("sqlite:///:memory:") as opened_store:
        yield opened_store


def hashes(store: Store) -> list[str]:
    return [one.content_hash for one in published(store, "team")]


def test_a_published_strategy_reads_back_as_it_was(store: Store) -> None:
    shipped = load_playbook(find_playbook("clinical_research")).strategy
    assert publish(store, shipped, day(3), "spring")
    (version,) = published(store, shipped.name)
    assert version.strategy == shipped
    assert version.strategy.content_hash == version.content_hash == shipped.content_hash
    assert (version.since, version.label) == (day(3), "spring")


def test_what_is_in_force_is_not_published_again(store: Store) -> None:
    assert publish(store, TEAM, day(1))
    assert not publish(store, TEAM, day(1))
    assert not publish(store, TEAM, day(9))
    assert hashes(store) == [TEAM.content_hash]


def test_going_back_to_an_earlier_strategy_is_a_version_of_its_own(store: Store) -> None:
    for at, strategy in ((1, TEAM), (2, SHORT), (3, TEAM), (4, SHORT), (5, TEAM)):
        assert publish(store, strategy, day(at))
    assert hashes(store) == [one.content_hash for one in (TEAM, SHORT, TEAM, SHORT, TEAM)]
    assert store.head().events == 5


def test_a_version_of_the_past_takes_its_place_in_time(store: Store) -> None:
    publish(store, SHORT, day(10))
    assert publish(store, TEAM, day(2))
    assert hashes(store) == [TEAM.content_hash, SHORT.content_hash]


def test_a_version_is_in_force_from_its_moment_until_the_next(store: Store) -> None:
    publish(store, TEAM, day(2))
    publish(store, SHORT, day(10))
    versions = published(store, "team")

    def then(at: float) -> str | None:
        found = in_force(versions, day(at))
        return found.content_hash if found else None

    assert then(1.99) is None
    assert [then(2), then(9.99)] == [TEAM.content_hash] * 2
    assert [then(10), then(99)] == [SHORT.content_hash] * 2


def test_moments_are_run_by_the_strategy_in_force(store: Store) -> None:
    publish(store, TEAM, day(2))
    publish(store, SHORT, day(4))
    moments = [moment(number) for number in range(6)]
    found = runs(published(store, "team"), moments, LONG.content_hash)
    assert [one.version and one.version.content_hash for one in found] == [
        None, TEAM.content_hash, SHORT.content_hash,
    ]  # fmt: skip
    assert [len(one.moments) for one in found] == [2, 2, 2]
    assert [at for one in found for at in one.moments] == moments


def test_a_first_version_of_the_playbooks_own_content_goes_on_with_it(store: Store) -> None:
    publish(store, TEAM, day(2))
    (one,) = runs(published(store, "team"), [moment(1), moment(3)], TEAM.content_hash)
    assert one.moments == (moment(1), moment(3))
    assert one.version is not None


def test_strategies_of_another_name_are_other_strategies(store: Store) -> None:
    publish(store, TEAM, day(1))
    publish(store, team(name="other", horizon_days=30), day(2))
    assert hashes(store) == [TEAM.content_hash]
    assert {one.name for one in every_version(store)} == {"team", "other"}


def test_a_publication_without_content_is_no_version(store: Store) -> None:
    event = happened("strategy_published", 1, deal="team", strategy_hash="abc")
    store.append([event], learned_at=day(1))
    assert published(store, "team") == ()


def test_a_version_that_cannot_be_read_any_more_says_so_only_when_it_is_needed(
    store: Store,
) -> None:
    content = {"name": "team", "currency": "dollars"}
    event = happened(
        "strategy_published", 1, deal="team", strategy_hash="abcd1234", content=content
    )
    store.append([event], learned_at=day(1))
    publish(store, TEAM, day(2))
    old, new = published(store, "team")
    assert new.strategy == TEAM
    with pytest.raises(BadInput, match=r"strategy team abcd1234: can't be read: currency"):
        _ = old.strategy


def test_a_version_is_named_by_the_beginning_of_its_hash(store: Store) -> None:
    publish(store, TEAM, day(1))
    versions = published(store, "team")
    found = named(versions, TEAM.content_hash[:6])
    assert found is not None
    assert found.strategy == TEAM
    assert named(versions, TEAM.content_hash[:3]) is None
    assert named(versions, "ffffffffffff") is None


def test_a_beginning_of_several_hashes_is_refused(store: Store) -> None:
    for number, name in enumerate(("aaaa1", "aaaa2")):
        event = happened(
            "strategy_published", number, deal="team", strategy_hash=name, content={"name": "x"}
        )
        store.append([event], learned_at=day(9) + timedelta(days=number))
    with pytest.raises(BadInput, match="beginning of several versions: aaaa1, aaaa2"):
        named(published(store, "team"), "aaaa")


def test_a_strategy_is_named_by_playbook_file_or_hash(store: Store, tmp_path: Path) -> None:
    publish(store, TEAM, day(1))
    shipped = find_playbook("generic_b2b")

    def find(text: str) -> str:
        return strategy_named(text, lambda: every_version(store)).content_hash

    generic = load_strategy(shipped / "strategy.yaml").content_hash
    assert find("generic_b2b") == find(str(shipped)) == find(str(shipped / "strategy.yaml"))
    assert find("generic_b2b") == generic
    assert find(TEAM.content_hash) == TEAM.content_hash
    with pytest.raises(BadInput, match="no published version; did you mean 'generic_b2b'"):
        find("generic-b2b")
    with pytest.raises(BadInput, match=r"holds no strategy\.yaml"):
        find(str(tmp_path))
