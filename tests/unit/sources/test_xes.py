"""Does an XES log say what its CSV form says, and is XML that attacks refused?"""

from __future__ import annotations

from pathlib import Path

import pytest

from salesadvisor.errors import MappingError, SourceError
from tests.unit.sources.files import read, write
from tests.unit.sources.test_event_log import HEADER, MAPPING, row
from tests.unit.sources.test_snapshot import MAPPING as SNAPSHOT

ROWS = [row("Ask"), row("Call", "11:00", phase="START"), row("Call", "11:30"), row("Ofer", "12:00")]


def event(csv_row: str) -> str:
    _, what, phase, who, at = csv_row.split(",")
    return f"""<event>
    <string key="concept:name" value="{what}"/>
    <string key="lifecycle:transition" value="{phase.lower()}"/>
    <string key="org:resource" value="{who}">
      <list key="aliases"><string key="concept:name" value="nested"/></list>
    </string>
    <date key="time:timestamp" value="{at}"/>
  </event>"""


def xes(*events: str, trace: str = "") -> str:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1.0" xmlns="http://www.xes-standard.org/">
<global scope="event"><string key="concept:name" value="DEFAULT"/></global>
<trace>
  <string key="concept:name" value="1"/>{trace}
  {"".join(events)}
</trace>
</log>"""


@pytest.mark.parametrize("name", ["log.xes", "log.xes.gz"])
def test_an_xes_log_says_what_its_csv_form_says(tmp_path: Path, name: str) -> None:
    mapping = write(tmp_path / "m.yaml", MAPPING)
    in_csv = read(write(tmp_path / "log.csv", HEADER, *ROWS), mapping=mapping)
    in_xes = read(write(tmp_path / name, xes(*map(event, ROWS))), mapping=mapping)
    facts = [e.model_dump(exclude={"source_id"}) for e in in_csv.events]
    assert [e.model_dump(exclude={"source_id"}) for e in in_xes.events] == facts
    assert in_xes.source.tally == in_csv.source.tally
    assert in_xes.source.format == "xes"


def test_a_reject_names_the_line_of_its_event(tmp_path: Path) -> None:
    path = write(tmp_path / "log.xes", xes(*map(event, ROWS)))
    outcome = read(path, mapping=write(tmp_path / "m.yaml", MAPPING))
    (reject,) = outcome.rejects.values()
    assert "unknown activity 'Ofer'" in reject.reason
    assert '"concept:name":"Ofer"' in reject.raw
    lines = path.read_text(encoding="utf-8").splitlines()
    assert "<event>" in lines[reject.line - 1]
    assert "Ofer" in lines[reject.line]


def test_attributes_of_the_trace_are_known_at_the_opening(tmp_path: Path) -> None:
    mapping = MAPPING.replace(
        "stage: asked}", "stage: asked, amount: {column: case:AMOUNT_REQ, optional: true}}"
    )
    mapping += "attributes: {product: case:product, absent: case:absent}\n"
    extra = '<int key="AMOUNT_REQ" value="20000"/><string key="product" value="car"/>'
    path = write(tmp_path / "log.xes", xes(event(ROWS[0]), trace=extra))
    opened = read(path, mapping=write(tmp_path / "m.yaml", mapping)).only()
    assert (opened.amount, opened.attributes) == (20000, {"product": "car"})


BOMB = """<?xml version="1.0"?>
<!DOCTYPE log [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<log><trace><string key="concept:name" value="&b;"/></trace></log>"""
OUTSIDE = """<?xml version="1.0"?>
<!DOCTYPE log [<!ENTITY a SYSTEM "file:///etc/hostname">]>
<log><trace><string key="concept:name" value="1"/>&a;</trace></log>"""


@pytest.mark.parametrize(
    "text, message",
    [
        (BOMB, "log.xes:2: declares a document type or entities"),
        (OUTSIDE, "log.xes:2: declares a document type or entities"),
        (xes(event(ROWS[0]))[:-20], "not XML"),
        (xes(event(ROWS[0])).replace("</event>", "</evnt>"), "log.xes:13: not XML: mismatched tag"),
        ("<html><body/></html>", "is XML, but no XES log"),
    ],
)
def test_what_is_no_whole_xes_log_is_refused_at_once(
    tmp_path: Path, text: str, message: str
) -> None:
    path = write(tmp_path / "log.xes", text)
    with pytest.raises(SourceError) as error:
        read(path, mapping=write(tmp_path / "m.yaml", MAPPING))
    assert message in str(error.value)


def test_xes_needs_a_mapping_of_its_shape(tmp_path: Path) -> None:
    path = write(tmp_path / "log.xes", xes(event(ROWS[0])))
    with pytest.raises(SourceError, match="has no mapping"):
        read(path)
    with pytest.raises(MappingError, match=r"m.yaml:2: an XES log is no snapshot"):
        read(path, mapping=write(tmp_path / "m.yaml", SNAPSHOT))
