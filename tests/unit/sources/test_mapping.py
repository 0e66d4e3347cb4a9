"""Is a wrong mapping refused with its line and a cure, before it reads anything?"""

from __future__ import annotations

from pathlib import Path

import pytest

from salesadvisor.errors import MappingError
from salesadvisor.sources import load_mapping
from tests.unit.sources.files import write
from tests.unit.sources.test_event_log import MAPPING as LOG
from tests.unit.sources.test_snapshot import MAPPING as SNAPSHOT

SHIPPED = sorted((Path(__file__).parents[3] / "mappings").glob("*.yaml"))


def message(tmp_path: Path, text: str) -> str:
    path = write(tmp_path / "m.yaml", text)
    with pytest.raises(MappingError) as error:
        load_mapping(path)
    return str(error.value).replace(f"{tmp_path}/", "")


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_the_shipped_mappings_are_right(path: Path) -> None:
    assert load_mapping(path).pipeline.stages


def test_there_are_shipped_mappings() -> None:
    assert [path.stem for path in SHIPPED] == ["bpic2012", "maven_crm"]


@pytest.mark.parametrize(
    "old, new, said",
    [
        ("shape: event_log", "shape: eventlog", "m.yaml:2: unknown shape 'eventlog'; did you mean"),
        ("shape: event_log", "crm: x", "m.yaml:2: 'shape' is missing; add 'shape: event_log'"),
        ("owner:", "ownr:", "m.yaml:5: ownr: unknown key 'ownr'; did you mean 'owner'?"),
        ("time: at", "tme: at", "m.yaml:3: columns.tme: unknown key 'tme'; did you mean 'time'?"),
        ("never: [machine]", "never: [112]", "owner.never.0: '112' is not a text"),
        ("[Ask, Offer]", "[Ask, Ofer]", "unknown activity 'Ofer'; did you mean 'Offer'?"),
        ("stages: [asked, offered, sent]", "stages: []", "m.yaml:4: pipeline.stages"),
        ("event: opened", "event: opend", "activities.Ask.0.event: unknown event 'opend'"),
        ("stage: asked", "stage: askd", "m.yaml:7: activities.Ask.stage: unknown stage 'askd'"),
        ("stage: asked", "stge: asked", "'opened' has no 'stge'; did you mean 'stage'?"),
        ("stage: asked", "amount: -4", "amount: input should be greater than or equal to 0"),
        ("stage: asked", "amount: {colum: x}", "m.yaml:7: activities.Ask.0.amount: column: field"),
        (", to: offered", "", "m.yaml:8: activities.Offer.0: 'to' is missing"),
        ("kind: call", "kind: fax", "m.yaml:10: activities.Call.0.kind: "),
        ("[Approve, Register]", "[Approve, Ask]", "m.yaml:14: together.0.activities: 'Ask' is"),
        ("[Approve, Register]", "[Approve]", "m.yaml:14: together.0.activities"),
        ("as: won", "as: wn", "m.yaml:16: together.0.as.0.event: unknown event 'wn'"),
        ("within_seconds: 5", "within_seconds: -5", "m.yaml:15: together.0.within_seconds"),
        ("owner:", "file: {timezone: Europe/Amsterdm}\nowner:", "m.yaml:5: file.timezone: unknown"),
        ("owner:", "file: {delimiter: x}\nowner:", "m.yaml:5: file.delimiter: unknown"),
        ("owner:", "file: {time_format: '%Q'}\nowner:", "m.yaml:5: file.time_format: "),
        ("owner:", "file: {time_format: '%H:%M'}\nowner:", "'%H:%M' names no day"),
        ("owner:", "file: {encoding: utf-16}\nowner:", "m.yaml:5: file.encoding: unknown value"),
        ("Read: ignore", "Read: !!python/name:os.system x", "m.yaml:11: uses the tag"),
        ("Read: ignore", "Read: []", "m.yaml:11: activities.Read: says no event; write what"),
        ("Read: ignore", "Read: &a ignore", "m.yaml:11: uses an anchor or alias"),
        ("Read: ignore", "Ask: ignore", "m.yaml:11: duplicate key 'Ask'"),
    ],
)  # fmt: skip
def test_an_event_log_mapping_that_is_wrong_says_where(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert old in LOG
    assert said in message(tmp_path, LOG.replace(old, new, 1))


@pytest.mark.parametrize(
    "old, new, said",
    [
        ("[value]", "[value, product]", "m.yaml:19: attributes.product: 'product' is declared"),
        ("[value]", "[value, seller]", "m.yaml:15: opened.owner: 'seller' is declared as never"),
        ("Lost: lost", "Lost: reopened", "m.yaml:25: outcomes.Lost: is not one outcome"),
        ("Lost: lost", "Lost: [lost, won]", "m.yaml:25: outcomes.Lost: is not one outcome"),
        (", closed: end", "", "m.yaml:3: columns: 'closed' is missing"),
        (", closed: end", ", closed: end, stage: s", "columns.stage: a stage without a time"),
        ("stage: engaged", "stage: engage", "m.yaml:14: opened.stage: unknown stage 'engage'"),
        ("deal: id, ", "", "m.yaml:3: columns: 'deal' is missing"),
    ],
)  # fmt: skip
def test_a_snapshot_mapping_that_is_wrong_says_where(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert old in SNAPSHOT
    assert said in message(tmp_path, SNAPSHOT.replace(old, new, 1))
